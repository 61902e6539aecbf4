"""What a number that somebody shows at the desk names: which domain, which identifier."""

from __future__ import annotations

import functools

from django.conf import settings

from carnet.portals.frame import ins
from carnet.record.identity import api as identity
from carnet.record.terminology import api as terminology

_INS, _INS_C = 15, 22


def numbered(number: str) -> tuple[str, identity.PatientIdentifier]:
    """The domain and the identifier that a number of this form has here; what fits nothing is a local one."""
    if len(number) == _INS:
        return ins.DOMAIN, ins.identifier(number)
    if len(number) == _INS_C and number.isdigit():
        for found in _calculated():
            for system in sorted(found.identifier_systems or ()):
                identifier = identity.PatientIdentifier(system, number)
                if identity.check_identifier(found, identifier) is None:
                    return found.name, identifier
    return ins.DOMAIN, identity.PatientIdentifier(settings.CARNET_LOCAL_OID, number, "PI")


def mistyped(number: str, identifier: identity.PatientIdentifier) -> str:
    """What is wrong with the form of a matricule that led nowhere, "" for nothing."""
    return ins.wrong(number) if not identifier.type_code.startswith("PI") and len(number) != _INS_C else ""


@functools.cache
def _calculated() -> tuple[terminology.Domain, ...]:
    """The desk's domains whose identifiers are computed."""
    names = (terminology.domain(name) for name in settings.CARNET_DESK_DOMAINS)
    return tuple(found for found in names if found is not None and found.calculated_ins)
