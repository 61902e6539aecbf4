"""Depositing a file by hand (A7, TD2.1): the file becomes a CDA, its metadata are filled, and `provide` registers it.

For pages: a person or a professional gives a file and says little of it. Machines send their own metadata to `provide`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import uuid4

from django.conf import settings

from carnet.kernel import blobs, clock
from carnet.kernel.actor import Actor, ActorKind
from carnet.kernel.blobs import Received
from carnet.kernel.errors import Problem, Reason, Refusal
from carnet.kernel.ids import new_id, oid_of
from carnet.record.access import api as access
from carnet.record.directory import api as directory
from carnet.record.documents import deposit_rules, media, queries, retrieval, rows, wrapping
from carnet.record.documents.actions import provide
from carnet.record.documents.attempt import Provided
from carnet.record.identity import api as identity
from carnet.record.journal import api as journal
from carnet.record.terminology import api as terminology
from carnet.wire.cda import metadata
from carnet.wire.cda.header import Header, Identifier, Organization, Participant, read_header
from carnet.wire.cda.write import File, write_document
from carnet.wire.errors import Malformed
from carnet.wire.xds.model import Code, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class _Form:
    """What somebody says of the file."""

    title: str
    type_code: str
    event_date: date
    comments: str
    replaces: str
    visibility: frozenset[str]


def deposit(
    *,
    actor: Actor,
    domain: str,
    patient_id: str,
    file: Received,
    media_type: str,
    title: str,
    type_code: str,
    event_date: date,
    comments: str = "",
    replaces: str = "",
    masked: bool = False,
    unannounced: bool = False,
) -> Provided | Refusal:
    """Deposit a PDF, a text, a JPEG or PNG image, or a CDA document as it is, of 20 MiB at most; `file` is consumed.

    `patient_id` is a CX, "" for the person's own record. The bytes tell what the file is, whatever `media_type`
    declares. `event_date` is the day of the act that the document is about. `replaces` is the entryUUID of the document
    that this one takes the place of (RPLC). A CDA says by itself what it is, when and by whom: the form's title, type
    and date do not apply to it, but for a type that contradicts it. `masked` hides it from professionals from the
    start (MASQUE_PS), `unannounced` from the person until a professional announces it (INVISIBLE_PATIENT, R.1111-53).
    All problems come back together.
    """
    try:
        form = _Form(
            title=" ".join(title.split()),
            type_code=type_code,
            event_date=event_date,
            comments=comments.strip(),
            replaces=replaces,
            visibility=frozenset({"MASQUE_PS"} if masked else ()) | ({"INVISIBLE_PATIENT"} if unannounced else set()),
        )
        entered = access.enter(
            actor=actor,
            domain=domain,
            patient_id=patient_id,
            act=access.Act.FEED,
            action=journal.Action.DOCUMENT_PROVIDE,
        )
        if isinstance(entered, Refusal):
            return entered
        return _Deposit(actor, domain, entered, form).of(file, media_type)
    finally:
        file.discard()


class _Deposit:
    """One deposit into a record that the actor may feed."""

    def __init__(self, actor: Actor, domain: str, entered: access.Pass, form: _Form) -> None:
        self.actor = actor
        self.domain = domain
        self.entered = entered
        self.form = form
        self.by_patient = access.for_the_person(actor)

    def of(self, file: Received, declared: str) -> Provided | Refusal:
        """The answer for a file."""
        person = identity.patient_of(actor=self.actor, record_id=self.entered.record_id)
        if person is None:
            raise RuntimeError("a record that was entered has a person")
        if file.size > media.MOST_BYTES:
            return self._refuse(media.too_large(file.size))
        data = b"".join(file.pieces())
        kind, wrong = media.identify(data, declared)
        problems = [wrong] if wrong is not None else []
        replaced = self._replaced()
        if isinstance(replaced, Problem):
            problems.append(replaced)
            replaced = None
        if kind == media.CDA:
            return self._as_it_is(person, data, problems)
        problems += self._check_form(person)
        by = self._author(person)
        if isinstance(by, Problem):
            problems.append(by)
        if problems or isinstance(by, Problem):
            return self._refuse(*problems)
        author, facility, encounter, custodian = by
        header = wrapping.header(
            document=new_id(self.entered.record_id),
            person=person,
            author=author,
            custodian=custodian,
            facility=facility,
            encounter=encounter,
            title=self.form.title,
            type_code=self.form.type_code,
            event_date=self.form.event_date,
            now=self.entered.now,
            media_type=kind,
            replaced=replaced,
        )
        content_type = wrapping.content_type_of_patient() if self.by_patient else metadata.content_type_of(header)
        return self._provided(person, header, write_document(header, File(kind, data)), content_type)

    def _check_form(self, person: identity.Patient) -> Iterator[Problem]:
        return deposit_rules.check(
            by_patient=self.by_patient,
            title=self.form.title,
            type_code=self.form.type_code,
            event_date=self.form.event_date,
            today=self.entered.now.astimezone(clock.LEGAL_TIME).date(),
            born=person.traits.birth_date,
            comments=self.form.comments,
        )

    def _author(self, person: identity.Patient) -> tuple[Participant, Code, Code | None, Organization] | Problem:
        """Who writes, in what sort of place, during what sort of encounter, and who keeps the document."""
        if self.by_patient:
            author, facility = wrapping.patient_author(person)
            keeper = Organization(Identifier(settings.CARNET_REPOSITORY_ID), "Carnet")
            return author, facility, None, keeper
        by = directory.professional(self.actor.person) if self.actor.kind is ActorKind.PROFESSIONAL else None
        at = directory.structure(self.actor.structure)
        if by is None or at is None or not terminology.label("healthcareFacilityTypeCode", at.sector):
            return Problem(
                reason=Reason.FORBIDDEN,
                rule="deposit-author",
                text="Un dépôt est fait par la personne, ou par un professionnel de l'annuaire dans sa structure.",
                field="DocumentEntry.author",
                source="DMP, matrice d'habilitation, TD2.1",
            )
        author, facility, encounter = wrapping.professional_author(by, at)
        return author, facility, encounter, wrapping.organization(at)

    def _as_it_is(self, person: identity.Patient, data: bytes, problems: list[Problem]) -> Provided | Refusal:
        try:
            header = read_header(data)
            problems += deposit_rules.check_cda(header, type_code=self.form.type_code, by_patient=self.by_patient)
            if not self._is_about(header, person):
                problems.append(_other_patient())
            if problems:
                return self._refuse(*problems)
            return self._provided(person, header, data, metadata.content_type_of(header))
        except Malformed as error:
            return self._refuse(*problems, _malformed(error))

    def _is_about(self, header: Header, person: identity.Patient) -> bool:
        """Whether a header names the person of the record, by the identifier they have or one they had."""
        configuration = terminology.domain(self.domain)
        found = metadata.patient_identifier(header)
        if found is None or configuration is None:
            return False
        named = identity.PatientIdentifier(found.root, found.extension)
        if named == person.identifier:
            return True
        record_id = identity.search_by_identifier(actor=self.actor, domain=configuration, identifier=named)
        return record_id == self.entered.record_id

    def _replaced(self) -> Header | Problem | None:
        """The header of the document that this one replaces, as the actor may read it; None when it replaces none.

        A document that is no CDA has no header: its uniqueId is all that is known of it.
        """
        if not self.form.replaces:
            return None
        found = queries.get(actor=self.actor, domain=self.domain, entry_uuids=(self.form.replaces,))
        entries = found.entries if not isinstance(found, Refusal) else ()
        if not entries or rows.uuid_of(self.form.replaces) is None:
            return _unknown_parent()
        entry = entries[0]
        if entry.status is not Status.APPROVED:
            # `provide` says that it was replaced already.
            return None
        bytes_of = retrieval.retrieve(actor=self.actor, domain=self.domain, entry_uuid=entry.entry_uuid)
        parent = Header(identifier=Identifier(*_parts(entry.unique_id)))
        if isinstance(bytes_of, Refusal) or bytes_of.size > media.MOST_BYTES * 2:
            return parent
        try:
            return read_header(b"".join(bytes_of.chunks))
        except Malformed:
            return parent

    def _provided(
        self, person: identity.Patient, header: Header, document: bytes, content_type: Code
    ) -> Provided | Refusal:
        type_code = header.code.code if header.code is not None else ""
        asked = {code.code for code in terminology.default_confidentiality(type_code)} | self.form.visibility
        visibility = tuple(
            code for code in terminology.choices("confidentialityCode") if code.code in asked and code.code != "N"
        )
        entry = metadata.to_entry(
            header,
            size=len(document),
            sha1=hashlib.sha1(document, usedforsecurity=False).hexdigest(),
            class_of=terminology.class_of_type,
            format_of=terminology.format_of_template,
            patient_id=identity.format_cx(person.identifier),
            visibility=visibility,
            comments=self.form.comments,
        )
        submission = metadata.to_submission(
            [entry],
            unique_id=oid_of(uuid4()),
            source_id=settings.CARNET_REPOSITORY_ID,
            submission_time=_dtm(self.entered.now),
            content_type=content_type,
            title=header.title,
            replaces={entry.entry_uuid: self.form.replaces} if self.form.replaces else None,
        )
        contents = {entry.entry_uuid: blobs.from_bytes(document)}
        return provide(actor=self.actor, domain=self.domain, submission=submission, contents=contents)

    def _refuse(self, *problems: Problem) -> Refusal:
        return access.refuse(
            *problems,
            actor=self.actor,
            action=journal.Action.DOCUMENT_PROVIDE,
            record_id=self.entered.record_id,
        )


def _dtm(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%d%H%M%S")


def _parts(unique_id: str) -> tuple[str, str]:
    root, _, extension = unique_id.partition("^")
    return root, extension


def _other_patient() -> Problem:
    return Problem(
        reason=Reason.PATIENT_MISMATCH,
        rule="cda-patient",
        text="Ce document parle d'une autre personne que celle de ce carnet.",
        field="recordTarget/patientRole/id",
        expected="l'identifiant de la personne du carnet",
        source="CI-SIS Structuration minimale §3.5.5",
    )


def _unknown_parent() -> Problem:
    return Problem(
        reason=Reason.UNKNOWN_DOCUMENT,
        rule="replace-unknown",
        text="Le document à remplacer n'est pas connu dans ce carnet.",
        field="Association.targetObject",
        expected="l'entryUUID d'une fiche du dossier",
        source="IHE ITI TF-3 §4.2.2.2.3",
    )


def _malformed(error: Malformed) -> Problem:
    return Problem(
        reason=Reason.INVALID,
        rule=error.rule,
        text=error.text,
        field=error.field,
        found=error.found,
        expected=error.expected,
        source=error.source,
    )
