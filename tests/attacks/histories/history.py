"""Random histories of two records: operations at the record's doors, and the naive model kept beside.

An operation that is refused changes nothing in the model; one that is done changes it as the law says. Whether what is
refused tells of what is hidden is looked at by `oracles`.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from carnet.kernel import clock, database
from carnet.kernel.actor import Actor, Purpose
from carnet.kernel.errors import Refusal
from carnet.record.access import api as access
from carnet.record.documents import api as documents
from carnet.record.life import api as life
from carnet.wire.xds.model import AssociationType, Code, DocumentEntry
from tests.attacks.histories.cast import CHILD_BORN, PROFESSIONALS, Cast, assemble
from tests.attacks.histories.naive import NEVER, Doc, Grant, Naive, visible
from tests.capabilities.filing import filed
from tests.capabilities.world import CLERK, HOSPITAL, World

LOINC, CISIS = "2.16.840.1.113883.6.1", "1.2.250.1.213.1.1.4.12"
CLASSES = "1.2.250.1.213.1.1.4.1"
# (type, its system, its class): what professions do not all read, and what is told by its prescriber.
TYPES = (
    ("11502-2", LOINC, "10"),
    ("57833-6", LOINC, "42"),
    ("83901-9", LOINC, "11"),
    ("80788-3", LOINC, "44"),
    ("75496-0", LOINC, "10"),
    ("51969-4", LOINC, "10"),
    ("ATTEST-RESID", CISIS, "95"),
)
GENETIC = "51969-4"
MASKS = {"masked": "MASQUE_PS", "unseen": "INVISIBLE_PATIENT", "secret": "INVISIBLE_REPRESENTANTS_LEGAUX"}
MONTH = timedelta(days=31)
FOUR_HOURS = timedelta(hours=4)


@dataclass
class History:
    """Two records, their models, and the hand that writes their history."""

    seed: int
    cast: Cast = field(default_factory=assemble)
    folders: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    # Who fed, changed or was shown which documents: their own traces name them for good.
    shown: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)  # noqa: S311 - replayed, not secret
        self.models = {"adult": Naive(born=date(1980, 2, 1)), "child": Naive(born=CHILD_BORN)}
        for model in self.models.values():
            model.grants["s:" + HOSPITAL] = Grant("allowed")
        self.represent("child", "adult", "parent", "manage")

    @property
    def now(self) -> datetime:
        """The present instant of the domain."""
        return clock.now_in(1)

    def represent(self, name: str, holder: str, kind: str, scope: str) -> None:
        """Somebody acts for the person of a record, as the desk or an invitation writes it."""
        database.execute(
            "INSERT INTO access_delegation (record_id, holder, kind, scope, since, declared_by) "
            "VALUES (%s, %s, %s, %s, %s, 'desk') ON CONFLICT (record_id, holder) DO UPDATE SET until = NULL",
            (self.world(name).record_id, self.cast.people[holder].person, kind, scope, self.now - timedelta(hours=1)),
        )
        self.models[name].delegates[self.cast.people[holder].person] = kind

    def world(self, name: str) -> World:
        """The record of that name."""
        return self.cast.records[name]

    def step(self) -> tuple[str, str]:
        """One random operation on one record: (record, operation)."""
        name = self.rng.choice(("adult", "adult", "child"))
        operation: Callable[[str], object] = self.rng.choices(list(_WEIGHTS), list(_WEIGHTS.values()))[0]
        if not self.models[name].docs:
            operation = History.feed
        operation(self, name)
        self.said.append(f"{operation.__name__} {name}")
        return name, operation.__name__

    # Documents.

    def feed(self, name: str, replaced: Doc | None = None) -> None:
        """A document of any kind, by somebody who feeds; perhaps in the place of another one, perhaps in a folder."""
        world, model = self.world(name), self.models[name]
        who = self.rng.choice([*PROFESSIONALS, "machine", "foreign machine"])
        feeder = self.cast.people[who]
        kind = self.rng.choice(TYPES)
        masks = [mask for mask in MASKS if self.rng.random() < 0.2]
        number = len(model.docs)
        token = f"zq{self.rng.randrange(10**15):015d}"
        entry = world.masked(
            *(MASKS[mask] for mask in masks),
            title=f"Document {token}",
            type_code=Code(kind[0], kind[1], kind[0]),
            class_code=Code(kind[2], CLASSES, kind[2]),
        )
        if replaced is not None:
            self._named(who, model, replaced)
        relations = ((entry.entry_uuid, AssociationType.REPLACE, replaced.entry_uuid),) if replaced else ()
        sent = world.submission(entry, relations=relations)
        if replaced is None and self.rng.random() < 0.25:
            folder = self.rng.choice(self.folders) if self.folders and self.rng.random() < 0.5 else ""
            sent = filed(world, entry, folder=folder)
        answer = world.provide(sent, actor=feeder, content=f'<ClinicalDocument x="{token}"/>'.encode())
        if isinstance(answer, Refusal):
            return
        final = answer.submission.entries[0]
        self.folders += [one.entry_uuid for one in answer.submission.folders]
        joined = replaced is not None and any(
            one.type is AssociationType.REPLACE for one in answer.submission.associations
        )
        if joined and replaced is not None:
            replaced.replaced = True
        model.docs.append(self._kept(model, final, number, token, feeder, kind, masks, replaced if joined else None))
        self.shown[who].add(id(model.docs[-1]))

    def _kept(
        self,
        model: Naive,
        final: DocumentEntry,
        number: int,
        token: str,
        feeder: Actor,
        kind: tuple[str, str, str],
        masks: list[str],
        replaced: Doc | None,
    ) -> Doc:
        genetic = kind[0] == GENETIC
        chain = [] if replaced is None else [one for one in model.docs if one.lineage == replaced.lineage]
        unseen = "unseen" in masks or (genetic and replaced is None)
        opens_at = (NEVER if genetic else self.now + MONTH) if unseen else None
        # A chain is masked whole by whatever masks one of it; it is opened by those who see it.
        masked = "masked" in masks or any(one.masked for one in chain)
        for one in chain:
            one.masked = masked
        waiting = [one.opens_at for one in chain if one.unseen and one.opens_at is not None]
        if waiting:
            opens_at = max(waiting)
        return Doc(
            number=number,
            unique_id=final.unique_id,
            entry_uuid=final.entry_uuid,
            logical_id=final.logical_id,
            lineage=number if replaced is None else replaced.lineage,
            person=feeder.person,
            structure=feeder.structure,
            type_code=kind[0],
            class_code=kind[2],
            masked=masked,
            unseen=unseen,
            secret="secret" in masks,
            opens_at=opens_at,
            tokens={token.encode(), final.unique_id.encode(), final.entry_uuid[9:].encode()},
        )

    def replace(self, name: str) -> None:
        """A document in the place of another one."""
        doc = self.rng.choice(self.models[name].docs)
        if not doc.deleted and not doc.replaced:
            self.feed(name, doc)

    def change(self, name: str) -> None:
        """Somebody masks, unmasks, reveals, archives, unarchives or deletes a document."""
        model, doc = self.models[name], self.rng.choice(self.models[name].docs)
        verb = self.rng.choice(("mask", "mask", "unmask", "reveal", "archive", "unarchive", "delete"))
        who = self.rng.choice([*PROFESSIONALS, name])
        self._named(who, model, doc)
        chain = [one for one in model.docs if one.lineage == doc.lineage]
        seen = [one for one in chain if visible(model, self.cast.people[who], one, self.now, how="name")]
        answer = getattr(documents, verb)(actor=self.cast.people[who], domain="fr", entry_uuid=doc.entry_uuid)
        if isinstance(answer, Refusal):
            return
        self.shown[who].add(id(doc))
        doc.entry_uuid = answer.entry.entry_uuid
        doc.tokens.add(answer.entry.entry_uuid[9:].encode())
        if verb == "mask":
            for one in chain:
                one.masked = True
        elif verb == "unmask":
            # Nobody opens what they do not see: a version that was masked from them stays so.
            for one in seen:
                one.masked = False
        elif verb == "reveal":
            for one in seen:
                one.unseen, one.opens_at = False, None
        elif verb == "delete":
            self._deleted(doc, chain)
        else:
            doc.archived = verb == "archive"

    def _named(self, who: str, model: Naive, doc: Doc) -> None:
        """Whoever sees a document and acts on it has a trace that names it, of an act that is refused too."""
        if visible(model, self.cast.people[who], doc, self.now, how="name"):
            self.shown[who].add(id(doc))

    def _deleted(self, doc: Doc, chain: list[Doc]) -> None:
        """What the same hands deposited and this one replaced goes with it: asked of the rows, as its author sees."""
        doc.deleted = True
        for one in chain:
            row = database.row(
                "SELECT bool_and(flags & 32 <> 0) FROM documents_entry WHERE unique_id = %s", (one.unique_id,)
            )
            if row is not None and row[0] and one.person == doc.person:
                one.deleted = True

    # What the person decides.

    def block(self, name: str) -> None:
        """The person blocks somebody, or lets them in again."""
        person = self.cast.people[self.rng.choice(list(PROFESSIONALS))].person
        verb = access.block if self.rng.random() < 0.6 else access.unblock
        answer = verb(actor=self.world(name).patient, domain="fr", person=person)
        if not isinstance(answer, Refusal):
            if verb is access.block:
                self.models[name].grants["p:" + person] = Grant("blocked")
            else:
                self.models[name].grants.pop("p:" + person, None)

    def allow(self, name: str) -> None:
        """The person lets somebody in, until a day or not; or ends it."""
        who = self.cast.people[self.rng.choice(list(PROFESSIONALS))]
        grantee = self.rng.choice(("p:" + who.person, "s:" + who.structure))
        world, model = self.world(name), self.models[name]
        if self.rng.random() < 0.3:
            ended = access.end(actor=world.patient, domain="fr", grantee=grantee)
            if not isinstance(ended, Refusal):
                model.grants.pop(grantee, None)
            return
        until = self.now + timedelta(days=self.rng.choice((1, 20, 90))) if self.rng.random() < 0.4 else None
        answer = access.allow(actor=world.patient, domain="fr", grantee=grantee, until=until)
        if not isinstance(answer, Refusal):
            treating = model.grant(grantee, self.now).treating
            model.grants[grantee] = Grant("allowed", until, treating)

    def declare(self, name: str) -> None:
        """A professional declares the person's consent, perhaps as médecin traitant."""
        who = self.cast.people[self.rng.choice(("other", "treating", "pharmacist", "dentist", "stranger"))]
        world, model = self.world(name), self.models[name]
        treating = who.person == self.cast.people["treating"].person and self.rng.random() < 0.5
        answer = access.authorise(actor=who, domain="fr", patient_id=world.cx, treating=treating)
        if isinstance(answer, Refusal):
            return
        key = "p:" + who.person
        before = model.grants.get(key, Grant(""))
        treating = (treating and who.profession == "10") or before.treating
        if treating:
            for grant in model.grants.values():
                grant.treating = False
        model.grants[key] = Grant("allowed", None, treating)

    def permit(self, name: str) -> None:
        """The person opens one document to somebody, closes it, or leaves it to the rules."""
        model, doc = self.models[name], self.rng.choice(self.models[name].docs)
        who = self.cast.people[self.rng.choice(list(PROFESSIONALS))]
        grantee = self.rng.choice(("p:" + who.person, "s:" + who.structure))
        verb = self.rng.choice((documents.open_to, documents.close_to, documents.leave_to_rules))
        answer = verb(actor=self.world(name).patient, domain="fr", entry_uuid=doc.entry_uuid, grantee=grantee)
        if isinstance(answer, Refusal):
            return
        if verb is documents.leave_to_rules:
            model.special.pop((doc.lineage, grantee), None)
        else:
            model.special[doc.lineage, grantee] = "granted" if verb is documents.open_to else "denied"

    def choose(self, name: str) -> None:
        """The person chooses about emergencies and what they want to know."""
        model = self.models[name]
        wanted = {
            "break_glass": self.rng.random() < 0.7,
            "emergency_masked": self.rng.random() < 0.4,
            "not_to_know": self.rng.random() < 0.2,
        }
        answer = access.choose(actor=self.world(name).patient, domain="fr", **wanted)
        if not isinstance(answer, Refusal):
            for field_name, value in wanted.items():
                setattr(model, field_name, value)

    def enter(self, name: str) -> None:
        """Somebody states an emergency from a page."""
        who = self.cast.people[self.rng.choice(("stranger", "other", "pharmacist", "occupational"))]
        answer = access.enter_in_emergency(
            actor=who,
            domain="fr",
            patient_id=self.world(name).cx,
            purpose=Purpose.BREAK_GLASS,
            unable=True,
            danger=True,
            reason="vital",
            detail="malaise",
        )
        if not isinstance(answer, Refusal):
            self.models[name].emergencies[who.person] = self.now + FOUR_HOURS

    def help(self, name: str) -> None:
        """The adult lets the child's account help, or ends it."""
        holder = self.cast.people["child"].person
        if self.rng.random() < 0.5:
            self.represent("adult", "child", "caregiver", "read")
            return
        answer = access.end_delegation(actor=self.world("adult").patient, domain="fr", holder=holder)
        if not isinstance(answer, Refusal):
            self.models["adult"].delegates.pop(holder, None)

    # Time and life.

    def wait(self, name: str) -> None:
        """Days pass."""
        clock.advance(1, timedelta(days=self.rng.choice((1, 5, 12, 25))))

    def close(self, name: str) -> None:
        """The desk closes the record for the person, or opens it again."""
        model = self.models[name]
        about = {"actor": CLERK, "domain": "fr", "patient_id": self.world(name).cx}
        answer = life.reopen(consent=True, **about) if model.closed else life.close(**about)
        if not isinstance(answer, Refusal):
            model.closed = not model.closed


_WEIGHTS: dict[Callable[[History, str], None], float] = {
    History.feed: 30,
    History.replace: 10,
    History.change: 18,
    History.block: 5,
    History.allow: 9,
    History.declare: 8,
    History.permit: 10,
    History.choose: 4,
    History.enter: 3,
    History.help: 3,
    History.wait: 5,
    History.close: 2,
}
