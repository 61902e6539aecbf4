"""What an identity is shown, compared with what the naive model says it may see: leaks, and what is wrongly hidden."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from typing import Any

from carnet.kernel.actor import Actor
from carnet.record.access import api as access
from carnet.record.access import gate
from carnet.record.documents import api as documents
from tests.attacks.histories import surfaces
from tests.attacks.histories.history import History
from tests.attacks.histories.naive import Doc, Naive, told, visible
from tests.attacks.histories.surfaces import EVERY, Eyes


def faults(history: History, eyes: Eyes, who: str, name: str, *, everything: bool = False) -> Iterator[str]:
    """Everything wrong with what one identity is shown of one record.

    The record's own lists and searches are asked each time; of the faces rendered from them (SOAP, FHIR, pages) and of
    the questions about one document all when `everything` is asked for, else one drawn.
    """
    model, now, rng = history.models[name], history.now, history.rng
    others = [doc for other, one in history.models.items() if other != name for doc in one.docs]
    may = {how: _visible(model, eyes.actor, eyes.world.record_id, now, how) for how in ("search", "name", "bytes")}
    faces = list(surfaces.lists_of(eyes).items())
    # Who did what is told of every document, deleted and replaced ones too (CSP L.1111-19, R.1111-43); of one that
    # waits to be announced after two weeks: the one exception to "what is hidden changes nothing".
    notified = {id(doc) for doc in model.docs if told(doc, now)}
    answers = list(_door(eyes))
    with eyes.open():
        for surface, listing in faces if everything else rng.sample(faces, min(1, len(faces))):
            answers.append((surface, listing(eyes)))
        for surface, body in answers:
            allowed = may["search"] | (notified if surface in surfaces.NOTICES else set())
            if surface in surfaces.OWN_TRACES:
                allowed = allowed | may["name"] | history.shown[who]
            yield from _compared(f"{surface} as {who} of {name}", surface, body, model.docs, others, allowed)
        history.shown[who] |= may["search"] | may["name"]
        if model.docs:
            doc = rng.choice(model.docs)
            questions = list(surfaces.questions(eyes).items())
            asked = questions if everything else rng.sample(questions, min(1, len(questions)))
            yield from _by_name(eyes, f"{who} of {name}", doc, model.docs + others, may, dict(asked))


def _compared(
    label: str, surface: str, body: bytes, docs: list[Doc], others: list[Doc], may: set[int]
) -> Iterator[str]:
    shown = _shown(docs + others, body)
    yield from (f"LEAK {label}: {doc} by {_where(doc, body)}" for doc in shown if id(doc) not in may)
    if surface not in surfaces.COMPLETE and surface not in _DOOR_COMPLETE:
        return
    seen = {id(doc) for doc in shown}
    for doc in docs:
        left_out = doc.archived and surface in surfaces.WITHOUT_ARCHIVED
        if id(doc) in may and id(doc) not in seen and not left_out:
            yield f"HIDDEN {label}: {doc} in {body[:200]!r}"


def _visible(model: Naive, actor: Actor, record_id: int, now: object, how: str) -> set[int]:
    if actor.record_id is not None and actor.record_id != record_id:
        return set()
    return {id(doc) for doc in model.docs if visible(model, actor, doc, now, how=how)}  # type: ignore[arg-type]


_DOOR_COMPLETE = ("door find", "door all")


def _door(eyes: Eyes) -> Iterator[tuple[str, bytes]]:
    """Lists and searches at the record's own door, which every face goes through."""
    mine = eyes.actor.record_id == eyes.world.record_id
    about: dict[str, Any] = {"actor": eyes.actor, "domain": "fr", "patient_id": "" if mine else eyes.world.cx}
    every = documents.ContentsQuery(entry_statuses=EVERY, set_statuses=EVERY, folder_statuses=EVERY)
    asked = {
        "door find": documents.find(query=documents.DocumentQuery(statuses=EVERY), related=True, **about),
        "door all": documents.get_all(query=every, **about),
        "door sets": documents.find_sets(query=documents.SetQuery(statuses=EVERY), **about),
        "door folders": documents.find_folders(query=documents.FolderQuery(statuses=EVERY), **about),
        "door lists": documents.find_lists(statuses=EVERY, **about),
    }
    yield from ((name, repr(answer).encode()) for name, answer in asked.items())


def _by_name(
    eyes: Eyes, label: str, doc: Doc, every: list[Doc], may: dict[str, set[int]], questions: dict[str, surfaces.Named]
) -> Iterator[str]:
    # A refusal may repeat the name that was asked for; anything else of a hidden document is a leak.
    asked = {doc.unique_id.encode(), doc.entry_uuid[9:].encode(), doc.logical_id[9:].encode()}
    for surface, ask in questions.items():
        body = ask(eyes, doc)
        allowed = may["bytes"] if surface in surfaces.BYTES else may["name"]
        for one in _shown(every, body, asked):
            if id(one) not in allowed:
                yield f"LEAK {surface} as {label}: {one}"
        answered = any(token in body for token in doc.tokens - asked)
        if surface in ("GetDocuments", "FHIR read", "ITI-43") and id(doc) in allowed and not answered:
            yield f"HIDDEN {surface} as {label}: {doc}"


def _where(doc: Doc, body: bytes) -> list[bytes]:
    """The tokens that betrayed a document, with what stands around each."""
    places = [body.find(token) for token in doc.tokens if token in body]
    return [body[max(0, place - 150) : place + 80] for place in places]


def _shown(every: Iterable[Doc], body: bytes, asked: frozenset[bytes] | set[bytes] = frozenset()) -> list[Doc]:
    return [doc for doc in every if any(token in body for token in doc.tokens - asked)]


def decided(history: History, who: str, name: str) -> str:
    """What was decided, and what the model holds of the identity: to understand a failure."""
    actor, model = history.cast.people[who], history.models[name]
    decision = gate.decision(actor=actor, domain="fr", record_id=history.world(name).record_id, act=access.Act.SEARCH)
    keys = ("p:" + actor.person, "s:" + actor.structure)
    held = {key: model.grants.get(key) for key in keys} | {"special": model.special, "emergency": model.emergencies}
    return f"{decision}\n{held} at {history.now}"


def watchers(history: History, rng: random.Random) -> list[tuple[str, str]]:
    """Two identities that always look, and three others drawn: (who, which record)."""
    others = [who for who in history.cast.people if who not in ("other", "adult")]
    return [("other", "adult"), ("adult", "adult")] + [(who, _record_of(who, rng)) for who in rng.sample(others, 3)]


def everybody(history: History) -> list[tuple[str, str]]:
    """Everybody, before both records."""
    return [(who, name) for who in history.cast.people for name in history.models]


def _record_of(who: str, rng: random.Random) -> str:
    return {"child": "child", "parent": "child", "caregiver": "adult"}.get(who) or rng.choice(("adult", "child"))
