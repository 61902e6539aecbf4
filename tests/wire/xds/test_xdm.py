"""ITI-32: a media that tools nobody here wrote can read, and forged ones that are refused whole."""

from __future__ import annotations

import hashlib
import io
import re
import shutil
import stat
import subprocess
import tracemalloc
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree

from carnet.wire.errors import Malformed
from carnet.wire.xds import xdm
from carnet.wire.xds.model import Association, AssociationType, Code, DocumentEntry, Submission, SubmissionSet
from carnet.wire.xds.xdm_read import Limits, open_media

ABOUT = xdm.About(producer="Carnet", contact="ici", holder="JEAN & FICTIF", made_on="01/02/2026")
BODIES = {"urn:uuid:1": b"<ClinicalDocument/>" * 900, "urn:uuid:2": b"%PDF-1.7 un", "urn:uuid:3": b"trois"}


def entry(identifier: str, mime_type: str) -> DocumentEntry:
    data = BODIES[identifier]
    return DocumentEntry(
        entry_uuid=identifier,
        unique_id=f"2.25.{identifier[-1]}",
        patient_id="1^^^&1.2&ISO",
        mime_type=mime_type,
        title='Compte rendu <"é">',
        creation_time="20260102",
        hash=hashlib.sha1(data, usedforsecurity=False).hexdigest(),
        size=len(data),
        repository_unique_id="1.2.3",
        type_code=Code("11502-2", "2.16.840.1.113883.6.1", "Biologie"),
    )


def submission(number: int, *entries: DocumentEntry) -> Submission:
    own = f"urn:uuid:set{number}"
    return Submission(
        submission_set=SubmissionSet(
            entry_uuid=own, unique_id=f"2.25.9{number}", source_id="1.2", patient_id="1^^^&1.2&ISO"
        ),
        entries=entries,
        associations=tuple(
            Association(
                entry_uuid=f"{own}-{one.entry_uuid}",
                type=AssociationType.HAS_MEMBER,
                source=own,
                target=one.entry_uuid,
                set_status="Original",
            )
            for one in entries
        ),
    )


def media(contents=lambda one: (BODIES[one.entry_uuid],), last=lambda _: ()) -> bytes:
    sent = [
        submission(1, entry("urn:uuid:1", "text/xml"), entry("urn:uuid:2", "application/pdf")),
        submission(2, entry("urn:uuid:3", "text/plain")),
    ]
    return b"".join(xdm.write(sent, contents, ABOUT, last))


def test_others_read_it(tmp_path: Path) -> None:
    path = tmp_path / "copy.zip"
    path.write_bytes(media())
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        assert set(names) == {
            "INDEX.HTM",
            "README.TXT",
            "IHE_XDM/SUBSET01/METADATA.XML",
            "IHE_XDM/SUBSET01/DOC00001.XML",
            "IHE_XDM/SUBSET01/DOC00002.PDF",
            "IHE_XDM/SUBSET02/METADATA.XML",
            "IHE_XDM/SUBSET02/DOC00001.TXT",
        }
        for name in names:
            assert all(re.fullmatch(r"[A-Z0-9_]{1,8}(\.[A-Z0-9]{1,3})?", part) for part in name.split("/")), name
        assert archive.read("IHE_XDM/SUBSET01/DOC00002.PDF") == BODIES["urn:uuid:2"]
        described = etree.fromstring(archive.read("IHE_XDM/SUBSET01/METADATA.XML"))
        page = etree.fromstring(archive.read("INDEX.HTM"), etree.XMLParser(load_dtd=False, no_network=True))
        assert b"XDM/1.0/DDM" in archive.read("README.TXT")
    rim = {"r": "urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0"}
    assert etree.QName(described).localname == "SubmitObjectsRequest"
    slots = {
        (slot.getparent().get("id"), slot.get("name")): slot.findtext(".//r:Value", namespaces=rim)
        for slot in described.iterfind(".//r:ExtrinsicObject/r:Slot", rim)
    }
    assert slots["urn:uuid:2", "URI"] == "DOC00002.PDF"
    assert slots["urn:uuid:2", "size"] == str(len(BODIES["urn:uuid:2"]))
    assert slots["urn:uuid:2", "hash"] == hashlib.sha1(BODIES["urn:uuid:2"], usedforsecurity=False).hexdigest()
    assert ("urn:uuid:2", "repositoryUniqueId") not in slots
    assert len(page.findall(".//{http://www.w3.org/1999/xhtml}a")) == 4
    if program := shutil.which("unzip"):
        tested = subprocess.run([program, "-t", str(path)], capture_output=True, text=True, check=False)
        assert tested.returncode == 0, tested.stdout
        assert "No errors detected" in tested.stdout


def test_what_was_written_is_read_back() -> None:
    read = open_media(io.BytesIO(media()))
    assert list(read.submissions) == ["IHE_XDM/SUBSET01", "IHE_XDM/SUBSET02"]
    assert read.verify() == 3
    first = read.submissions["IHE_XDM/SUBSET01"]
    assert b"".join(read.document("IHE_XDM/SUBSET01", first.entries[0])) == BODIES["urn:uuid:1"]
    assert [one.target for one in first.associations] == ["urn:uuid:1", "urn:uuid:2"]


def test_a_document_that_is_gone_goes_with_what_links_to_it() -> None:
    data = media(lambda one: None if one.entry_uuid == "urn:uuid:1" else (BODIES[one.entry_uuid],))
    first = open_media(io.BytesIO(data)).submissions["IHE_XDM/SUBSET01"]
    assert [one.entry_uuid for one in first.entries] == ["urn:uuid:2"]
    assert [one.target for one in first.associations] == ["urn:uuid:2"]


def test_changed_bytes_leave_an_archive_without_its_end() -> None:
    parts: list[bytes] = []
    sent = [submission(1, entry("urn:uuid:1", "text/xml"))]
    with pytest.raises(xdm.DocumentChangedError):
        parts.extend(xdm.write(sent, lambda _: (b"other",), ABOUT))
    with pytest.raises(Malformed, match="xdm-zip"):
        open_media(io.BytesIO(b"".join(parts)))


def test_memory_does_not_grow_with_the_documents() -> None:
    size, chunk = 60 * 1024 * 1024, bytes(1024 * 1024)
    digest = hashlib.sha1(usedforsecurity=False)
    for _ in range(60):
        digest.update(chunk)
    large = DocumentEntry(
        entry_uuid="a", unique_id="1", patient_id="p", mime_type="text/plain", hash=digest.hexdigest(), size=size
    )

    def chunks(_: DocumentEntry) -> Iterator[bytes]:
        return (chunk for _ in range(60))

    tracemalloc.start()
    written = sum(map(len, xdm.write([submission(1, large)], chunks, ABOUT)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert written > 0
    assert peak < 8 * 1024 * 1024


def forged(change) -> io.BytesIO:
    """The media again, each member as `change` leaves it: (name, bytes) → list of (ZipInfo or name, bytes)."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(media())) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            for member, data in change(name, source.read(name)):
                target.writestr(member, data)
    out.seek(0)
    return out


def also(name: str | zipfile.ZipInfo, data: bytes = b"x"):
    return lambda own, kept: [(own, kept), (name, data)] if own == "INDEX.HTM" else [(own, kept)]


def link() -> zipfile.ZipInfo:
    info = zipfile.ZipInfo("LINK")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


def metadata(old: bytes, new: bytes):
    return lambda own, kept: [(own, kept.replace(old, new) if own.endswith("SUBSET01/METADATA.XML") else kept)]


@pytest.mark.parametrize(
    ("rule", "change"),
    [
        ("xdm-name", also("../evil.txt")),
        ("xdm-name", also("/etc/evil")),
        ("xdm-name", also("IHE_XDM/SUBSET01/../../x")),
        ("xdm-name", also("A\\..\\B")),
        ("xdm-name", also("C:EVIL")),
        ("xdm-repeated", also("index.htm")),
        ("xdm-kind", also(link(), b"/etc/passwd")),
        ("xdm-size", also("BOMB.TXT", bytes(20_000_000))),
        ("xdm-uri", metadata(b"DOC00001.XML", b"../SUBSET02/DOC00001.TXT")),
        ("xdm-uri", metadata(b"DOC00001.XML", b"DOC00009.XML")),
        ("xdm-uri", metadata(b"DOC00001.XML", b"DOC00002.PDF")),
        ("xml-dtd", metadata(b"?>\n", b'?>\n<!DOCTYPE x [<!ENTITY a "b">]>')),
        ("xdm-metadata", lambda own, kept: [] if own.endswith("METADATA.XML") else [(own, kept)]),
    ],
)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_forged_archives_are_refused(rule: str, change) -> None:
    with pytest.raises(Malformed) as refused:
        open_media(forged(change))
    assert refused.value.rule == rule


def test_a_changed_document_is_refused() -> None:
    data = forged(lambda own, kept: [(own, kept.replace(b"trois", b"trops"))])
    with pytest.raises(Malformed, match="xdm-hash"):
        open_media(data).verify()


def test_an_announced_size_that_is_exceeded_is_refused() -> None:
    with pytest.raises(Malformed, match="xdm-size"):
        open_media(io.BytesIO(media()), Limits(total=1000))
    with pytest.raises(Malformed, match="xdm-size"):
        open_media(io.BytesIO(media()), Limits(members=3))


def test_any_changed_byte_is_refused_or_changes_nothing() -> None:
    """A byte that nobody reads (a date in a header) may change; what is read may not."""
    data = media()
    whole = open_media(io.BytesIO(data)).submissions
    for place in range(0, len(data), 7):
        changed = bytearray(data)
        changed[place] ^= 0xFF
        try:
            read = open_media(io.BytesIO(bytes(changed)))
            read.verify()
        except Malformed:
            continue
        assert read.submissions == whole, place
