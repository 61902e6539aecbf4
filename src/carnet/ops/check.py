"""`carnet check`: what an operator wants to know before calling somebody. Exit code 0 when nothing is wrong, else 1."""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import ssl
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from cryptography import x509
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection
from rich.console import Console
from rich.table import Table

from carnet.kernel import antivirus, clock, jobs, key_backups, keys, mail, master_key, pkcs11, rotation
from carnet.kernel.authorities import authorities
from carnet.ops import log_feed, rights
from carnet.ops.sealer import SEALER
from carnet.record.journal import api as journal

_LEAST_FREE = 1024**3
_OLDEST_EVENT_SECONDS = 60
_LATEST_SEAL_SECONDS = 10
_OLDEST_AUDIT_SECONDS = 60
_EXPIRY_WARNING = timedelta(days=14)
_OLDEST_BACKUP = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: whether it is well, what was seen, and what to do if it is not."""

    subject: str
    well: bool
    seen: str
    advice: str = ""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """None."""


def run(arguments: argparse.Namespace) -> int:
    """Looks at everything and prints a table."""
    findings = [finding for look in _LOOKS for finding in _guarded(look)]
    table = Table(title=f"carnet check: {settings.CARNET_HOME}", title_justify="left")
    for column in ("", "subject", "seen", "what to do"):
        table.add_column(column, overflow="fold")
    for finding in findings:
        table.add_row("ok" if finding.well else "WRONG", finding.subject, finding.seen, finding.advice)
    Console(width=None if os.isatty(1) else 160).print(table)
    return 0 if all(finding.well for finding in findings) else 1


def _guarded(look: Callable[[], Iterator[Finding]]) -> list[Finding]:
    try:
        return list(look())
    except (DatabaseError, OSError) as error:
        name = look.__name__.strip("_")
        return [Finding(name, False, type(error).__name__, f"start `carnet serve`, or see {settings.CARNET_HOME}/logs")]


def _database() -> Iterator[Finding]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('server_version'), current_setting('fsync'), current_setting('synchronous_commit'),"
            " current_setting('data_checksums'), current_setting('server_encoding')"
        )
        version, fsync, commit, checksums, encoding = cursor.fetchone()
    durable = (fsync, commit, encoding) == ("on", "on", "UTF8")
    seen = f"PostgreSQL {version}, fsync {fsync}, synchronous_commit {commit}, checksums {checksums}, {encoding}"
    yield Finding("database", durable, seen, "" if durable else "fsync and synchronous_commit on, UTF8")


def _schema() -> Iterator[Finding]:
    from carnet.ops import prepare

    missing = prepare.missing_migrations()
    seen = f"{len(missing)} migrations to apply" if missing else "up to date"
    yield Finding("schema", not missing, seen, "restart `carnet serve`, which applies them" if missing else "")


def _rights() -> Iterator[Finding]:
    if rights.separate():
        yield Finding("rights", True, "the service and the sealer have accounts of their own")
        return
    needed = settings.CARNET_MODE == "production"
    advice = "set CARNET_SERVICE_DATABASE_URL and CARNET_SEALER_DATABASE_URL" if needed else ""
    yield Finding("rights", not needed, "processes serve as the owner of the tables", advice)


def _antivirus() -> Iterator[Finding]:
    if settings.CARNET_ANTIVIRUS is None:
        yield Finding("antivirus", True, "none is set: what comes in is not looked at (CARNET_ANTIVIRUS_URL)")
        return
    well = antivirus.answers()
    seen = "answers" if well else "does not answer: nothing comes in"
    yield Finding("antivirus", well, seen, "" if well else "start clamd, or see CARNET_ANTIVIRUS_URL")


def _queues() -> Iterator[Finding]:
    waiting = jobs.waiting()
    late = waiting["oldest"] > _OLDEST_EVENT_SECONDS
    seen = f"{waiting['outbox']:.0f} events, oldest {waiting['oldest']:.0f} s; {waiting['jobs']:.0f} jobs"
    yield Finding("outbox", not late, seen, "see logs/relay.log" if late else "")
    quarantined = waiting["quarantined"]
    yield Finding(
        "quarantine", not quarantined, f"{quarantined:.0f} events", "see table kernel_quarantine" if quarantined else ""
    )
    letters = mail.waiting()
    failed = letters["failed"]
    seen = f"{letters['waiting']} to leave, {failed} that could not"
    yield Finding("mail", not failed, seen, "see logs/worker.log and CARNET_SMTP_URL" if failed else "")


def _sealing() -> Iterator[Finding]:
    lag = journal.sealing_lag(actor=SEALER)
    late = lag > _LATEST_SEAL_SECONDS
    advice = "see logs/sealer.log, then `carnet journal verify`" if late else ""
    yield Finding("sealing", not late, f"the oldest trace without a seal waits for {lag:.0f} s", advice)


def _audit_feed() -> Iterator[Finding]:
    receiver = settings.CARNET_AUDIT_REPOSITORY
    if not receiver:
        return
    feed = journal.feed(actor=SEALER, receiver=receiver)
    late = feed.oldest > _OLDEST_AUDIT_SECONDS or bool(feed.failures)
    seen = f"{feed.waiting} sealed traces to send to {receiver}, the oldest for {feed.oldest:.0f} s"
    if feed.failures:
        seen += f"; {feed.failures} failures since it last answered: {feed.error}"
    yield Finding("audit repository", not late, seen, "see logs/worker.log and CARNET_AUDIT_…" if late else "")


def _log_feed() -> Iterator[Finding]:
    if settings.CARNET_LOG_RECEIVER is None:
        return
    waiting, late = log_feed.late(settings.CARNET_HOME / "logs")
    host, port = settings.CARNET_LOG_RECEIVER
    seen = f"{waiting} bytes of logs to send to {host}:{port}"
    yield Finding("log receiver", not late, seen, "see logs/log-feed.log and CARNET_LOG_…" if late else "")


def _keys() -> Iterator[Finding]:
    folder = settings.CARNET_HOME / "secrets"
    if settings.CARNET_MODE == "production" or not folder.exists():
        yield Finding("keys", True, "from the environment")
        return
    loose = [path.name for path in (folder, *folder.iterdir()) if path.stat().st_mode & 0o077]
    seen = f"others may read {', '.join(loose)}" if loose else f"{len(list(folder.iterdir()))} secrets in {folder}"
    yield Finding("keys", not loose, seen, f"chmod -R go= {folder}" if loose else "")


def _master_keys() -> Iterator[Finding]:
    held = rotation.in_database()
    present = [key.name for key in master_key.ring()]
    lost = sum(count for name, count in held.items() if name not in present)
    if lost:
        yield Finding("master keys", False, f"{lost} records are under an absent key", "see `carnet keys list`")
        return
    try:
        keys.derived_key(b"carnet check")
    except (master_key.KeyUnavailableError, pkcs11.TokenError) as error:
        yield Finding("master keys", False, str(error), "give the key back that wrapped: see `carnet keys list`")
        return
    waiting = sum(held.values()) - held[present[0]]
    seen = f"{present[0]} wraps {held[present[0]]} keys" + (
        f"; {waiting} wait for `carnet keys rotate`" if waiting else ""
    )
    yield Finding("master keys", True, seen)


def _backups() -> Iterator[Finding]:
    made = max((backup.made_at for backup in key_backups.known()), default=None)
    if made is None:
        needed = settings.CARNET_MODE == "production"
        yield Finding("backups", not needed, "none was made", "carnet backup, every day" if needed else "")
        return
    age = clock.now() - made
    late = settings.CARNET_MODE == "production" and age > _OLDEST_BACKUP
    seen = f"the last one was begun {age.days} days and {age.seconds // 3600} hours ago"
    yield Finding("backups", not late, seen, "carnet backup, every day" if late else "")


def _disk() -> Iterator[Finding]:
    free = shutil.disk_usage(settings.CARNET_HOME).free
    enough = free > _LEAST_FREE
    yield Finding("disk", enough, f"{free / 1024**3:.1f} GiB free", "" if enough else "free some space")
    blobs = Path(settings.CARNET_BLOBS)
    with tempfile.TemporaryFile(dir=blobs) as file:
        file.write(b"\0" * 4096)
        os.fsync(file.fileno())
    yield Finding("blobs", True, f"{blobs} takes files")


def _ports() -> Iterator[Finding]:
    for name, port in (("people", settings.CARNET_PORT), ("machines", settings.CARNET_TLS_PORT)):
        with socket.socket() as client:
            client.settimeout(2)
            listening = client.connect_ex(("127.0.0.1", port)) == 0
        advice = "" if listening else "start `carnet serve`, see logs/proxy.log"
        yield Finding(f"port {port}", listening, f"{name}: {'listening' if listening else 'nobody listens'}", advice)


def _certificate() -> Iterator[Finding]:
    pem = ssl.get_server_certificate(("127.0.0.1", settings.CARNET_TLS_PORT), timeout=2)
    left = x509.load_pem_x509_certificate(pem.encode()).not_valid_after_utc - clock.now()
    well = left > _EXPIRY_WARNING
    yield Finding("certificate", well, f"expires in {left.days} days", "" if well else "replace CARNET_TLS_CERTIFICATE")


def _authorities() -> Iterator[Finding]:
    try:
        found = authorities()
    except ImproperlyConfigured as error:
        yield Finding("authorities", False, str(error), "see `carnet trust list`")
        return
    now = clock.now()
    if not found.certificates:
        yield Finding("authorities", False, "none is believed: no machine comes in", "carnet trust add FILE --crl FILE")
    for certificate in found.certificates:
        name = certificate.subject.rfc4514_string()
        days = (certificate.not_valid_after_utc - now).days
        listed = found.list_of(certificate)
        until = listed.next_update_utc if listed is not None else None
        stale = until is None or until <= now
        seen = f"{days} days left, " + (
            "no revocation list" if listed is None else f"revocation list until {until:%Y-%m-%d}" if until else "no end"
        )
        well = days > _EXPIRY_WARNING.days and not (stale and settings.CARNET_REVOCATION_REQUIRED)
        yield Finding(f"authority {name}", well, seen, "" if well else "carnet trust add FILE --crl FILE")


_LOOKS = (
    _database,
    _schema,
    _rights,
    _antivirus,
    _queues,
    _sealing,
    _audit_feed,
    _log_feed,
    _keys,
    _master_keys,
    _backups,
    _disk,
    _ports,
    _certificate,
    _authorities,
)
