"""An audit repository, as a secure node sends to it (IHE ATNA, ITI-20 RESTful): mutual TLS, a batch at a time."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from carnet.client import tls
from carnet.client.errors import Unreachable

_TIMEOUT = httpx.Timeout(30, connect=5)
_MOST_ANSWER = 4 * 1024 * 1024
_JSON = "application/fhir+json"


class NotRecordedError(RuntimeError):
    """The repository answered, and did not record everything; the message has its status and no content."""


class AuditRepository:
    """A repository at `base` (its FHIR base address), to which `certificate` and `key` (PEM) say who sends.

    `authority` is who its certificate comes from, None for those of the system. Use it as a context manager.
    """

    def __init__(
        self, base: str, *, certificate: Path | None, key: Path | None, authority: Path | None, software: str
    ) -> None:
        context = tls.context(authority=authority, certificate=certificate, key=key)
        self._base = base.rstrip("/")
        # The environment's proxies are not ours to trust with who did what.
        self._http = httpx.Client(
            verify=context, timeout=_TIMEOUT, trust_env=False, headers={"User-Agent": software, "Accept": _JSON}
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def record(self, events: Sequence[dict[str, Any]]) -> None:
        """Send AuditEvents, whole and in order (Send Audit Bundle); raises Unreachable or NotRecordedError."""
        entries = [{"resource": event, "request": {"method": "POST", "url": "AuditEvent"}} for event in events]
        bundle = {"resourceType": "Bundle", "type": "batch", "entry": entries}
        body = json.dumps(bundle, ensure_ascii=False, separators=(",", ":")).encode()
        try:
            answer = self._http.post(self._base, content=body, headers={"Content-Type": _JSON})
        except httpx.HTTPError as error:
            raise Unreachable(type(error).__name__) from error
        if not answer.is_success:
            raise NotRecordedError(f"HTTP {answer.status_code}")
        _each_recorded(answer.content, len(events))


def _each_recorded(body: bytes, sent: int) -> None:
    """Every entry of a batch-response says 2xx; raises NotRecordedError."""
    try:
        told = json.loads(body[:_MOST_ANSWER])
        statuses = [str(entry["response"]["status"]) for entry in told["entry"]]
    except (ValueError, KeyError, TypeError) as error:
        raise NotRecordedError("not a batch-response") from error
    if told.get("type") != "batch-response" or len(statuses) != sent:
        raise NotRecordedError("not the response of this batch")
    refused = [status for status in statuses if not status.startswith("2")]
    if refused:
        raise NotRecordedError(f"{len(refused)} of {sent} refused, first {refused[0][:3]}")
