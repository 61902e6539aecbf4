"""The small number under which the rights of a document's type are looked up (0 to 62, 63 = unknown).

A row of a document stores this number, so a number is never given another meaning. Rights follow the
class of a document (arrêté du 26 octobre 2023), with exceptions for a few types, which have a number of
their own; other types share the number of their class.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

UNKNOWN = 63

OF_CLASS: Mapping[str, int] = MappingProxyType(
    {
        "10": 0,
        "11": 1,
        "31": 2,
        "42": 3,
        "43": 4,
        "44": 5,
        "45": 6,
        "52": 7,
        "60": 8,
        "90": 9,
        "95": 10,
        "urn:oid:1.3.6.1.4.1.19376.1.2.1.1.1": 11,
    }
)

OF_TYPE: Mapping[str, int] = MappingProxyType(
    {
        "ATTEST-RESID": 20,
        "68599-0": 21,  # synthèse psychiatrique
        "83901-9": 22,  # bilan psychologique
        "75496-0": 23,  # demande d'acte de télémédecine
        "80788-3": 24,  # projet personnalisé d'accompagnement
        "83981-1": 25,  # lettre de liaison de sortie médico-sociale
        "51969-4": 26,  # génétique moléculaire: told by the prescriber (R.1131-19)
        "EXPPAT_3": 27,  # directives anticipées
    }
)
