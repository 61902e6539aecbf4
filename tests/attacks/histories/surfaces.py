"""Every reading surface, driven as an identity: the bytes that it answers.

`DRIVEN` names the address of each; `tests/architecture/test_surfaces.py` holds that the URL configuration has no other
one that shows a record. An answer is searched for the tokens of documents: what is found there was shown.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest import mock
from uuid import UUID, uuid4

from django.contrib.auth import get_user_model
from django.test import Client

from carnet.exchange.login.soap import Login
from carnet.kernel.actor import Actor, ActorKind
from carnet.wire import soap
from carnet.wire.xds import iti18_stored_query as iti18
from carnet.wire.xds import iti43_retrieve as iti43
from carnet.wire.xds.iti43_retrieve import DocumentRequest
from carnet.wire.xds.model import AssociationType, Status
from tests.attacks.histories.naive import Doc
from tests.capabilities.world import World

EVERY = tuple(Status)
_TYPES = tuple(kind.value for kind in AssociationType)
_ASSERTION = b'<saml2:Assertion xmlns:saml2="urn:oasis:names:tc:SAML:2.0:assertion" ID="_1" Version="2.0"/>'


@dataclass
class Eyes:
    """A browser and a machine that are somebody, before one record."""

    actor: Actor
    world: World
    people: Client
    machines: Client

    @property
    def record(self) -> str:
        """The record as addresses name it."""
        return f"{self.world.record_id:016x}"

    @property
    def patient(self) -> str:
        """The search parameter that names the patient."""
        return f"patient.identifier=urn:oid:{self.world.identifier.system}|{self.world.identifier.value}"

    @contextmanager
    def open(self) -> Iterator[None]:
        """All entrances take this browser and this machine for the actor."""
        vihf: Any = mock.Mock(patient=self.world.cx)
        with (
            mock.patch("carnet.exchange.fhir.door.actor_of_certificate", return_value=self.actor),
            mock.patch("carnet.exchange.xds.views.actor_of_soap", return_value=Login(self.actor, vihf)),
            mock.patch("carnet.portals.frame.session.actor_of_request", return_value=self.actor),
            mock.patch("carnet.portals.frame.freshness.is_fresh", return_value=True),
        ):
            yield

    def page(self, address: str) -> bytes:
        """What a page answers."""
        return _whole(self.people.get(address, headers={"X-Carnet-Port": "people"}))

    def fhir(self, address: str) -> bytes:
        """What a FHIR address answers."""
        return _whole(self.machines.get(address, headers={"X-Carnet-Port": "machines"}))

    def soap(self, path: str, body: str, action: str) -> bytes:
        """What a SOAP message is answered."""
        message = soap.render(body, action=action, message_id=uuid4().urn, to=path, assertion=_ASSERTION)
        media = f'{soap.MEDIA_TYPE}; charset=UTF-8; action="{action}"'
        return _whole(self.machines.post(path, message, content_type=media, headers={"X-Carnet-Port": "machines"}))

    def query(self, query: Any) -> bytes:
        """A stored query."""
        return self.soap("/xds/registry", iti18.render_request(query), iti18.ACTION)


def signed_in() -> Client:
    """A browser with a session; who it is, `Eyes.open` says."""
    user, _ = get_user_model().objects.get_or_create(username="reader")
    client = Client()
    client.force_login(user)
    return client


def _whole(answer: Any) -> bytes:
    assert answer.status_code < 500, (answer.status_code, answer.content[:500])
    data: bytes = b"".join(answer.streaming_content) if answer.streaming else answer.content
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return b"\n".join(name.encode() + archive.read(name) for name in archive.namelist())
    return data


# Lists and searches about a record: name → what it answers. `complete` names those that show all that may be seen.
Listing = Callable[[Eyes], bytes]
MACHINE_LISTS: dict[str, Listing] = {
    "FindDocuments": lambda e: e.query(iti18.FindDocuments(patient_id=e.world.cx, statuses=EVERY)),
    "FindDocuments, references": lambda e: e.query(
        iti18.FindDocuments(patient_id=e.world.cx, statuses=EVERY, return_type=iti18.OBJECT_REF)
    ),
    "FindSubmissionSets": lambda e: e.query(iti18.FindSubmissionSets(patient_id=e.world.cx, statuses=EVERY[:1])),
    "FindFolders": lambda e: e.query(iti18.FindFolders(patient_id=e.world.cx, statuses=EVERY[:1])),
    "GetAll": lambda e: e.query(
        iti18.GetAll(patient_id=e.world.cx, entry_statuses=EVERY, set_statuses=EVERY[:1], folder_statuses=EVERY[:1])
    ),
    "ITI-67": lambda e: e.fhir(f"/fhir/DocumentReference?{e.patient}&status=current,superseded"),
    "ITI-81": lambda e: e.fhir(f"/fhir/AuditEvent?{e.patient}"),
    "ITI-66 folders": lambda e: e.fhir(f"/fhir/List?{e.patient}&code=folder&status=current"),
    "ITI-66 sets": lambda e: e.fhir(f"/fhir/List?{e.patient}&code=submissionset&status=current"),
}
PROFESSIONAL_LISTS: dict[str, Listing] = {
    "pro": lambda e: e.page(f"/pro/dossier/{e.record}/?remplaces=1"),
    "pro folders": lambda e: e.page(f"/pro/dossier/{e.record}/classeurs/"),
    "pro deposit": lambda e: e.page(f"/pro/dossier/{e.record}/deposer/"),
    "pro authorise": lambda e: e.page(f"/pro/dossier/{e.record}/autorisation/"),
    "pro emergency": lambda e: e.page(f"/pro/dossier/{e.record}/urgence/"),
    "pro find": lambda e: e.page("/pro/"),
}
PERSONAL_LISTS: dict[str, Listing] = {
    "patient": lambda e: e.page("/patient/?remplaces=1"),
    "patient folders": lambda e: e.page("/patient/classeurs/"),
    "patient journal": lambda e: e.page("/patient/journal/"),
    "patient deposit": lambda e: e.page("/patient/deposer/"),
    "patient record": lambda e: e.page("/patient/carnet/"),
    "patient identity": lambda e: e.page("/patient/identite/"),
    "patient access": lambda e: e.page("/patient/acces/"),
    "patient choices": lambda e: e.page("/patient/choix/"),
    "patient helpers": lambda e: e.page("/patient/proches/"),
    "patient proof": lambda e: e.page("/patient/journal/copie/"),
    "patient check": lambda e: e.page("/patient/journal/verifier/"),
}
# What somebody who may leave with everything leaves with.
COPIES: dict[str, Listing] = {"copy": lambda e: e.page("/patient/copie/?telecharger=1")}
# Where the person reads, after two weeks, that something waits to be announced.
# Where professionals read their own traces: documents that they saw once stay named there.
OWN_TRACES = ("ITI-81",)
NOTICES = ("patient journal", "patient proof")
COMPLETE = ("FindDocuments", "FindDocuments, references", "GetAll", "ITI-67", "pro", "patient")
# ITI-67 and the pages leave archived documents to those who ask for them.
WITHOUT_ARCHIVED = ("ITI-67", "pro", "patient")

Named = Callable[[Eyes, Doc], bytes]
MACHINE_NAMES: dict[str, Named] = {
    "GetDocuments": lambda e, d: e.query(iti18.GetDocuments(entry_uuids=(d.entry_uuid,))),
    "GetDocuments by uniqueId": lambda e, d: e.query(iti18.GetDocuments(unique_ids=(d.unique_id,))),
    "GetDocumentsAndAssociations": lambda e, d: e.query(iti18.GetDocumentsAndAssociations(entry_uuids=(d.entry_uuid,))),
    "GetAssociations": lambda e, d: e.query(iti18.GetAssociations(uuids=(d.entry_uuid,))),
    "GetRelatedDocuments": lambda e, d: e.query(
        iti18.GetRelatedDocuments(entry_uuid=d.entry_uuid, association_types=_TYPES)
    ),
    "GetSubmissionSets": lambda e, d: e.query(iti18.GetSubmissionSets(uuids=(d.entry_uuid,))),
    "GetFoldersForDocument": lambda e, d: e.query(iti18.GetFoldersForDocument(entry_uuid=d.entry_uuid)),
    "ITI-43": lambda e, d: e.soap(
        "/xds/repository",
        iti43.render_request([DocumentRequest(repository_unique_id=_repository(), document_unique_id=d.unique_id)]),
        iti43.ACTION,
    ),
    "FHIR read": lambda e, d: e.fhir(f"/fhir/DocumentReference/{_uuid(d.logical_id)}"),
    "FHIR history": lambda e, d: e.fhir(f"/fhir/DocumentReference/{_uuid(d.logical_id)}/_history"),
    "FHIR version": lambda e, d: e.fhir(f"/fhir/DocumentReference/{_uuid(d.logical_id)}/_history/1"),
    "Binary": lambda e, d: e.fhir(f"/fhir/Binary/{_uuid(d.entry_uuid)}"),
}
PAGES_OF_DOCUMENT = (
    "",
    "contenu/",
    "fichier/",
    "depose/",
    "masquer/",
    "demasquer/",
    "supprimer/",
    "archiver/",
    "acces/",
)
BYTES = ("ITI-43", "Binary", "fichier/", "contenu/")


def questions(eyes: Eyes) -> dict[str, Named]:
    """What an actor can ask about one document that they name."""
    kind = eyes.actor.kind
    machines = MACHINE_NAMES if kind in (ActorKind.PROFESSIONAL, ActorKind.STRUCTURE) else {}
    portal = {ActorKind.PROFESSIONAL: f"/pro/dossier/{eyes.record}", ActorKind.PATIENT: "/patient"}.get(kind)
    pages = {} if portal is None else {name or "document": _page(portal, name) for name in PAGES_OF_DOCUMENT}
    return machines | pages


def _page(portal: str, name: str) -> Named:
    return lambda eyes, doc: eyes.page(f"{portal}/document/{_uuid(doc.entry_uuid)}/{name}")


def lists_of(eyes: Eyes) -> dict[str, Listing]:
    """The lists that an actor may come to."""
    match eyes.actor.kind:
        case ActorKind.PROFESSIONAL:
            return MACHINE_LISTS | PROFESSIONAL_LISTS
        case ActorKind.PATIENT if eyes.actor.record_id == eyes.world.record_id:
            return PERSONAL_LISTS | COPIES
        case ActorKind.STRUCTURE:
            return MACHINE_LISTS
        case ActorKind.CLERK:
            return PROFESSIONAL_LISTS
        case _:
            return {}


def _uuid(urn: str) -> UUID:
    return UUID(urn.removeprefix("urn:uuid:"))


def _repository() -> str:
    from django.conf import settings

    return str(settings.CARNET_REPOSITORY_ID)
