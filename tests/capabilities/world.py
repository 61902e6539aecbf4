"""The small world of these tests, built through the doors only.

Accueil (clerk) ── creates ──▶ record of JEAN ◀── deposits ── DR AUTEUR (same hospital)
                                    ▲
                 DR AUTRE (another structure, nothing to do with it until authorised)
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import date

import msgspec

from carnet.kernel import blobs
from carnet.kernel.actor import Actor, ActorKind
from carnet.kernel.errors import Refusal
from carnet.record.access import api as access
from carnet.record.documents import api as documents
from carnet.record.identity import api as identity
from carnet.wire.xds.model import Association, AssociationType, Author, Code, DocumentEntry, Submission, SubmissionSet

HOSPITAL, PRACTICE = "1330000001", "1330000002"
CLERK = Actor(
    kind=ActorKind.CLERK,
    person="3330000001/A1",
    structure=HOSPITAL,
    name="Accueil",
    structure_name="CH FICTIF",
    proof="process",
)
AUTHOR = Actor(
    kind=ActorKind.PROFESSIONAL,
    person="899900000011",
    structure=HOSPITAL,
    name="DR AUTEUR",
    profession="10",
    proof="process",
)
OTHER = Actor(
    kind=ActorKind.PROFESSIONAL,
    person="899900000022",
    structure=PRACTICE,
    name="DR AUTRE",
    profession="10",
    proof="process",
)
XCN = "899900000011^AUTEUR^DOMINIQUE^^^^^^&1.2.250.1.71.4.2.1&ISO^D^^^IDNPS"
LEVELS = "2.16.840.1.113883.5.25"
MASKS = "1.2.250.1.213.1.1.4.13"


def new_oid() -> str:
    return f"2.25.{secrets.randbits(100)}"


@dataclass
class World:
    """One fresh record in one domain."""

    domain: str = "fr"
    cx: str = ""
    record_id: int = 0
    identifier: identity.PatientIdentifier = field(init=False)
    traits: identity.Traits = field(init=False)
    patient: Actor = field(init=False)

    def __post_init__(self) -> None:
        number = f"1800275{secrets.randbelow(10**6):06d}"
        self.identifier = identity.PatientIdentifier("1.2.250.1.213.1.4.10", number + identity.ins_key(number), "NH")
        self.traits = identity.Traits(
            birth_name="FICTIF",
            given_names="JEAN",
            first_given="JEAN",
            sex="M",
            birth_date=date(1980, 2, 1),
            birth_place="75056",
        )
        self.cx = identity.format_cx(self.identifier)
        created = self.create()
        assert isinstance(created, access.Created), created
        self.record_id = created.record_id
        self.patient = Actor(
            kind=ActorKind.PATIENT,
            person=f"patient:{self.record_id}",
            name="JEAN FICTIF",
            proof="password+totp",
            record_id=self.record_id,
        )

    def create(self) -> access.Created | Refusal:
        """Create the record at the desk, again if need be."""
        return access.create_record(
            actor=CLERK,
            domain=self.domain,
            identifier=self.identifier,
            traits=self.traits,
            qualification="QUAL",
            consent=True,
        )

    def entry(self, name: str = "document", **more: object) -> DocumentEntry:
        values = {
            "entry_uuid": name,
            "unique_id": new_oid(),
            "patient_id": self.cx,
            "mime_type": "text/xml",
            "class_code": Code("10", "1.2.250.1.213.1.1.4.1", "Compte rendu"),
            "type_code": Code("11502-2", "2.16.840.1.113883.6.1", "CR d'examens biologiques"),
            "format_code": Code("urn:ihe:lab:xd-lab:2008", "1.3.6.1.4.1.19376.1.2.3"),
            "healthcare_facility_type_code": Code("SA01", "1.2.250.1.71.4.2.4"),
            "practice_setting_code": Code("ETABLISSEMENT", "1.2.250.1.213.1.1.4.9"),
            "confidentiality_codes": (Code("N", LEVELS, "Normal"),),
            "authors": (Author(person=XCN),),
            "legal_authenticator": XCN,
            "title": "Compte rendu de biologie",
            "language_code": "fr-FR",
            "creation_time": "20260102030405",
            "service_start_time": "20260102",
            "source_patient_id": self.cx,
            "source_patient_info": ("PID-5|FICTIF^JEAN^^^^^L", "PID-7|19800201", "PID-8|M"),
        } | more
        return DocumentEntry(**values)  # type: ignore[arg-type]

    def submission(self, *entries: DocumentEntry, relations: tuple[tuple[str, str, str], ...] = ()) -> Submission:
        """A set of entries; `relations` are (source name, association type, target)."""
        entries = entries or (self.entry(),)
        members = tuple(
            Association(
                entry_uuid=f"member-{number}",
                type=AssociationType.HAS_MEMBER,
                source="set",
                target=entry.entry_uuid,
                set_status="Original",
            )
            for number, entry in enumerate(entries)
        )
        others = tuple(
            Association(entry_uuid=f"relation-{number}", type=kind, source=source, target=target)
            for number, (source, kind, target) in enumerate(relations)
        )
        return Submission(
            submission_set=SubmissionSet(
                entry_uuid="set",
                unique_id=new_oid(),
                source_id="1.2.250.1.999.1",
                patient_id=self.cx,
                submission_time="20260102040000",
                content_type_code=Code("03", "1.2.250.1.213.2.2"),
                authors=(Author(person=XCN),),
            ),
            entries=entries,
            associations=members + others,
        )

    def provide(
        self, submission: Submission | None = None, *, actor: Actor = AUTHOR, content: bytes = b"<ClinicalDocument/>"
    ) -> documents.Provided | Refusal:
        submission = submission or self.submission()
        received = {entry.entry_uuid: blobs.from_bytes(content) for entry in submission.entries}
        return documents.provide(actor=actor, domain=self.domain, submission=submission, contents=received)

    def fed(self, *masks: str, actor: Actor = AUTHOR, content: bytes = b"<ClinicalDocument/>") -> DocumentEntry:
        """Feed one document and return its registered entry."""
        answer = self.provide(self.submission(self.masked(*masks)), actor=actor, content=content)
        assert isinstance(answer, documents.Provided), answer
        return answer.submission.entries[0]

    def masked(self, *masks: str, **more: object) -> DocumentEntry:
        """An entry with confidentiality masks (MASQUE_PS…)."""
        codes = (Code("N", LEVELS), *(Code(mask, MASKS) for mask in masks))
        return msgspec.structs.replace(self.entry(), confidentiality_codes=codes, **more)

    def found(self, actor: Actor, **query: object) -> documents.Found | Refusal:
        patient_id = "" if actor.kind is ActorKind.PATIENT else self.cx
        return documents.find(
            actor=actor, domain=self.domain, patient_id=patient_id, query=documents.DocumentQuery(**query)
        )

    def seen(self, actor: Actor, **query: object) -> set[str]:
        """The uniqueIds that an actor finds."""
        found = self.found(actor, **query)
        assert isinstance(found, documents.Found), found
        return {entry.unique_id for entry in found.entries}

    def read(self, actor: Actor, unique_id: str) -> bytes | str:
        """The bytes of a document, or the rule that refused them."""
        answer = documents.retrieve(actor=actor, domain=self.domain, unique_id=unique_id)
        return answer.rule if isinstance(answer, Refusal) else b"".join(answer.chunks)

    def authorise(self, actor: Actor, **more: object) -> None:
        answer = access.authorise(actor=actor, domain=self.domain, patient_id=self.cx, **more)  # type: ignore[arg-type]
        assert isinstance(answer, access.Authorised), answer


def rules_of(answer: object) -> list[str]:
    """The rules of a refusal, in order."""
    assert isinstance(answer, Refusal), answer
    return [problem.rule for problem in answer.problems]
