"""`carnet codes import FILE --from DATE`: a published code list becomes a dated state of ours, told before it is kept.

FILE is CSV in our columns, IHE SVS XML (JDV of the ANS) or a FHIR ValueSet or CodeSystem in JSON. What it adds, removes
and relabels is printed, with how many entries of each domain use a removed code; nothing stored changes.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from carnet.kernel.actor import Actor, ActorKind
from carnet.record.documents import api as documents
from carnet.record.terminology import api as terminology
from carnet.wire.errors import Malformed
from carnet.wire.xds.model import Code

_OPERATOR = Actor(kind=ActorKind.SYSTEM, person="carnet-codes", name="Carnet", proof="process")
_WRONG_USE, _REFUSED = 2, 1
# Lists have hundreds of codes: this many of a sort are named, the rest is counted.
_NAMED = 40


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`import`, and what it takes."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    adding = actions.add_parser("import", help="import a code list (CSV, SVS XML, FHIR JSON)")
    adding.add_argument("file", type=Path, metavar="FILE")
    adding.add_argument("--from", dest="day", required=True, type=_day, metavar="DATE", help="holds from this day on")
    adding.add_argument("--list", dest="attribute", default="", metavar="NAME", help="default: by the OID of the file")
    adding.add_argument("--dry-run", action="store_true", help="say what would change, and keep nothing")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no date: YYYY-MM-DD") from None


def run(arguments: argparse.Namespace) -> int:
    """Exit code: 0 imported (or shown), 1 refused, 2 wrong use."""
    try:
        read = terminology.read_list(arguments.file.read_bytes())
        attribute = _attribute(arguments.attribute, read.oid)
        read, changes = terminology.difference(attribute, read)
    except OSError as error:
        return _complain(f"{arguments.file}: {error.strerror}.", _WRONG_USE)
    except _WrongUseError as error:
        return _complain(str(error), _WRONG_USE)
    except Malformed as error:
        found = f" Found: {error.found}." if error.found else ""
        expected = f" Expected: {error.expected}." if error.expected else ""
        return _complain(f"{arguments.file}: {error.field}: {error.text}{found}{expected} [{error.rule}]", _REFUSED)
    print(f"{attribute}: {read.source}, {len(read.codes)} codes, from {arguments.day}")
    _tell(attribute, changes)
    present = terminology.date_in_force(attribute)
    if changes.nothing:
        print(f"The list in force since {present} says the same: nothing to import.")
        return 0
    if arguments.day < present:
        return _complain(f"A state of {present} is in force: one of {arguments.day} would never hold.", _REFUSED)
    if arguments.dry_run:
        print("Nothing was kept (--dry-run).")
        return 0
    try:
        path = terminology.keep_list(attribute, read, arguments.day)
    except FileExistsError:
        text = "A state of this list was imported for that day already: choose another day, or remove its file."
        return _complain(text, _REFUSED)
    print(f"Kept: {path}")
    return 0


class _WrongUseError(Exception):
    """What the command line leaves open; the message says what to add."""


def _attribute(asked: str, oid: str) -> str:
    names = ", ".join(terminology.attributes())
    if asked:
        if asked not in terminology.attributes():
            raise _WrongUseError(f"There is no list {asked!r}. Lists: {names}.")
        return asked
    found = terminology.attributes_of_list(oid)
    if len(found) == 1:
        return found[0]
    said = f"No list of ours has the OID {oid or '(none)'}"
    if found:
        said = f"The OID {oid} is that of {' and '.join(found)}"
    raise _WrongUseError(f"{said}: say which with --list. Lists: {names}.")


def _tell(attribute: str, changes: terminology.Difference) -> None:
    _name("added", [f"{code.code} ({code.scheme}) {code.display}" for code in changes.added])
    _name("removed", [f"{code.code} ({code.scheme}) {code.display}" for code in changes.removed])
    _name("relabelled", [f"{code.code}: {before} → {code.display}" for code, before in changes.relabelled])
    print(f"  {changes.kept} codes stay")
    if changes.removed:
        _tell_uses(attribute, changes.removed)
    if attribute == "typeCode":
        classless = [code.code for code in changes.added if terminology.class_of_type(code.code) is None]
        if classless:
            print(f"  without a class, so that no document of the French profile has them yet: {', '.join(classless)}")


def _tell_uses(attribute: str, removed: Sequence[Code]) -> None:
    uses = documents.uses_of_codes(actor=_OPERATOR, attribute=attribute, codes=removed)
    if uses is None:
        print("  no entry carries these codes")
        return
    thing = "submission sets" if attribute == "contentTypeCode" else "entries"
    for domain in terminology.domains():
        here = {key[1:]: count for key, count in uses.items() if key[0] == domain.number}
        if here:
            print(f"  {domain.name}: {sum(here.values())} {thing} use a removed code; they stay as they are")
            _name("used", [f"{code} ({scheme}): {count}" for (code, scheme), count in here.items()])
    if not uses:
        print(f"  no {thing.removeprefix('submission ')} use a removed code")


def _name(what: str, lines: Sequence[str]) -> None:
    if lines:
        print(f"  {what}: {len(lines)}")
        for line in lines[:_NAMED]:
            print(f"    {line}")
        if len(lines) > _NAMED:
            print(f"    and {len(lines) - _NAMED} more")


def _complain(text: str, code: int) -> int:
    print(text, file=sys.stderr)
    return code
