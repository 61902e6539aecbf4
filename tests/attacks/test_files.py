"""Documents that are weapons: pages, drawings and headers under the name of a report."""

from __future__ import annotations

import pytest

from carnet.client.errors import Refused
from tests.attacks.intruder import Intruder
from tests.attacks.victim import AUTHOR, Victim

_SCRIPT = b"<script>document.title='pris'</script>"
_WEAPONS = {
    "text/html": b"<html>" + _SCRIPT + b"</html>",
    "image/svg+xml": b'<svg xmlns="http://www.w3.org/2000/svg">' + _SCRIPT + b"</svg>",
    "application/xhtml+xml": b'<html xmlns="http://www.w3.org/1999/xhtml">' + _SCRIPT + b"</html>",
    "text/xml": b'<?xml-stylesheet href="javascript:1" type="text/xsl"?><html xmlns="http://www.w3.org/1999/xhtml"/>',
    "application/pdf": b"<html>" + _SCRIPT + b"</html>",
    "image/png": b"<html>" + _SCRIPT + b"</html>",
}
_HARMLESS = {"application/octet-stream", "application/pdf", "image/png"}


@pytest.mark.parametrize("mime_type", _WEAPONS)
def test_no_document_runs_in_our_origin(intruder: Intruder, victim: Victim, mime_type: str) -> None:
    weapon = victim.feed(content=_WEAPONS[mime_type], mime_type=mime_type, title='"><script>alert(1)</script>')
    uuid = weapon.entry_uuid.removeprefix("urn:uuid:")
    client = victim.session(AUTHOR)
    place = f"/pro/dossier/{victim.record}/document/{uuid}/"
    page = client.get(place)
    assert page.status_code == 200
    assert "<script>" not in page.text.replace("<script src=", "")
    assert "'unsafe" not in page.headers["content-security-policy"]
    for ending in ("contenu/", "fichier/", "contenu/?piece=0", "contenu/?piece=" + "1" * 5000):
        answer = client.get(place + ending)
        if answer.status_code != 200:
            assert answer.status_code == 404, ending
            continue
        assert answer.headers["content-type"] in _HARMLESS
        assert answer.headers["content-security-policy"].startswith("sandbox;")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert ending.startswith("contenu/") or answer.headers["content-disposition"].startswith("attachment;")
    with intruder.machines(AUTHOR) as machine:
        binary = machine.get(f"/fhir/Binary/{uuid}")
    assert binary.headers["content-disposition"] == "attachment"
    assert binary.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in binary.headers["content-security-policy"]


@pytest.mark.parametrize(
    "mime_type",
    ["text/html\r\nSet-Cookie: a=b", "text/html; charset=x", "text/\u212ahtml", "text/pla\u0131n", "text", "a/b\n"],
    ids=["new-line", "parameter", "kelvin", "dotless", "half", "end-of-line"],
)
def test_a_media_type_that_is_more_than_one_is_refused(victim: Victim, mime_type: str) -> None:
    with pytest.raises(Refused) as refused:
        victim.feed(content=b"x", mime_type=mime_type)
    assert "mime" in str(refused.value)
    assert refused.value.status < 500


def test_a_title_stays_out_of_headers_and_of_file_names(victim: Victim) -> None:
    entry = victim.feed(title='a\u2028b"; filename="../../etc/passwd')
    uuid = entry.entry_uuid.removeprefix("urn:uuid:")
    answer = victim.session(AUTHOR).get(f"/pro/dossier/{victim.record}/document/{uuid}/fichier/")
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''document-20260102.xml"


@pytest.mark.parametrize("name", ["..%2f..%2fetc%2fpasswd", "%2e%2e/%2e%2e/secrets", "%00", "....//secrets"])
def test_no_name_leads_out_of_the_store(intruder: Intruder, victim: Victim, name: str) -> None:
    with intruder.machines(AUTHOR) as machine:
        for address in (f"/fhir/Binary/{name}", f"/actifs/0000/{name}", f"/fhir/DocumentReference/{name}"):
            assert machine.get(address).status_code == 404
    client = victim.session(AUTHOR)
    assert client.get(f"/pro/dossier/{victim.record}/document/{name}/fichier/").status_code == 404
