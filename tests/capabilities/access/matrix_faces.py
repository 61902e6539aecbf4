"""Every door that serves an action of the rights matrix, each as one question with the answer yes or no.

A face drives the product as its callers do: a function of the record, a SOAP message, a FHIR request, a page. Who calls
is given (`Doors.as_`): how a proof becomes an actor is tested elsewhere.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any
from unittest import mock
from uuid import UUID, uuid4

import msgspec
from django.contrib.auth import get_user_model
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from carnet.exchange.login.soap import Login
from carnet.kernel import clock
from carnet.kernel.actor import Actor
from carnet.kernel.errors import Refusal
from carnet.record.access import api as access
from carnet.record.documents import api as documents
from carnet.wire import soap
from carnet.wire.fhir import bundle_write
from carnet.wire.xds import iti18_stored_query, iti41_provide_and_register, iti43_retrieve
from carnet.wire.xds.iti18_stored_query import LEAF_CLASS, FindDocuments, GetDocuments
from carnet.wire.xds.iti43_retrieve import DocumentRequest
from carnet.wire.xds.model import Author, DocumentEntry, Status
from tests.attacks.test_patch import DELETED, PUT_ASIDE, label
from tests.capabilities.world import XCN, World

XON = "CH FICTIF^^^^^&1.2.250.1.71.4.2.2&ISO^IDNST^^^1330000001"
SPECIALTY = "G15_10/SM54^^1.2.250.1.213.1.1.4.5"
REPOSITORY = "1.2.250.1.213.1.4.999.1"
EVERY = tuple(Status)
_JSON = "application/fhir+json"
_PATCH = "application/json-patch+json"


@dataclass
class Doors:
    """One record's doors, and who stands before them."""

    world: World
    actor: Actor = field(init=False)
    client: Client = field(default_factory=Client)

    def __post_init__(self) -> None:
        self.client.force_login(get_user_model().objects.create(username=secrets.token_hex(8)))

    @contextmanager
    def as_(self, actor: Actor) -> Iterator[None]:
        """Every door takes its caller for this actor."""
        self.actor = actor
        vihf = SimpleNamespace(patient=self.world.cx)
        with (
            mock.patch("carnet.exchange.xds.views.actor_of_soap", return_value=Login(actor, vihf)),  # type: ignore[arg-type]
            mock.patch("carnet.exchange.fhir.door.actor_of_certificate", return_value=actor),
            mock.patch("carnet.portals.frame.session.actor_of_request", return_value=actor),
        ):
            yield

    def soap(self, address: str, action: str, body: str) -> str:
        """The text of a SOAP answer."""
        sent = soap.render(body, action=action, message_id=uuid4().urn, to="http://testserver" + address, assertion=b"")
        kind = f'{soap.MEDIA_TYPE}; action="{action}"'
        answer = self.client.post(address, sent, content_type=kind, headers={"X-Carnet-Port": "machines"})
        return _text(answer)

    def fhir(self, method: str, address: str, body: bytes = b"", kind: str = _JSON) -> tuple[int, str]:
        """The status and the text of a FHIR answer."""
        answer = self.client.generic(
            method, "/fhir" + address, body, content_type=kind, headers={"X-Carnet-Port": "machines", "Accept": _JSON}
        )
        return answer.status_code, _text(answer)

    def page(self, address: str, form: Mapping[str, object] | None = None) -> tuple[int, str]:
        """The status and the text of a page."""
        place = f"/pro/dossier/{self.world.record_id:016x}/{address}"
        headers = {"X-Carnet-Port": "people"}
        answer = (
            self.client.get(place, headers=headers) if form is None else self.client.post(place, form, headers=headers)
        )
        return answer.status_code, _text(answer)


def _text(answer: Any) -> str:
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return bytes(content).decode("utf-8", "replace")


def _allowed(answer: object) -> bool:
    return not isinstance(answer, Refusal)


Question = Callable[[Doors, DocumentEntry], bool]


def _open(doors: Doors, _: DocumentEntry) -> bool:
    return _allowed(access.open_record(actor=doors.actor, domain="fr", patient_id=doors.world.cx))


def _control(name: str, **more: object) -> Question:
    def ask(doors: Doors, _: DocumentEntry) -> bool:
        return _allowed(getattr(access, name)(actor=doors.actor, domain="fr", patient_id=doors.world.cx, **more))

    return ask


def _authorise_page(doors: Doors, _: DocumentEntry) -> bool:
    session = doors.client.session
    session["carnet_typed"] = {f"{doors.world.record_id:016x}": doors.world.identifier.value}
    session.save()
    status, _text = doors.page("autorisation/", {"agreed": "on"})
    return status == 302


def _provide(doors: Doors, _: DocumentEntry) -> bool:
    return isinstance(doors.world.provide(actor=doors.actor), documents.Provided)


def _iti41(doors: Doors, _: DocumentEntry) -> bool:
    sent = doors.world.submission()
    body = iti41_provide_and_register.render_request(sent, {"document": b"<ClinicalDocument/>"})
    return "ResponseStatusType:Success" in doors.soap("/xds/repository", iti41_provide_and_register.ACTION, body)


def bundle_of(world: World, content: bytes) -> bytes:
    """A transaction (ITI-65) of one document."""
    author = Author(person=XCN, institutions=(XON,), roles=("Médecin",), specialties=(SPECIALTY,))
    sha1 = hashlib.sha1(content, usedforsecurity=False).hexdigest()
    sent = world.submission(world.entry(authors=(author,), size=len(content), hash=sha1))
    the_set = msgspec.structs.replace(sent.submission_set, authors=(author,))
    return bundle_write.write_request(msgspec.structs.replace(sent, submission_set=the_set), {"document": content})


def _iti65(doors: Doors, _: DocumentEntry) -> bool:
    status, text = doors.fhir("POST", "", bundle_of(doors.world, b"<ClinicalDocument/>"))
    assert status in (200, 403), text
    return status == 200


def _deposit_page(doors: Doors, _: DocumentEntry) -> bool:
    file = SimpleUploadedFile("note.txt", b"Une note de suivi.", "text/plain")
    today = clock.now().date()
    form: dict[str, object] = {"title": "Note", "event_date": f"{today:%d/%m/%Y}", "kind": "Certificat, déclaration"}
    status, text = doors.page("deposer/", form | {"file": file, "etape": "relire"})
    draft = re.search(r'name="brouillon" value="([^"]+)"', text)
    assert status == 403 or draft is not None, text
    return draft is not None and doors.page("deposer/", form | {"brouillon": draft[1], "etape": "deposer"})[0] == 302


def _find(doors: Doors, entry: DocumentEntry) -> bool:
    query = documents.DocumentQuery(statuses=EVERY)
    found = documents.find(actor=doors.actor, domain="fr", patient_id=doors.world.cx, query=query)
    return not isinstance(found, Refusal) and entry.unique_id in {one.unique_id for one in found.entries}


def _iti18_find(doors: Doors, entry: DocumentEntry) -> bool:
    query = FindDocuments(patient_id=doors.world.cx, statuses=EVERY, return_type=LEAF_CLASS)
    body = iti18_stored_query.render_request(query)
    return entry.unique_id in doors.soap("/xds/registry", iti18_stored_query.ACTION, body)


def _iti67(doors: Doors, entry: DocumentEntry) -> bool:
    one = doors.world.identifier
    patient = f"patient.identifier=urn:oid:{one.system}|{one.value}&status=current,superseded"
    return entry.unique_id in doors.fhir("GET", f"/DocumentReference?{patient}")[1]


def _list_page(doors: Doors, entry: DocumentEntry) -> bool:
    status, text = doors.page("?remplaces=1&archives=1")
    return status == 200 and entry.entry_uuid.removeprefix("urn:uuid:") in text


def _get(doors: Doors, entry: DocumentEntry) -> bool:
    found = documents.get(actor=doors.actor, domain="fr", unique_ids=(entry.unique_id,))
    return not isinstance(found, Refusal) and bool(found.entries)


def _iti18_get(doors: Doors, entry: DocumentEntry) -> bool:
    body = iti18_stored_query.render_request(GetDocuments(unique_ids=(entry.unique_id,), return_type=LEAF_CLASS))
    return entry.entry_uuid in doors.soap("/xds/registry", iti18_stored_query.ACTION, body)


def _fhir_read(doors: Doors, entry: DocumentEntry) -> bool:
    return doors.fhir("GET", f"/DocumentReference/{UUID(entry.entry_uuid[9:])}")[0] == 200


def _retrieve(doors: Doors, entry: DocumentEntry) -> bool:
    return isinstance(doors.world.read(doors.actor, entry.unique_id), bytes)


def _iti43(doors: Doors, entry: DocumentEntry) -> bool:
    body = iti43_retrieve.render_request([DocumentRequest(REPOSITORY, entry.unique_id)])
    return "ResponseStatusType:Success" in doors.soap("/xds/repository", iti43_retrieve.ACTION, body)


def _iti68(doors: Doors, entry: DocumentEntry) -> bool:
    return doors.fhir("GET", f"/Binary/{UUID(entry.entry_uuid[9:])}")[0] == 200


def _file_page(doors: Doors, entry: DocumentEntry) -> bool:
    return doors.page(f"document/{UUID(entry.entry_uuid[9:])}/fichier/")[0] == 200


def _act(name: str) -> Question:
    def ask(doors: Doors, entry: DocumentEntry) -> bool:
        act = getattr(documents, name)
        return isinstance(act(actor=doors.actor, domain="fr", entry_uuid=entry.entry_uuid), documents.Changed)

    return ask


def _patch(*operations: dict[str, object]) -> Question:
    body = json.dumps(operations).encode()

    def ask(doors: Doors, entry: DocumentEntry) -> bool:
        return doors.fhir("PATCH", f"/DocumentReference/{UUID(entry.entry_uuid[9:])}", body, _PATCH)[0] == 200

    return ask


def _labels(*codes: str) -> dict[str, object]:
    return {"op": "replace", "path": "/securityLabel", "value": [label(code) for code in codes]}


def _page_act(name: str) -> Question:
    def ask(doors: Doors, entry: DocumentEntry) -> bool:
        return doors.page(f"document/{UUID(entry.entry_uuid[9:])}/{name}/", {"agreed": "on"})[0] == 302

    return ask


READING = {"API": _retrieve, "SOAP": _iti43, "FHIR": _iti68, "web": _file_page}
# Action → the doors that serve it, each with its question.
FACES: Mapping[str, Mapping[str, Question]] = {
    "TD0.2": {"API": _open},
    "TD0.3a": {"API": _control("authorise"), "web": _authorise_page},
    "TD0.3b": {"API": _control("withdraw")},
    "TD0.3c": {"API": _control("undeclare_treating")},
    "TD1.6": {"API": _control("authorised_in")},
    "TD2.1": {"API": _provide, "SOAP": _iti41, "FHIR": _iti65, "web": _deposit_page},
    "TD3.1m": {"API": _find, "SOAP": _iti18_find, "FHIR": _iti67, "web": _list_page},
    "TD3.1r": {"API": _get, "SOAP": _iti18_get, "FHIR": _fhir_read},
    "TD3.2n": READING,
    "TD3.2m": READING,
    "TD3.2i": READING,
    "TD3.2a": READING,
    "TD3.3a": {"API": _act("mask"), "FHIR": _patch(_labels("N", "MASQUE_PS")), "web": _page_act("masquer")},
    "TD3.3a-": {"API": _act("unmask"), "FHIR": _patch(_labels("N")), "web": _page_act("demasquer")},
    "TD3.3b": {"API": _act("reveal"), "FHIR": _patch(_labels("N")), "web": _page_act("annoncer")},
    "TD3.3d": {"API": _act("archive"), "FHIR": _patch(*PUT_ASIDE), "web": _page_act("archiver")},
    "TD3.3c": {"API": _act("delete"), "FHIR": _patch(*DELETED), "web": _page_act("supprimer")},
}
