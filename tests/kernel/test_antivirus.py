"""What comes in is shown to the antivirus: the same tests against ClamAV's daemon and against a small one."""

from __future__ import annotations

import base64
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from carnet.kernel import antivirus, blobs
from carnet.wire.cda.embedded import Embedded
from tests import clamd

LARGE = b"0123456789abcdef" * 8192


@pytest.fixture(scope="module", params=["small", "real"])
def daemon(request: pytest.FixtureRequest) -> Iterator[Path]:
    """The socket of an antivirus."""
    if request.param == "real" and not Path(clamd.PROGRAM).exists():
        pytest.skip("no clamd on this machine (apt install clamav-daemon): the small one stands for it")
    with getattr(clamd, request.param)() as place:
        yield place


@pytest.fixture
def shown(daemon: Path, settings: Any, tmp_path: Path) -> None:
    """The antivirus is set."""
    settings.CARNET_ANTIVIRUS = antivirus.parse(f"unix:{daemon}")
    settings.CARNET_BLOBS = tmp_path


def cda(*files: bytes, tag: str = 'text mediaType="application/pdf" representation="B64"') -> bytes:
    """A CDA that holds files in base64, in lines as many write them."""
    held = b"".join(b"<%s>%s</text>" % (tag.encode(), base64.encodebytes(file)) for file in files)
    return b'<?xml version="1.0"?><ClinicalDocument>' + held + b"</ClinicalDocument>"


@pytest.mark.usefixtures("shown")
@pytest.mark.parametrize(
    ("data", "threat"),
    [
        (b"", ""),
        (b"rien", ""),
        (clamd.HARM, clamd.NAME),
        (LARGE, ""),
        (LARGE + clamd.HARM + LARGE, clamd.NAME),
        (cda(b"%PDF-1.4 sain"), ""),
        (cda(b"%PDF-1.4 sain", b"%PDF-1.4 " + clamd.HARM), clamd.NAME),
        (cda(LARGE + clamd.HARM), clamd.NAME),
        (cda(b"sain").replace(b"<Clin", b'<a representation="B64">Q<Clin') + b"</a>", antivirus.TANGLED),
    ],
    ids=[
        "empty",
        "clean",
        "harmful",
        "large",
        "large and harmful",
        "inside",
        "second inside",
        "large inside",
        "file in a file",
    ],
)
def test_what_is_recognised_is_named(data: bytes, threat: str) -> None:
    pieces = [data[start : start + 1000] for start in range(0, len(data), 1000)]
    for received in (blobs.from_bytes(data), blobs.receive(pieces)):
        assert received.verdict == antivirus.Verdict(threat=threat)


@pytest.mark.usefixtures("shown")
def test_what_is_not_to_be_shown_is_not() -> None:
    assert blobs.from_bytes(clamd.HARM, shown=False).verdict == antivirus.HARMLESS
    assert antivirus.verdict_on((clamd.HARM,)).threat


@pytest.mark.usefixtures("shown")
def test_what_is_too_large_for_it_was_not_looked_at() -> None:
    assert not blobs.from_bytes(b"x" * (clamd.MOST + 1)).verdict.asked
    assert blobs.from_bytes(b"y").verdict.asked, "one that was given up does not stop the next"


@pytest.mark.usefixtures("shown")
def test_many_files_inside_are_few_questions(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(antivirus, "_Stream", lambda place, real=antivirus._Stream: asked.append(place) or real(place))
    assert antivirus.verdict_on((cda(*[b"sain"] * 300, clamd.HARM),)).threat == clamd.NAME
    assert len(asked) == antivirus._MOST_FILES + 1


def test_it_answers_or_not(daemon: Path, settings: Any, tmp_path: Path) -> None:
    settings.CARNET_ANTIVIRUS = antivirus.parse(f"unix:{daemon}")
    assert antivirus.answers()
    settings.CARNET_ANTIVIRUS = antivirus.parse(f"unix:{tmp_path}/nobody.sock")
    assert not antivirus.answers()
    assert antivirus.verdict_on((b"x",)) == antivirus.Verdict(asked=False)


def test_without_one_nothing_is_asked(settings: Any) -> None:
    settings.CARNET_ANTIVIRUS = None
    assert antivirus.verdict_on((clamd.HARM,)) == antivirus.HARMLESS


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("", None),
        ("unix:/run/clamav/clamd.ctl", antivirus.Place(path="/run/clamav/clamd.ctl")),
        ("unix:///run/clamd", antivirus.Place(path="/run/clamd")),
        ("tcp://127.0.0.1:3310", antivirus.Place(host="127.0.0.1", port=3310)),
    ],
)
def test_addresses(url: str, place: antivirus.Place | None) -> None:
    assert antivirus.parse(url) == place


@pytest.mark.parametrize(
    "url", ["clamd", "unix:relative", "unix://host/path", "tcp://host", "tcp://h:1/x", "tcp://h:x"]
)
def test_what_is_no_address(url: str) -> None:
    with pytest.raises(ValueError, match="unix:/run/clamav"):
        antivirus.parse(url)


def taken_out(document: bytes, size: int = 1000) -> dict[int, bytes]:
    """The files of a document that comes in pieces of a size."""
    found: dict[int, bytes] = {}
    reader = Embedded()
    for start in range(0, len(document), size):
        for number, data in reader.feed(document[start : start + size]):
            found[number] = found.get(number, b"") + data
    return found


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1"])
@pytest.mark.parametrize("size", [1, 3, 7, 64, 100_000])
def test_files_are_taken_out_whatever_the_pieces(size: int, encoding: str) -> None:
    files = [b"un", bytes(range(256)) * 40, b"trois"]
    # The two halves of this letter are < and A.
    title = "é" if encoding == "iso-8859-1" else "é\u3c41"
    declared = '<?xml version="1.0" encoding="iso-8859-1"?>' if encoding == "iso-8859-1" else '<?xml version="1.0"?>'
    text = cda(*files).decode().replace('<?xml version="1.0"?>', declared).replace("<text", f'<text title="{title}"')
    assert taken_out(text.encode(encoding), size) == dict(enumerate(files, 1))


@pytest.mark.parametrize(
    "text",
    [
        "QUJ*D=REVG",
        "QUJDR\nEVG==",
        "QUJDREVGA",
        "<![CDATA[QUJD]]>REVG",
        "QUJD<!-- QQ== -->REVG",
        "QUJD<?x QQ==?>REVG",
        "QUJD&#82;&#x45;VG",
        "QUJD<paragraph>REVG</paragraph>",
    ],
)
def test_nothing_hides_a_file(text: str) -> None:
    for attribute in (
        'representation="B64"',
        "REPRESENTATION = 'b64'",
        'representation="&#66;64"',
        'x:representation="B64"',
    ):
        document = f'<a xmlns:x="x"><b {attribute}>{text}</b><c>QUJD</c></a>'
        assert taken_out(document.encode(), 5) == {1: b"ABCDEF"}


def test_nothing_is_taken_out_of_what_is_no_document() -> None:
    inside = '<text representation="B64">QUJD</text>'
    laughs = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 20))
    for text in (
        f"%PDF-1.4 {inside}",
        f"<a><b></a>{inside}",
        f'<!DOCTYPE a [<!ENTITY e0 "QUJD">{laughs}]><a b="&e19;">{inside}</a>',
        f'\ufeff<?xml version="1.0" encoding="latin-1"?><a>{inside}\ud800</a>',
    ):
        assert taken_out(text.encode("utf-8", "surrogatepass")) in ({}, {1: b"ABC"})


def test_memory_stays_bounded() -> None:
    letters = b"QUJD" * 2**20
    tracemalloc.start()
    reader = Embedded()
    assert not list(reader.feed(b"<a>" + b"x" * 100_000))
    assert not list(reader.feed(b'<b representation="B64">'))
    found = 0
    for _ in range(8):
        found += sum(len(data) for _, data in reader.feed(letters))
        held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert found == 8 * 3 * 2**20
    assert held < 6 * 2**20
