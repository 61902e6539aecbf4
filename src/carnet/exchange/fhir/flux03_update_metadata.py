"""PDSm flux 03 and 04: PATCH of a DocumentReference, by its id or by an identifier, one act of the record each.

What the patch leads to is compared with what is there, and the difference is an act of the record with its own right:
mask, unmask, reveal (`securityLabel`), archive or bring back (`isArchived`), delete (`status` entered-in-error).
"""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from carnet.exchange.fhir import answers, searching
from carnet.exchange.fhir.door import Address, lenient, media_type, read_form, require_json
from carnet.kernel.actor import Actor
from carnet.kernel.errors import Refusal
from carnet.record.documents import api as documents
from carnet.wire.fhir import patch as wire
from carnet.wire.fhir.documentreference import encode, read_unique_identifier, render
from carnet.wire.fhir.faults import Rejected
from carnet.wire.fhir.query_string import split_token
from carnet.wire.fhir.resources import Identifier
from carnet.wire.xds.model import DocumentEntry, Status

# How often a patch is done again on metadata that somebody else changed meanwhile.
_TRIES = 3
_BEST_FIRST = (Status.APPROVED, Status.ARCHIVED, Status.DEPRECATED, Status.DELETED)


class _Names(NamedTuple):
    """The names of one document."""

    entry_uuids: tuple[str, ...] = ()
    unique_ids: tuple[str, ...] = ()
    logical_ids: tuple[str, ...] = ()


def by_id(request: HttpRequest, actor: Actor, address: Address, name: str) -> HttpResponseBase:
    """PATCH [base]/DocumentReference/<id>: the logicalId, or an entryUUID of any version."""
    try:
        identity = f"urn:uuid:{UUID(name)}"
    except ValueError:
        raise _unknown() from None
    return _patch(request, actor, address, _Names(entry_uuids=(identity,), logical_ids=(identity,)))


def by_identifier(request: HttpRequest, actor: Actor, address: Address, _name: str) -> HttpResponseBase:
    """PATCH [base]/DocumentReference?identifier=system|value: a uniqueId or an entryUUID."""
    pairs = searching.pairs(request.META.get("QUERY_STRING", ""))
    values = [value for name, value in pairs if name == "identifier"]
    system, code = split_token(values[0]) if values else (None, "")
    if len(pairs) != 1 or not code or "," in values[0] or "\x00" in code:
        raise answers.NotServed(
            400, "required", "patch-identifier", "La fiche à modifier se désigne par un identifiant, et un seul.",
            expected="identifier=urn:ietf:rfc:3986|urn:oid:<uniqueId>, ou DocumentReference/<id>",
        )  # fmt: skip
    if code.startswith("urn:uuid:"):
        return _patch(request, actor, address, _Names(entry_uuids=(code,)))
    unique_id = read_unique_identifier(Identifier(system=system, value=code))
    return _patch(request, actor, address, _Names(unique_ids=(unique_id,)))


def _patch(request: HttpRequest, actor: Actor, address: Address, named: _Names) -> HttpResponseBase:
    require_json(request)
    kind = media_type(request.META.get("CONTENT_TYPE", ""))
    if kind not in wire.KINDS:
        text = "Une modification s'envoie en JSON Patch ou en FHIRPath Patch."
        raise answers.NotServed(
            415, "not-supported", "content-type-unsupported", text, found=kind, expected=" ou ".join(wire.KINDS)
        )
    body = read_form(request)
    try:
        operations = wire.read(body, kind)
        for _ in range(_TRIES):
            entry = _current(actor, address, named)
            if isinstance(entry, Refusal):
                return answers.refused(entry)
            _require_version(request, entry)
            changed = _act(actor, address, entry, wire.apply(operations, entry, lenient=lenient(request)))
            if not (isinstance(changed, Refusal) and changed.problems[0].rule == "version-changed"):
                break
    except Rejected as error:
        refused = any(fault.rule == "patch-element" for fault in error.faults)
        response = answers.faulty(error.faults, 405 if refused else 422)
        if refused:
            response["Allow"] = "GET, PATCH"
        return response
    if isinstance(changed, Refusal):
        return answers.refused(changed)
    return answers.resource(
        encode(render(changed, base=address.base, profile=address.profile)), ETag=f'W/"{changed.version}"'
    )


def _current(actor: Actor, address: Address, named: _Names) -> DocumentEntry | Refusal:
    """The metadata in force of the one document that is named.

    NotServed (404), the same for none, for one that the caller does not see and for several: a document of one
    uniqueId in two records, of which one may be hidden, must not look different from it.
    """
    found = documents.get(
        actor=actor,
        domain=address.domain,
        entry_uuids=named.entry_uuids,
        unique_ids=named.unique_ids,
        logical_ids=named.logical_ids,
    )
    if isinstance(found, Refusal):
        return found
    if found.records != 1:
        raise _unknown()
    # Documents of one uniqueId in one record are one document: the domain that has these states folds them.
    best = min(found.entries, key=lambda entry: (_BEST_FIRST.index(entry.status), -entry.version))
    every = documents.get(actor=actor, domain=address.domain, logical_ids=(best.logical_id,))
    if isinstance(every, Refusal) or not every.entries:
        raise _unknown()
    return max(every.entries, key=lambda entry: entry.version)


def _require_version(request: HttpRequest, entry: DocumentEntry) -> None:
    """NotServed (412) when the version that the caller means is no longer the last (FHIR R4 http.html#concurrency)."""
    expected = [tag.strip().removeprefix("W/").strip('"') for tag in request.META.get("HTTP_IF_MATCH", "").split(",")]
    if expected != [""] and "*" not in expected and str(entry.version) not in expected:
        raise answers.NotServed(
            412, "conflict", "version-changed", "La fiche a changé : relisez-la, puis recommencez.",
            found=", ".join(expected), expected=f'W/"{entry.version}"',
        )  # fmt: skip


def _act(actor: Actor, address: Address, entry: DocumentEntry, wanted: wire.Wanted) -> DocumentEntry | Refusal:
    """The one act that a wish is; the entry as it is when it is none."""
    if len(wanted) > 1:
        raise _unprocessable(
            "patch-one-act",
            "Supprimer, archiver et changer la confidentialité se demandent séparément : autant de droits différents.",
            "une modification par PATCH",
        )
    if wanted.codes is not None:
        answer = documents.set_confidentiality(
            actor=actor,
            domain=address.domain,
            logical_id=entry.logical_id,
            codes=wanted.codes,
            version=entry.version,
        )
    elif wanted.archived is not None:
        act = documents.archive if wanted.archived else documents.unarchive
        answer = act(actor=actor, domain=address.domain, logical_id=entry.logical_id)
    elif wanted.status == "entered-in-error":
        answer = documents.delete(actor=actor, domain=address.domain, logical_id=entry.logical_id)
    elif wanted.status is not None:
        raise _unprocessable(
            "patch-status",
            "Une fiche ne devient superseded que par son remplacement, et ne redevient pas current.",
            "entered-in-error, qui supprime le document",
        )
    else:
        return entry
    return answer if isinstance(answer, Refusal) else answer.entry


def _unprocessable(rule: str, text: str, expected: str) -> answers.NotServed:
    return answers.NotServed(422, "business-rule", rule, text, expected=expected)


def _unknown() -> answers.NotServed:
    return answers.NotServed(404, "not-found", "document-unknown", "Aucune fiche consultable ne porte cet identifiant.")
