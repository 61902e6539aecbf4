"""What writing tells: towards something hidden it is answered as towards nothing, and leaves it as it was."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

from carnet.kernel.actor import ActorKind
from carnet.kernel.errors import Refusal
from carnet.record.documents import api as documents
from carnet.wire.xds.model import AssociationType, Code
from tests.attacks.histories.history import History
from tests.attacks.histories.naive import Doc, visible
from tests.capabilities.filing import filed
from tests.capabilities.world import LEVELS, MASKS

# Ids and names differ from one question to the next whoever asks.
_OWN = re.compile(r"urn:uuid:[0-9a-f-]{36}|UUID\('[0-9a-f-]{36}'\)|2\.25\.\d+|\b[0-9a-f]{40}\b|datetime\([^)]*\)")
_TYPES = tuple(kind.value for kind in AssociationType)


def probes(history: History, who: str, name: str, target: str) -> dict[str, Callable[[], object]]:
    """Every write, and question of a write, that an identity can aim at an id."""
    world, actor = history.world(name), history.cast.people[who]
    said: dict[str, Any] = {"actor": actor, "domain": "fr"}
    acts = {
        verb: _later(getattr(documents, verb), entry_uuid=target, **said)
        for verb in ("mask", "unmask", "reveal", "archive", "unarchive", "delete")
    }
    acts["patch"] = _later(
        documents.set_confidentiality,
        logical_id=target,
        codes=(Code("N", LEVELS), Code("MASQUE_PS", MASKS)),
        version=1,
        **said,
    )
    acts["possible"] = _later(documents.possible, entry_uuid=target, **said)
    if actor.kind in (ActorKind.PROFESSIONAL, ActorKind.STRUCTURE):
        for kind in (AssociationType.REPLACE, AssociationType.APPEND, AssociationType.TRANSFORM):
            acts[kind.name] = _later(_related, history, name, who, kind, target)
        acts["folder"] = _later(_held, history, name, who, target)
    if actor.kind is ActorKind.PATIENT and actor.record_id == world.record_id:
        grantee = "p:" + history.cast.people["other"].person
        for verb in ("open_to", "close_to", "leave_to_rules"):
            acts[verb] = _later(getattr(documents, verb), entry_uuid=target, grantee=grantee, **said)
    return acts


def _later(function: Callable[..., object], *arguments: object, **named: object) -> Callable[[], object]:
    return lambda: function(*arguments, **named)


def _related(history: History, name: str, who: str, kind: AssociationType, target: str) -> object:
    world = history.world(name)
    sent = world.submission(relations=(("document", kind, target),))
    return _told(world.provide(sent, actor=history.cast.people[who]))


def _held(history: History, name: str, who: str, target: str) -> object:
    world = history.world(name)
    return _told(world.provide(filed(world, world.entry(), held=(target,)), actor=history.cast.people[who]))


def _told(answer: object) -> object:
    # What is registered bears ids of its own; what is said of the target is what matters.
    return answer if isinstance(answer, Refusal) else getattr(answer, "warnings", answer)


def faults(history: History, who: str, name: str, undone: Callable[[Callable[[], object]], object]) -> Iterator[str]:
    """Writes of one identity towards each document hidden from it; `undone` runs one and takes it back."""
    for doc in _hidden(history, who, name):
        aimed = probes(history, who, name, doc.entry_uuid)
        missed = probes(history, who, name, uuid4().urn)
        for act in aimed:
            hidden, nothing = _said(undone(aimed[act])), _said(undone(missed[act]))
            if hidden != nothing:
                yield f"ORACLE {act} as {who} of {name}: {hidden[:300]} / {nothing[:300]} ({doc})"
        yield from _same_name(history, who, name, doc, undone)


def _same_name(
    history: History, who: str, name: str, doc: Doc, undone: Callable[[Callable[[], object]], object]
) -> Iterator[str]:
    """A uniqueId is one for the whole domain: taken here by something hidden, it is answered as taken elsewhere."""
    actor, world = history.cast.people[who], history.world(name)
    elsewhere = [one for other, model in history.models.items() if other != name for one in model.docs]
    if actor.kind is not ActorKind.PROFESSIONAL or not elsewhere:
        return

    def sent(unique_id: str) -> Callable[[], object]:
        def send() -> object:
            entry = world.masked(unique_id=unique_id)
            return _told(world.provide(world.submission(entry), actor=actor, content=b"<ClinicalDocument y='1'/>"))

        return send

    here, there = _said(undone(sent(doc.unique_id))), _said(undone(sent(elsewhere[0].unique_id)))
    if here != there:
        yield f"ORACLE uniqueId as {who} of {name}: {here[:300]} / {there[:300]} ({doc})"


def _hidden(history: History, who: str, name: str) -> list[Doc]:
    model, actor = history.models[name], history.cast.people[who]
    return [doc for doc in model.docs if not visible(model, actor, doc, history.now, how="name")][:2]


def _said(answer: object) -> str:
    return _OWN.sub("·", repr(answer))
