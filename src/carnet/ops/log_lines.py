"""Events out of the lines that our processes, the proxy and PostgreSQL write, each in its own form."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from carnet.wire.syslog import NO_TIME, Severity

_OURS = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ) (DEBUG|INFO|WARNING|ERROR|CRITICAL) (.*)", re.DOTALL)
_POSTGRES = re.compile(r"(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d\.\d{3}) UTC \[\d+\] ([A-Z0-9]+): +(.*)", re.DOTALL)
_SEVERITIES = {
    "DEBUG": Severity.DEBUG,
    "INFO": Severity.INFORMATIONAL,
    "LOG": Severity.INFORMATIONAL,
    "NOTICE": Severity.NOTICE,
    "WARN": Severity.WARNING,
    "WARNING": Severity.WARNING,
    "ERROR": Severity.ERROR,
    "FATAL": Severity.ERROR,
    "CRITICAL": Severity.CRITICAL,
    "PANIC": Severity.CRITICAL,
}


@dataclass(frozen=True, slots=True)
class Event:
    """When (RFC 3339, or NO_TIME), how bad, and what was written; the places of an exception are lines of its text."""

    at: str
    severity: Severity
    text: str


def events(lines: Iterable[str]) -> Iterator[Event]:
    """The events that lines tell: a line that begins none goes on with the one before it."""
    last: Event | None = None
    for line in lines:
        found = _begun(line)
        if found is None and last is not None:
            last = Event(last.at, last.severity, f"{last.text}\n{line}")
            continue
        if last is not None:
            yield last
        last = found or Event(NO_TIME, Severity.NOTICE, line)
    if last is not None:
        yield last


def _begun(line: str) -> Event | None:
    if match := _OURS.fullmatch(line):
        return Event(match[1], _SEVERITIES[match[2]], match[3])
    if match := _POSTGRES.fullmatch(line):
        return Event(f"{match[1]}T{match[2]}Z", _SEVERITIES.get(match[3], Severity.NOTICE), match[4])
    return _of_the_proxy(line) if line.startswith("{") else None


def _of_the_proxy(line: str) -> Event | None:
    """Caddy's JSON: `level`, `ts` in seconds; its text stays as it is, for a machine to read."""
    try:
        told = json.loads(line)
        at = datetime.fromtimestamp(float(told["ts"]), UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return Event(at, _SEVERITIES.get(str(told["level"]).upper(), Severity.NOTICE), line)
    except (ValueError, TypeError, KeyError, OverflowError, OSError):
        return None
