"""The list of documents and of folders, for any kind of reader: one call to the record, then the words of a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.shortcuts import redirect

from carnet.kernel.actor import Actor
from carnet.kernel.errors import Refusal
from carnet.portals.documents import arranging
from carnet.portals.documents.pages import Addresses, only
from carnet.portals.frame import wording
from carnet.portals.frame.addresses import record_reference
from carnet.portals.frame.own_domain import domain_of
from carnet.record.documents import api as documents
from carnet.wire.xds.model import Folder as FolderMetadata

_TITLE_LENGTH = 100
_TITLES = "carnet_titles"  # session: record address -> the words that a title is searched by


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """A folder (classeur) in a list."""

    uuid: str
    title: str
    words: str
    changed: str
    comments: str


def listing(
    request: HttpRequest, actor: Actor, patient_id: str, record_id: int, addresses: Addresses
) -> arranging.Listing | Refusal | HttpResponseRedirect:
    """The documents of a record, arranged as the address asks.

    Filters are sent by POST and lead to an address; words of a title may say an illness, and stay in the session.
    """
    if request.method == "POST":
        return redirect(_filtered(request, record_id, addresses))
    asked = _asked(request, record_id)
    folder = _uuid(asked.folder)
    if folder is not None:
        held = documents.get_folder_and_contents(
            actor=actor, domain=domain_of(actor), entry_uuid=folder.urn, asserted_patient=only(patient_id)
        )
        if isinstance(held, Refusal):
            return held
        if not held.folders:
            raise Http404
        kept = [entry for entry in held.entries if entry.status in asked.statuses]
        return arranging.arrange(kept, asked, folder=held.folders[0].title or "Sans titre")
    found = documents.find(
        actor=actor,
        domain=domain_of(actor),
        patient_id=patient_id,
        query=documents.DocumentQuery(statuses=asked.statuses),
    )
    if isinstance(found, Refusal):
        return found
    return arranging.arrange(found.entries, asked)


def _asked(request: HttpRequest, record_id: int) -> arranging.Asked:
    asked = request.GET
    titles = request.session.get(_TITLES, {}) if asked.get("titre") == "1" else {}
    return arranging.Asked(
        kind=asked.get("famille", ""),
        year=asked.get("annee", ""),
        author=asked.get("auteur", ""),
        title=titles.get(record_reference(record_id), ""),
        folder=asked.get("classeur", ""),
        with_replaced=asked.get("remplaces") == "1",
        with_archived=asked.get("archives") == "1",
    )


def _filtered(request: HttpRequest, record_id: int, addresses: Addresses) -> str:
    """The address of the list as a sent form asks for it."""
    names = ("famille", "annee", "auteur", "classeur", "remplaces", "archives")
    said = {name: request.POST[name] for name in names if request.POST.get(name)}
    title = request.POST.get("titre", "").strip()[:_TITLE_LENGTH]
    if title:
        request.session[_TITLES] = {record_reference(record_id): title}
        said["titre"] = "1"
    return addresses.listing + (f"?{urlencode(said)}" if said else "")


def folders(actor: Actor, patient_id: str) -> Sequence[Folder] | Refusal:
    """The folders of a record that this reader sees."""
    found = documents.find_folders(
        actor=actor, domain=domain_of(actor), patient_id=patient_id, query=documents.FolderQuery()
    )
    return found if isinstance(found, Refusal) else [_folder(one) for one in found.folders]


def _folder(folder: FolderMetadata) -> Folder:
    return Folder(
        uuid=folder.entry_uuid.removeprefix("urn:uuid:"),
        title=folder.title or "Sans titre",
        words=", ".join(code.display or code.code for code in folder.codes),
        changed=wording.date_of_dtm(folder.last_update_time),
        comments=folder.comments,
    )


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
