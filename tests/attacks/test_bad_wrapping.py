"""Stolen, wrapped, cut and confused assertions: the one that is read is the one that was signed, by its own holder.

The thief holds a good assertion about another record and a good client certificate, and wants this record. Each attack
is sent through the door; what a careless reader would have taken opens what a test at the end shows it opens.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import httpx
import pytest
import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from lxml import etree

from carnet.client.identity import tls_context
from carnet.ops.demo import pki
from carnet.wire.saml.sign import subject_dn
from carnet.wire.saml.vihf import Mode
from carnet.wire.xds import iti18_stored_query as iti18
from carnet.wire.xds.model import Status
from tests.attacks import wrapping
from tests.attacks.bad_input import Case, Door, Heard, heard, refuses
from tests.attacks.intruder import Intruder
from tests.attacks.test_bad_vihf import CERTIFICATE, IDENTITY, signed
from tests.attacks.wrapping import DSIG, HEADERS, d
from tests.wire.saml.test_wrapping import Signer, signed_with

PATH = "/d/ihe/xds/registry"
XPATH, XSLT = "http://www.w3.org/TR/1999/REC-xpath-19991116", "http://www.w3.org/TR/1999/REC-xslt-19991116"
_RULES = {
    "XSW1": (IDENTITY, "vihf-signature-missing"),
    "XSW2": (IDENTITY, "vihf-signature-missing"),
    "XSW3": ("Sender", "soap-assertion"),
    "XSW5": ("Sender", "soap-assertion"),
    "XSW15": (IDENTITY, "vihf-signature-place"),
    "XSW17": (IDENTITY, "vihf-reference"),
    "XSW18": (IDENTITY, "vihf-reference"),
    "XSW19": (IDENTITY, "vihf-reference"),
    "XSW20": (IDENTITY, "vihf-reference"),
    "XSW21": (IDENTITY, "vihf-digest"),
    "XSW22": (IDENTITY, "vihf-digest"),
    "XSW23": (IDENTITY, "vihf-nested"),
    "XSW24": (IDENTITY, "vihf-signature-place"),
    "XSW4": (IDENTITY, "vihf-signature-place"),
    "XSW7b": (IDENTITY, "vihf-signature-place"),
    "XSW8b": (IDENTITY, "vihf-signature-place"),
}


def query(door: Door, assertion: bytes = b"", blocks: list[etree._Element] | None = None) -> bytes:
    """A query about the plain record, under an assertion or with header blocks of one's own."""
    asked = iti18.FindDocuments(patient_id=door.plain, statuses=(Status.APPROVED,))
    body = door.caller.envelope(iti18.render_request(asked), iti18.ACTION, door.plain, assertion=assertion)
    if blocks is not None:
        inside = b"".join(etree.tostring(block) for block in blocks)
        body = body.replace(b"</s:Header>", inside + b"</s:Header>")
    return body


def send(door: Door, assertion: bytes) -> Heard:
    """That query, over the physician's certificate."""
    return door.soap(PATH, query(door, assertion))


def _about(door: Door, data: bytes) -> bytes:
    """An assertion about the other record, rewritten for this one."""
    return data.replace(door.other.replace("&", "&amp;").encode(), door.plain.replace("&", "&amp;").encode())


def _wrapped(name: str) -> Case:
    def attack(door: Door) -> Heard:
        pieces = wrapping.pieces(signed(door, patient=door.other), partial(_about, door))
        return door.soap(PATH, query(door, blocks=HEADERS[name](pieces)))

    label = name.split()[0]
    code, rule = _RULES.get(label) or _RULES.get(label.rstrip("bc")) or (IDENTITY, "vihf-nested")
    return Case(attack, code, rule, 400)


def _signer(door: Door) -> Signer:
    identity = door.caller.identity
    return Signer(identity.sign_certificate.read_bytes(), identity.sign_key.read_bytes())


def _bare(data: bytes) -> bytes:
    root = etree.fromstring(data)
    root.remove(root[1])
    return etree.tostring(root)


def _formed(rule: str, **choices: Any) -> Case:
    """Truly signed by the holder's own key, in a form that must not be taken."""

    def attack(door: Door) -> Heard:
        return send(door, signed_with(_signer(door), _bare(signed(door)), **choices))

    return Case(attack, IDENTITY, rule, 400)


def _changed(rule: str, change: Callable[[Door, etree._Element], Any], code: str = IDENTITY) -> Case:
    """A good assertion whose elements were changed."""

    def attack(door: Door) -> Heard:
        root = etree.fromstring(signed(door))
        change(door, root)
        return send(door, etree.tostring(root))

    return Case(attack, code, rule, 400)


def _transform(algorithm: str, inside: str) -> Callable[[Door, etree._Element], None]:
    def change(door: Door, root: etree._Element) -> None:
        transforms = next(root.iter(d("Transforms")))
        added = etree.SubElement(transforms, d("Transform"), Algorithm=algorithm)
        if inside:
            added.append(etree.fromstring(inside))

    return change


def _hmac(secret: Callable[[x509.Certificate], bytes]) -> Callable[[Door, etree._Element], None]:
    def change(door: Door, root: etree._Element) -> None:
        certificate = x509.load_pem_x509_certificate(door.caller.identity.sign_certificate.read_bytes())
        next(root.iter(d("SignatureMethod"))).set("Algorithm", "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256")
        canonical = etree.tostring(next(root.iter(d("SignedInfo"))), method="c14n", exclusive=True)
        value = hmac.new(secret(certificate), canonical, "sha256").digest()
        next(root.iter(d("SignatureValue"))).text = base64.b64encode(value).decode()

    return change


def _public(encoding: Encoding) -> Callable[[x509.Certificate], bytes]:
    return lambda certificate: certificate.public_key().public_bytes(encoding, PublicFormat.SubjectPublicKeyInfo)


def _other_certificate(door: Door) -> str:
    other = Intruder(door.living).identity("yann.sarment").sign_certificate.read_bytes()
    return base64.b64encode(x509.load_pem_x509_certificate(other).public_bytes(Encoding.DER)).decode()


def _key_info(door: Door, root: etree._Element) -> None:
    """The certificate of another card over a signature of ours."""
    next(root.iter(d("X509Certificate"))).text = _other_certificate(door)


def _key_info_first(door: Door, root: etree._Element) -> None:
    """Two certificates: the other card's is found first."""
    data = next(root.iter(d("X509Data")))
    first = etree.Element(d("X509Certificate"))
    first.text = _other_certificate(door)
    data.insert(0, first)


def _key_value(door: Door, root: etree._Element) -> None:
    """A bare key instead of a certificate."""
    info = next(root.iter(d("KeyInfo")))
    info.remove(info[0])
    etree.SubElement(etree.SubElement(info, d("KeyValue")), d("RSAKeyValue"))


def _as_another(door: Door) -> Heard:
    """Signed by a good card in the name of another's certificate."""
    who = Intruder(door.living).identity("yann.sarment")
    text = signed(door, issuer=subject_dn(who.sign_certificate.read_bytes()))
    root = etree.fromstring(text)
    _key_info(door, root)
    return send(door, etree.tostring(root))


def _cut(
    field: str, rule: str, whole: Callable[[Door], str], place: Callable[[Door], str], code: str = IDENTITY
) -> Case:
    """A value truly signed, in which a comment hides the end from who reads the first text only."""

    def attack(door: Door) -> Heard:
        data = signed(door, **{field: whole(door)})
        start = place(door).replace("&", "&amp;").encode()
        assert start in data
        return send(door, data.replace(start, start + b"<!-- -->"))

    return Case(attack, code, rule, 400 if code == IDENTITY else 200)


def _doctype(inside: bytes, entity: bytes) -> Case:
    """A DTD before the envelope, an entity in the subject."""

    def attack(door: Door) -> Heard:
        person = door.caller.identity.person.encode()
        body = query(door, signed(door))
        assert b">" + person + b"<" in body
        return door.soap(PATH, inside + body.replace(b">" + person + b"<", b">" + entity + b"<"))

    return Case(attack, "Sender", "xml-dtd", 400)


def _replayed(door: Door) -> Heard:
    """The ID of an accepted assertion over another content."""
    first = signed(door, id="_used-once-" + door.plain[:12])
    assert send(door, first).status == 200
    return send(door, signed(door, id="_used-once-" + door.plain[:12], software_version="2"))


def _second_certificate(door: Door) -> httpx.Client:
    """Another certificate of the same holder, of the same authority."""
    identity, now = door.caller.identity, datetime.now(UTC)
    authority = pki.make_authority(door.living.home / "demo" / "pki", now=now)
    certificate, key = pki.issue(
        authority,
        pki.Kind.CARD_AUTHENTICATION,
        name="stolen-second",
        common_name=identity.person,
        not_before=now - timedelta(hours=1),
        not_after=now + timedelta(days=1),
    )
    context = tls_context(replace(identity, certificate=certificate, key=key), door.caller.authority)
    return httpx.Client(verify=context, base_url=door.living.tls, trust_env=False, timeout=60)


def _over(client: Callable[[Door], httpx.Client], *, used: bool) -> Callable[[Door], Heard]:
    """A good assertion, brought by another certificate than its own."""

    def attack(door: Door) -> Heard:
        body = query(door, signed(door))
        if used:
            assert door.soap(PATH, body).status == 200
        with client(door) as thief:
            answer = thief.post(PATH, content=body, headers={"Content-Type": "application/soap+xml"})
        return heard(answer.status_code, answer.headers["content-type"], answer.content)

    return attack


def _structure(door: Door) -> str:
    return next(one["id"] for one in door.living.identities["structures"])


CASES: dict[str, Case] = {
    **{name: _wrapped(name) for name in HEADERS},
    "replay: the ID of another content": Case(_replayed, IDENTITY, "vihf-replay", 400),
    "stolen: over a second certificate of its holder": Case(
        _over(_second_certificate, used=True), IDENTITY, "vihf-stolen", 400
    ),
    "stolen: over a colleague's certificate": Case(
        _over(lambda door: Intruder(door.living).machines("yann.sarment"), used=True), IDENTITY, "vihf-subject", 400
    ),
    "stolen before its first use": Case(
        _over(lambda door: Intruder(door.living).machines("yann.sarment"), used=False), IDENTITY, "vihf-subject", 400
    ),
    "stolen: over a structure's certificate": Case(
        _over(lambda door: Intruder(door.living).machines(_structure(door)), used=True), IDENTITY, "vihf-mode", 400
    ),
    "stolen: without a certificate": Case(
        _over(lambda door: Intruder(door.living).machines(), used=True), CERTIFICATE, "certificate-missing", 400
    ),
    "a structure that claims a card's mode": Case(
        lambda door: send(door, signed(door, mode=Mode.INDIRECT)), IDENTITY, "vihf-mode", 400
    ),
    "canonicalisation: inclusive": _formed("vihf-canonicalization", canonicalization=xmlsec.Transform.C14N),
    "canonicalisation: with comments": _formed(
        "vihf-canonicalization", canonicalization=xmlsec.constants.TransformExclC14NWithComments
    ),
    "canonicalisation: 1.1": _formed("vihf-canonicalization", canonicalization=xmlsec.constants.TransformInclC14N11),
    "transform: inclusive": _formed("vihf-transform", transforms=(xmlsec.Transform.ENVELOPED, xmlsec.Transform.C14N)),
    "transform: enveloped only": _formed("vihf-transform", transforms=(xmlsec.Transform.ENVELOPED,)),
    "transform: none": _changed("vihf-transform", lambda door, root: next(root.iter(d("Transforms"))).clear()),
    "transform: XPath": _changed(
        "vihf-transform", _transform(XPATH, f'<ds:XPath xmlns:ds="{DSIG}">ancestor-or-self::none</ds:XPath>')
    ),
    "transform: XSLT": _changed(
        "vihf-transform",
        _transform(
            XSLT,
            '<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"><xsl:template match="/">'
            "<xsl:value-of select=\"document('file:///etc/passwd')\"/></xsl:template></xsl:stylesheet>",
        ),
    ),
    "transform: base64": _changed("vihf-transform", _transform("http://www.w3.org/2000/09/xmldsig#base64", "")),
    "reference: the whole document": _formed("vihf-reference", uris=("",)),
    "reference: XPointer to the root": _formed("vihf-reference", uris=("#xpointer(/)",)),
    "reference: a file": _changed(
        "vihf-reference", lambda door, root: next(root.iter(d("Reference"))).set("URI", "file:///etc/passwd")
    ),
    "reference: an address": _changed(
        "vihf-reference", lambda door, root: next(root.iter(d("Reference"))).set("URI", "http://127.0.0.1:1/")
    ),
    "reference: none": _changed("vihf-reference", lambda door, root: next(root.iter(d("Reference"))).attrib.pop("URI")),
    "algorithm: RSA-SHA1": _formed("vihf-algorithm", algorithm=xmlsec.Transform.RSA_SHA1),
    "algorithm: SHA-1 digest": _formed("vihf-algorithm", digest=xmlsec.Transform.SHA1),
    "algorithm: none": _changed(
        "vihf-algorithm", lambda door, root: next(root.iter(d("SignatureMethod"))).set("Algorithm", "")
    ),
    "HMAC: the public key, PEM": _changed("vihf-algorithm", _hmac(_public(Encoding.PEM))),
    "HMAC: the public key, DER": _changed("vihf-algorithm", _hmac(_public(Encoding.DER))),
    "HMAC: the certificate": _changed(
        "vihf-algorithm", _hmac(lambda certificate: certificate.public_bytes(Encoding.DER))
    ),
    "HMAC: an empty secret": _changed("vihf-algorithm", _hmac(lambda certificate: b"")),
    "HMAC: truncated to nothing": _changed(
        "vihf-algorithm",
        lambda door, root: etree.SubElement(next(root.iter(d("SignatureMethod"))), d("HMACOutputLength")),
    ),
    "KeyInfo: another card's certificate": _changed("vihf-signature", _key_info, CERTIFICATE),
    "KeyInfo: another card's certificate first": _changed("vihf-signature", _key_info_first, CERTIFICATE),
    "KeyInfo: a bare key": _changed("vihf-certificate-missing", _key_value, CERTIFICATE),
    "KeyInfo: another card's certificate and name": Case(_as_another, CERTIFICATE, "vihf-signature", 400),
    "comment: the end of a NameID": _cut(
        "subject",
        "vihf-subject",
        lambda door: door.caller.identity.person + ".ailleurs",
        lambda door: door.caller.identity.person,
    ),
    "comment: the end of a structure": _cut(
        "structure",
        "structure-unknown",
        lambda door: door.caller.identity.structure + "9",
        lambda door: door.caller.identity.structure,
    ),
    "comment: the end of a patient": _cut(
        "patient",
        "vihf-patient",
        lambda door: door.plain + "9",
        lambda door: door.plain,
        "XDSPatientIdDoesNotMatch",
    ),
    "DTD: an entity in the subject": _doctype(b'<!DOCTYPE s [<!ENTITY e "899900000017">]>', b"&e;"),
    "DTD: a file in the subject": _doctype(b'<!DOCTYPE s [<!ENTITY e SYSTEM "file:///etc/passwd">]>', b"&e;"),
    "DTD: an ID declared": _doctype(b"<!DOCTYPE s [<!ATTLIST Box ID ID #IMPLIED>]>", b"8999"),
}
_refused: list[str] = []


@pytest.mark.parametrize("name", CASES)
def test_an_attack_on_the_assertion_is_refused(door: Door, name: str) -> None:
    refuses(door, CASES[name])
    _refused.append(name)


def test_the_same_message_unspoiled_is_accepted(door: Door) -> None:
    """What the attacks start from opens; so does the forged assertion, once its own holder has signed it."""
    assert send(door, signed(door)).status == 200
    own = signed_with(_signer(door), _bare(signed(door)))
    assert send(door, own).status == 200
    blocks = wrapping.security(etree.fromstring(signed(door)))
    assert door.soap(PATH, query(door, blocks=blocks)).status == 200


def test_count() -> None:
    """How many were tried; each that failed has failed its own test."""
    print(f"\nassertions: {len(_refused)} attacks tried, {len(_refused)} refused, 0 accepted ({len(CASES)} known)")
    assert len([name for name in HEADERS if name.startswith("XSW")]) >= 12
