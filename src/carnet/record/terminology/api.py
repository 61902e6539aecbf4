"""The door of terminology: domains, code lists and the maps between them.

These are public facts, so no actor is asked for. Everything is read from this package's files, and from those that
an operator imported, at the first call (or by `load`, at start) and kept as long as it holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from functools import cache
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from carnet.kernel.errors import Problem
from carnet.record.terminology import changing, lists, place, rights_numbers, rules
from carnet.record.terminology.changing import Difference
from carnet.record.terminology.domains import (
    INS_A,
    INS_C,
    AssertionRules,
    Creation,
    Domain,
    build_domains,
    with_homologations,
)
from carnet.record.terminology.importing import ListRead, read_list, with_oids
from carnet.wire.xds.model import Code

__all__ = [
    "INS_A",
    "INS_C",
    "AssertionRules",
    "Creation",
    "Difference",
    "Domain",
    "ListRead",
    "attributes",
    "attributes_of_list",
    "check_code",
    "choices",
    "class_of_type",
    "confidentiality_by_law",
    "date_in_force",
    "default_confidentiality",
    "difference",
    "domain",
    "domain_of_number",
    "domains",
    "format_of_template",
    "imported_folder",
    "keep_list",
    "label",
    "load",
    "read_list",
    "services",
    "type_number",
    "type_numbers_of_classes",
    "types_of_service",
]


@cache
def _domains(mode: str) -> dict[str, Domain]:
    try:
        found = with_homologations(build_domains(mode), settings.CARNET_HOMOLOGATIONS)
    except ValueError as unknown:
        raise ImproperlyConfigured(f"CARNET_HOMOLOGATIONS names domains that are not here: {unknown}") from None
    return {one.name: one for one in found}


def domains() -> tuple[Domain, ...]:
    """Every domain of this instance, the default one first."""
    return tuple(_domains(settings.CARNET_MODE).values())


def domain(name: str) -> Domain | None:
    """The domain called `name`, None for an unknown one."""
    return _domains(settings.CARNET_MODE).get(name)


def domain_of_number(number: int) -> Domain | None:
    """The domain stored as `number`, None for an unknown one."""
    return next((one for one in domains() if one.number == number), None)


def check_code(domain: Domain, attribute: str, code: Code) -> Problem | None:
    """The problem of `code` as a value of `attribute` (`typeCode`, `authorSpecialty`…), None when it is right.

    An attribute without a list (eventCodeList, languageCode) takes any code that names its scheme. The
    problem's `expected` names the closest codes of the list. Labels are not compared: they vary by edition.
    """
    return rules.check(attribute, code, lists.code_list(attribute, place.present()), open_list=domain.open_code_lists)


def label(attribute: str, code: str, system: str = "") -> str:
    """The French label of a code, empty when it is not in the list; without `system`, the first of that code."""
    listed = lists.code_list(attribute, place.present())
    if listed is None:
        return ""
    if system:
        found = listed.by_key.get((code, system))
        return found.display if found else ""
    same = listed.by_code.get(code)
    return same[0].display if same else ""


def choices(attribute: str) -> tuple[Code, ...]:
    """All codes of an attribute in the order of the list, empty when its values are free."""
    listed = lists.code_list(attribute, place.present())
    return listed.codes if listed else ()


def class_of_type(type_code: str) -> Code | None:
    """The class that a type implies (ASS_X16), None for a type outside the map."""
    wanted = lists.class_of_type(place.present()).get(type_code)
    classes = lists.code_list("classCode", place.present())
    if wanted is None or classes is None:
        return None
    return classes.by_code[wanted][0]


def format_of_template(root: str, media_type: str = "") -> Code | None:
    """The formatCode of a CDA template (ASS_A11), None for a template outside the map.

    `media_type` is that of an unstructured body, which alone decides under the template
    1.3.6.1.4.1.19376.1.2.20 (XDS-SD); it is ignored for structured templates.
    """
    table = lists.format_of_template(place.present())
    found = table.get((root, "")) or table.get((root, media_type.partition(";")[0].strip().lower()))
    if found is None:
        return None
    code, system = found
    return Code(code, system, label("formatCode", code, system))


def default_confidentiality(type_code: str) -> tuple[Code, ...]:
    """The confidentiality codes that a document of a type is deposited with unless its author says otherwise.

    The level N, and what the type asks for beside it (`type_defaults`, which names the source of each).
    """
    return _confidentiality(("N", *(code for code, _ in _defaults(type_code))))


def confidentiality_by_law(type_code: str) -> tuple[Code, ...]:
    """The confidentiality codes of a type that the registry itself sees to, whatever the sender wrote."""
    return _confidentiality(code for code, duty in _defaults(type_code) if duty == "server")


def _defaults(type_code: str) -> tuple[tuple[str, str], ...]:
    return lists.type_defaults(place.present()).get(type_code, ())


def _confidentiality(codes: Iterable[str]) -> tuple[Code, ...]:
    listed = lists.code_list("confidentialityCode", place.present())
    return tuple(listed.by_code[code][0] for code in codes) if listed else ()


def services() -> tuple[str, ...]:
    """The names of the services that are document types: C1 to C23."""
    return tuple(lists.service_types(place.present()))


def types_of_service(code: str) -> tuple[Code, ...]:
    """The types of the documents of a service (C1 to C23), the usual one first; empty for an unknown service."""
    found = lists.service_types(place.present()).get(code, ())
    return tuple(Code(one, system, label("typeCode", one, system)) for one, system in found)


def type_number(type_code: str) -> int:
    """The stable small number of a type in the rights mask: 0 to 62, 63 for a type outside the lists."""
    own = rights_numbers.OF_TYPE.get(type_code)
    if own is not None:
        return own
    return rights_numbers.OF_CLASS.get(lists.class_of_type(place.present()).get(type_code, ""), rights_numbers.UNKNOWN)


def type_numbers_of_classes(classes: Sequence[str]) -> frozenset[int]:
    """The numbers of `type_number` that types of these classes have: the classes' own, and those of their types."""
    of_types = lists.class_of_type(place.present())
    own = {number for code, number in rights_numbers.OF_TYPE.items() if of_types.get(code) in classes}
    return frozenset(own | {number for code, number in rights_numbers.OF_CLASS.items() if code in classes})


def attributes() -> tuple[str, ...]:
    """The attributes whose values come from a list."""
    return tuple(lists.FOLDERS)


def attributes_of_list(oid: str) -> tuple[str, ...]:
    """The attributes whose list has this OID (its value set's): none, one, or those that share it."""
    return changing.attribute_of(oid)


def date_in_force(attribute: str) -> date:
    """The day from which the present state of an attribute's list holds."""
    return date.fromisoformat(lists.newest(lists.FOLDERS[attribute], place.present()).stem)


def difference(attribute: str, read: ListRead) -> tuple[ListRead, Difference]:
    """A list that was read, its schemes as ours are written, and what it would change; raises Malformed."""
    read = with_oids(read, lists.code_list(attribute, place.present()))
    return read, changing.difference(attribute, read)


def keep_list(attribute: str, read: ListRead, day: date) -> Path:
    """Keep a list as the state of an attribute's from a day on, for every process; the file that holds it.

    FileExistsError when a state was imported for that day already.
    """
    return changing.write(attribute, day, read)


def imported_folder() -> Path:
    """Where the lists that an operator imported are kept: a folder for each list, a file for each date."""
    return place.folder()


def load() -> int:
    """Read every list and map, so that no request pays for it; how many codes there are."""
    here = place.present()
    lists.class_of_type(here)
    lists.type_defaults(here)
    lists.service_types(here)
    lists.format_of_template(here)
    return sum(len(choices(attribute)) for attribute in lists.FOLDERS)
