"""`carnet record close|reopen|erase|oppose|object|suspend|lift|state|certificate`: the life of a record."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from carnet.kernel.actor import Actor, ActorKind
from carnet.kernel.errors import Refusal
from carnet.ops import sender
from carnet.ops.record import people
from carnet.record.identity.api import RecordStatus
from carnet.record.life import api as life

_STATES = {
    RecordStatus.ANNOUNCED: "annoncé",
    RecordStatus.ACTIVE: "ouvert",
    RecordStatus.SUSPENDED: "suspendu",
    RecordStatus.CLOSED: "fermé",
    RecordStatus.MERGED: "réuni à un autre",
}
_NEXT = {life.Step.OPEN: "ouverture", life.Step.CLOSE: "fermeture", life.Step.ERASE: "effacement"}
_WORD = "EFFACER"
# What a person asks for, and what is said once it is done.
_ASKED = {
    "close": ("close a record at its holder's request", "Dossier fermé."),
    "reopen": ("open a closed record again, with the person's consent", "Dossier rouvert."),
    "object": ("the person objects to the closing of a suspended record", "Opposition à la fermeture enregistrée."),
    "oppose": ("the person opposes the automatic creation of a record", "Opposition enregistrée."),
    "erase": ("the person asks for the erasure of a record", "Effacement demandé, dossier fermé."),
    "state": ("where a record is in its life", ""),
}


def add_actions(actions: Any) -> None:
    """What people ask for (`--as` a clerk, or the patient), then what the operator does (`--as` their own name)."""
    for name, (text, _) in _ASKED.items():
        parser = _action(actions, name, text, "LOGIN", "login of a clerk who collects it, or of the patient")
        parser.set_defaults(act=_asked)
        if name == "reopen":
            parser.add_argument("--consent", action="store_true", help="the person consents to the reopening")
        elif name == "oppose":
            parser.add_argument("--revoke", action="store_true", help="the person takes the opposition back")
        elif name == "erase":
            parser.add_argument("--now", action="store_true", help="erase at once instead of within three months")
            parser.add_argument("--yes", action="store_true", help="ask for no confirmation")
    suspend = _action(actions, "suspend", "suspend every access (fraud or malfunction)", "NAME", "name of the operator")
    suspend.add_argument("--cause", choices=[cause.value for cause in life.Cause], required=True)
    suspend.set_defaults(act=_operated)
    lift = _action(actions, "lift", "lift a suspension", "NAME", "name of the operator")
    lift.set_defaults(act=_operated)
    certificate = actions.add_parser("certificate", help="the certificate of an erasure that was done")
    certificate.add_argument("number", metavar="RECORD", type=int, help="number of the record")
    certificate.set_defaults(act=_certificate)


def _action(actions: Any, name: str, text: str, who: str, help_who: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = actions.add_parser(name, help=text)
    parser.add_argument("patient", metavar="INS", help="matricule INS (15 characters, test) or CX")
    parser.add_argument("--as", dest="login", required=True, metavar=who, help=help_who)
    people.add_domain(parser)
    return parser


def _asked(arguments: argparse.Namespace) -> int:
    try:
        actor = people.person(arguments.login, ActorKind.CLERK, ActorKind.PATIENT)
    except people.WrongUse as wrong:
        return people.wrong_use(wrong)
    about = {"actor": actor, "domain": arguments.domain, "patient_id": sender.patient(arguments.patient)}
    answer: life.Changed | life.State | Refusal
    match arguments.action:
        case "close":
            answer = life.close(**about)
        case "reopen":
            # A patient who asks for it consents.
            answer = life.reopen(**about, consent=arguments.consent or actor.kind is ActorKind.PATIENT)
        case "object":
            answer = life.object_to_closing(**about)
        case "oppose":
            answer = life.revoke_opposition(**about) if arguments.revoke else life.oppose(**about)
        case "erase":
            return _erase(arguments, about)
        case _:
            answer = life.state(**about)
    if isinstance(answer, Refusal):
        return people.refused(answer)
    if isinstance(answer, life.State):
        _show(answer)
        return 0
    print(" ".join([_said(arguments), *_coming(answer.due)]))
    return 0


def _said(arguments: argparse.Namespace) -> str:
    if arguments.action == "oppose" and arguments.revoke:
        return "Opposition levée."
    return _ASKED[arguments.action][1]


def _erase(arguments: argparse.Namespace, about: dict[str, Any]) -> int:
    if not arguments.yes and not _confirmed(arguments.now):
        people.complain("nothing was done: the confirmation was not given (or use --yes).")
        return 1
    answer = life.ask_erasure(**about)
    if isinstance(answer, Refusal):
        return people.refused(answer)
    print(" ".join([_ASKED["erase"][1], *_coming(answer.due)]))
    if not arguments.now:
        return 0
    operator = Actor(kind=ActorKind.SYSTEM, person="operator:console", name="Opérateur", proof="process")
    done = life.erase_now(**about | {"actor": operator})
    if isinstance(done, Refusal):
        return people.refused(done)
    print(f"\n{done.text}", end="")
    return 0


def _confirmed(now: bool) -> bool:
    """Whether the person at the keyboard typed the word."""
    when = "tout de suite, sans retour possible" if now else "dans les trois mois, sauf réouverture"
    print(f"Le dossier sera fermé et tout son contenu effacé {when}.", file=sys.stderr)
    print(f"Tapez {_WORD} pour confirmer : ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip() == _WORD


def _operated(arguments: argparse.Namespace) -> int:
    try:
        actor = people.operator(arguments.login)
    except people.WrongUse as wrong:
        return people.wrong_use(wrong)
    about = {"actor": actor, "domain": arguments.domain, "patient_id": sender.patient(arguments.patient)}
    if arguments.action == "suspend":
        answer, said = life.suspend(**about, cause=life.Cause(arguments.cause)), "Dossier suspendu."
    else:
        answer, said = life.lift(**about), "Suspension levée."
    if isinstance(answer, Refusal):
        return people.refused(answer)
    print(" ".join([said, *_coming(answer.due)]))
    return 0


def _show(state: life.State) -> None:
    if state.life is None:
        since = "" if state.opposed_since is None else f" (opposition du {people.day(state.opposed_since)})"
        print(f"Pas de dossier, et il n'en sera pas créé d'office{since}.")
        return
    print(
        " ".join(
            [f"Dossier {_STATES[state.life.status]} depuis le {people.day(state.life.since)}.", *_coming(state.due)]
        )
    )


def _coming(due: life.Due | None) -> list[str]:
    return [] if due is None else [f"À venir : {_NEXT[due.step]} le {people.day(due.at)}."]


def _certificate(arguments: argparse.Namespace) -> int:
    operator = Actor(kind=ActorKind.SYSTEM, person="operator:console", name="Opérateur", proof="process")
    found = life.certificate(actor=operator, record_id=arguments.number)
    if found is None:
        people.complain(f"the ledger of erasures does not name the record {arguments.number}.")
        return 1
    print(found.text, end="")
    return 0
