"""The lives of the patients, told as documents. Everything in them is invented.

Dates are fixed, before February 2026, so that the same story is told wherever and whenever it is loaded.
"""

from __future__ import annotations

from dataclasses import replace

from carnet.ops.demo.letters import Told
from carnet.ops.demo.stories import (
    adults,
    ageing,
    cancer,
    childhood,
    diabetes,
    elders,
    everyday,
    families,
    kidney,
    pregnancy,
    turning_points,
)

_WRITTEN: tuple[Told, ...] = (
    *elders.MARCEL,
    *elders.FRANCOISE,
    *adults.HOMONYMS,
    *adults.ANGHJULU,
    *adults.LISANDRA,
    *adults.AISSATA,
    *families.ELOISE,
    *families.NOE,
    *families.TWINS,
    *families.MAELYS,
    *diabetes.documents(),
    *pregnancy.documents(),
    *cancer.documents(),
    *childhood.documents(),
    *ageing.documents(),
    *kidney.documents(),
    *turning_points.documents(),
    *everyday.documents(),
)
_BY_TITLE = {(told.about.login, told.title): told for told in _WRITTEN}
# What corrects another document names it.
STORIES: tuple[Told, ...] = tuple(
    replace(told, parent=_BY_TITLE[told.about.login, told.replaces].unique_id) if told.replaces else told
    for told in _WRITTEN
)
