"""The whole decision against a naive reading of the rules, on cases drawn at random with a fixed seed."""

from __future__ import annotations

import os
import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from carnet.kernel.actor import Actor, ActorKind, Purpose
from carnet.record.access.announcement import opening
from carnet.record.access.explanations import EXPLANATIONS
from carnet.record.access.lens import Flag
from carnet.record.access.rights_tables import latest
from carnet.record.access.rules import Act, decide
from carnet.record.access.standing import Choices, DelegateKind, Delegation, Scope, Standing
from carnet.record.identity.api import RecordStatus
from carnet.record.terminology import api as terminology
from tests.capabilities.access import naive_rules as naive

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
CASES = int(os.environ.get("CARNET_NAIVE_CASES", "20000"))
ME, HERE, PAPER = "899900000011", "1330000001", UUID(int=7)
CODES = {
    "report": "11502-2",
    "synthesis": "SYNTH",
    "care plan": "PROT_ALD",
    "residence": "ATTEST-RESID",
    "project": "80788-3",
    "telemedicine": "75496-0",
    "social letter": "83981-1",
    "psychology": "83901-9",
    "psychiatry": "68599-0",
    "genetics": "51969-4",
}
ACTS = [
    "open", "authorise", "authorise-colleague", "unauthorise", "undeclare-treating", "who", "choose", "delegate",
    "break-glass", "feed", "register", "search", "read", "retrieve", "traces", "close", "reopen", "object", "erase",
    "oppose", "state", "export", "print-codes",
]  # fmt: skip
READING = ("search", "read", "retrieve")


def drawn(rng: random.Random) -> tuple[naive.Who, naive.Record, naive.Paper]:
    """One case: most differ from the ordinary in a few ways only, or everything would be refused for three reasons."""

    def maybe(chance: float) -> bool:
        return rng.random() < chance

    kind = rng.choice(["professional"] * 5 + ["delegate", "delegate", "patient", "clerk", "structure"])
    person = rng.choice(["", "", "allowed", "allowed", "blocked"])
    treating = person == "allowed" and maybe(0.3)
    who = naive.Who(
        kind=kind,
        profession="10" if treating else rng.choice(["10", "10", "40", "21", "41", "77"]),
        mode=rng.choice(["normal"] * 3 + ["bris_de_glace", "centre_15"]) if kind != "patient" else "normal",
        signed_assertion=maybe(0.5),
        samu=maybe(0.5),
        person=person,
        because=rng.choice(["explicit", "by-person"]) if person else "",
        structure=rng.choice(["", "", "allowed", "blocked"]),
        treating=treating,
        declared_emergency=rng.choice(["", "", "bris_de_glace", "centre_15"]),
        delegation=rng.choice(["", *DelegateKind]) if kind == "delegate" else "",
        scope=rng.choice(list(Scope)),
        purpose=rng.choice(["causes_of_death", "memory", "rights"]),
        same_record=not maybe(0.05),
    )
    who = replace(
        who,
        occupational=kind == "professional" and who.profession == "10" and maybe(0.15),
        reinforced=kind == "professional" and who.signed_assertion and maybe(0.2),
    )
    paper = naive.Paper(
        type=rng.choice(["report", "report", "report", *CODES]),
        by_me=kind == "professional" and maybe(0.1),
        by_my_structure=kind in ("professional", "structure") and maybe(0.15),
        opened_to_me=kind in ("professional", "delegate") and maybe(0.15),
        closed_to_me=kind in ("professional", "delegate") and maybe(0.1),
        masked=maybe(0.4),
        waits=maybe(0.3),
        hidden_from_representatives=maybe(0.2),
        secret=maybe(0.05),
        deleted=maybe(0.05),
        days=rng.choice([0, 10, 15, 30, 31, 32, 400]),
    )
    if paper.closed_to_me:
        paper = replace(paper, opened_to_me=False)
    record = naive.Record(
        state=rng.choice(["active"] * 12 + [status.value for status in RecordStatus]),
        age=rng.choice([3, 17, 18, 40]),
        dead=maybe(0.15),
        centre_15=not maybe(0.3),
        break_glass=not maybe(0.3),
        masked_too=maybe(0.4),
        not_to_know=maybe(0.2),
        heirs_too=not maybe(0.2),
        feeding_opposed=maybe(0.1),
        some_document_opened=paper.opened_to_me,
    )
    return who, record, paper


def translated(who: naive.Who, record: naive.Record, paper: naive.Paper) -> tuple[Actor, Standing]:
    """The case in the product's values."""
    proof = ("vihf-air" if who.reinforced else "vihf") if who.signed_assertion else "psc"
    person = {"patient": "patient:7", "delegate": "delegate:x"}.get(who.kind, ME)
    actor = Actor(
        kind=ActorKind(who.kind),
        person=person,
        structure=HERE if who.kind in ("professional", "clerk", "structure") else "",
        profession=who.profession,
        specialty="SM25" if who.occupational else "SM54",
        purpose=Purpose(who.mode),
        proof=proof,
        record_id=(7 if who.same_record else 8) if who.kind in ("patient", "delegate") else None,
    )
    delegation = None
    if who.delegation:
        delegation = Delegation(kind=DelegateKind(who.delegation), scope=Scope(who.scope), purpose=who.purpose)
    standing = Standing(
        record_id=7,
        status=RecordStatus(record.state),
        person_state=who.person,
        person_basis=who.because,
        structure_state=who.structure,
        treating=who.treating,
        choices=Choices(
            regulation=record.centre_15,
            break_glass=record.break_glass,
            emergency_masked=record.masked_too,
            not_to_know=record.not_to_know,
            heirs=record.heirs_too,
        ),
        feeding_opposed=record.feeding_opposed,
        granted=frozenset({PAPER} if paper.opened_to_me else ()),
        denied=frozenset({PAPER} if paper.closed_to_me else ()),
        delegation=delegation,
        emergency=Purpose(who.declared_emergency or "normal"),
        born=date(NOW.year - record.age, 1, 1),
        deceased=record.dead,
        regulation_centre=who.samu,
    )
    return actor, standing


def row(who: naive.Who, paper: naive.Paper) -> dict[str, Any]:
    """The document as its row."""
    flags = Flag(0)
    for given, flag in (
        (paper.masked, Flag.MASKED),
        (paper.waits, Flag.INVISIBLE_PATIENT),
        (paper.hidden_from_representatives, Flag.INVISIBLE_REPRESENTATIVES),
        (paper.secret, Flag.SECRET),
        (paper.deleted, Flag.DELETED),
    ):
        flags |= flag if given else Flag(0)
    deposited = NOW - timedelta(days=paper.days)
    return {
        "lineage": PAPER,
        "flags": int(flags),
        "owner_person": ME if paper.by_me else "899900000099",
        "owner_structure": HERE if paper.by_my_structure else "1330000099",
        "typ": terminology.type_number(CODES[paper.type]),
        "opens_at": opening(flags, by_itself=not paper.genetic, deposited_at=deposited),
    }


def test_the_decision_is_the_naive_reading_of_the_rules() -> None:
    rng, rights = random.Random(20261130), latest()  # noqa: S311 - cases, no secret
    answers: Counter[tuple[str, bool]] = Counter()
    seen: Counter[bool] = Counter()
    rules: set[str] = set()
    for number in range(CASES):
        who, record, paper = drawn(rng)
        actor, standing = translated(who, record, paper)
        act = ACTS[number % len(ACTS)] if number % 2 else rng.choice(READING)
        decision = decide(Act(act), actor, standing, NOW, rights)
        wanted = naive.may(act, who, record)
        assert decision.allowed == wanted, (number, act, decision.rule, who, record)
        answers[act, wanted] += 1
        rules.add(decision.rule)
        assert decision.rule in EXPLANATIONS
        if act in READING:
            visible = decision.lens is not None and decision.lens.sees(**row(who, paper))
            assert visible == naive.sees(act, who, record, paper), (number, act, decision, who, record, paper)
            seen[visible] += 1
    never = {act for act in ACTS if not answers[act, True] or not answers[act, False]}
    assert not never, f"these acts had one answer only: {never}"
    assert min(seen.values()) > CASES / 20, seen
    assert len(rules) > 50, sorted(rules)
