"""The logs arrive elsewhere, over TLS, once and in order, whatever happens to their files, receiver or sender."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from carnet.kernel import clock
from carnet.ops import log_feed
from carnet.ops.demo import pki
from carnet.ops.log_feed import LogFeed
from carnet.ops.log_lines import events
from carnet.ops.log_tail import Tail
from carnet.ops.logs import rotate
from carnet.wire.syslog import Severity
from tests.conftest import start_carnet, stop_carnet
from tests.processes.log_receiver import LogReceiver

LINE = "2026-01-31T10:00:00Z INFO carnet.test line {}\n"


@pytest.fixture(scope="module")
def receiver(tmp_path_factory: pytest.TempPathFactory) -> LogReceiver:
    """A receiver with a certificate of the test authority, which asks for one of its senders."""
    folder = tmp_path_factory.mktemp("pki")
    authority = pki.make_authority(folder, now=clock.now())
    certificate, key = _issued(authority, pki.Kind.SERVER, "receiver")
    _issued(authority, pki.Kind.ORGANISATION_AUTHENTICATION, "sender")
    return LogReceiver(certificate, key, authority.bundle)


def _issued(authority: pki.Authority, kind: pki.Kind, name: str) -> tuple[Path, Path]:
    now = clock.now()
    return pki.issue(
        authority,
        kind,
        name=name,
        common_name="localhost",
        hosts=("localhost",),
        structure="1330999012",
        not_before=now - pki.CLOCK_MARGIN,
        not_after=now + pki.CLOCK_MARGIN * 100,
    )


@pytest.fixture
def logs(tmp_path: Path, receiver: LogReceiver, settings: Any) -> Path:
    """A folder of logs, and the settings of a sender that the receiver knows."""
    folder = receiver.certificate.parent
    with receiver.listening():
        pass
    receiver.messages.clear()
    settings.CARNET_LOG_RECEIVER = ("localhost", receiver.port)
    settings.CARNET_LOG_AUTHORITY = receiver.authority
    settings.CARNET_LOG_CERTIFICATE, settings.CARNET_LOG_KEY = folder / "sender.pem", folder / "sender.key"
    return tmp_path


def append(log: Path, *numbers: int) -> None:
    with log.open("a") as file:
        file.writelines(LINE.format(number) for number in numbers)


def arrived(receiver: LogReceiver, count: int) -> list[int]:
    """The numbers of the lines that came, waited for."""
    deadline = time.monotonic() + 5
    while len(receiver.messages) < count and time.monotonic() < deadline:
        time.sleep(0.02)
    return [int(message.rsplit(b" ", 1)[1]) for message in receiver.messages]


def test_lines_arrive_once_and_in_order(logs: Path, receiver: LogReceiver) -> None:
    with receiver.listening():
        append(logs / "quick.log", 1, 2)
        feed = LogFeed(logs)
        assert feed.send()
        assert not feed.send()
        with (logs / "quick.log").open("a") as file:
            file.write(LINE.format(3)[:-1])
        assert not feed.send(), "a line that is being written waits for its end"
        with (logs / "quick.log").open("a") as file:
            file.write("\n")
        assert feed.send()
        feed.close()
        append(logs / "quick.log", 4)
        another = LogFeed(logs)
        assert another.send()
        another.close()
        assert arrived(receiver, 4) == [1, 2, 3, 4]
    first = receiver.messages[0].decode()
    assert first.startswith("<134>1 2026-01-31T10:00:00Z ")
    assert first.endswith(" carnet-quick - - - carnet.test line 1")


def test_a_file_that_is_emptied_loses_nothing(logs: Path, receiver: LogReceiver) -> None:
    log = logs / "quick.log"
    with receiver.listening():
        feed = LogFeed(logs)
        append(log, 1, 2)
        assert feed.send()
        append(log, 3)
        assert rotate(log, limit=1)
        append(log, 4)
        assert Tail(logs).waiting() == 2 * len(LINE.format(1))
        while feed.send():
            pass
        assert rotate(log, limit=1)
        append(log, 5)
        while feed.send():
            pass
        feed.close()
        assert arrived(receiver, 5) == [1, 2, 3, 4, 5]
    assert Tail(logs).waiting() == 0


def test_what_waits_for_a_receiver_is_sent_when_it_is_back(logs: Path, receiver: LogReceiver) -> None:
    feed = LogFeed(logs)
    append(logs / "quick.log", 1)
    with pytest.raises(OSError, match="refused"):
        feed.send()
    assert log_feed.late(logs) == (len(LINE.format(1)), True)
    with receiver.listening():
        assert feed.send()
        assert arrived(receiver, 1) == [1]
    append(logs / "quick.log", 2)
    with pytest.raises(OSError, match="refused"):
        feed.send()
    with receiver.listening():
        assert feed.send()
        assert arrived(receiver, 2) == [1, 2]
        os.utime(logs / "read.json", (0, 0))
        assert not feed.send()
    feed.close()
    append(logs / "quick.log", 3)
    assert log_feed.late(logs) == (len(LINE.format(1)), False), "it was taken care of a moment ago"


@pytest.mark.parametrize("wrong", ["another name", "another authority", "no certificate"])
def test_nothing_is_sent_to_who_cannot_be_believed(
    wrong: str, logs: Path, receiver: LogReceiver, settings: Any
) -> None:
    if wrong == "another name":
        settings.CARNET_LOG_RECEIVER = ("127.0.0.1", receiver.port)
    elif wrong == "another authority":
        (logs / "other").mkdir()
        settings.CARNET_LOG_AUTHORITY = pki.make_authority(logs / "other", now=clock.now()).bundle
    else:
        settings.CARNET_LOG_CERTIFICATE = None
    feed = LogFeed(logs)
    with receiver.listening():
        assert any(_refused(feed, logs / "quick.log", number) for number in range(50))
        feed.close()
    assert not receiver.messages


def _refused(feed: LogFeed, log: Path, number: int) -> bool:
    """Under TLS 1.3 a sender learns that it was refused when it next listens."""
    append(log, number)
    time.sleep(0.02)
    try:
        feed.send()
    except OSError:
        return True
    return False


def test_each_form_of_a_line_is_read() -> None:
    lines = [
        "starting",
        "2026-01-31T10:00:00Z ERROR carnet.kernel.jobs it failed",
        "builtins.ValueError",
        "  file.py:3 run",
        "2026-01-31 10:00:01.250 UTC [77] FATAL:  terminating connection",
        '{"level":"warn","ts":1769853602.5,"msg":"slow"}',
        '{"level":"warn"',
        '{"ts":"never","level":"info"}',
    ]
    assert [(one.at, one.severity, one.text) for one in events(lines)] == [
        ("-", Severity.NOTICE, "starting"),
        ("2026-01-31T10:00:00Z", Severity.ERROR, "carnet.kernel.jobs it failed\nbuiltins.ValueError\n  file.py:3 run"),
        ("2026-01-31T10:00:01.250Z", Severity.ERROR, "terminating connection"),
        ("2026-01-31T10:00:02.500Z", Severity.WARNING, "\n".join(lines[5:])),
    ]


def test_a_living_carnet_sends_what_its_processes_write(tmp_path: Path, receiver: LogReceiver) -> None:
    receiver.messages.clear()
    folder = receiver.certificate.parent
    with receiver.listening():
        carnet = start_carnet(
            tmp_path / "home",
            CARNET_LOG_RECEIVER=f"tls://localhost:{receiver.port}",
            CARNET_LOG_AUTHORITY=str(receiver.authority),
            CARNET_LOG_CERTIFICATE=str(folder / "sender.pem"),
            CARNET_LOG_KEY=str(folder / "sender.key"),
        )
        try:
            assert httpx.get(f"{carnet.http}/nulle-part", trust_env=False).status_code == 404
            deadline = time.monotonic() + 20
            wanted = {b"carnet-postgres", b"carnet-proxy", b"carnet-quick"}
            while not wanted <= {one.split(b" ")[3] for one in list(receiver.messages)} and time.monotonic() < deadline:
                time.sleep(0.1)
            assert wanted <= {one.split(b" ")[3] for one in receiver.messages}
            checked = carnet.command("check")
            assert f"bytes of logs to send to localhost:{receiver.port}" in checked.stdout
        finally:
            stop_carnet(carnet)
