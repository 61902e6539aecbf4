"""A syslog message says when, how bad, from where and what, and how long it is."""

from __future__ import annotations

import pytest

from carnet.wire.syslog import NO_TIME, Severity, frame

AT = "2026-01-31T10:00:00Z"


def test_a_message_with_its_length() -> None:
    sent = frame(at=AT, severity=Severity.WARNING, host="h", program="carnet-quick", text="422 POST at /x")
    assert sent == b"63 <132>1 2026-01-31T10:00:00Z h carnet-quick - - - 422 POST at /x"
    assert len(sent.partition(b" ")[2]) == 63


def test_what_is_not_ascii_is_said_to_be_utf8() -> None:
    sent = frame(at=NO_TIME, severity=Severity.ERROR, host="h", program="p", text="é\nplace")
    assert sent.partition(b" ")[2] == b"<131>1 - h p - - - \xef\xbb\xbf\xc3\xa9\nplace"
    assert int(sent.partition(b" ")[0]) == len(sent.partition(b" ")[2])


@pytest.mark.parametrize(("name", "written"), [("a b\nc", "abc"), ("", "-"), ("é", "-"), ("x" * 300, "x" * 48)])
def test_a_name_holds_no_space_and_is_short(name: str, written: str) -> None:
    assert frame(at=AT, severity=Severity.DEBUG, host="h", program=name, text="").split(b" ")[4] == written.encode()


def test_a_half_letter_is_no_accident() -> None:
    assert b"\\udc80" in frame(at=AT, severity=Severity.DEBUG, host="h", program="p", text="\udc80")
