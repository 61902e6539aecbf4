"""ITI-68: the document's own bytes, whatever they are, or a Binary for who asks for FHIR."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from fhir_requests import entry, post, request, rules, submission

CONTENTS = {
    "text/xml": b"<?xml version='1.0'?>\r\n<a>\xc3\xa9</a>",
    "application/pdf": b"%PDF-1.4\n" + secrets.token_bytes(1001),
    "application/dicom": b"\x00" * 128 + b"DICM" + secrets.token_bytes(300_000),
    "text/plain": b"x",
}


@pytest.fixture(scope="module")
def stored(doctor: httpx.Client, fed_patient: str) -> dict[str, str]:
    """Addresses of one document of each type."""
    addresses = {}
    for mime, content in CONTENTS.items():
        sent = entry(fed_patient, content, mime_type=mime)
        answer = post(doctor, request(submission(sent), content))
        assert answer.status_code == 200, answer.text
        addresses[mime] = "/" + answer.json()["entry"][2]["response"]["location"]
    return addresses


@pytest.mark.parametrize("mime", CONTENTS)
@pytest.mark.parametrize("accept", ["*/*", "own", None])
def test_the_bytes_are_the_document(
    mime: str, accept: str | None, stored: dict[str, str], doctor: httpx.Client
) -> None:
    headers = {} if accept is None else {"Accept": mime if accept == "own" else accept}
    answer = doctor.get(stored[mime], headers=headers)
    assert answer.content == CONTENTS[mime]
    assert answer.headers["content-type"].split(";")[0] == mime
    assert int(answer.headers["content-length"]) == len(CONTENTS[mime])
    assert answer.headers["etag"] == f'"{hashlib.sha1(CONTENTS[mime]).hexdigest()}"'  # noqa: S324 — the hash of XDS
    assert "sandbox" in answer.headers["content-security-policy"]


@pytest.mark.parametrize("mime", CONTENTS)
def test_a_binary_for_who_asks_for_fhir(mime: str, stored: dict[str, str], doctor: httpx.Client) -> None:
    answer = doctor.get(stored[mime], headers={"Accept": "application/fhir+json"})
    body = answer.json()
    assert body["resourceType"] == "Binary"
    assert body["contentType"] == mime
    assert base64.b64decode(body["data"], validate=True) == CONTENTS[mime]
    assert int(answer.headers["content-length"]) == len(answer.content)


def test_another_type_is_not_acceptable(stored: dict[str, str], doctor: httpx.Client) -> None:
    answer = doctor.get(stored["text/xml"], headers={"Accept": "application/pdf"})
    assert answer.status_code == 406


@pytest.mark.parametrize("name", ["6f1c1f1e-0000-4000-8000-000000000001", "nothing", "%00"])
def test_an_unknown_document(name: str, doctor: httpx.Client) -> None:
    answer = doctor.get(f"/Binary/{name}")
    assert answer.status_code == 404
    assert rules(answer) == {"document-unknown"}


def test_a_document_needs_a_certificate(stored: dict[str, str], callers: Callable[..., httpx.Client]) -> None:
    answer = callers(None).get(stored["text/xml"])
    assert answer.status_code == 401
    assert rules(answer) == {"certificate-missing"}


def test_another_domain_does_not_know_it(
    stored: dict[str, str], callers: Callable[..., httpx.Client], physicians: list[dict[str, Any]]
) -> None:
    assert callers(physicians[0], "fr").get(stored["text/xml"]).status_code in (403, 404)
