"""A SOAP 1.2 message: header blocks of WS-Addressing and WS-Security, one body element.

Sources: W3C SOAP 1.2 part 1 §5; WS-Addressing 1.0 SOAP Binding; OASIS WSS SAML Token Profile 1.1;
IHE ITI TF-2 Appendix V (web services for IHE transactions).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from lxml import etree

from carnet.wire import xml
from carnet.wire.errors import Malformed

SOAP = "http://www.w3.org/2003/05/soap-envelope"
SOAP_11 = "http://schemas.xmlsoap.org/soap/envelope/"
ADDRESSING = "http://www.w3.org/2005/08/addressing"
SECURITY = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
SAML = "urn:oasis:names:tc:SAML:2.0:assertion"
ANONYMOUS = f"{ADDRESSING}/anonymous"
MEDIA_TYPE = "application/soap+xml"

_ENVELOPE, _HEADER, _BODY = (f"{{{SOAP}}}{name}" for name in ("Envelope", "Header", "Body"))
_MUST_UNDERSTAND, _ROLE = f"{{{SOAP}}}mustUnderstand", f"{{{SOAP}}}role"
_SECURITY = f"{{{SECURITY}}}Security"
_ASSERTION = f"{{{SAML}}}Assertion"
_WSA = f"{{{ADDRESSING}}}"
# Header blocks with one of these roles are ours to understand (SOAP 1.2 part 1 §2.2).
_OUR_ROLES = ("", f"{SOAP}/role/next", f"{SOAP}/role/ultimateReceiver")


@dataclass(frozen=True, slots=True)
class Envelope:
    """A message as received.

    `body` is the only element of the Body. `assertion` is the SAML assertion of wsse:Security as a
    document of its own, with the namespaces it inherited, so that its signature still verifies; empty
    when there is none. Nothing in it has been checked.
    """

    action: str
    message_id: str
    to: str
    relates_to: str
    body: etree._Element = field(repr=False)
    assertion: bytes = field(default=b"", repr=False)


def parse(data: bytes, *, action: str = "", max_bytes: int = xml.MAX_BYTES) -> Envelope:
    """Read an envelope; `action` is that of the HTTP Content-Type, used when wsa:Action is absent.

    Raises Malformed: the rules of `carnet.wire.xml.parse`, `soap-version`, `soap-envelope`, `soap-body`,
    `soap-must-understand`, `soap-assertion`, `wsa-action`, `wsa-reply-to`.
    """
    root = xml.parse(data, max_bytes=max_bytes)
    if root.tag != _ENVELOPE:
        raise _not_soap(root)
    header, body = None, None
    for child in root:
        if child.tag == _HEADER and header is None and body is None:
            header = child
        elif child.tag == _BODY and body is None:
            body = child
        else:
            raise Malformed(
                "soap-envelope",
                "L'enveloppe SOAP contient autre chose qu'un Header puis un Body.",
                found=etree.QName(child).localname,
                expected="Header, Body",
                source="SOAP 1.2 partie 1 §5.1",
            )
    if body is None or len(body) != 1:
        raise Malformed(
            "soap-body",
            "Le Body doit contenir exactement un élément.",
            field="Body",
            found="absent" if body is None else str(len(body)),
            expected="1",
            source="SOAP 1.2 partie 1 §5.3",
        )
    values, assertion = _header(header)
    stated = values.get("Action", "")
    if stated and action and stated != action:
        raise _action("Les deux actions annoncées, wsa:Action et Content-Type, diffèrent.", f"{stated} / {action}")
    if not stated and not action:
        raise _action("L'action du message n'est pas indiquée.", "")
    return Envelope(
        action=stated or action,
        message_id=values.get("MessageID", ""),
        to=values.get("To", ""),
        relates_to=values.get("RelatesTo", ""),
        body=body[0],
        assertion=assertion,
    )


def render(
    body: str,
    *,
    action: str,
    message_id: str,
    relates_to: str = "",
    to: str = "",
    assertion: bytes = b"",
) -> bytes:
    """An envelope around `body`, an XML string that declares its own namespaces.

    A request names `to` and may carry a signed `assertion`, written byte for byte; an answer names
    `relates_to`, the MessageID it answers.
    """
    header = [f'<s:Envelope xmlns:s="{SOAP}" xmlns:a="{ADDRESSING}"><s:Header>']
    header.append(f'<a:Action s:mustUnderstand="true">{xml.escape(action)}</a:Action>')
    header.append(f"<a:MessageID>{xml.escape(message_id)}</a:MessageID>")
    if relates_to:
        header.append(f"<a:RelatesTo>{xml.escape(relates_to)}</a:RelatesTo>")
    if to:
        header.append(
            f"<a:ReplyTo><a:Address>{ANONYMOUS}</a:Address></a:ReplyTo>"
            f'<a:To s:mustUnderstand="true">{xml.escape(to)}</a:To>'
        )
    start = "".join(header).encode("utf-8")
    if assertion:
        start += f'<o:Security xmlns:o="{SECURITY}" s:mustUnderstand="true">'.encode("ascii") + assertion
        start += b"</o:Security>"
    return b"".join((start, b"</s:Header><s:Body>", body.encode("utf-8"), b"</s:Body></s:Envelope>"))


def _header(header: etree._Element | None) -> tuple[dict[str, str], bytes]:
    values: dict[str, str] = {}
    assertions: list[etree._Element] = []
    for block in header if header is not None else ():
        tag = block.tag
        if tag.startswith(_WSA):
            name = tag[len(_WSA) :]
            if name == "ReplyTo":
                _check_reply_to(block)
            elif name in values:
                raise _action(f"L'en-tête wsa:{name} est répété.", name)
            else:
                values[name] = (block.text or "").strip()
        elif tag == _SECURITY:
            assertions.extend(block.iterchildren(_ASSERTION))
        elif block.get(_MUST_UNDERSTAND) in ("1", "true") and block.get(_ROLE, "") in _OUR_ROLES:
            raise Malformed(
                "soap-must-understand",
                "Un en-tête SOAP obligatoire n'est pas connu du serveur.",
                field="Header",
                found=etree.QName(block).text[:200],
                source="SOAP 1.2 partie 1 §5.2.3",
            )
    if len(assertions) > 1:
        raise Malformed(
            "soap-assertion",
            "L'en-tête de sécurité porte plusieurs assertions.",
            field="wsse:Security",
            found=str(len(assertions)),
            expected="1",
            source="OASIS WSS SAML Token Profile 1.1 §3.3",
        )
    if not assertions:
        return values, b""
    return values, etree.tostring(assertions[0], encoding="UTF-8", xml_declaration=False, with_tail=False)


def _check_reply_to(block: etree._Element) -> None:
    address = (block.findtext(f"{_WSA}Address") or "").strip()
    if address != ANONYMOUS:
        raise Malformed(
            "wsa-reply-to",
            "Le serveur répond sur la même connexion : wsa:ReplyTo doit être l'adresse anonyme.",
            field="wsa:ReplyTo",
            found=address[:200],
            expected=ANONYMOUS,
            source="WS-Addressing 1.0 SOAP Binding §5.1",
        )


def _action(text: str, found: str) -> Malformed:
    return Malformed(
        "wsa-action", text, field="wsa:Action", found=found[:300], source="WS-Addressing 1.0 SOAP Binding §4"
    )


def _not_soap(root: etree._Element) -> Malformed:
    if root.tag == f"{{{SOAP_11}}}Envelope":
        return Malformed(
            "soap-version",
            "Le message est en SOAP 1.1 : les transactions IHE utilisent SOAP 1.2.",
            field="Envelope",
            found=SOAP_11,
            expected=SOAP,
            source="IHE ITI TF-2 Annexe V §V.3.2",
        )
    return Malformed(
        "soap-envelope",
        "Le document n'est pas une enveloppe SOAP 1.2.",
        field="Envelope",
        found=str(root.tag)[:200],
        expected=_ENVELOPE,
        source="SOAP 1.2 partie 1 §5.1",
    )
