"""`carnet record create`: open a person's record at the admission desk, as a clerk would on the page.

Four fields and the consent; sex and birth place are those the INS carries.
"""

from __future__ import annotations

import argparse
import sys
from datetime import date

from carnet.kernel.actor import ActorKind
from carnet.kernel.errors import Refusal
from carnet.ops import sender


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`create`, with the fields of the form."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    create = actions.add_parser("create", help="create a record with the person's consent")
    create.add_argument("ins", metavar="INS", help="matricule INS (15 characters, test) or CX")
    create.add_argument("birth_name", metavar="BIRTH_NAME")
    create.add_argument("given_names", metavar="GIVEN_NAMES", help="all of them, separated by spaces")
    create.add_argument("birth_date", metavar="BIRTH_DATE", type=_date, help="YYYY-MM-DD")
    create.add_argument("--consent", action="store_true", help="the person, informed, consents to the creation")
    create.add_argument("--as", dest="login", required=True, metavar="CLERK", help="login of a clerk")
    create.add_argument("--domain", default="fr", help="affinity domain (default: fr)")


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is not a date that exists, written YYYY-MM-DD") from None


def run(arguments: argparse.Namespace) -> int:
    """Creates the record. 0: created, or already there; 1: refused, each reason printed; 2: wrong use."""
    # Their tables exist once Django is set up, which happens after this module is imported.
    from carnet.record.access import api as access
    from carnet.record.directory import api as directory
    from carnet.record.identity import api as identity

    actor = directory.actor_of_login(login=arguments.login, proof="process")
    if actor is None or actor.kind is not ActorKind.CLERK:
        print(f"carnet record: {arguments.login} is not a clerk's login; `carnet demo` lists them.", file=sys.stderr)
        return 2
    identifier = identity.parse_cx(sender.patient(arguments.ins))
    if not isinstance(identifier, identity.PatientIdentifier):
        print(f"carnet record: {identifier.text}", file=sys.stderr)
        return 1
    names = arguments.given_names.split()
    implied = identity.implied_by_ins(identifier.value)
    traits = identity.Traits(
        birth_name=arguments.birth_name,
        given_names=" ".join(names),
        first_given=names[0] if names else "",
        sex=implied.sex if implied is not None else "U",
        birth_date=arguments.birth_date,
        birth_place=implied.birth_place if implied is not None else "",
    )
    answer = access.create_record(
        actor=actor,
        domain=arguments.domain,
        identifier=identifier,
        traits=traits,
        qualification=identity.Qualification.QUALIFIED,
        consent=arguments.consent,
    )
    if isinstance(answer, Refusal):
        # Sex and birth place are read in the INS: while it is wrong, what they lack says nothing more.
        of_ins = [problem for problem in answer.problems if problem.rule.startswith("ins-")]
        for problem in of_ins or answer.problems:
            print(f"carnet record: {problem.rule}: {problem.text}", file=sys.stderr)
        return 1
    print("Ce dossier existe déjà." if answer.existing else "Dossier créé.")
    return 0
