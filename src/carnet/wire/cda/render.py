"""A CDA document as an HTML fragment that people can read, in French, safe to put in a page.

This is our own presentation: the stylesheet that a document names or carries is never run. The fragment
is an `<article class="cda">`: a summary of the header, the sections with their narrative
(`narrative`), the files it carries (`media`). It has no script, no style, no external address; classes
start with `cda` and the page styles them. `img` elements use `data:` URIs (CSP `img-src data:`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape

import msgspec
from lxml import etree

from carnet.wire.cda.header import Header, Participant, header_of
from carnet.wire.cda.media import Attachment, Media, text_of, verified_type
from carnet.wire.cda.narrative import Narrative
from carnet.wire.cda.opening import V3, Opened, base64_bytes, open_document

MAX_TEXT = 2_000_000

_MONTHS = (
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
)
_SEXES = {"M": "Masculin", "F": "Féminin", "U": "Inconnu", "UN": "Indéterminé"}
_INS = {
    "1.2.250.1.213.1.4.8": "INS",
    "1.2.250.1.213.1.4.9": "INS (numéro d'attente)",
    "1.2.250.1.213.1.4.10": "INS [TEST]",
    "1.2.250.1.213.1.4.11": "INS [DEMO]",
    "1.2.250.1.213.1.4.2": "INS-C",
}
_LANGUAGE = re.compile(r"\A[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*\Z")
_TIME = re.compile(r"\A([0-9]{4})([0-9]{2})?([0-9]{2})?([0-9]{2})?([0-9]{2})?")


class Rendered(msgspec.Struct, frozen=True, kw_only=True):
    """`html` is the fragment; `attachment` the body itself when it is not XML (N1), else None.

    `attachments` are all files to open apart, the body included, numbered from 1; `level` is N1 or N3;
    `truncated` says that the narrative was too long to be shown whole, as the fragment does.
    """

    html: str
    title: str
    language: str
    level: str
    header: Header
    attachment: Attachment | None = None
    attachments: tuple[Attachment, ...] = ()
    truncated: bool = False


def render_html(document: bytes, *, attachment_url: Callable[[int], str] | None = None, heading: int = 2) -> Rendered:
    """Present `document`; raises Malformed as `read_header`.

    `attachment_url` gives the address of an attachment by its number (without it files are named, not
    linked); `heading` (1 to 5) is the level of the document's own title in the page.
    """
    opened = open_document(document)
    header = header_of(opened.root, self_presenting=opened.self_presenting)
    media = Media(opened)

    def file_link(attached: Attachment) -> str:
        words = f"{escape(attached.title)} ({attached.label})"
        if attachment_url is None:
            return f'<span class="cda-file">{words}</span>'
        return f'<a class="cda-file" href="{escape(attachment_url(attached.number))}">{words}</a>'

    language = header.language if _LANGUAGE.match(header.language) else "fr"
    title = header.title or (header.code.display if header.code is not None else "") or "Document sans titre"
    out = [f'<article class="cda" lang="{language}">', f"<h{heading}>{escape(title)}</h{heading}>"]
    _summary(header, out)
    body = None
    truncated = False
    if header.level == "N1":
        body = _unstructured(opened, title, media, file_link, out)
    else:
        narrative = Narrative(opened.root, media, file_link)
        _sections(_first(opened.root, "component", "structuredBody"), narrative, heading + 1, out)
        truncated = narrative.truncated
        if truncated:
            out.append(
                '<p class="cda-warning" role="note">Ce document est trop long pour être affiché en entier : '
                "ouvrez l'original.</p>"
            )
    media.remaining()
    others = [attached for attached in media.attachments if attached is not body]
    if others:
        level = min(heading + 1, 6)
        out.append(f'<h{level}>Fichiers joints</h{level}><ul class="cda-files">')
        out.extend(f"<li>{file_link(attached)}</li>" for attached in others)
        out.append("</ul>")
    out.append("</article>")
    return Rendered(
        html="".join(out),
        title=title,
        language=language,
        level=header.level,
        header=header,
        attachment=body,
        attachments=tuple(media.attachments),
        truncated=truncated,
    )


def _summary(header: Header, out: list[str]) -> None:
    patient = header.patient
    lines: list[tuple[str, str]] = []
    if patient is not None:
        names = f"{patient.birth_name} {patient.first_given or patient.given_names}".strip()
        used = f"{patient.used_name or patient.birth_name} {patient.used_given or patient.first_given}".strip()
        lines.append(
            ("Patient", names if used.casefold() in (names.casefold(), "") else f"{names} (nom utilisé : {used})")
        )
        if patient.birth_time:
            place = f", à {patient.birth_city}" if patient.birth_city else ""
            lines.append(("Naissance", f"{french_time(patient.birth_time[:8])}{place}"))
        lines.append(("Sexe", _SEXES.get(patient.sex, "")))
        found = next((one for one in patient.identifiers if one.root in _INS), None)
        if found is not None:
            lines.append((_INS[found.root], found.extension))
    lines.append(("Date du document", french_time(header.effective_time)))
    lines.extend(("Auteur", _who(author)) for author in header.authors)
    if header.legal_authenticator is not None:
        lines.append(("Responsable", _who(header.legal_authenticator)))
    event = header.main_event
    if event is not None and event.start:
        stop = f" au {french_time(event.stop)}" if event.stop and event.stop != event.start else ""
        lines.append(("Acte", f"{'du ' if stop else ''}{french_time(event.start)}{stop}"))
    lines.extend(("Destinataire", _who(recipient)) for recipient in header.recipients)
    if header.version is not None and header.version > 1:
        replaced = " (remplace une version antérieure)" if any(one.type == "RPLC" for one in header.related) else ""
        lines.append(("Version", f"{header.version}{replaced}"))
    shown = [f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in lines if value]
    if shown:
        out.extend(('<dl class="cda-header">', *shown, "</dl>"))


def _who(actor: Participant) -> str:
    specialty = actor.specialty.display if actor.specialty is not None else ""
    structure = actor.organization.name if actor.organization is not None else ""
    return ", ".join(part for part in (actor.name, specialty, structure) if part)


def french_time(time: str) -> str:
    """An HL7 time in words, at the clock of the place where it was written: `3 décembre 2019 à 13 h 30`."""
    match = _TIME.match(time)
    if match is None:
        return time
    year, month, day, hour, minute = match.groups()
    if month is None or not 1 <= int(month) <= 12:
        return year
    words = f"{_MONTHS[int(month) - 1]} {year}"
    if day is None:
        return words
    words = f"{'1er' if day == '01' else int(day)} {words}"
    return words if hour is None else f"{words} à {int(hour)} h {minute or '00'}"


def _sections(body: etree._Element | None, narrative: Narrative, level: int, out: list[str]) -> None:
    if body is None:
        out.append('<p class="cda-warning" role="note">Ce document n\'a pas de corps.</p>')
        return
    for component in body.findall(V3 + "component"):
        for section in component.findall(V3 + "section"):
            _section(section, narrative, level, out)


def _section(section: etree._Element, narrative: Narrative, level: int, out: list[str]) -> None:
    spoken = section.find(V3 + "languageCode")
    language = (spoken.get("code") or "") if spoken is not None else ""
    out.append(f'<section lang="{language}">' if _LANGUAGE.match(language) else "<section>")
    code = section.find(V3 + "code")
    title = section.find(V3 + "title")
    words = " ".join("".join(map(str, title.itertext())).split()) if title is not None else ""
    words = words or ((code.get("displayName") or "") if code is not None else "")
    tag = f"h{min(level, 6)}"
    if words:
        out.append(f"<{tag}>{escape(words)}</{tag}>")
    text = section.find(V3 + "text")
    if text is not None:
        narrative.write(text, out)
    for component in section.findall(V3 + "component"):
        for inner in component.findall(V3 + "section"):
            _section(inner, narrative, level + 1, out)
    out.append("</section>")


def _unstructured(
    opened: Opened, title: str, media: Media, file_link: Callable[[Attachment], str], out: list[str]
) -> Attachment | None:
    """Show a body that is not XML in place when that is safe; it is an attachment in any case."""
    text = _first(opened.root, "component", "nonXMLBody", "text")
    data = base64_bytes(text, opened.runs) if text is not None else None
    if text is None or not data:
        out.append('<p class="cda-warning" role="note">Le contenu de ce document est absent ou illisible.</p>')
        return None
    body = media.add(text.get("mediaType", ""), data, title)
    image = media.data_uri(data)
    if image:
        out.append(f'<p><img src="{image}" alt="{escape(title)}"></p>')
    elif verified_type(text.get("mediaType", ""), data) == "text/plain" and len(data) <= MAX_TEXT:
        out.append(f'<pre class="cda-text" tabindex="0">{escape(text_of(data))}</pre>')
    else:
        out.append(f"<p>Contenu du document : {file_link(body)}</p>")
    return body


def _first(element: etree._Element, *path: str) -> etree._Element | None:
    found: etree._Element | None = element
    for name in path:
        found = found.find(V3 + name) if found is not None else None
    return found
