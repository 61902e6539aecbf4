"""The narrative block of a CDA section as HTML (CDA R2 §4.3.5), safe by construction.

Every tag and attribute that leaves here is written in this file; what the document says enters only as
escaped text, as a checked number, or as an anchor name made of safe characters. There is no `style`,
no script, no address that a browser would follow outside the page: an external link becomes its text
and its address in words. An unknown element gives its text, so that no clinical word is lost.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape

from lxml import etree

from carnet.wire.cda.media import Attachment, Media
from carnet.wire.cda.opening import V3

MAX_ELEMENTS = 100_000
MAX_SPAN = 200

_BLOCKS = frozenset(V3 + name for name in ("table", "list", "paragraph", "caption"))
_ANCHOR = re.compile(r"[^A-Za-z0-9_.-]")
_STYLES = {
    "bold": ("strong",),
    "bolditalics": ("strong", "em"),
    "emphasis": ("em",),
    "italics": ("em",),
}
_ALIGNS = {"center": " cda-center", "right": " cda-right", "justify": ""}
_DROPPED = frozenset({"script", "style", "col", "colgroup"})


class Narrative:
    """Writes the narrative blocks of one document; keeps anchors unique and counts what it writes.

    `truncated` turns true when the document has more than `MAX_ELEMENTS` narrative elements.
    """

    def __init__(self, root: etree._Element, media: Media, file_link: Callable[[Attachment], str]) -> None:
        self._media = media
        self._file_link = file_link
        self._left = MAX_ELEMENTS
        self._tables = 0
        self._written: set[str] = set()
        self.truncated = False
        present: set[str | None] = set()
        wanted: set[str | None] = set()
        for text in root.iter(V3 + "text"):
            for element in text.iter(etree.Element):
                present.add(element.get("ID"))
                wanted.add((element.get("href") or "").removeprefix("#"))
                wanted.add(element.get("IDREF"))
        # Most IDs only serve the coded entries: an anchor is written for those that a link names.
        self._targets = {name for name in present & wanted if name}

    def write(self, text: etree._Element, out: list[str]) -> None:
        """Append the HTML of a section's `text` to `out`."""
        self._children(text, out)

    def _children(self, element: etree._Element, out: list[str]) -> None:
        if element.text:
            out.append(escape(element.text))
        for child in element:
            self._element(child, out)
            if child.tail:
                out.append(escape(child.tail))

    def _element(self, element: etree._Element, out: list[str]) -> None:
        self._left -= 1
        if self._left < 0:
            self.truncated = True
            return
        name = etree.QName(element).localname
        writer = _WRITERS.get(name)
        if writer is not None:
            writer(self, element, out)
        elif name not in _DROPPED:
            self._children(element, out)

    def _content(self, element: etree._Element, out: list[str]) -> None:
        tag = "div" if any(child.tag in _BLOCKS for child in element.iter()) else "span"
        revised = {"insert": "ins", "delete": "del"}.get(element.get("revised", ""), "")
        tags = [tag] if element.get("ID") in self._targets or tag == "div" or self._underlined(element) else []
        inner = ([revised] if revised else []) + ([] if tag == "div" else list(self._styles(element)))
        for number, one in enumerate(tags + inner):
            out.append(f"<{one}{self._anchor(element) + self._class(element) if number == 0 and tags else ''}>")
        self._children(element, out)
        out.extend(f"</{one}>" for one in reversed(tags + inner))

    def _paragraph(self, element: etree._Element, out: list[str]) -> None:
        block = any(child.tag in _BLOCKS for child in element.iterdescendants())
        tag = "div" if block else "p"
        out.append(f"<{tag}{self._anchor(element)}{self._class(element)}>")
        styles = () if block else self._styles(element)
        out.extend(f"<{one}>" for one in styles)
        self._children(element, out)
        out.extend(f"</{one}>" for one in reversed(styles))
        out.append(f"</{tag}>")

    def _caption(self, element: etree._Element, out: list[str]) -> None:
        out.append('<span class="cda-caption">')
        self._children(element, out)
        out.append("</span>")

    def _list(self, element: etree._Element, out: list[str]) -> None:
        tag = "ol" if element.get("listType") == "ordered" else "ul"
        items = _stray_item(element.text)
        for child in element:
            if child.tag == V3 + "caption":
                out.append('<p class="cda-caption">')
                self._children(child, out)
                out.append("</p>")
            elif child.tag == V3 + "item":
                items.append(f"<li{self._anchor(child)}>")
                self._children(child, items)
                items.append("</li>")
            elif isinstance(child.tag, str):
                items.append("<li>")
                self._element(child, items)
                items.append("</li>")
            items += _stray_item(child.tail)
        if items:
            out.extend((f"<{tag}{self._anchor(element)}>", *items, f"</{tag}>"))

    def _item(self, element: etree._Element, out: list[str]) -> None:
        out.append("<div>")
        self._children(element, out)
        out.append("</div>")

    def _table(self, element: etree._Element, out: list[str]) -> None:
        self._tables += 1
        label = f"Tableau {self._tables}"
        parts: dict[str, list[str]] = {
            "caption": [],
            "thead": [],
            "tbody": [],
            "tfoot": [],
            "stray": _stray(element.text),
        }
        for child in element:
            name = etree.QName(child).localname if isinstance(child.tag, str) else ""
            if name == "caption" and not parts["caption"]:
                label = f"{label} : {' '.join(''.join(map(str, child.itertext())).split())}"[:200]
                self._children(child, parts["caption"])
            elif name in ("thead", "tbody", "tfoot"):
                self._rows(child, name, parts[name], parts["stray"])
            elif name == "tr":
                self._row(child, "tbody", parts["tbody"], parts["stray"])
            elif name:
                self._element(child, parts["stray"])
            parts["stray"] += _stray(child.tail)
        out.append(f'<div class="cda-table" role="group" tabindex="0" aria-label="{escape(label)}">')
        out.append(f"<table{self._anchor(element)}>")
        for name in ("caption", "thead", "tbody", "tfoot"):
            if parts[name]:
                out.extend((f"<{name}>", *parts[name], f"</{name}>"))
        out.append("</table></div>")
        if parts["stray"]:
            out.extend(("<div>", *parts["stray"], "</div>"))

    def _rows(self, group: etree._Element, place: str, out: list[str], stray: list[str]) -> None:
        stray += _stray(group.text)
        for row in group:
            if row.tag == V3 + "tr":
                self._row(row, place, out, stray)
            elif isinstance(row.tag, str):
                self._element(row, stray)
            stray += _stray(row.tail)

    def _row(self, row: etree._Element, place: str, out: list[str], stray: list[str]) -> None:
        cells = [cell for cell in row if isinstance(cell.tag, str)]
        headings = place == "thead" or (len(cells) > 1 and all(cell.tag == V3 + "th" for cell in cells))
        self._left -= 1
        out.append(f"<tr{self._anchor(row)}>")
        for cell in cells:
            self._left -= 1
            if self._left < 0:
                self.truncated = True
                break
            if cell.tag not in (V3 + "th", V3 + "td"):
                out.append("<td>")
                self._element(cell, out)
                out.append("</td>")
                continue
            inside: list[str] = []
            styles = self._styles(cell)
            self._children(cell, inside)
            heading = cell.tag == V3 + "th" and any(part.strip() for part in inside)
            tag = "th" if heading else "td"
            scope = f' scope="{"col" if headings else "row"}"' if heading else ""
            out.append(f"<{tag}{scope}{self._spans(cell)}{self._anchor(cell)}{self._class(cell)}>")
            out.extend(f"<{one}>" for one in styles if not heading)
            out.extend(inside)
            out.extend(f"</{one}>" for one in reversed(styles) if not heading)
            out.append(f"</{tag}>")
        out.append("</tr>")
        for misplaced in (row.text, *(cell.tail for cell in row)):
            stray += _stray(misplaced)

    def _link(self, element: etree._Element, out: list[str]) -> None:
        href = (element.get("href") or "").strip()
        words = "".join(map(str, element.itertext())).strip()
        if href.startswith("#") and href[1:] in self._targets:
            out.append(f'<a href="#{_anchor_name(href[1:])}"{self._anchor(element)}>')
            self._children(element, out)
            out.append("" if words else "aller au passage cité")
            out.append("</a>")
            return
        self._children(element, out)
        if href.lower().startswith(("http://", "https://")) and words != href:
            out.append(f'<span class="cda-address">{" " if words else ""}(adresse : {escape(href)})</span>')
        elif not words and href and not href.startswith("#") and ":" not in href:
            out.append(f'<span class="cda-address">(document cité : {escape(href)})</span>')

    def _media_reference(self, element: etree._Element, out: list[str]) -> None:
        caption = element.find(V3 + "caption")
        title = " ".join("".join(map(str, caption.itertext())).split()) if caption is not None else ""
        for media in self._media.named(element.get("referencedObject", "")):
            image = self._media.image(media) if media is not None else ""
            out.append(f'<span class="cda-media"{self._anchor(element)}>')
            if image:
                out.append(f'<img src="{image}" alt="{escape(title or "Image jointe au document")}">')
            else:
                attached = self._media.attach(media, title) if media is not None else None
                out.append(self._file_link(attached) if attached else "Illustration absente du document")
            if image and title:
                out.append(f'<span class="cda-caption">{escape(title)}</span>')
            out.append("</span>")

    def _footnote(self, element: etree._Element, out: list[str]) -> None:
        tag = "div" if any(child.tag in _BLOCKS for child in element.iterdescendants()) else "span"
        out.append(f'<{tag} class="cda-footnote" role="note"{self._anchor(element)}>')
        self._children(element, out)
        out.append(f"</{tag}>")

    def _footnote_reference(self, element: etree._Element, out: list[str]) -> None:
        target = element.get("IDREF", "")
        words = escape("".join(map(str, element.itertext())).strip() or "note")
        linked = f'<a href="#{_anchor_name(target)}">{words}</a>' if target in self._targets else words
        out.append(f"<sup>{linked}</sup>")

    def _break(self, element: etree._Element, out: list[str]) -> None:
        out.append("<br>")

    def _sub(self, element: etree._Element, out: list[str]) -> None:
        out.append("<sub>")
        self._children(element, out)
        out.append("</sub>")

    def _sup(self, element: etree._Element, out: list[str]) -> None:
        out.append("<sup>")
        self._children(element, out)
        out.append("</sup>")

    def _anchor(self, element: etree._Element) -> str:
        name = element.get("ID")
        if name not in self._targets or name in self._written:
            return ""
        self._written.add(name)
        return f' id="{_anchor_name(name)}"'

    @staticmethod
    def _styles(element: etree._Element) -> tuple[str, ...]:
        tags: list[str] = []
        for token in (element.get("styleCode") or "").lower().split():
            tags.extend(tag for tag in _STYLES.get(token, ()) if tag not in tags)
        return tuple(tags)

    @staticmethod
    def _underlined(element: etree._Element) -> bool:
        return "underline" in (element.get("styleCode") or "").lower().split()

    def _class(self, element: etree._Element) -> str:
        names = _ALIGNS.get((element.get("align") or "").lower(), "")
        if self._underlined(element):
            names += " cda-underline"
        return f' class="{names.strip()}"' if names else ""

    @staticmethod
    def _spans(cell: etree._Element) -> str:
        spans = ""
        for name in ("colspan", "rowspan"):
            value = (cell.get(name) or "").strip()
            if value.isascii() and value.isdigit() and len(value) < 6 and int(value) > 1:
                spans += f' {name}="{min(int(value), MAX_SPAN)}"'
        return spans


def _stray(text: str | None) -> list[str]:
    """Words where the schema allows none, kept for the reader after the table."""
    return [f"<div>{escape(text)}</div>"] if text and text.strip() else []


def _stray_item(text: str | None) -> list[str]:
    return [f"<li>{escape(text.strip())}</li>"] if text and text.strip() else []


def _anchor_name(name: str) -> str:
    """A document's ID as an anchor of ours: prefixed, and of safe characters only."""
    return "cda-" + _ANCHOR.sub(lambda match: f"_{ord(match.group()):x}", name)[:100]


_WRITERS: dict[str, Callable[[Narrative, etree._Element, list[str]], None]] = {
    "br": Narrative._break,
    "caption": Narrative._caption,
    "content": Narrative._content,
    "footnote": Narrative._footnote,
    "footnoteRef": Narrative._footnote_reference,
    "item": Narrative._item,
    "linkHtml": Narrative._link,
    "list": Narrative._list,
    "paragraph": Narrative._paragraph,
    "renderMultiMedia": Narrative._media_reference,
    "sub": Narrative._sub,
    "sup": Narrative._sup,
    "table": Narrative._table,
}
