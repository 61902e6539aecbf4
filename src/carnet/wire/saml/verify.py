"""Believe an assertion, or say exactly why not.

What protects against signature wrapping (Somorovsky et al., "On Breaking SAML", USENIX Security 2012):

1. the assertion is taken out of its message and stands alone: nothing outside it can be referenced;
2. its shape is fixed: one signature, a direct child, with one reference to the assertion's own ID, which no other
   element carries, and only the two transforms of SAML 2.0 core §5.4.4; no Object, Advice or second assertion;
3. algorithms come from a list of ours, and the key from a certificate that the caller has decided to trust;
   KeyInfo only says which certificate to decide about;
4. the values are read from the canonical bytes whose digest the signature covers, parsed again, and from nothing else.

Pure: no clock, no socket, no trust store.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections import Counter
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

import xmlsec
from cryptography import x509
from cryptography.x509.oid import NameOID, ObjectIdentifier
from lxml import etree
from xmlsec import constants

from carnet.wire.errors import Malformed
from carnet.wire.saml.names import (
    DIGEST_ALGORITHMS,
    DSIG,
    ENVELOPED,
    EXCLUSIVE_C14N,
    RSA_SHA1,
    SAML,
    SHA1,
    SIGNATURE_ALGORITHMS,
)
from carnet.wire.saml.vihf import Vihf, read
from carnet.wire.xml import parse

MAX_BYTES = 64 * 1024
# Without NotOnOrAfter an assertion would live for ever: it lives this long after IssueInstant.
DEFAULT_LIFE = timedelta(hours=1)
DEFAULT_SKEW = timedelta(seconds=60)

_SIGNATURE_SOURCE = "XML Signature §4 ; SAML 2.0 core §5.4"
_ASSERTION = f"{{{SAML}}}Assertion"
_NAMES_IN_DN = {
    "SN": NameOID.SURNAME,
    "SURNAME": NameOID.SURNAME,
    "GN": NameOID.GIVEN_NAME,
    "GIVENNAME": NameOID.GIVEN_NAME,
    "T": NameOID.TITLE,
    "TITLE": NameOID.TITLE,
    "title": NameOID.TITLE,
    "E": NameOID.EMAIL_ADDRESS,
    "EMAILADDRESS": NameOID.EMAIL_ADDRESS,
    "SERIALNUMBER": NameOID.SERIAL_NUMBER,
}


@dataclass(frozen=True, slots=True)
class Signed:
    """What an assertion states, and the SHA-256 of the octets that its signature covers: two assertions of the same
    digest are one, whatever envelope they travel in."""

    vihf: Vihf
    digest: bytes


def signing_certificate(assertion: bytes) -> bytes:
    """DER of the certificate in KeyInfo, to decide about; nothing has been checked with it yet.

    Raises Malformed: `vihf-signature-missing`, `vihf-certificate-missing`, `vihf-certificate`, or `xml-…`.
    """
    signature = _only_signature(_parse(assertion))
    found = signature.find(f"{{{DSIG}}}KeyInfo/{{{DSIG}}}X509Data/{{{DSIG}}}X509Certificate")
    if found is None:
        raise _wrong(
            "vihf-certificate-missing",
            "La signature ne porte pas son certificat.",
            "KeyInfo/X509Data/X509Certificate",
            "",
            "le certificat du signataire",
        )
    try:
        der = base64.b64decode("".join((found.text or "").split()), validate=True)
        x509.load_der_x509_certificate(der)
    except ValueError:
        raise _wrong(
            "vihf-certificate", "Le certificat de la signature est illisible.", "X509Certificate", "", "DER en base64"
        ) from None
    return der


def verify(
    assertion: bytes,
    *,
    certificate: bytes,
    now: datetime,
    skew: timedelta = DEFAULT_SKEW,
    oldest: timedelta | None = None,
    tolerate_sha1: bool = False,
) -> Vihf:
    """What the assertion states, once its signature by `certificate` (DER, trusted by the caller) and its dates hold.

    `now` is aware. Raises Malformed under the names given in `signed_values` and `check_times`.
    """
    vihf = signed_values(assertion, certificate=certificate, tolerate_sha1=tolerate_sha1).vihf
    check_times(vihf, now=now, skew=skew, oldest=oldest)
    return vihf


def signed_values(assertion: bytes, *, certificate: bytes, tolerate_sha1: bool = False) -> Signed:
    """The values under the signature, their dates apart: the part of `verify` that can be kept for a while.

    Raises Malformed: `vihf-nested`, `vihf-signature-missing`, `vihf-signature-place`, `vihf-id`, `vihf-reference`,
    `vihf-transform`, `vihf-canonicalization`, `vihf-algorithm`, `vihf-digest`, `vihf-signature`, `vihf-issuer`, those
    of `vihf.read`, and `xml-…`.
    """
    root = _parse(assertion)
    signature = _only_signature(root)
    _check_shape(root, signature)
    prefixes, digest_name, digest = _check_signed_info(root, signature, tolerate_sha1)
    canonical = _canonical_without_signature(root, prefixes)
    if not hmac.compare_digest(hashlib.new(digest_name, canonical).digest(), digest):
        raise _wrong(
            "vihf-digest",
            "L'assertion a été modifiée après sa signature.",
            "Reference/DigestValue",
            "",
            "l'empreinte de l'assertion",
        )
    _check_with_key(root, signature, certificate)
    vihf = read(parse(canonical))
    _check_issuer(vihf.issuer, certificate)
    return Signed(vihf, hashlib.sha256(canonical).digest())


def check_times(vihf: Vihf, *, now: datetime, skew: timedelta = DEFAULT_SKEW, oldest: timedelta | None = None) -> None:
    """Raises Malformed `vihf-not-yet-valid`, `vihf-expired` (SAML core §2.5.1.2, clocks `skew` apart at most), or
    `vihf-too-old` when it was issued more than `oldest` ago, whatever it says of its end."""
    starts = max(vihf.not_before or vihf.issued_at, vihf.issued_at, vihf.authenticated_at)
    ends = end_of(vihf)
    if now + skew < starts:
        raise Malformed(
            "vihf-not-yet-valid",
            "Le VIHF n'est pas encore valable : vérifiez l'heure du poste.",
            field="Conditions/NotBefore, IssueInstant, AuthnInstant",
            found=starts.isoformat(),
            expected=f"au plus {now.isoformat(timespec='seconds')}",
            source="SAML 2.0 core §2.5.1.2",
        )
    if now - skew >= ends:
        raise Malformed(
            "vihf-expired",
            "Le VIHF n'est plus valable : signez-en un autre.",
            field="Conditions/NotOnOrAfter",
            found=ends.isoformat(),
            expected=f"après {now.isoformat(timespec='seconds')}",
            source="SAML 2.0 core §2.5.1.2",
        )

    if oldest is not None and now - skew >= vihf.issued_at + oldest:
        raise Malformed(
            "vihf-too-old",
            "Le VIHF a été émis il y a trop longtemps pour être cru : signez-en un autre.",
            field="Assertion/@IssueInstant",
            found=vihf.issued_at.isoformat(),
            expected=f"moins de {oldest.total_seconds() / 3600:g} h",
            source="SAML 2.0 core §2.5.1.2 ; durée propre au domaine",
        )


def end_of(vihf: Vihf, *, oldest: timedelta | None = None) -> datetime:
    """The first instant at which the assertion is no longer valid."""
    stated = vihf.not_on_or_after or vihf.issued_at + DEFAULT_LIFE
    return stated if oldest is None else min(stated, vihf.issued_at + oldest)


def _parse(assertion: bytes) -> etree._Element:
    root = parse(assertion, max_bytes=MAX_BYTES)
    if root.tag != _ASSERTION:
        raise _wrong(
            "vihf-structure",
            "L'élément de sécurité n'est pas une assertion SAML 2.0.",
            "wsse:Security",
            str(root.tag),
            "saml2:Assertion",
        )
    return root


def _only_signature(root: etree._Element) -> etree._Element:
    signatures = list(root.iter(f"{{{DSIG}}}Signature"))
    if not signatures:
        raise _wrong("vihf-signature-missing", "Le VIHF n'est pas signé.", "Signature", "0", "1")
    if len(signatures) > 1 or signatures[0].getparent() is not root:
        raise _wrong(
            "vihf-signature-place",
            "L'assertion porte une seule signature, juste sous elle.",
            "Signature",
            f"{len(signatures)}, sous {etree.QName(signatures[0].getparent()).localname}",
            "1, sous Assertion",
        )
    return signatures[0]


def _check_shape(root: etree._Element, signature: etree._Element) -> None:
    for element in root.iterdescendants(
        _ASSERTION, f"{{{SAML}}}EncryptedAssertion", f"{{{SAML}}}Advice", f"{{{DSIG}}}Object", f"{{{DSIG}}}Manifest"
    ):
        raise _wrong(
            "vihf-nested",
            "L'assertion en contient une autre, ou un objet étranger.",
            "Assertion",
            etree.QName(element).localname,
            "aucun de ces éléments",
        )
    identifier = root.get("ID", "")
    carriers = sum(
        1
        for element in root.iter(etree.Element)
        for name, value in element.items()
        if value == identifier and etree.QName(name).localname.lower() in ("id", "assertionid")
    )
    if not identifier or carriers != 1:
        raise _wrong(
            "vihf-id", "L'identifiant de l'assertion manque ou se répète.", "Assertion/@ID", str(carriers), "1"
        )
    expected = [f"{{{DSIG}}}{name}" for name in ("SignedInfo", "SignatureValue", "KeyInfo")]
    children = [child.tag for child in signature]
    if children != expected:
        raise _wrong(
            "vihf-signature-place",
            "La signature n'a pas la forme attendue.",
            "Signature",
            " ".join(children),
            " ".join(expected),
        )


def _check_signed_info(
    root: etree._Element, signature: etree._Element, tolerate_sha1: bool
) -> tuple[list[str], str, bytes]:
    """Checks algorithms and the reference; the prefixes canonicalised inclusively, hashlib's name, the digest."""
    info = signature[0]
    methods = [child for child in info if child.tag != f"{{{DSIG}}}Reference"]
    references = list(info.iterchildren(f"{{{DSIG}}}Reference"))
    if [child.tag for child in methods] != [f"{{{DSIG}}}CanonicalizationMethod", f"{{{DSIG}}}SignatureMethod"]:
        raise _wrong("vihf-signature-place", "SignedInfo n'a pas la forme attendue.", "SignedInfo", "", "")
    canonicalization, algorithm = (method.get("Algorithm", "") for method in methods)
    if canonicalization != EXCLUSIVE_C14N:
        raise _wrong(
            "vihf-canonicalization",
            "La canonicalisation n'est pas exclusive et sans commentaires.",
            "CanonicalizationMethod",
            canonicalization,
            EXCLUSIVE_C14N,
        )
    if algorithm not in SIGNATURE_ALGORITHMS and not (tolerate_sha1 and algorithm == RSA_SHA1):
        raise _wrong(
            "vihf-algorithm", "L'algorithme de signature n'est pas accepté.", "SignatureMethod", algorithm, "RSA-SHA256"
        )
    if len(methods[1]):
        raise _wrong("vihf-algorithm", "L'algorithme de signature n'a pas de paramètre.", "SignatureMethod", "", "")
    if len(references) != 1 or references[0].get("URI") != f"#{root.get('ID')}":
        raise _wrong(
            "vihf-reference",
            "La signature ne porte pas sur cette assertion, et sur elle seule.",
            "SignedInfo/Reference",
            " ".join(reference.get("URI", "(vide)") for reference in references),
            f"#{root.get('ID')}",
        )
    return _check_reference(references[0], tolerate_sha1)


def _check_reference(reference: etree._Element, tolerate_sha1: bool) -> tuple[list[str], str, bytes]:
    transforms = reference.findall(f"{{{DSIG}}}Transforms/{{{DSIG}}}Transform")
    written = [transform.get("Algorithm", "") for transform in transforms]
    shape = [child.tag.removeprefix(f"{{{DSIG}}}") for child in reference]
    inner = [child for transform in transforms for child in transform]
    prefixes: list[str] = []
    if [child.tag for child in inner] == [f"{{{EXCLUSIVE_C14N}}}InclusiveNamespaces"] and not len(inner[0]):
        prefixes = inner[0].get("PrefixList", "").split()
        inner = []
    if written != [ENVELOPED, EXCLUSIVE_C14N] or shape != ["Transforms", "DigestMethod", "DigestValue"] or inner:
        raise _wrong(
            "vihf-transform",
            "Seules les transformations « enveloped » puis « exclusive » sont acceptées.",
            "Reference/Transforms",
            " ".join(written),
            f"{ENVELOPED} {EXCLUSIVE_C14N}",
        )
    method = reference[1].get("Algorithm", "")
    name = "sha1" if tolerate_sha1 and method == SHA1 else DIGEST_ALGORITHMS.get(method)
    if name is None:
        raise _wrong("vihf-algorithm", "L'algorithme d'empreinte n'est pas accepté.", "DigestMethod", method, "SHA-256")
    try:
        return prefixes, name, base64.b64decode("".join((reference[2].text or "").split()), validate=True)
    except ValueError:
        raise _wrong("vihf-digest", "L'empreinte est illisible.", "DigestValue", "", "base64") from None


def _canonical_without_signature(root: etree._Element, prefixes: list[str]) -> bytes:
    """The octets that the reference covers: the enveloped signature removed, the rest in exclusive canonical form."""
    copy = deepcopy(root)
    signature = _only_signature(copy)
    before, tail = signature.getprevious(), signature.tail or ""
    if before is None:
        copy.text = (copy.text or "") + tail
    else:
        before.tail = (before.tail or "") + tail
    copy.remove(signature)
    try:
        return etree.tostring(
            copy, method="c14n", exclusive=True, with_comments=False, inclusive_ns_prefixes=prefixes or None
        )
    except etree.C14NError:
        raise _wrong(
            "vihf-canonicalization",
            "L'assertion n'a pas de forme canonique.",
            "Assertion",
            "",
            "des espaces de noms absolus (Canonical XML §1.3)",
        ) from None


def _check_with_key(root: etree._Element, signature: etree._Element, certificate: bytes) -> None:
    context = xmlsec.SignatureContext()
    try:
        context.key = xmlsec.Key.from_memory(certificate, constants.KeyDataFormatCertDer)
        context.register_id(root, "ID")
        context.verify(signature)
    except xmlsec.Error:
        raise _wrong(
            "vihf-signature",
            "La signature du VIHF n'est pas celle du certificat présenté.",
            "SignatureValue",
            "",
            "une signature par la clé du certificat",
        ) from None


def _check_issuer(issuer: str, certificate: bytes) -> None:
    subject = x509.load_der_x509_certificate(certificate).subject
    written = _written(issuer)
    if written is None or written != _comparable(subject):
        raise Malformed(
            "vihf-issuer",
            "L'émetteur de l'assertion n'est pas le titulaire du certificat de signature.",
            field="Issuer",
            found=issuer[:200],
            expected=subject.rfc4514_string(),
            source="VIHF, TD0.1 : Issuer = DN du certificat de signature",
        )


@lru_cache(maxsize=1024)
def _written(issuer: str) -> Counter[tuple[ObjectIdentifier, str]] | None:
    """A DN as text, comparable; None when it is none. The same few senders write theirs in every assertion."""
    try:
        return _comparable(x509.Name.from_rfc4514_string(issuer, _NAMES_IN_DN))
    except ValueError:
        return None


def _comparable(name: x509.Name) -> Counter[tuple[ObjectIdentifier, str]]:
    """A DN whatever its order and the case and spacing of its values: senders write them both ways round."""
    return Counter((part.oid, " ".join(str(part.value).split()).casefold()) for part in name)


def _wrong(rule: str, text: str, field: str, found: str, expected: str) -> Malformed:
    return Malformed(rule, text, field=field, found=found[:200], expected=expected, source=_SIGNATURE_SOURCE)
