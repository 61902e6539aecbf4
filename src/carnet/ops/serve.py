"""`carnet serve`: one copy of Carnet, in the foreground, until SIGINT or SIGTERM."""

from __future__ import annotations

import argparse
import fcntl
import http.client
import os
import shutil
import socket
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import IO

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from carnet.kernel import clock
from carnet.kernel.authorities import authorities
from carnet.ops import edition, postgres, proxy
from carnet.ops.children import Child, executed
from carnet.ops.demo import client_keys
from carnet.ops.kernel_calls import die_with_parent
from carnet.ops.supervisor import Stopped, Supervisor

_SERVER_LIFE = timedelta(days=397)
_SEALERS = ("CARNET_SEALING_KEY", "CARNET_SEALING_KEY_FILE")
_SEALER = [sys.executable, "-m", "carnet.ops.command", "sealer"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """None: the environment says everything (docs/settings.md)."""


def run(arguments: argparse.Namespace) -> int:
    """Starts everything and waits. Exit codes: 0 stopped on request, 1 could not serve, 2 a setting is wrong."""
    began = time.monotonic()
    if settings.CARNET_SEALING_KEY is None:
        return _fail("CARNET_SEALING_KEY is missing: nothing would seal the journal. See docs/settings.md.")
    if "MAKELEVEL" in os.environ:
        die_with_parent()  # `make` killed alone must not leave us behind
    home, run_folder = settings.CARNET_HOME, settings.CARNET_RUN
    problem = make_folders(home, run_folder) or _wrong_authorities()
    if problem:
        return _fail(problem)
    lock = lock_home(home)
    if lock is None:
        return _fail(f"Another copy of Carnet serves {home}. Stop it, or set CARNET_HOME and the ports to others.")
    for name, port in (("CARNET_PORT", settings.CARNET_PORT), ("CARNET_TLS_PORT", settings.CARNET_TLS_PORT)):
        if not _wait_for_port(port):
            return _fail(f"Port {port} is taken by another program. Set {name} to a free one.")
    supervisor = Supervisor(_say, _environment())
    try:
        if settings.CARNET_EMBEDDED_DATABASE:
            supervisor.start_database(cluster())
        if not edition.is_prepared():
            supervisor.run_once("prepare")
        supervisor.start(_front(supervisor, home, run_folder))
        supervisor.watch_until(_ready)
        # Nobody waits for these: events and jobs are kept in the database.
        supervisor.start(_background(supervisor, home / "logs"))
        _announce(time.monotonic() - began)
        supervisor.watch()
    except Stopped:
        _say("stopping")
        return 0
    except postgres.PostgresError as error:
        return _fail(str(error))
    except subprocess.CalledProcessError as error:
        return _fail(f"The step {error.cmd} failed (exit code {error.returncode}); what it printed is above.")
    finally:
        supervisor.stop()
        lock.close()
    return 0


def cluster() -> postgres.Cluster:
    """The embedded database of the configured home."""
    home = settings.CARNET_HOME
    return postgres.Cluster(
        data=home / "postgres",
        run=settings.CARNET_RUN,
        password=settings.CARNET_DATABASE_PASSWORD,
        log=home / "logs" / "postgres.log",
        preference=settings.CARNET_POSTGRES,
        service=_login("service"),
        sealer=_login("sealer"),
    )


def _login(use: str) -> postgres.Login:
    database = settings.CARNET_DATABASE_USES[use]
    return postgres.Login(database["USER"], database["PASSWORD"])


def _front(supervisor: Supervisor, home: Path, run_folder: Path) -> list[Child]:
    """What answers requests: both lanes and the proxy."""
    certificate, key = _server_certificate(home)
    front = proxy.Front(
        port=settings.CARNET_PORT,
        tls_port=settings.CARNET_TLS_PORT,
        certificate=certificate,
        key=key,
        quick=run_folder / "quick.sock",
        bulk=run_folder / "bulk.sock",
        providers=_providers(run_folder),
        storage=home / "caddy",
        max_body=settings.CARNET_MAX_BODY,
        people_tls=settings.CARNET_MODE == "production",
    )
    configuration = home / "caddy" / "Caddyfile"
    configuration.write_text(proxy.caddyfile(front), encoding="utf-8")
    command = [str(proxy.executable()), "run", "--config", str(configuration), "--adapter", "caddyfile"]
    folders = {"XDG_CONFIG_HOME": str(home / "caddy"), "XDG_DATA_HOME": str(home / "caddy")}
    logs = home / "logs"
    return [
        *_demonstration(supervisor, home, front.providers),
        _lane(supervisor, "quick", front.quick, logs, workers=settings.CARNET_WORKERS, threads=1),
        _lane(supervisor, "bulk", front.bulk, logs, workers=2, threads=settings.CARNET_BULK_THREADS),
        Child("proxy", executed(lambda: command, folders | _environment()), logs / "proxy.log"),
    ]


def _providers(run_folder: Path) -> Path | None:
    """The socket of the demonstration's identity providers; None where people are real."""
    return run_folder / "providers.sock" if settings.CARNET_MODE == "demo" else None


def _demonstration(supervisor: Supervisor, home: Path, socket: Path | None) -> list[Child]:
    """The identity providers of a demonstration, and the key under which Carnet is known to them."""
    if socket is None:
        return []
    client_keys.make(home, client_keys.CARNET)
    return [Child("providers", supervisor.forked("providers", f"--socket={socket}"), home / "logs" / "providers.log")]


def _background(supervisor: Supervisor, logs: Path) -> list[Child]:
    """What works behind: sealer, relay and worker, and what sends the logs elsewhere."""
    children = [
        # Executed: the stem that the others are forked from has no key of the seals.
        Child("sealer", executed(lambda: _SEALER, _environment(sealing=True)), logs / "sealer.log"),
        Child("relay", supervisor.forked("relay"), logs / "relay.log"),
        Child("worker", supervisor.forked("worker"), logs / "worker.log"),
    ]
    if settings.CARNET_LOG_RECEIVER is not None:
        children.append(Child("log-feed", supervisor.forked("log-feed"), logs / "log-feed.log"))
    return children


def _lane(supervisor: Supervisor, name: str, path: Path, logs: Path, *, workers: int, threads: int) -> Child:
    words = ("lane", name, f"--socket={path}", f"--workers={workers}", f"--threads={threads}")
    return Child(name, supervisor.forked(*words, name=name), logs / f"{name}.log")


def _server_certificate(home: Path) -> tuple[Path, Path]:
    """Certificate and key of both ports: the configured ones, or the demonstration authority's, made at need."""
    if settings.CARNET_TLS_CERTIFICATE and settings.CARNET_TLS_KEY:
        return settings.CARNET_TLS_CERTIFICATE, settings.CARNET_TLS_KEY
    from carnet.ops.demo import pki

    folder = home / "demo" / "pki"
    now = clock.now()
    authority = pki.make_authority(folder, now=now)
    certificate, key = folder / "server.pem", folder / "server.key"
    if not certificate.exists() or clock.now().timestamp() - certificate.stat().st_mtime > 300 * 86400:
        hosts = tuple(host for host in settings.ALLOWED_HOSTS if "*" not in host)
        certificate, key = pki.issue(
            authority,
            pki.Kind.SERVER,
            name="server",
            common_name="localhost",
            hosts=hosts,
            not_before=now - pki.CLOCK_MARGIN,
            not_after=now + _SERVER_LIFE,
        )
    return certificate, key


def _environment(*, sealing: bool = False) -> dict[str, str]:
    """What a child is told; the key of the seals reaches the sealer alone."""
    own = {name: value for name, value in os.environ.items() if sealing or name not in _SEALERS}
    return own | {
        "DJANGO_SETTINGS_MODULE": "carnet.config.settings",
        "CARNET_HOME": str(settings.CARNET_HOME),
        "PYTHONUNBUFFERED": "1",
    }


def make_folders(home: Path, run_folder: Path) -> str | None:
    """Makes the folders of the home, 0700. Returns what is wrong, if something is."""
    try:
        for folder in (home, *(home / name for name in ("logs", "caddy", "blobs", "secrets", "demo", "mail"))):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        run_folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        return f"{error.filename} cannot be made: {error.strerror}. Set CARNET_HOME to a folder of this account."
    state = run_folder.lstat()
    if state.st_uid != os.geteuid() or run_folder.is_symlink() or state.st_mode & 0o077:
        return f"{run_folder} must be a folder that only this account can enter (chmod 700, or remove it)."
    if shutil.disk_usage(home).free < 200 * 1024 * 1024:
        return f"Less than 200 MB is free on the disk of {home}. Free some space, or set CARNET_HOME to another disk."
    return None


def _wrong_authorities() -> str | None:
    """What is wrong with the authorities that production is told to believe; a demonstration makes its own later."""
    if settings.CARNET_MODE != "production":
        return None
    try:
        authorities()
    except ImproperlyConfigured as error:
        return str(error)
    return None


def lock_home(home: Path) -> IO[str] | None:
    """Takes the lock of the home, waiting a little for a copy that is ending; None when another one serves it."""
    file = (home / "lock").open("a+", encoding="ascii")
    deadline = time.monotonic() + 6
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                file.close()
                return None
            time.sleep(0.1)
            continue
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        return file


def _wait_for_port(port: int) -> bool:
    """Whether the port is free, after the few seconds that a killed copy's servers may take to end."""
    deadline = time.monotonic() + 6
    while not proxy.port_is_free(port):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def _ready() -> bool:
    """Whether both lanes answer ready on their sockets, and the proxy passes a request on to them."""
    return all(
        _status(connection) == 200
        for connection in (
            _SocketConnection(settings.CARNET_RUN / "quick.sock"),
            _SocketConnection(settings.CARNET_RUN / "bulk.sock"),
            http.client.HTTPConnection("127.0.0.1", settings.CARNET_PORT, timeout=2)
            if settings.CARNET_MODE == "demo"
            else _SocketConnection(settings.CARNET_RUN / "quick.sock"),
        )
    )


class _SocketConnection(http.client.HTTPConnection):
    """HTTP over the Unix socket of a lane."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=2)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(2)
        self.sock.connect(str(self._path))


def _status(connection: http.client.HTTPConnection) -> int:
    try:
        connection.request("GET", "/health/ready")
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()


def _announce(seconds: float) -> None:
    scheme = "https" if settings.CARNET_MODE == "production" else "http"
    lines = [
        f"  people      {scheme}://localhost:{settings.CARNET_PORT}/",
        f"  machines    https://localhost:{settings.CARNET_TLS_PORT}/  (SOAP: /xds, FHIR: /fhir)",
    ]
    identities = settings.CARNET_HOME / "demo" / "identities.json"
    if identities.exists():
        lines.append(f"  identities  {identities}")
    print("\n".join([*lines, f"ready in {seconds:.1f} s"]), flush=True)


def _say(text: str) -> None:
    print(f"carnet: {text}", flush=True)


def _fail(text: str) -> int:
    print(f"carnet: {text}", file=sys.stderr, flush=True)
    return 1
