"""Hostile documents: the doors keep bytes as they are, so it is the reading of them that must not go off."""

from __future__ import annotations

import base64
import gzip
import time
import zlib

import pytest

from carnet.wire.xds.model import DocumentEntry
from tests.attacks.intruder import Intruder
from tests.attacks.victim import OTHER, Victim

_CDA = (
    b'<?xml version="1.0"?>%b<ClinicalDocument xmlns="urn:hl7-org:v3">'
    b"<title>Compte rendu fictif</title><component><structuredBody><component><section><title>Lecture</title>"
    b"<text>%b</text></section></component></structuredBody></component></ClinicalDocument>"
)
_NO_XML_BODY = (
    b'<?xml version="1.0"?><ClinicalDocument xmlns="urn:hl7-org:v3"><title>Lettre fictive</title><component>'
    b'<nonXMLBody><text mediaType="%b" representation="B64" %b>%b</text></nonXMLBody></component></ClinicalDocument>'
)
Entries = dict[str, DocumentEntry]
_MIB = 1024 * 1024
_BOMB = b"\0" * (200 * _MIB)
_LOL = (
    b"<!DOCTYPE c ["
    b'<!ENTITY a "aaaaaaaaaa">'
    + b"".join(b'<!ENTITY %c "%b">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9))
    + b"]>"
)

# Name → bytes, what the page must not show.
DOCUMENTS: dict[str, tuple[bytes, str]] = {
    "external-entity": (_CDA % (b'<!DOCTYPE c [<!ENTITY e SYSTEM "file:///etc/passwd">]>', b"&e;"), "root:"),
    "billion-laughs": (_CDA % (_LOL, b"&j;"), "aaaaaaaaaaaaaaaaaaaa"),
    "script": (_CDA % (b"", b"<script>alert(1)</script><paragraph onclick='x()'>mot</paragraph>"), "<script>alert"),
    "zip-bomb-in-an-attachment": (
        _NO_XML_BODY % (b"application/gzip", b'compression="GZ"', base64.b64encode(gzip.compress(_BOMB))),
        "\0\0\0\0",
    ),
    "deflate-bomb-as-text": (
        _NO_XML_BODY % (b"text/plain", b'compression="DF"', base64.b64encode(zlib.compress(_BOMB, 9))),
        "\0\0\0\0",
    ),
    "deep": (b"<ClinicalDocument>" + b"<a>" * 50_000 + b"</a>" * 50_000 + b"</ClinicalDocument>", "RecursionError"),
    "attachment-in-broken-base64": (_NO_XML_BODY % (b"text/plain", b"", b"Zm9v*****"), "Traceback"),
}


@pytest.fixture(scope="module")
def fed(victim: Victim, intruder: Intruder, tmp_path_factory: pytest.TempPathFactory) -> tuple[Victim, Entries]:
    """A record of their own for them, and each document in it, accepted: nobody opens it at the door."""
    # Codes serve once: whoever has signed in already stays so.
    own = Victim(intruder, tmp_path_factory.mktemp("hostile"), _sessions=victim._sessions)
    own.authorise(OTHER)
    return own, {name: own.feed(content=content) for name, (content, _) in DOCUMENTS.items()}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_hostile_document_is_shown_without_going_off(fed: tuple[Victim, Entries], name: str) -> None:
    content, never = DOCUMENTS[name]
    victim, entries = fed
    uuid = entries[name].entry_uuid.removeprefix("urn:uuid:")
    client = victim.session(OTHER)
    began = time.monotonic()
    page = client.get(f"/pro/dossier/{victim.record}/document/{uuid}/")
    assert page.status_code == 200
    assert never not in page.text
    assert len(page.content) < 2 * _MIB
    kept = client.get(f"/pro/dossier/{victim.record}/document/{uuid}/fichier/")
    assert kept.content == content
    assert kept.headers["content-disposition"].startswith("attachment")
    assert time.monotonic() - began < 10
