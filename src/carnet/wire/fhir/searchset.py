"""ITI-66 and ITI-67 answers: searchset Bundle (MHD 4.2.3, 2:3.66.4.2, 2:3.67.4.2; FHIR R4 search.html#results)."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from carnet.wire.errors import Malformed
from carnet.wire.fhir import resources as fhir
from carnet.wire.fhir.documentreference import Profile, encode, render
from carnet.wire.fhir.documentreference_read import read as read_document_reference
from carnet.wire.fhir.faults import R4
from carnet.wire.xds.model import AssociationType, DocumentEntry

_MATCH, _OUTCOME = fhir.EntrySearch(mode="match"), fhir.EntrySearch(mode="outcome")
Relations = dict[str, Sequence[tuple[AssociationType, str]]]


def write(
    entries: Sequence[DocumentEntry],
    *,
    base: str,
    profile: Profile,
    total: int,
    self_url: str,
    next_url: str = "",
    outcome: fhir.OperationOutcome | None = None,
    relations: Relations | None = None,
) -> bytes:
    """A searchset as JSON bytes.

    `total` counts every match, this page or not; `self_url` says which parameters were used; `relations` gives the
    associations of an entry by its entryUUID; `outcome` is added as an entry of mode outcome.
    """
    related = relations or {}
    resources = [
        render(entry, base=base, profile=profile, relations=related.get(entry.entry_uuid, ())) for entry in entries
    ]
    return _bundle(
        [(f"{base}/DocumentReference/{resource.id}", resource) for resource in resources],
        total=total,
        self_url=self_url,
        next_url=next_url,
        outcome=outcome,
    )


def write_lists(
    lists: Sequence[fhir.List],
    *,
    base: str,
    total: int,
    self_url: str,
    next_url: str = "",
    outcome: fhir.OperationOutcome | None = None,
) -> bytes:
    """A searchset of Lists; parameters as those of `write`."""
    return _bundle(
        [(f"{base}/List/{resource.id}", resource) for resource in lists],
        total=total,
        self_url=self_url,
        next_url=next_url,
        outcome=outcome,
    )


def write_history(
    versions: Sequence[DocumentEntry], *, base: str, profile: Profile, self_url: str, relations: Relations
) -> bytes:
    """A history Bundle of one DocumentReference as JSON bytes: its versions in the order given, the last one first."""
    found = []
    for entry in versions:
        resource = render(entry, base=base, profile=profile, relations=relations.get(entry.entry_uuid, ()))
        method, url = (
            ("POST", "DocumentReference") if entry.version == 1 else ("PATCH", f"DocumentReference/{resource.id}")
        )
        found.append(
            fhir.BundleEntry(
                fullUrl=f"{base}/DocumentReference/{resource.id}",
                resource=resource,  # type: ignore[arg-type]
                request=fhir.EntryRequest(method=method, url=url),
                response=fhir.EntryResponse(
                    status="201 Created" if entry.version == 1 else "200 OK", etag=f'W/"{entry.version}"'
                ),
            )
        )
    links = (fhir.Link(relation="self", url=self_url),)
    return encode(fhir.Bundle(type="history", total=len(found), link=links, entry=tuple(found)))


def _bundle(
    resources: Sequence[tuple[str, fhir.Resource]],
    *,
    total: int,
    self_url: str,
    next_url: str,
    outcome: fhir.OperationOutcome | None,
) -> bytes:
    found = [
        fhir.BundleEntry(fullUrl=url, resource=resource, search=_MATCH)  # type: ignore[arg-type]
        for url, resource in resources
    ]
    if outcome is not None:
        found.append(fhir.BundleEntry(resource=outcome, search=_OUTCOME))  # type: ignore[arg-type]
    links = [fhir.Link(relation="self", url=self_url)]
    if next_url:
        links.append(fhir.Link(relation="next", url=next_url))
    return encode(fhir.Bundle(type="searchset", total=total, link=tuple(links), entry=tuple(found)))


class Page(msgspec.Struct, frozen=True):
    """A searchset as a client reads it."""

    entries: tuple[DocumentEntry, ...]
    total: int | None
    next_url: str
    issues: tuple[fhir.Issue, ...]


def read(body: bytes) -> Page:
    """A searchset; raises Malformed when the bytes are not one."""
    try:
        bundle = msgspec.json.decode(body, type=fhir.Bundle)
        if bundle.type != "searchset":
            raise Malformed("bundle-type", "Un searchset est attendu.", field="Bundle.type", found=bundle.type or "")
        entries: list[DocumentEntry] = []
        issues: list[fhir.Issue] = []
        for item in bundle.entry:
            if item.search is not None and item.search.mode == "outcome":
                issues += msgspec.json.decode(item.resource, type=fhir.OperationOutcome).issue
            else:
                entries.append(read_document_reference(msgspec.json.decode(item.resource, type=fhir.DocumentReference)))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed("json", "La réponse n'est pas lisible.", field="Bundle", found=str(error), source=R4) from error
    following = next((link.url for link in bundle.link if link.relation == "next"), "")
    return Page(tuple(entries), bundle.total, following, tuple(issues))
