"""Messages of a document source and consumer over a raw socket; people and contents are fictional."""

from __future__ import annotations

import hashlib
import http.client
import secrets
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from lxml import etree

from carnet.client.identity import Assertions, Software, tls_context
from carnet.ops.sender import choose
from carnet.wire import mime, soap
from carnet.wire.xds import iti18_stored_query as iti18
from carnet.wire.xds import iti41_provide_and_register as iti41
from carnet.wire.xds import iti42_register as iti42
from carnet.wire.xds import iti43_retrieve as iti43
from carnet.wire.xds import registry_response
from carnet.wire.xds.model import (
    Association,
    AssociationType,
    Author,
    Code,
    DocumentEntry,
    Folder,
    Status,
    Submission,
    SubmissionSet,
)
from carnet.wire.xds.registry_response import RegistryResponse

DOMAIN = "ihe"
AUTHORITY = "1.3.6.1.4.1.21367.13.20.1000"
CONTENT = b'<?xml version="1.0"?><ClinicalDocument xmlns="urn:hl7-org:v3"/>\n'
REGISTRY, REPOSITORY = f"/d/{DOMAIN}/xds/registry", f"/d/{DOMAIN}/xds/repository"
XCN = "899900000011^AUBIER^Camille^^^^^^&1.2.250.1.71.4.2.1&ISO^D^^^IDNPS"


@dataclass(frozen=True)
class Answer:
    """What came back: HTTP status, headers in lower case, body."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def root(self) -> bytes:
        """The envelope, out of its multipart body if it has one."""
        content_type = self.headers["content-type"]
        if content_type.startswith("multipart/related"):
            return mime.split(self.body, content_type).root.body
        assert content_type.startswith("application/soap+xml"), content_type
        return self.body

    @property
    def element(self) -> etree._Element:
        """The element of the SOAP Body."""
        return soap.parse(self.root).body

    @property
    def fault(self) -> soap.Fault:
        """The SOAP fault it must be."""
        found = soap.read_fault(self.element)
        assert found is not None, self.root
        return found

    @property
    def registry(self) -> RegistryResponse:
        """The RegistryResponse it must be or extend."""
        fault = soap.read_fault(self.element)
        assert fault is None, fault
        found = self.element.find("{urn:oasis:names:tc:ebxml-regrep:xsd:rs:3.0}RegistryResponse")
        return registry_response.read(self.element if found is None else found)

    @property
    def outcome(self) -> tuple[str, list[str]]:
        """The last word of the status, and the error codes."""
        response = self.registry
        return response.status.rpartition(":")[2], [error.code for error in response.errors]


class Caller:
    """A physician's certificates and assertions, and a socket for each message."""

    def __init__(self, living: Any, login: str = "") -> None:
        self.living = living
        known = living.identities
        self.person = next(
            one for one in known["professionals"] if one["profession"] == "10" and login in ("", one["login"])
        )
        self.identity = choose(known, self.person["login"], structure="", home=living.home)
        self.authority = living.home / known["authority"]
        self._assertions = Assertions(self.identity, Software(name="Essai", version="1", homologation="ESSAI"))

    def assertion(self, patient: str) -> bytes:
        """A signed VIHF about a patient."""
        return self._assertions.about(patient, now=datetime.now(UTC))

    def envelope(self, body: str, action: str, patient: str, **more: Any) -> bytes:
        """A request with its assertion."""
        values = {"message_id": uuid4().urn, "to": self.living.tls, "assertion": self.assertion(patient)} | more
        return soap.render(body, action=action, **values)

    def post(
        self,
        path: str,
        body: bytes | Iterable[bytes],
        content_type: str = "application/soap+xml; charset=utf-8",
        *,
        certificate: bool = True,
    ) -> Answer:
        """One POST on a connection of its own; an iterable is sent in HTTP chunks."""
        address = urlsplit(self.living.tls)
        context = tls_context(self.identity if certificate else None, self.authority)
        with (
            socket.create_connection((address.hostname, address.port), timeout=60) as plain,
            context.wrap_socket(plain, server_hostname=address.hostname) as connection,
        ):
            head = f"POST {path} HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Type: {content_type}\r\n"
            head += "Connection: close\r\n"
            if isinstance(body, bytes):
                connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
            else:
                connection.sendall(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode())
                for chunk in body:
                    connection.sendall(f"{len(chunk):x}\r\n".encode() + chunk + b"\r\n")
                connection.sendall(b"0\r\n\r\n")
            response = http.client.HTTPResponse(connection, method="POST")
            response.begin()
            headers = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, headers, response.read())

    def provide(self, sent: Submission, *contents: bytes) -> Answer:
        """ITI-41 with one MTOM part for each entry."""
        content_type, body = self.mtom(sent, *contents)
        return self.post(REPOSITORY, body, content_type)

    def mtom(self, sent: Submission, *contents: bytes) -> tuple[str, bytes]:
        """The Content-Type and the body of an ITI-41 request."""
        names = {entry.entry_uuid: f"doc{number}@example" for number, entry in enumerate(sent.entries)}
        root = self.envelope(iti41.render_request(sent, names), iti41.ACTION, sent.submission_set.patient_id)
        parts = [
            mime.Attachment(name, "text/xml", [content], len(content))
            for name, content in zip(names.values(), contents, strict=False)
        ]
        content_type, body = mime.render(root, parts)
        return f'{content_type}; action="{iti41.ACTION}"', body

    def register(self, sent: Submission) -> Answer:
        """ITI-42."""
        patient = sent.submission_set.patient_id
        return self.post(REGISTRY, self.envelope(iti42.render_request(sent), iti42.ACTION, patient))

    def query(self, query: iti18.StoredQuery, patient: str) -> iti18.QueryResponse:
        """ITI-18."""
        body = self.envelope(iti18.render_request(query), iti18.ACTION, patient)
        return iti18.read_response(self.post(REGISTRY, body).element)

    def find(self, patient: str, **more: Any) -> tuple[DocumentEntry, ...]:
        """FindDocuments, approved unless told otherwise."""
        values = {"statuses": (Status.APPROVED,)} | more
        answer = self.query(iti18.FindDocuments(patient_id=patient, **values), patient)
        assert not answer.errors, answer.errors
        return answer.objects.entries

    def retrieve(self, patient: str, *asked: iti43.DocumentRequest) -> Answer:
        """ITI-43."""
        return self.post(REPOSITORY, self.envelope(iti43.render_request(asked), iti43.ACTION, patient))


def new_oid() -> str:
    """An OID nobody used."""
    return f"2.25.{secrets.randbits(110)}"


def entry(patient: str, content: bytes = CONTENT, **more: Any) -> DocumentEntry:
    """A laboratory report."""
    values: dict[str, Any] = {
        "entry_uuid": "document",
        "unique_id": new_oid(),
        "patient_id": patient,
        "mime_type": "text/xml",
        "class_code": Code("10", "1.2.250.1.213.1.1.4.1", "Compte rendu"),
        "type_code": Code("11502-2", "2.16.840.1.113883.6.1", "CR d'examens biologiques"),
        "format_code": Code("urn:ihe:lab:xd-lab:2008", "1.3.6.1.4.1.19376.1.2.3", "CR biologie"),
        "healthcare_facility_type_code": Code("SA01", "1.2.250.1.71.4.2.4", "Etablissement public de santé"),
        "practice_setting_code": Code("ETABLISSEMENT", "1.2.250.1.213.1.1.4.9", "Etablissement de santé"),
        "confidentiality_codes": (Code("N", "2.16.840.1.113883.5.25", "Normal"),),
        "event_codes": (Code("BIO", "1.2.250.1.999.7", "Biologie"), Code("HEM", "1.2.250.1.999.7", "Hématologie")),
        "authors": (Author(person=XCN, roles=("Médecin",)),),
        "legal_authenticator": XCN,
        "title": "Compte rendu « fictif » & signé",
        "comments": "Rien à signaler",
        "language_code": "fr-FR",
        "creation_time": "20260102030405",
        "service_start_time": "20260102",
        "service_stop_time": "202601021530",
        "source_patient_id": patient,
        "source_patient_info": ("PID-5|FICTIF^JEAN^^^^^L", "PID-7|19800201", "PID-8|M"),
        "reference_ids": ("77^^^&1.2.250.1.999.8&ISO^urn:ihe:iti:xds:2013:order",),
        "hash": hashlib.sha1(content, usedforsecurity=False).hexdigest(),
        "size": len(content),
        "extra_slots": (("urn:example:slot", ("un", "deux")),),
    }
    return DocumentEntry(**(values | more))


def folder(patient: str, **more: Any) -> Folder:
    """A folder about a pregnancy."""
    values: dict[str, Any] = {
        "entry_uuid": "folder",
        "unique_id": new_oid(),
        "patient_id": patient,
        "title": "Grossesse",
        "comments": "Suivi",
        "codes": (Code("GROS", "1.2.250.1.999.9", "Grossesse"),),
        "extra_slots": (("urn:example:folder", ("un",)),),
    }
    return Folder(**(values | more))


def link(kind: AssociationType, source: str, target: str, status: str = "") -> Association:
    """An association of two objects, by their ids."""
    own = f"{kind.name}-{source}-{target}".replace(":", "-")
    return Association(entry_uuid=own, type=kind, source=source, target=target, set_status=status)


def filing(
    patient: str, *entries: DocumentEntry, folders: tuple[Folder, ...], links: tuple[Association, ...]
) -> Submission:
    """A set with folders; `links` are the associations beside the memberships of the set."""
    base = submission(*(entries or (entry(patient),)))
    brought = tuple(link(AssociationType.HAS_MEMBER, "set", one.entry_uuid) for one in folders)
    members = base.associations if entries else ()
    return Submission(
        submission_set=base.submission_set,
        entries=entries,
        associations=(*members, *brought, *links),
        folders=folders,
    )


def submission(*entries: DocumentEntry, relations: tuple[tuple[AssociationType, str], ...] = ()) -> Submission:
    """A set of entries; the first one has the relations."""
    links = [
        Association(
            entry_uuid=f"m{n}",
            type=AssociationType.HAS_MEMBER,
            source="set",
            target=e.entry_uuid,
            set_status="Original",
        )
        for n, e in enumerate(entries)
    ]
    links += [
        Association(entry_uuid=f"r{n}", type=kind, source=entries[0].entry_uuid, target=target)
        for n, (kind, target) in enumerate(relations)
    ]
    return Submission(
        submission_set=SubmissionSet(
            entry_uuid="set",
            unique_id=new_oid(),
            source_id="1.2.250.1.999.1",
            patient_id=entries[0].patient_id,
            submission_time="20260102040000",
            content_type_code=Code("03", "1.2.250.1.213.2.2", "Hospitalisation complète"),
            authors=entries[0].authors,
        ),
        entries=entries,
        associations=tuple(links),
    )
