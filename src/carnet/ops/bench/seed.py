"""The data of the bench: records with ten documents to list, records to feed; one care team for all.

The identifiers are the ones the floor's scripts compute: 1800275000000 + n and its key, test INS.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import date

import msgspec

from carnet.kernel import blobs
from carnet.kernel.actor import Actor, ActorKind
from carnet.record.access import api as access
from carnet.record.documents import api as documents
from carnet.record.identity import api as identity
from carnet.wire.xds.model import Association, AssociationType, Author, Code, DocumentEntry, Submission, SubmissionSet

LISTED = range(1, 101)
FED = range(101, 1101)
DOCUMENTS = 10
SIZE = 20 * 1024
_SYSTEM = "1.2.250.1.213.1.4.10"


def ins(number: int) -> str:
    """The INS of record `number`."""
    nir = str(1_800_275_000_000 + number)
    return nir + identity.ins_key(nir)


def patient_id(number: int) -> str:
    """The CX of record `number`."""
    return f"{ins(number)}^^^&{_SYSTEM}&ISO^NH"


def seed(actor: Actor) -> None:
    """Create the records at the actor's structure, and the documents of those that are listed."""
    create(actor, (*LISTED, *FED))
    content = secrets.token_bytes(SIZE)
    for number in LISTED:
        for _ in range(DOCUMENTS):
            feed(actor, number, content)


def create(actor: Actor, numbers: Iterable[int]) -> None:
    """Create records at the actor's structure."""
    clerk = Actor(
        kind=ActorKind.CLERK,
        person="bench",
        structure=actor.structure,
        name="Accueil",
        proof="process",
        software="bench",
    )
    for number in numbers:
        created = access.create_record(
            actor=clerk,
            domain="fr",
            identifier=identity.PatientIdentifier(_SYSTEM, ins(number), "NH"),
            traits=identity.Traits(
                birth_name="BANC",
                given_names="JEAN",
                first_given="JEAN",
                sex="M",
                birth_date=date(1980, 2, 1),
                birth_place="75056",
            ),
            qualification="QUAL",
            consent=True,
        )
        if not isinstance(created, access.Created):
            raise RuntimeError(f"the bench could not create its records: {created}")


def feed(actor: Actor, number: int, content: bytes, *, codes: tuple[Code, ...] = ()) -> None:
    """Feed one document to a record; `codes` are confidentiality codes beside N."""
    sent = submission(actor, number, f"2.25.{secrets.randbits(110)}", f"2.25.{secrets.randbits(110)}")
    (entry,) = sent.entries
    entry = msgspec.structs.replace(entry, confidentiality_codes=entry.confidentiality_codes + codes)
    answer = documents.provide(
        actor=actor,
        domain="fr",
        submission=msgspec.structs.replace(sent, entries=(entry,)),
        contents={"document": blobs.from_bytes(content)},
    )
    if not isinstance(answer, documents.Provided):
        raise RuntimeError(f"the bench could not feed its records: {answer}")


def submission(actor: Actor, number: int, document_id: str, set_id: str) -> Submission:
    """One lab report for record `number`, in a set of its own."""
    cx = patient_id(number)
    author = Author(
        person=f"{actor.person}^BANC^DOMINIQUE^^^^^^&1.2.250.1.71.4.2.1&ISO^D^^^IDNPS",
        institutions=(f"ETABLISSEMENT FICTIF^^^^^&1.2.250.1.71.4.2.2&ISO^IDNST^^^{actor.structure}",),
        specialties=("G15_10/SM26^Qualifié en médecine générale (SM)^1.2.250.1.213.1.1.4.5",),
    )
    entry = DocumentEntry(
        entry_uuid="document",
        unique_id=document_id,
        patient_id=cx,
        mime_type="text/xml",
        class_code=Code("10", "1.2.250.1.213.1.1.4.1", "Compte rendu"),
        type_code=Code("11502-2", "2.16.840.1.113883.6.1", "CR d'examens biologiques"),
        format_code=Code("urn:ihe:lab:xd-lab:2008", "1.3.6.1.4.1.19376.1.2.3", "CR biologie"),
        healthcare_facility_type_code=Code("SA01", "1.2.250.1.71.4.2.4", "Etablissement public de santé"),
        practice_setting_code=Code("ETABLISSEMENT", "1.2.250.1.213.1.1.4.9", "Etablissement de santé"),
        confidentiality_codes=(Code("N", "2.16.840.1.113883.5.25", "Normal"),),
        authors=(author,),
        legal_authenticator=author.person,
        title="Compte rendu de biologie",
        language_code="fr-FR",
        creation_time="20260102030405",
        service_start_time="20260102",
        source_patient_id=cx,
        source_patient_info=("PID-5|BANC^JEAN^^^^^L", "PID-7|19800201", "PID-8|M"),
    )
    the_set = SubmissionSet(
        entry_uuid="set",
        unique_id=set_id,
        source_id="1.2.250.1.999.1",
        patient_id=cx,
        submission_time="20260102040000",
        content_type_code=Code("03", "1.2.250.1.213.2.2", "Hospitalisation complète"),
        authors=(author,),
    )
    member = Association(
        entry_uuid="member", type=AssociationType.HAS_MEMBER, source="set", target="document", set_status="Original"
    )
    return Submission(submission_set=the_set, entries=(entry,), associations=(member,))
