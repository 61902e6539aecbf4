"""ITI-65 request: transaction Bundle to Submission and document bytes (MHD 4.2.3, 2:3.65.4.1; PDSm flux 01-02).

Accepted: one SubmissionSet List, DocumentReferences, one Binary for each, folder Lists (POST brings one, PUT adds to
one that is there), a Patient that only identifies, and the Parameters that mark a replaced entry superseded. Everything
is contained (not the UnContained option). Refused with all their faults at once: batches, FHIR documents, dangling or
external references, mixed patients, missing parts of the profile. Hash and size are compared with the bytes by the
record, not here.
"""

from __future__ import annotations

import hashlib
import re
from typing import TypeVar

import msgspec

from carnet.wire.errors import Malformed
from carnet.wire.fhir import resources as fhir
from carnet.wire.fhir.bundle_associations import Contents, Place, names_something_else, replaced
from carnet.wire.fhir.bundle_associations import read as read_associations
from carnet.wire.fhir.documentreference import Profile
from carnet.wire.fhir.documentreference_read import read as read_document_reference
from carnet.wire.fhir.faults import MHD_65, R4, Faults, Rejected
from carnet.wire.fhir.folder import read as read_folder
from carnet.wire.fhir.list import LIST_TYPES
from carnet.wire.fhir.list import read as read_list
from carnet.wire.fhir.relations import target_of
from carnet.wire.fhir.unknown_elements import of_bundle
from carnet.wire.xds.model import DocumentEntry, Folder, Status, Submission

_Kind = TypeVar("_Kind", bound=fhir.Resource)
SET_ID = "submission-set"
# Characters that XML 1.0 and PostgreSQL cannot hold, escaped in JSON or as UTF-8 (an even run of backslashes
# before, else the backslash itself is what is escaped).
_UPDATED = re.compile(r"(?:https?://[^\s?#]+/)?List/([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})")
_UNWRITABLE = re.compile(
    rb"(?<!\\)(?:\\\\)*\\(?:u00(?:0[0-8bcefBCEF]|1[0-9a-fA-F])|[bf]|u[fF]{3}[eEfF])|\xef\xbf[\xbe\xbf]"
)


class Part(msgspec.Struct, frozen=True):
    """What one entry of the request was: its kind, and the id of the object it concerns (empty for a set or a Patient).

    The kind is the resource type, or for a List that is a folder `Folder` (brought) or `FolderUpdate` (added to).
    """

    kind: str
    subject: str = ""


class Provision(msgspec.Struct, frozen=True):
    """A read ITI-65 request. `documents` are the decoded bytes by entry id; `parts` follow the request's order.

    Entry ids are the entryUUID identifiers that were sent, else `document-<n>`; the set's is SET_ID without one.
    """

    submission: Submission
    documents: dict[str, bytes]
    parts: tuple[Part, ...]


class _Entry:
    """One Bundle.entry while it is read."""

    __slots__ = ("full_url", "id", "kind", "method", "number", "raw", "url")

    def __init__(self, number: int, entry: fhir.BundleEntry, peek: fhir.Peek) -> None:
        self.number, self.raw = number, entry.resource
        self.full_url = entry.fullUrl or ""
        self.kind, self.id = peek.resourceType, peek.id
        self.method = (entry.request.method or "") if entry.request else ""
        self.url = (entry.request.url or "") if entry.request else ""

    @property
    def path(self) -> str:
        return f"Bundle.entry[{self.number}]"

    @property
    def updates(self) -> str:
        """The entryUUID of the List that a PUT adds to, empty when its address is none."""
        match = _UPDATED.fullmatch(self.url)
        return f"urn:uuid:{match[1].lower()}" if match and self.method == "PUT" else ""

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(filter(None, (self.full_url, f"{self.kind}/{self.id}" if self.id else "")))


def read(body: bytes, *, profile: Profile, lenient: bool = False) -> Provision:
    """The submission in `body`; raises Malformed (not a transaction Bundle) or Rejected (with every fault).

    Elements that FHIR has not are faults, unless `lenient`.
    """
    try:
        bundle = msgspec.json.decode(body, type=fhir.Bundle)
    except msgspec.ValidationError as error:
        raise structure("Bundle", error) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed(
            "json", "Le corps n'est pas du JSON valide en UTF-8.", field="Bundle", found=str(error)[:200], source=R4
        ) from error
    if not body.lstrip()[:1] == b"{" or fhir_type(body) != "Bundle":
        raise Malformed(
            "not-a-bundle", "Un Bundle est attendu.", field="resourceType", expected="Bundle", source=MHD_65
        )
    if bundle.type != "transaction":
        raise Malformed(
            "bundle-type",
            "Le lot doit être une transaction : elle est faite en entier ou pas du tout.",
            field="Bundle.type",
            found=bundle.type or "",
            expected="transaction",
            source=MHD_65,
        )
    reader = _Reader(bundle, profile)
    if not lenient:
        reader.faults.unknown(of_bundle(body))
    return reader.provision(body)


def fhir_type(raw: bytes | msgspec.Raw) -> str:
    """The resourceType of a JSON resource, empty when it has none."""
    try:
        return msgspec.json.decode(raw, type=fhir.Peek).resourceType
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return ""


def unwritable(raw: bytes | msgspec.Raw) -> bool:
    """Whether a JSON text holds a character that XML 1.0 and PostgreSQL cannot."""
    return _UNWRITABLE.search(memoryview(raw)) is not None


def structure(path: str, error: Exception) -> Malformed:
    """A resource whose JSON is not that of its type."""
    text, _, place = str(error).partition(" - at `$")
    return Malformed(
        "structure", "La structure JSON n'est pas celle de la ressource FHIR.", field=path + place.rstrip("`"),
        found=text, source=f"{R4}, json.html",
    )  # fmt: skip


_METHODS = {"Parameters": ("PATCH",), "Patient": ("GET", "POST", "PUT"), "List": ("POST", "PUT")}


class _Reader:
    """One transaction while it is read."""

    def __init__(self, bundle: fhir.Bundle, profile: Profile) -> None:
        self.profile, self.faults = profile, Faults()
        self.entries: list[_Entry] = []
        self.binaries: dict[str, tuple[_Entry, bytes, str]] = {}
        self.patients: dict[str, fhir.Patient] = {}
        self.used: dict[str, str] = {}  # fullUrl of a Binary: the entry id that names it
        if bundle.modifierExtension or bundle.implicitRules:
            self.faults.add("modifier-extension", "Extension non comprise.", "Bundle.modifierExtension", source=R4)
        for number, entry in enumerate(bundle.entry):
            self.open(number, entry)

    def open(self, number: int, entry: fhir.BundleEntry) -> None:
        path = f"Bundle.entry[{number}]"
        peek = fhir.Peek()
        if bytes(entry.resource):
            try:
                peek = msgspec.json.decode(entry.resource, type=fhir.Peek)
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
                self.faults.found.append(structure(f"{path}.resource", error))
        found = _Entry(number, entry, peek)
        self.entries.append(found)
        if not found.kind:
            self.faults.add("required", "La ressource manque.", f"{path}.resource", source=MHD_65)
            return
        if found.kind not in ("List", "DocumentReference", "Binary", "Patient", "Parameters"):
            rule = "fhir-document" if found.kind == "Bundle" else "entry-type"
            self.faults.add(
                rule, "Ce type de ressource n'est pas reçu par cette transaction.", f"{path}.resource",
                found=found.kind, expected="List, DocumentReference, Binary, Patient ou Parameters", source=MHD_65,
            )  # fmt: skip
            return
        expected = _METHODS.get(found.kind, ("POST",))
        if found.method not in expected:
            self.faults.add(
                "request-method", "Cette méthode n'est pas permise pour cette ressource.", f"{path}.request.method",
                found=found.method, expected=" ou ".join(expected), source=MHD_65,
            )  # fmt: skip
        elif (found.method == "POST" and found.url.strip("/") != found.kind) or (
            found.kind == "List" and found.method == "PUT" and not found.updates
        ):
            self.faults.add(
                "request-url", "L'adresse ne correspond pas à la ressource.", f"{path}.request.url",
                found=found.url, expected=found.kind if found.method == "POST" else "List/<entryUUID>",
                source=f"{R4}, http.html#transaction",
            )  # fmt: skip
        names = {name for other in self.entries[:-1] for name in other.names}
        if found.full_url and found.full_url in names:
            self.faults.add("full-url", "fullUrl en double.", f"{path}.fullUrl", found=found.full_url, source=R4)

    def provision(self, body: bytes) -> Provision:
        faults = self.faults
        for entry in self.entries:
            if entry.kind == "Binary":
                self.binary(entry)
            elif entry.kind == "Patient":
                patient = self.decode(entry, fhir.Patient)
                if patient is not None:
                    self.patients.update(dict.fromkeys(entry.names, patient))
        references = [
            (entry, resource)
            for entry in self.entries
            if entry.kind == "DocumentReference"
            and (resource := self.decode(entry, fhir.DocumentReference)) is not None
        ]
        lists = [
            (entry, found)
            for entry in self.entries
            if entry.kind == "List" and (found := self.decode(entry, fhir.List)) is not None
        ]
        sets = [(entry, found) for entry, found in lists if self.is_list(entry, found, "submissionset")]
        if len(sets) != 1:
            faults.add(
                "submission-set", "Il faut une List de type submissionset, et une seule.", "Bundle.entry",
                found=str(len(sets)), expected="1", source=MHD_65,
            )  # fmt: skip
        folders: dict[str, Folder] = {}
        folder_ids: dict[str, str] = {}
        filed = [
            (self.folder(count, entry, found, folders, folder_ids), found)
            for count, (entry, found) in enumerate(lists, 1)
            if self.is_list(entry, found, "folder")
        ]
        ids: dict[str, str] = {}
        entries: dict[str, DocumentEntry] = {}
        documents: dict[str, bytes] = {}
        for count, (entry, resource) in enumerate(references, 1):
            self.document(count, entry, resource, ids, entries, documents)
        for entry, _, _ in self.binaries.values():
            if entry.full_url not in self.used:
                faults.add(
                    "orphan-binary", "Aucune DocumentReference ne nomme cette Binary.", f"{entry.path}.fullUrl",
                    found=entry.full_url, source=MHD_65,
                )  # fmt: skip
        contents = Contents(
            sets=[(Place(entry.path, entry.full_url, ""), found) for entry, found in sets],
            folders=filed,
            documents=[
                (Place(entry.path, entry.full_url, ids.get(entry.full_url, "")), found) for entry, found in references
            ],
            ids=ids,
            folder_ids=folder_ids,
            brought=frozenset(folders),
        )
        if not references and not filed and not names_something_else(contents):
            faults.add("no-document", "Le lot n'apporte rien et ne reprend rien.", "Bundle.entry", source=MHD_65)
        associations = read_associations(contents, faults)
        for entry in self.entries:
            if entry.kind == "Parameters":
                self.superseded(entry, replaced(associations))
        faults_before = len(faults.found)
        submission_set = None
        if len(sets) == 1:
            entry, found = sets[0]
            submission_set = read_list(
                found, faults=faults, path=f"{entry.path}.resource", profile=self.profile, patients=self.patients
            )
        patients = {e.patient_id for e in entries.values()} | {f.patient_id for f in folders.values()}
        patients.discard("")
        if submission_set is not None and submission_set.patient_id:
            patients.add(submission_set.patient_id)
        if len(patients) > 1 and faults_before == len(faults.found):
            faults.add(
                "mixed-patients", "Le lot et ses fiches ne concernent pas le même patient.", "Bundle.entry",
                found=f"{len(patients)} patients", expected="1", source="IHE ITI TF-3 4.2.3.2.16",
            )  # fmt: skip
        if submission_set is None or faults.found:
            raise Rejected(tuple(faults.found))
        submission_set = msgspec.structs.replace(
            submission_set,
            entry_uuid=submission_set.entry_uuid or SET_ID,
            unique_id=submission_set.unique_id or unique_id_of(hashlib.sha256(body).digest()),
        )
        submission = Submission(
            submission_set=submission_set,
            entries=tuple(entries.values()),
            associations=tuple(
                msgspec.structs.replace(a, source=a.source or submission_set.entry_uuid) for a in associations
            ),
            folders=tuple(folders.values()),
        )
        return Provision(submission, documents, tuple(self.part(entry, ids, folder_ids) for entry in self.entries))

    def part(self, entry: _Entry, ids: dict[str, str], folder_ids: dict[str, str]) -> Part:
        if entry.kind == "List" and entry.full_url in folder_ids:
            return Part("FolderUpdate" if entry.method == "PUT" else "Folder", folder_ids[entry.full_url])
        if entry.kind == "Binary":
            return Part("Binary", self.used.get(entry.full_url, ""))
        return Part(entry.kind, ids.get(entry.full_url, "") if entry.kind == "DocumentReference" else "")

    def decode(self, entry: _Entry, kind: type[_Kind]) -> _Kind | None:
        if kind is not fhir.Binary and unwritable(entry.raw):
            self.faults.add(
                "control-character", "Un texte contient un caractère de contrôle.", f"{entry.path}.resource",
                expected="des caractères imprimables, tabulation ou fin de ligne", source=f"{R4}, string",
            )  # fmt: skip
            return None
        try:
            return msgspec.json.decode(entry.raw, type=kind)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            self.faults.found.append(structure(f"{entry.path}.resource", error))
            return None

    def binary(self, entry: _Entry) -> None:
        resource = self.decode(entry, fhir.Binary)
        if resource is None:
            self.binaries.setdefault(entry.full_url, (entry, b"", ""))
            return
        if not entry.full_url:
            self.faults.add("required", "fullUrl manque.", f"{entry.path}.fullUrl", source=f"{R4}, bundle.html#bdl-7")
        if resource.data is None:
            self.faults.add("required", "Le contenu manque.", f"{entry.path}.resource.data", source=MHD_65)
        if not resource.contentType:
            self.faults.add("required", "Le type manque.", f"{entry.path}.resource.contentType", source=f"{R4}, Binary")
        self.binaries[entry.full_url] = (entry, resource.data or b"", resource.contentType or "")

    def is_list(self, entry: _Entry, resource: fhir.List, kind: str) -> bool:
        kinds = {c.code for c in resource.code.coding if c.system == LIST_TYPES} if resource.code else set()
        if not kinds & {"submissionset", "folder"} and kind == "folder":
            self.faults.add(
                "list-type", "Cette List n'est ni un lot de soumission, ni un classeur.",
                f"{entry.path}.resource.code", expected=f"{LIST_TYPES}|submissionset ou folder", source=MHD_65,
            )  # fmt: skip
        if kind == "submissionset" and kind in kinds and entry.method == "PUT":
            self.faults.add(
                "request-method", "Un lot est déposé, et ne change plus.", f"{entry.path}.request.method",
                found="PUT", expected="POST", source=MHD_65,
            )  # fmt: skip
        return ("submissionset" if "submissionset" in kinds else "folder" if "folder" in kinds else "") == kind

    def folder(
        self,
        count: int,
        entry: _Entry,
        resource: fhir.List,
        folders: dict[str, Folder],
        folder_ids: dict[str, str],
    ) -> Place:
        """Read one folder; one that is there is added to, its own metadata stay."""
        path = f"{entry.path}.resource"
        found = read_folder(resource, faults=self.faults, path=path, profile=self.profile, patients=self.patients)
        identity = entry.updates or found.entry_uuid or f"folder-{count}"
        if identity in folder_ids.values():
            self.faults.add("duplicate-entry", "entryUUID en double dans le lot.", f"{path}.identifier", found=identity)
        if not entry.full_url:
            self.faults.add("required", "fullUrl manque.", f"{entry.path}.fullUrl", source=f"{R4}, bundle.html#bdl-7")
        folder_ids.update(dict.fromkeys(entry.names, identity))
        if not entry.updates:
            folders[identity] = msgspec.structs.replace(found, entry_uuid=identity, status=Status.APPROVED)
        return Place(entry.path, entry.full_url, identity)

    def document(
        self,
        count: int,
        entry: _Entry,
        resource: fhir.DocumentReference,
        ids: dict[str, str],
        entries: dict[str, DocumentEntry],
        documents: dict[str, bytes],
    ) -> None:
        """Read one DocumentReference and find its bytes."""
        faults, path = self.faults, f"{entry.path}.resource"
        if resource.status not in (None, "current"):
            faults.add(
                "status", "Une fiche est déposée à l'état current.", f"{path}.status", found=resource.status or "",
                expected="current", source=MHD_65,
            )  # fmt: skip
        read_entry = read_document_reference(
            resource, faults=faults, path=path, profile=self.profile, patients=self.patients
        )
        identity = read_entry.entry_uuid or f"document-{count}"
        if identity in entries:
            faults.add("duplicate-entry", "entryUUID en double dans le lot.", f"{path}.identifier", found=identity)
        if not entry.full_url:
            faults.add("required", "fullUrl manque.", f"{entry.path}.fullUrl", source=f"{R4}, bundle.html#bdl-7")
        ids.update(dict.fromkeys(entry.names, identity))
        attachment = resource.content[0].attachment if resource.content else None
        url = (attachment.url or "") if attachment else ""
        if url:
            self.attach(url, f"{path}.content[0].attachment", read_entry.mime_type, identity, documents)
        # The id, version, status and repository of what is stored are the server's, whatever was sent.
        entries[identity] = msgspec.structs.replace(
            read_entry,
            entry_uuid=identity,
            logical_id="",
            version=1,
            repository_unique_id="",
            status=Status.APPROVED,
        )

    def attach(self, url: str, path: str, mime: str, identity: str, documents: dict[str, bytes]) -> None:
        known = next((b for b in self.binaries.values() if url in b[0].names), None)
        if known is None:
            self.faults.add(
                "dangling-reference", "Le document n'est pas dans le lot.", f"{path}.url", found=url,
                expected="le fullUrl d'une Binary du lot", source=MHD_65,
            )  # fmt: skip
            return
        entry, data, kind = known
        if entry.full_url in self.used:
            self.faults.add("shared-binary", "Deux fiches nomment la même Binary.", f"{path}.url", found=url)
            return
        self.used[entry.full_url] = identity
        documents[identity] = data
        if kind and mime and kind.split(";")[0].strip() != mime.split(";")[0].strip():
            self.faults.add(
                "content-type", "La fiche et la Binary n'annoncent pas le même type.", f"{path}.contentType",
                found=mime, expected=kind, source=MHD_65,
            )  # fmt: skip

    def superseded(self, entry: _Entry, replaced: set[str]) -> None:
        """The patch that MHD sends with a replacement: accepted when it says exactly that, and only that."""
        resource = self.decode(entry, fhir.Parameters)
        if resource is None:
            return
        said = {
            part.name: part.valueCode or part.valueString for parameter in resource.parameter for part in parameter.part
        }
        target = target_of(fhir.Reference(reference=entry.url), {})
        wanted = {"type": "replace", "path": "DocumentReference.status", "value": "superseded"}
        if said != wanted or len(resource.parameter) != 1 or target not in replaced:
            self.faults.add(
                "patch", "Seul le passage à superseded de la fiche remplacée est permis.", f"{entry.path}.resource",
                found=entry.url, expected="DocumentReference.status = superseded, sur la cible de relatesTo replaces",
                source="IHE MHD 4.2.3, UpdateDocumentRefs",
            )  # fmt: skip


def unique_id_of(digest: bytes) -> str:
    """The uniqueId of what has none, from a SHA-256 of the request: a UUIDv8, so that a resend is a replay."""
    number = int.from_bytes(digest[:16])
    number = number & ~(0xF << 76) | 0x8 << 76
    return f"2.25.{number & ~(0b11 << 62) | 0b10 << 62}"
