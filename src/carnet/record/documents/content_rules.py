"""What an entry says of its document's bytes, that came with it or are elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from carnet.kernel.antivirus import Verdict
from carnet.kernel.blobs import Received
from carnet.kernel.errors import Problem, Reason
from carnet.record.documents.problems import invalid, is_oid, missing
from carnet.wire.xds.model import DocumentEntry, Submission

_SHA1 = re.compile(r"[0-9a-f]{40}")
_TF3_ENTRY = "IHE ITI TF-3 §4.2.3.2"


def check_content(entry: DocumentEntry, content: Received | None) -> Iterator[Problem]:
    """What an entry says of its bytes is true of those that came."""
    if content is None:
        yield Problem(
            reason=Reason.MISSING_DOCUMENT,
            rule="document-missing",
            text="La fiche n'est accompagnée d'aucun document.",
            field="DocumentEntry.id",
            found=entry.entry_uuid[:100],
            expected="un Document dont l'id est celui de la fiche",
            source="IHE ITI TF-2 §3.41.4.1.3 (XDSMissingDocument)",
        )
        return
    if entry.hash and entry.hash.lower() != content.sha1:
        yield Problem(
            reason=Reason.WRONG_HASH,
            rule="hash",
            text="L'empreinte annoncée n'est pas celle du document reçu.",
            field="DocumentEntry.hash",
            found=entry.hash[:64],
            expected=content.sha1,
            source="IHE ITI TF-3 §4.2.3.2.10 (SHA-1)",
        )
    if entry.size is not None and entry.size != content.size:
        yield Problem(
            reason=Reason.WRONG_SIZE,
            rule="size",
            text="La taille annoncée n'est pas celle du document reçu.",
            field="DocumentEntry.size",
            found=str(entry.size),
            expected=str(content.size),
            source="IHE ITI TF-3 §4.2.3.2.21",
        )
    harm = of_verdict(content.verdict)
    if harm is not None:
        yield harm
    if content.size == 0:
        yield invalid("document-empty", "Document", "Le document est vide.", "0 octet", "au moins un octet", _TF3_ENTRY)


def of_verdict(verdict: Verdict) -> Problem | None:
    """What the antivirus's verdict refuses: what it recognised, and what it could not look at."""
    if verdict.threat:
        return Problem(
            reason=Reason.INVALID,
            rule="document-harmful",
            text="L'antivirus a reconnu un programme malveillant dans ce document : il n'est pas gardé.",
            field="Document",
            found=verdict.threat[:100],
            expected="un document sain",
            source="OWASP ASVS 5.0 §5.4.3",
        )
    if not verdict.asked:
        return Problem(
            reason=Reason.UNAVAILABLE,
            rule="antivirus-away",
            text="L'antivirus ne répond pas, ou ce document est trop grand pour lui : rien n'est gardé sans lui. "
            "Recommencez dans quelques minutes.",
            field="Document",
            source="OWASP ASVS 5.0 §5.4.3",
        )
    return None


def check_elsewhere(entry: DocumentEntry, repository: str) -> Iterator[Problem]:
    """An entry without its bytes says where they are, how many, and their hash (TF-2 §3.42.4.1.3.5)."""
    source = "IHE ITI TF-2 §3.42 ; TF-3 §4.2.3.2"
    if not entry.repository_unique_id:
        yield missing("DocumentEntry.repositoryUniqueId", source, expected="l'OID de l'entrepôt qui garde le document")
    elif not is_oid(entry.repository_unique_id):
        yield invalid(
            "repository-oid",
            "DocumentEntry.repositoryUniqueId",
            "Ce n'est pas un OID.",
            entry.repository_unique_id,
            "un OID",
            source,
        )
    elif entry.repository_unique_id == repository:
        yield invalid(
            "repository-ours",
            "DocumentEntry.repositoryUniqueId",
            "Les documents de cet entrepôt lui sont envoyés (ITI-41).",
            entry.repository_unique_id,
            "l'OID d'un autre entrepôt",
            source,
        )
    if not entry.hash:
        yield missing("DocumentEntry.hash", source, expected="SHA-1 du document, en hexadécimal")
    elif not _SHA1.fullmatch(entry.hash):
        yield invalid(
            "hash-form", "DocumentEntry.hash", "Ce n'est pas un SHA-1.", entry.hash, "40 chiffres hexadécimaux", source
        )
    if entry.size is None:
        yield missing("DocumentEntry.size", source, expected="la taille en octets")
    elif entry.size == 0:
        yield invalid("document-empty", "DocumentEntry.size", "Le document est vide.", "0", "au moins un octet", source)


def check_parts(submission: Submission, contents: Mapping[str, Received]) -> Iterator[Problem]:
    """Each document that came has its entry."""
    known = {entry.entry_uuid for entry in submission.entries}
    for extra in contents.keys() - known:
        yield Problem(
            reason=Reason.MISSING_METADATA,
            rule="metadata-missing",
            text="Un document n'a pas de fiche.",
            field="Document.id",
            found=extra[:100],
            expected="l'id d'une fiche du lot",
            source="IHE ITI TF-2 §3.41.4.1.3 (XDSMissingDocumentMetadata)",
        )
