"""Messages made wrong at random, by fixed seeds, at the registry and the repository: each gets an answer that explains.

Never an accident (a Receiver fault, a stack, an error in the log), never a patient in what is logged, never an answer
that a client could not read. `CARNET_FUZZ=20000` tries more (`make test-long`); a failure names its message and its
seed, which make it again.
"""

from __future__ import annotations

import base64
import logging
import os
import re
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.test import Client

from carnet.client.identity import Assertions, Identity, Software
from carnet.ops.demo import pki
from carnet.record.directory import api as directory
from carnet.record.directory.api import Professional, Structure
from carnet.wire import mime, soap
from carnet.wire.saml.vihf import Role
from carnet.wire.xds import iti18_associations, iti18_documents, iti18_folders, iti18_sets
from carnet.wire.xds import iti18_stored_query as iti18
from carnet.wire.xds import iti41_provide_and_register as iti41
from carnet.wire.xds import iti42_register as iti42
from carnet.wire.xds import iti43_retrieve as iti43
from carnet.wire.xds.model import Code, Status
from tests.attacks.bad_input import heard
from tests.attacks.soap_mutations import Message, mutated
from tests.capabilities.world import AUTHOR, CLERK, HOSPITAL, World
from tests.conformance.xds import xds_requests as requests

CASES = int(os.environ.get("CARNET_FUZZ", "420"))
SOAP = "application/soap+xml; charset=utf-8"
# A message that takes longer has set something off; the machine may be shared.
SOON = 10.0
ROLES = (Role("10", "1.2.250.1.71.1.2.7"), Role("SM26", "1.2.250.1.71.4.2.5"))


@pytest.fixture(scope="module")
def cards(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with an authority and the card of the author."""
    home = tmp_path_factory.mktemp("fuzz") / "home"
    now = datetime.now(UTC)
    authority = pki.make_authority(home / "demo" / "pki", now=now)
    for name, kind in (("auth", pki.Kind.CARD_AUTHENTICATION), ("sign", pki.Kind.CARD_SIGNATURE)):
        pki.issue(
            authority,
            kind,
            name=name,
            common_name=AUTHOR.person,
            surname="AUTEUR",
            not_before=now - timedelta(hours=1),
            not_after=now + timedelta(days=1),
        )
    return home


@pytest.fixture
def identity(cards: Path, settings: Any, transactional_db: None) -> Identity:
    """The author, known to the directory, with the keys of the card."""
    settings.CARNET_HOME = cards
    structure = Structure(id=HOSPITAL, name="CH FICTIF", sector="SA01", kind="Centre hospitalier")
    assert directory.enrol_structure(actor=CLERK, structure=structure) is None
    person = Professional(
        id=AUTHOR.person,
        family="AUTEUR",
        given="DOMINIQUE",
        profession="10",
        specialty="SM26",
        structures=(HOSPITAL,),
    )
    assert directory.enrol_professional(actor=CLERK, professional=person) is None
    folder = cards / "demo" / "pki"
    return Identity(
        person=AUTHOR.person,
        name="AUTEUR DOMINIQUE",
        structure=HOSPITAL,
        sector="SA01",
        roles=ROLES,
        certificate=folder / "auth.pem",
        key=folder / "auth.key",
        sign_certificate=folder / "sign.pem",
        sign_key=folder / "sign.key",
    )


def good_messages(identity: Identity) -> Iterator[Message]:
    """Each query, each submission, each retrieval, in the French profile and in a plain domain."""
    assertions = Assertions(identity, Software(name="Essai", version="1", homologation="ESSAI"))
    for domain, prefix in (("fr", "/xds"), ("ihe", "/d/ihe/xds")):
        world = World(domain=domain)
        stored = world.fed()
        assertion = assertions.about(world.cx, now=datetime.now(UTC))

        def enveloped(body: str, action: str, given: bytes = assertion) -> bytes:
            return soap.render(body, action=action, message_id=uuid4().urn, to="https://localhost", assertion=given)

        registry, repository = f"{prefix}/registry", f"{prefix}/repository"
        for query in _queries(world.cx, stored.entry_uuid, stored.unique_id):
            body = enveloped(iti18.render_request(query), iti18.ACTION)
            yield Message(f"{domain} {type(query).__name__}", registry, SOAP, body)
        elsewhere = {"repository_unique_id": "1.2.250.1.999.42", "hash": "c" * 40, "size": 12}
        body = enveloped(iti42.render_request(_filed(world, **elsewhere)), iti42.ACTION)
        yield Message(f"{domain} ITI-42", registry, SOAP, body)
        sent = _filed(world)
        contents = {entry.entry_uuid: requests.CONTENT for entry in sent.entries}
        body = enveloped(iti41.render_request(sent, contents), iti41.ACTION)
        yield Message(f"{domain} ITI-41 inline", repository, SOAP, body)
        sent = _filed(world)
        names = {entry.entry_uuid: f"doc{number}@example" for number, entry in enumerate(sent.entries)}
        root = enveloped(iti41.render_request(sent, names), iti41.ACTION)
        parts = [
            mime.Attachment(name, "text/xml", [requests.CONTENT], len(requests.CONTENT)) for name in names.values()
        ]
        content_type, body = mime.render(root, parts)
        yield Message(f"{domain} ITI-41 parts", repository, f'{content_type}; action="{iti41.ACTION}"', body, root)
        asked = (iti43.DocumentRequest(stored.repository_unique_id, stored.unique_id),) * 2
        root = enveloped(iti43.render_request(asked), iti43.ACTION)
        yield Message(f"{domain} ITI-43", repository, SOAP, root)
        content_type, body = mime.render(root, ())
        yield Message(f"{domain} ITI-43 parts", repository, f'{content_type}; action="{iti43.ACTION}"', body, root)


def _filed(world: World, **more: Any) -> Any:
    return requests.filing(
        world.cx,
        world.entry("document", **more),
        folders=(requests.folder(world.cx),),
        links=(requests.link(requests.AssociationType.HAS_MEMBER, "folder", "document"),),
    )


def _queries(patient: str, uuid: str, unique_id: str) -> Iterator[iti18.StoredQuery]:
    approved = (Status.APPROVED,)
    codes = ((Code("11502-2", "2.16.840.1.113883.6.1"),),)
    yield iti18_documents.FindDocuments(
        patient_id=patient,
        statuses=(Status.APPROVED, Status.DEPRECATED),
        creation_time=("2020", "2030"),
        author_persons=("%AUTEUR%",),
        type_codes=codes,
    )
    yield iti18_documents.FindDocuments(patient_id=patient, statuses=approved, reference_ids=(("77",),))
    yield iti18_documents.GetDocuments(entry_uuids=(uuid,))
    yield iti18_documents.GetDocuments(unique_ids=(unique_id, "1.2.3"))
    yield iti18_folders.FindFolders(patient_id=patient, statuses=approved, last_update_time=("2020", ""))
    yield iti18_folders.GetFolders(entry_uuids=(uuid,))
    yield iti18_folders.GetFolderAndContents(entry_uuid=uuid)
    yield iti18_folders.GetFoldersForDocument(unique_id=unique_id)
    yield iti18_sets.FindSubmissionSets(patient_id=patient, statuses=approved, submission_time=("2020", "2030"))
    yield iti18_sets.GetAll(
        patient_id=patient, entry_statuses=approved, set_statuses=approved, folder_statuses=approved
    )
    yield iti18_sets.GetSubmissionSets(uuids=(uuid,))
    yield iti18_sets.GetSubmissionSetAndContents(unique_id=unique_id)
    yield iti18_associations.GetAssociations(uuids=(uuid,))
    yield iti18_associations.GetDocumentsAndAssociations(entry_uuids=(uuid,))
    yield iti18_associations.GetRelatedDocuments(association_types=tuple(requests.AssociationType), entry_uuid=uuid)


class Door:
    """The views, as the proxy reaches them."""

    def __init__(self, identity: Identity) -> None:
        der = x509.load_pem_x509_certificate(identity.certificate.read_bytes()).public_bytes(Encoding.DER)
        self._header = base64.b64encode(der).decode()
        self._client = Client(raise_request_exception=True)

    def post(self, message: Message) -> Any:
        """The answer, its body whole."""
        # `post` would encode the bytes again, as the charset of the type says.
        return self._client.generic(
            "POST",
            message.path,
            message.body,
            content_type=message.content_type,
            headers={"X-Carnet-Client-Cert": self._header, "X-Carnet-Port": "machines"},
        )


def wrong(answer: Any, took: float, logged: list[logging.LogRecord], patients: set[str]) -> str:
    """What is wrong with an answer, empty when nothing is."""
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    try:
        said = heard(answer.status_code, answer.headers["Content-Type"], body)
    except Exception as error:  # whatever the reader of a client stumbles over
        return f"an answer that cannot be read: {error!r}"
    if answer.status_code == 503 and not answer.headers.get("Retry-After"):
        return "503 without Retry-After"
    if "Receiver" in said.codes or (
        answer.status_code >= 500 and not {"VersionMismatch", "MustUnderstand"} & set(said.codes)
    ):
        return f"an accident: {answer.status_code} {said.codes}"
    if b"Traceback" in body or b'File "' in body:
        return "a stack in the answer"
    if any(record.levelno >= logging.ERROR or record.exc_info for record in logged):
        return f"logged: {[record.getMessage() for record in logged]}"
    if any(number in record.getMessage() for record in logged for number in patients):
        return "a patient in the log"
    if took > SOON:
        return f"{took:.1f} s"
    return ""


def test_good_messages_are_accepted(identity: Identity) -> None:
    """What is spoiled works before."""
    door = Door(identity)
    refused = {}
    for message in good_messages(identity):
        answer = door.post(message)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        said = heard(answer.status_code, answer.headers["Content-Type"], body)
        if (answer.status_code, said.codes) != (200, ()):
            refused[message.name] = (answer.status_code, said.codes, said.rules)
    assert not refused


def test_no_message_sets_anything_off(identity: Identity, caplog: pytest.LogCaptureFixture) -> None:
    door, messages = Door(identity), list(good_messages(identity))
    patients = {number.decode() for message in messages for number in re.findall(rb"(\d{15})\^\^\^", message.body)}
    assert len(patients) == 2
    failures: list[str] = []
    statuses: Counter[int] = Counter()
    # Django notes each 4xx and 5xx answer, the faults that HTTP wants as 500 among them.
    caplog.set_level(logging.CRITICAL, logger="django.request")
    for number in range(CASES):
        message = mutated(messages[number % len(messages)], number)
        caplog.clear()
        began = time.monotonic()
        answer = door.post(message)
        found = wrong(answer, time.monotonic() - began, caplog.records, patients)
        statuses[answer.status_code] += 1
        if found:
            failures.append(f"{message.name}, seed {number}: {found}")
    print(f"\nSOAP: {CASES} messages, answers by status {dict(statuses)}, {len(failures)} failures")
    assert not failures, "\n".join(failures[:20])
    assert statuses[200], "everything was refused before it was read"
    assert statuses[400]
