"""CDA documents that are broken or mean harm: each has its answer, and none reaches the page that shows it."""

from __future__ import annotations

import base64
import re
import time
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from carnet.wire.cda.header import read_header
from carnet.wire.cda.metadata import patient_cx, to_entry, utc
from carnet.wire.cda.narrative import MAX_ELEMENTS
from carnet.wire.cda.render import render_html
from carnet.wire.errors import Malformed
from carnet.wire.xds.model import Code

PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(16)).decode()


def document(narrative: str = "", *, header: str = '<id root="1.2.3"/>', entries: str = "", body: str = "") -> bytes:
    inside = body or (
        "<structuredBody><component><section><title>T</title>"
        f"<text>{narrative}</text>{entries}</section></component></structuredBody>"
    )
    return (
        f'<ClinicalDocument xmlns="urn:hl7-org:v3">{header}<component>{inside}</component></ClinicalDocument>'.encode()
    )


def html(narrative: str, entries: str = "") -> str:
    return render_html(document(narrative, entries=entries), attachment_url=lambda number: f"/piece/{number}").html


class Elements(HTMLParser):
    def __init__(self, fragment: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(fragment)

    def handle_starttag(self, tag, attrs) -> None:
        self.tags.append(tag)
        self.attributes.extend(attrs)


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"", "xml-empty"),
        (b"%PDF-1.7", "xml-syntax"),
        (b"<ClinicalDocument/>", "cda-root"),
        (b'<Bundle xmlns="http://hl7.org/fhir"/>', "cda-root"),
        (b'<ClinicalDocument xmlns="urn:hl7-org:v3"/>', "cda-id"),
        (b'<ClinicalDocument xmlns="urn:hl7-org:v3"><id nullFlavor="UNK"/></ClinicalDocument>', "cda-id"),
        (b'<ClinicalDocument xmlns="urn:hl7-org:v3"><id root="1.2"/>', "xml-syntax"),
        (b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + document("&e;"), "xml-dtd"),
        (b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>' + document("&b;"), "xml-dtd"),
        (document("&undefined;"), "xml-syntax"),
        (document("é").decode().encode("latin-1"), "xml-syntax"),
        (b'<?xml version="1.0" encoding="UTF-7"?>' + document(), "xml-encoding"),
        (document("<content>" * 120 + "</content>" * 120), "xml-depth"),
        (document("a\x00b"), "xml-syntax"),
        (
            b'<xsl:stylesheet xmlns:xsl="http://www.w3.org/1999/XSL/Transform"><x/></xsl:stylesheet>',
            "cda-root",
        ),
        (
            b'<xsl:stylesheet xmlns:xsl="http://www.w3.org/1999/XSL/Transform">'
            + document()
            + document()
            + b"</xsl:stylesheet>",
            "cda-several",
        ),
    ],
)
def test_what_is_not_a_cda_document_is_refused_by_name(data: bytes, rule: str) -> None:
    for read in (read_header, render_html):
        with pytest.raises(Malformed) as refused:
            read(data)
        assert refused.value.rule == rule
        assert refused.value.text


def test_latin_1_and_utf_16_are_read_as_declared() -> None:
    text = '<?xml version="1.0" encoding="{}"?>' + document("<paragraph>été</paragraph>").decode()
    for encoding in ("ISO-8859-1", "UTF-16"):
        assert "<p>été</p>" in render_html(text.format(encoding).encode(encoding)).html


def test_a_stylesheet_around_the_document_is_not_run() -> None:
    wrapped = (
        b'<?xml-stylesheet type="text/xsl" href="#"?>'
        b'<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">'
        b'<xsl:template match="/"><script>alert(1)</script></xsl:template>'
        + document("<paragraph>visible</paragraph>")
        + b"</xsl:stylesheet>"
    )
    assert read_header(wrapped).self_presenting
    shown = render_html(wrapped).html
    assert "visible" in shown
    assert "alert" not in shown


@pytest.mark.parametrize(
    "narrative",
    [
        "<script>alert(1)</script>",
        '<script xmlns="http://www.w3.org/1999/xhtml" src="//evil.example/x.js"/>',
        '<iframe src="javascript:alert(1)"/>',
        '<img src="x" onerror="alert(1)"/>',
        '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><a href="javascript:alert(1)">x</a></svg>',
        "<style>@import url(//evil.example/x.css)</style>",
        '<paragraph style="background:url(//evil.example)" onclick="alert(1)">x</paragraph>',
        '<linkHtml href="javascript:alert(1)">x</linkHtml>',
        '<linkHtml href=" &#9;jAvAsCrIpT:alert(1)">x</linkHtml>',
        '<linkHtml href="data:text/html;base64,PHNjcmlwdD4=">x</linkHtml>',
        '<linkHtml href="//evil.example/">x</linkHtml>',
        '<linkHtml href="https://evil.example/&quot;onclick=&quot;alert(1)">x</linkHtml>',
        '<linkHtml href="#x&quot; onclick=&quot;z">x</linkHtml><content ID="x&quot; onclick=&quot;z">y</content>',
        '<content styleCode="Bold&quot; onclick=&quot;alert(1)">x</content>',
        '<table ID="&quot;&gt;&lt;script&gt;"><tr/></table><linkHtml href="#&quot;&gt;&lt;script&gt;">y</linkHtml>',
        '<table><caption>&lt;/caption&gt;&lt;script&gt;</caption><tr><td colspan="1 onclick=x">x</td></tr></table>',
        '<table><tr><td align="&quot;&gt;&lt;script&gt;">x</td></tr></table>',
        '<list listType="&lt;script&gt;"><item>&lt;script&gt;alert(1)&lt;/script&gt;</item></list>',
        "<![CDATA[<script>alert(1)</script>]]>",
        '<renderMultiMedia referencedObject="m"><caption>" onerror="alert(1)</caption></renderMultiMedia>',
        '<footnoteRef IDREF="&quot;&gt;&lt;script&gt;"/><footnote ID="&quot;&gt;&lt;script&gt;">x</footnote>',
        '<form action="//evil.example"><input name="p"/></form><base href="//evil.example"/>',
        '<object data="//evil.example"/><embed src="//evil.example"/>',
    ],
)
def test_nothing_of_the_narrative_becomes_markup(narrative: str) -> None:
    entries = (
        '<entry><observationMedia ID="m"><value mediaType="image/png" representation="B64">'
        f"{PNG}</value></observationMedia></entry>"
    )
    found = Elements(html(narrative, entries))
    assert not {"script", "style", "iframe", "svg", "form", "input", "object", "base", "link", "meta"} & set(found.tags)
    assert not [name for name, _ in found.attributes if name.startswith("on") or name in ("style", "srcset", "action")]
    addresses = [value for name, value in found.attributes if name in ("href", "src")]
    assert all(one.startswith(("#cda-", "data:image/png;base64,", "/piece/")) for one in addresses)


def test_header_text_is_escaped() -> None:
    header = (
        '<id root="1.2.3"/><title>&lt;script&gt;alert(1)&lt;/script&gt;</title>'
        '<languageCode code="fr&quot; onclick=&quot;x"/><recordTarget><patientRole><id root="1.2.250.1.213.1.4.10" '
        'extension="&quot;&gt;&lt;b&gt;"/><patient><name><family qualifier="BR">&lt;img src=x&gt;</family></name>'
        '<administrativeGenderCode code="&lt;i&gt;"/><birthTime value="&lt;u&gt;"/></patient></patientRole>'
        "</recordTarget>"
    )
    found = Elements(render_html(document(header=header)).html)
    assert not {"script", "img", "b", "i", "u"} & set(found.tags)
    assert dict(found.attributes)["lang"] == "fr"
    assert not [name for name, _ in found.attributes if name.startswith("on")]


def test_an_internal_link_leads_to_its_place_and_no_other() -> None:
    shown = html(
        '<paragraph ID="a b">cible</paragraph><linkHtml href="#a b">voir</linkHtml><linkHtml href="#no">non</linkHtml>'
    )
    assert '<p id="cda-a_20b">cible</p>' in shown
    assert '<a href="#cda-a_20b">voir</a>' in shown
    assert ">non<" in shown
    assert "#cda-no" not in shown


def test_an_id_given_twice_makes_one_anchor() -> None:
    shown = html('<content ID="a">1</content><content ID="a">2</content><linkHtml href="#a">voir</linkHtml>')
    assert shown.count('id="cda-a"') == 1


def test_a_link_outside_is_told_in_words() -> None:
    assert "(adresse : https://exemple.test/page)" in html('<linkHtml href="https://exemple.test/page">voir</linkHtml>')
    assert "<a " not in html('<linkHtml href="https://exemple.test/page">voir</linkHtml>')


@pytest.mark.parametrize(
    ("declared", "data", "served"),
    [
        ("text/html", b"<script>alert(1)</script>", "application/octet-stream"),
        ("image/svg+xml", b"<svg onload='alert(1)'/>", "application/octet-stream"),
        ("image/png", b"<html>", "application/octet-stream"),
        ("text/plain; charset=x", b"bonjour", "text/plain"),
        ("application/pdf", b"%PDF-1.4", "application/pdf"),
        ("text/html", b"%PDF-1.4", "application/pdf"),
        ("application/rtf", b"{\\rtf1 x}", "text/rtf"),
        ("image/tiff", b"II*\x00", "image/tiff"),
    ],
)
def test_a_body_is_served_under_a_type_its_bytes_confirm(declared: str, data: bytes, served: str) -> None:
    text = base64.b64encode(data).decode()
    body = f'<nonXMLBody><text mediaType="{declared}" representation="B64">{text}</text></nonXMLBody>'
    rendered = render_html(document(body=body))
    assert rendered.attachment.media_type == served
    assert rendered.attachment.data == data
    assert "<script>" not in rendered.html


@pytest.mark.parametrize(
    "text",
    [
        '<text mediaType="application/pdf" representation="B64">not base64 !</text>',
        '<text mediaType="application/pdf" representation="B64"/>',
        '<text mediaType="application/pdf" representation="B64" compression="DF">eJwDAAAAAAE=</text>',
        '<text mediaType="application/pdf"><reference value="http://evil.example/x.pdf"/></text>',
        "",
    ],
)
def test_a_body_that_cannot_be_opened_is_said_so(text: str) -> None:
    rendered = render_html(document(body=f"<nonXMLBody>{text}</nonXMLBody>"))
    assert rendered.attachment is None
    assert "absent ou illisible" in rendered.html
    assert "evil" not in rendered.html


def test_text_bodies_are_shown_in_place() -> None:
    body = '<nonXMLBody><text mediaType="text/plain">1 &lt; 2\nfin</text></nonXMLBody>'
    assert '<pre class="cda-text" tabindex="0">1 &lt; 2\nfin</pre>' in render_html(document(body=body)).html


def test_parts_in_wrong_places_lose_no_word() -> None:
    shown = html(
        "début<table><tr>un<td>deux</td>trois<paragraph>quatre</paragraph></tr>cinq<thead>six</thead><unknown>sept</unknown>"
        "</table><list>huit<paragraph>neuf</paragraph><item>dix</item>onze</list><item>douze</item><caption>treize</caption>"
        "<content><paragraph>quatorze</paragraph></content><mystery> quinze <content>seize</content></mystery> fin"
    )
    words = ("début", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze", "douze")
    words += ("treize", "quatorze", "quinze", "seize", "fin")
    shown_words = set(re.sub("<[^>]*>", " ", shown).split())
    assert [word for word in words if word not in shown_words] == []


def test_headers_of_tables_have_a_scope() -> None:
    shown = html(
        "<table><caption>Doses</caption><thead><tr><th>Jour</th><th/></tr></thead>"
        '<tbody><tr><th>Lundi</th><td colspan="3" rowspan="99999">1</td></tr></tbody></table>'
    )
    assert '<th scope="col">Jour</th><td></td>' in shown
    assert '<th scope="row">Lundi</th><td colspan="3" rowspan="200">1</td>' in shown
    assert "<caption>Doses</caption>" in shown


def test_a_huge_table_is_cut_and_says_so() -> None:
    rows = "<tr><td>x</td><td>y</td></tr>" * (MAX_ELEMENTS // 2)
    start = time.perf_counter()
    rendered = render_html(document(f"<table><tbody>{rows}</tbody></table>"))
    assert time.perf_counter() - start < 5
    assert rendered.truncated
    assert "trop long pour être affiché en entier" in rendered.html
    assert rendered.html.count("<td>") <= MAX_ELEMENTS


def test_too_many_paragraphs_are_cut_and_say_so() -> None:
    rendered = render_html(document("<paragraph>x</paragraph>" * (MAX_ELEMENTS + 5)))
    assert rendered.truncated
    assert rendered.html.count("<p>x</p>") == MAX_ELEMENTS


def test_nested_lists_keep_their_depth() -> None:
    shown = html("<list><item>1" * 20 + "</item></list>" * 20)
    assert shown.count("<ul>") == shown.count("</ul>") == 20


def test_many_references_to_one_image_do_not_multiply_without_end() -> None:
    big = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(3_000_000)).decode()
    entries = f'<entry><observationMedia ID="m"><value representation="B64">{big}</value></observationMedia></entry>'
    rendered = render_html(document('<renderMultiMedia referencedObject="m"/>' * 50, entries=entries))
    assert len(rendered.html) < 20_000_000
    assert rendered.html.count("<img") == 4


@pytest.mark.parametrize(
    ("time_written", "expected"),
    [
        ("", ""),
        ("2026", "2026"),
        ("202603", "202603"),
        ("20260302", "20260302"),
        ("20260302101500+0100", "20260302091500"),
        ("20260302101500.1234+0100", "20260302091500"),
        ("202603020030+0100", "202603012330"),
        ("2026030200-0430", "2026030204"),
        ("20260302101500", "20260302091500"),
        ("20260702101500", "20260702081500"),
        ("20240229000000+0000", "20240229000000"),
    ],
)
def test_times_become_utc_of_the_same_precision(time_written: str, expected: str) -> None:
    assert utc(time_written, field="x") == expected


@pytest.mark.parametrize(
    "wrong", ["20260230", "2026-03-02", "202603021", "hier", "20261301", "20260302256000+0100", "0000"]
)
def test_a_date_that_does_not_exist_is_refused_by_name(wrong: str) -> None:
    with pytest.raises(Malformed) as refused:
        utc(wrong, field="ClinicalDocument/effectiveTime")
    assert (refused.value.rule, refused.value.field) == ("cda-time", "ClinicalDocument/effectiveTime")


def test_a_document_about_nobody_has_no_metadata() -> None:
    with pytest.raises(Malformed, match="cda-patient"):
        patient_cx(read_header(document()))


def test_without_an_ins_the_first_identifier_is_the_patient_s() -> None:
    role = '<patientRole><id root="1.2.3" extension="a"/><id root="1.2.4" extension="b"/></patientRole>'
    header = f'<id root="1.2.3"/><recordTarget>{role}</recordTarget>'
    assert patient_cx(read_header(document(header=header))) == "a^^^&1.2.3&ISO"


def test_delimiters_in_names_cannot_forge_components() -> None:
    header = (
        '<id root="1.2.3"/><recordTarget><patientRole><id root="1.2.250.1.213.1.4.10" '
        'extension="1^^^&amp;9.9&amp;ISO"/>'
        "</patientRole></recordTarget><author><assignedAuthor>"
        '<id root="1.2.250.1.71.4.2.1" extension="8"/><assignedPerson><name><family>A^B~C|D\\E</family>'
        "<given>F&amp;G</given></name></assignedPerson></assignedAuthor></author>"
    )
    entry = to_entry(
        read_header(document(header=header)),
        size=1,
        sha1="0",
        class_of=lambda code: None,
        format_of=lambda root, media: None,
    )
    assert entry.patient_id == "1\\S\\\\S\\\\S\\\\T\\9.9\\T\\ISO^^^&1.2.250.1.213.1.4.10&ISO^NH"
    person = "8^A\\S\\B\\R\\C\\F\\D\\E\\E^F\\T\\G^^^^^^&1.2.250.1.71.4.2.1&ISO^D^^^IDNPS"
    assert entry.authors[0].person == person
    assert entry.format_code == Code(
        "urn:asipSante:modelesHorsProfils:2011", "1.2.250.1.213.1.1.4.2.282", entry.format_code.display
    )


def test_absent_parts_are_empty_values() -> None:
    header = read_header(document())
    assert (header.patient, header.authors, header.code, header.facility, header.main_event) == (
        None,
        (),
        None,
        None,
        None,
    )
    assert "<article" in render_html(document()).html


BLOCKS = ["text", "table", "thead", "tbody", "tfoot", "tr", "td", "th", "list", "item", "paragraph", "caption"]
INLINE = ["content", "linkHtml", "sub", "sup", "br", "renderMultiMedia", "footnote", "footnoteRef", "script", "foo"]
NAMES = st.sampled_from(BLOCKS + INLINE)
TREES = st.recursive(
    st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=5),
    lambda children: st.tuples(
        NAMES,
        st.dictionaries(
            st.sampled_from(["ID", "href", "IDREF", "styleCode", "colspan", "align", "referencedObject"]),
            st.sampled_from(["a", "#a", '"><script>', "javascript:x", "Bold", "3"]),
            max_size=3,
        ),
        st.lists(children, max_size=4),
    ),
    max_leaves=25,
)


def grow(tree, parent: etree._Element) -> None:
    if isinstance(tree, str):
        clean = "".join(character for character in tree if character not in "\ufffe\uffff")
        if len(parent):
            parent[-1].tail = (parent[-1].tail or "") + clean
        else:
            parent.text = (parent.text or "") + clean
        return
    name, attributes, children = tree
    element = etree.SubElement(parent, f"{{urn:hl7-org:v3}}{name}", attributes)
    for child in children:
        grow(child, element)


@settings(max_examples=200, deadline=None)
@given(TREES)
def test_any_narrative_gives_balanced_and_harmless_html(tree) -> None:
    root = etree.fromstring(document())
    grow(tree, root.find(".//{urn:hl7-org:v3}text"))
    shown = render_html(etree.tostring(root)).html
    found = Elements(shown)
    assert "script" not in found.tags
    for tag in set(found.tags) - {"br", "img"}:
        assert found.tags.count(tag) == shown.count(f"</{tag}>")
    ids = [value for name, value in found.attributes if name == "id"]
    assert len(ids) == len(set(ids))
