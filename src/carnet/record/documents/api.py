"""The documents' door: register a submission, find entries, read bytes.

Each function decides access, writes its trace and returns a `Refusal` for every anticipated no.
"""

from __future__ import annotations

from carnet.record.documents.actions import Provided, provide
from carnet.record.documents.files import sweep
from carnet.record.documents.matching import DocumentQuery
from carnet.record.documents.queries import Found, find, get
from carnet.record.documents.retrieval import Retrieved, retrieve
from carnet.record.documents.telling import history
from carnet.wire.xds.model import DocumentEntry, Status, Submission

__all__ = [
    "DocumentEntry",
    "DocumentQuery",
    "Found",
    "Provided",
    "Retrieved",
    "Status",
    "Submission",
    "find",
    "get",
    "history",
    "provide",
    "retrieve",
    "sweep",
]
