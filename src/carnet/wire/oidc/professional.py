"""What Pro Santé Connect says of a professional (claims of its userinfo; ANS, Pro Santé Connect, « données métier »).

Activities are listed in `SubjectRefPro.exercices[].activities[]`, each with the identifiers of its place; the
structure of an activity is written here as a Struct_IdNat (CI-SIS: `1` + FINESS, `3` + SIRET, else the technical id).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from carnet.wire.oidc import claims as check

_MOST = 200
_SOURCE = "ANS, Pro Santé Connect, UserInfo"


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """Where a professional works: every Struct_IdNat the place goes by, and its name."""

    structures: tuple[str, ...]
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectedProfessional:
    """A professional as the provider knows them: PS_IdNat, names, activities (the first one is the current one)."""

    id: str
    family: str
    given: str
    activities: tuple[Activity, ...]

    @property
    def structures(self) -> tuple[str, ...]:
        """The Struct_IdNat of all activities, once each, in order."""
        return tuple(dict.fromkeys(one for activity in self.activities for one in activity.structures))


def read_professional(claims: Mapping[str, Any]) -> ConnectedProfessional:
    """The professional of a userinfo that was believed. Raises Malformed `token-claim`."""
    return ConnectedProfessional(
        id=check.text(claims, "SubjectNameID", longest=80),
        family=str(claims.get("family_name", ""))[:120],
        given=str(claims.get("given_name", ""))[:120],
        activities=tuple(_activities(claims))[:_MOST],
    )


def _activities(claims: Mapping[str, Any]) -> Iterator[Activity]:
    current = claims.get("SubjectOrganizationID")
    if isinstance(current, str) and current:
        yield Activity(structures=(current[:80],), name=str(claims.get("SubjectOrganization", ""))[:200])
    reference = claims.get("SubjectRefPro")
    if reference is None:
        return
    for practice in _list(reference, "exercices"):
        for activity in _list(practice, "activities"):
            places = tuple(_places(activity))
            if places:
                yield Activity(structures=places, name=str(activity.get("raisonSocialeSite", ""))[:200])


def _list(value: object, name: str) -> list[dict[str, Any]]:
    found = value.get(name, []) if isinstance(value, dict) else None
    if not isinstance(found, list) or len(found) > _MOST or not all(isinstance(one, dict) for one in found):
        raise check.wrong(
            "token-claim",
            "La description des activités du professionnel n’est pas lisible.",
            field=f"SubjectRefPro.{name}",
            source=_SOURCE,
        )
    return found


def _places(activity: Mapping[str, Any]) -> Iterator[str]:
    for name, prefix in (
        ("numeroFinessSite", "1"),
        ("numeroSiretSite", "3"),
        ("identifiantTechniqueDeLaStructure", ""),
    ):
        value = activity.get(name)
        if isinstance(value, str) and value:
            yield (prefix + value)[:80]
