"""Attacks on the signature: what is read is what was signed, by the key that the caller trusts.

Each wrapping starts from an assertion that was really signed, and shows first that a careless verifier (the signature
verifies somewhere in the document) would have accepted it: otherwise its refusal would prove nothing.
Source: Somorovsky et al., "On Breaking SAML: Be Whoever You Want to Be" (USENIX Security 2012); CVE-2018-0489.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
import signxml
import signxml.exceptions
import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from lxml import etree

from carnet.ops.demo import pki
from carnet.wire.errors import Malformed
from carnet.wire.saml.names import DSIG, ENVELOPED, EXCLUSIVE_C14N, SAML
from carnet.wire.saml.sign import sign, subject_dn
from carnet.wire.saml.verify import signing_certificate, verify
from carnet.wire.saml.vihf import build

NOW = datetime(2026, 3, 14, 9, 30, tzinfo=UTC)
VICTIM = b"801234567897"
FORGED = b"899900000017"


def q(name: str) -> str:
    return f"{{{SAML}}}{name}"


def d(name: str) -> str:
    return f"{{{DSIG}}}{name}"


def refused(assertion: bytes, certificate: bytes, *, tolerate_sha1: bool = False) -> str:
    with pytest.raises(Malformed) as caught:
        verify(assertion, certificate=certificate, now=NOW, tolerate_sha1=tolerate_sha1)
    assert caught.value.text
    return caught.value.rule


def careless(assertion: bytes, certificate: bytes) -> bool:
    """What a verifier does that finds the first signature and lets the library follow its reference."""
    root = etree.fromstring(assertion)
    xmlsec.tree.add_ids(root, ["ID"])
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(certificate, xmlsec.KeyFormat.CERT_DER)
    try:
        context.verify(next(root.iter(d("Signature"))))
    except xmlsec.Error:
        return False
    return True


@dataclass(frozen=True)
class Signer:
    """A certificate and its key, PEM."""

    certificate: bytes
    key: bytes

    @property
    def der(self) -> bytes:
        return x509.load_pem_x509_certificate(self.certificate).public_bytes(Encoding.DER)


class Pieces:
    """A signed assertion, its signature alone, and a forged assertion that wears its clothes."""

    def __init__(self, signed: bytes) -> None:
        self.original = etree.fromstring(signed)
        self.signature = deepcopy(self.original.find(d("Signature")))
        self.signature.tail = None
        self.bare = deepcopy(self.original)
        self.bare.remove(self.bare.find(d("Signature")))
        self.forged = etree.fromstring(etree.tostring(self.bare).replace(VICTIM, FORGED))
        self.forged.set("ID", "_forged")


def _signed_inside_forged(p: Pieces) -> etree._Element:
    p.forged.append(p.original)
    return p.forged


def _bare_inside_object(p: Pieces) -> etree._Element:
    p.forged.insert(1, p.signature)
    etree.SubElement(p.signature, d("Object")).append(p.bare)
    return p.forged


def _bare_inside_object_same_id(p: Pieces) -> etree._Element:
    p.forged.set("ID", p.bare.get("ID"))
    return _bare_inside_object(p)


def _bare_inside_advice(p: Pieces) -> etree._Element:
    p.forged.insert(1, p.signature)
    etree.SubElement(p.forged, q("Advice")).append(p.bare)
    return p.forged


def _bare_inside_attribute(p: Pieces) -> etree._Element:
    p.forged.insert(1, p.signature)
    next(p.forged.iter(q("AttributeValue"))).append(p.bare)
    return p.forged


def _bare_inside_key_info(p: Pieces) -> etree._Element:
    p.forged.insert(1, p.signature)
    p.signature.find(d("KeyInfo")).append(p.bare)
    return p.forged


def _bare_inside_subject(p: Pieces) -> etree._Element:
    p.forged.insert(1, p.signature)
    p.forged.find(q("Subject")).append(p.bare)
    return p.forged


def _signature_deeper(p: Pieces) -> etree._Element:
    p.forged.find(q("Subject")).append(p.original)
    return p.forged


def _signed_inside_object_of_a_second_signature(p: Pieces) -> etree._Element:
    second = etree.SubElement(p.forged, d("Signature"))
    etree.SubElement(second, d("Object")).append(p.original)
    second.tag = d("Signature")
    return p.forged


def _forged_inside_a_response(p: Pieces) -> etree._Element:
    response = etree.Element("{urn:oasis:names:tc:SAML:2.0:protocol}Response")
    response.append(p.original)
    response.append(p.forged)
    return response


WRAPPINGS = {
    _signed_inside_forged: {"vihf-signature-place", "vihf-nested"},
    _bare_inside_object: {"vihf-nested"},
    _bare_inside_object_same_id: {"vihf-nested", "vihf-id"},
    _bare_inside_advice: {"vihf-nested"},
    _bare_inside_attribute: {"vihf-nested"},
    _bare_inside_key_info: {"vihf-nested"},
    _bare_inside_subject: {"vihf-nested"},
    _signature_deeper: {"vihf-signature-place"},
    _signed_inside_object_of_a_second_signature: {"vihf-signature-place"},
    _forged_inside_a_response: {"vihf-structure"},
}
# The library refuses these by itself: the same ID twice, an empty first signature, or an original that the enveloped
# transform removes together with the signature that hides it.
NOT_CARELESS = {
    _bare_inside_object_same_id,
    _signed_inside_object_of_a_second_signature,
    _bare_inside_object,
    _bare_inside_key_info,
}


@pytest.mark.parametrize("wrap", WRAPPINGS, ids=lambda wrap: wrap.__name__.strip("_"))
def test_signature_wrapping(signer, signed, wrap):
    attack = etree.tostring(wrap(Pieces(signed)))
    assert FORGED in attack
    if wrap not in NOT_CARELESS:
        assert careless(attack, signer.der)
    assert refused(attack, signer.der) in WRAPPINGS[wrap]


@pytest.mark.parametrize("wrap", WRAPPINGS, ids=lambda wrap: wrap.__name__.strip("_"))
def test_a_second_reader_never_takes_the_forged_one_for_signed(signer, signed, wrap):
    """signxml gives back what a signature covers: never the forged assertion."""
    attack = etree.tostring(wrap(Pieces(signed)))
    try:
        found = signxml.XMLVerifier().verify(attack, x509_cert=signer.certificate.decode(), id_attribute="ID")
    except (signxml.exceptions.InvalidInput, signxml.exceptions.InvalidSignature, etree.DocumentInvalid):
        return
    results = found if isinstance(found, list) else [found]
    for result in results:
        assert result.signed_xml is None or result.signed_xml.get("ID") != "_forged"


def test_wrapping_under_another_name_is_refused_by_the_reference(signer, signed):
    """The original hidden in an element of a foreign namespace, as one that a fixed list of names would miss."""
    pieces = Pieces(signed)
    pieces.forged.insert(1, pieces.signature)
    hidden = etree.SubElement(pieces.forged, "{urn:x}Box", ID=pieces.bare.get("ID"))
    hidden.text = "not an assertion"
    assert refused(etree.tostring(pieces.forged), signer.der) == "vihf-reference"


def test_a_decoy_with_the_same_identifier(signer, signed):
    for name in ("Id", "id", "ID", "AssertionID", "{http://www.w3.org/XML/1998/namespace}id"):
        root = etree.fromstring(signed)
        root.find(f"{d('Signature')}/{d('KeyInfo')}").set(name, root.get("ID"))
        assert refused(etree.tostring(root), signer.der) == "vihf-id"


def test_an_assertion_without_identifier(signer, signed):
    root = etree.fromstring(signed)
    del root.attrib["ID"]
    assert refused(etree.tostring(root), signer.der) == "vihf-id"


def test_two_signatures(signer, signed):
    root = etree.fromstring(signed)
    root.append(deepcopy(root.find(d("Signature"))))
    assert refused(etree.tostring(root), signer.der) == "vihf-signature-place"


def test_unsigned(signer, vihf):
    assert refused(build(vihf), signer.der) == "vihf-signature-missing"
    with pytest.raises(Malformed, match="vihf-signature-missing"):
        signing_certificate(build(vihf))


def test_every_signed_value_is_protected(signer, signed):
    """Change any text or attribute outside the signature: the digest no longer holds."""
    count = 0
    for index, element in enumerate(etree.fromstring(signed).iter(etree.Element)):
        if next(element.iterancestors(d("Signature")), element).tag == d("Signature"):
            continue
        root = etree.fromstring(signed)
        target = list(root.iter(etree.Element))[index]
        if not len(target):
            target.text = (target.text or "") + "x"
            assert refused(etree.tostring(root), signer.der) == "vihf-digest"
            count += 1
        for name in list(target.attrib):
            if name in ("Version", "ID") and target is root:
                continue
            root = etree.fromstring(signed)
            target = list(root.iter(etree.Element))[index]
            target.set(name, target.get(name) + "x")
            assert refused(etree.tostring(root), signer.der) == "vihf-digest"
            count += 1
    assert count > 40


def test_a_digest_made_to_fit_breaks_the_signature(signer, signed):
    forged = etree.fromstring(signed.replace(VICTIM, FORGED))
    bare = deepcopy(forged)
    bare.remove(bare.find(d("Signature")))
    canonical = etree.tostring(bare, method="c14n", exclusive=True, inclusive_ns_prefixes=["xs"])
    next(forged.iter(d("DigestValue"))).text = base64.b64encode(hashlib.sha256(canonical).digest()).decode()
    assert refused(etree.tostring(forged), signer.der) == "vihf-signature"


def test_the_key_is_the_one_the_caller_trusts(signers, signed):
    assert refused(signed, signers[1].der) == "vihf-signature"


def test_a_foreign_certificate_in_key_info_changes_nothing(signers, signed):
    """KeyInfo is outside the signature: whoever swaps it only changes which certificate must be trusted."""
    other = base64.b64encode(signers[1].der).decode()
    root = etree.fromstring(signed)
    next(root.iter(d("X509Certificate"))).text = other
    swapped = etree.tostring(root)
    assert signing_certificate(swapped) == signers[1].der
    assert refused(swapped, signers[1].der) == "vihf-signature"


def test_the_issuer_is_the_signer(signers, vihf):
    signed_by_another = signers[1].sign(vihf)
    assert refused(signed_by_another, signers[1].der) == "vihf-issuer"


def test_a_reversed_distinguished_name_is_the_same_issuer(signer, vihf):
    backwards = ",".join(
        part.rfc4514_string({}) for part in x509.load_pem_x509_certificate(signer.certificate).subject.rdns
    )
    assert backwards.startswith("C=FR")
    reversed_issuer = msgspec.structs.replace(vihf, issuer=backwards)
    assert verify(signer.sign(reversed_issuer), certificate=signer.der, now=NOW).issuer == backwards


def test_hmac_with_the_public_key_as_secret(signer, signed):
    """Key confusion: the verifier's public key is public, so it must never serve as a shared secret."""
    root = etree.fromstring(signed)
    method = next(root.iter(d("SignatureMethod")))
    method.set("Algorithm", "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256")
    info = next(root.iter(d("SignedInfo")))
    public = x509.load_der_x509_certificate(signer.der).public_key()
    for secret in (
        public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        signer.certificate,
        signer.der,
    ):
        canonical = etree.tostring(info, method="c14n", exclusive=True)
        value = hmac.new(secret, canonical, "sha256").digest()
        next(root.iter(d("SignatureValue"))).text = base64.b64encode(value).decode()
        assert refused(etree.tostring(root), signer.der) == "vihf-algorithm"


def signed_with(signer, unsigned: bytes, **choices) -> bytes:
    """Sign as a correct signer who chose other algorithms or transforms than ours would."""
    root = etree.fromstring(unsigned)
    signature = xmlsec.template.create(
        root,
        choices.get("canonicalization", xmlsec.Transform.EXCL_C14N),
        choices.get("algorithm", xmlsec.Transform.RSA_SHA256),
        ns="ds",
    )
    root.insert(1, signature)
    for uri in choices.get("uris", (f"#{root.get('ID')}",)):
        reference = xmlsec.template.add_reference(signature, choices.get("digest", xmlsec.Transform.SHA256), uri=uri)
        for transform in choices.get("transforms", (xmlsec.Transform.ENVELOPED, xmlsec.Transform.EXCL_C14N)):
            xmlsec.template.add_transform(reference, transform)
    xmlsec.template.x509_data_add_certificate(xmlsec.template.add_x509_data(xmlsec.template.ensure_key_info(signature)))
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(signer.key, xmlsec.KeyFormat.PEM)
    context.key.load_cert_from_memory(signer.certificate, xmlsec.KeyFormat.CERT_PEM)
    context.register_id(root, "ID")
    context.sign(signature)
    return etree.tostring(root)


@pytest.mark.parametrize(
    ("choices", "rule"),
    [
        ({"canonicalization": xmlsec.Transform.C14N}, "vihf-canonicalization"),
        ({"canonicalization": xmlsec.constants.TransformExclC14NWithComments}, "vihf-canonicalization"),
        ({"transforms": (xmlsec.Transform.ENVELOPED, xmlsec.Transform.C14N)}, "vihf-transform"),
        (
            {"transforms": (xmlsec.Transform.ENVELOPED, xmlsec.constants.TransformExclC14NWithComments)},
            "vihf-transform",
        ),
        ({"transforms": (xmlsec.Transform.ENVELOPED,)}, "vihf-transform"),
        ({"uris": ("",)}, "vihf-reference"),
        ({"uris": ("#xpointer(id('_f3b1c7d2-4f7e-4f0e-9a44-2d4b0a3f9f10'))",)}, "vihf-reference"),
        ({"uris": ("#_f3b1c7d2-4f7e-4f0e-9a44-2d4b0a3f9f10", "")}, "vihf-reference"),
        ({"algorithm": xmlsec.Transform.RSA_SHA1}, "vihf-algorithm"),
        ({"digest": xmlsec.Transform.SHA1}, "vihf-algorithm"),
    ],
)
def test_a_valid_signature_of_the_wrong_form(signer, vihf, choices, rule):
    assert refused(signed_with(signer, build(vihf), **choices), signer.der) == rule


@pytest.mark.parametrize("algorithm", [xmlsec.Transform.RSA_SHA384, xmlsec.Transform.RSA_SHA512])
def test_stronger_algorithms_are_accepted(signer, vihf, algorithm):
    strong = signed_with(signer, build(vihf), algorithm=algorithm, digest=xmlsec.Transform.SHA512)
    assert verify(strong, certificate=signer.der, now=NOW) == vihf


def test_an_elliptic_key_signs_too(vihf, tmp_path):
    certificate, key = pki.issue(
        pki.make_authority(tmp_path, now=NOW),
        pki.Kind.CARD_SIGNATURE,
        name="elliptic",
        common_name="801234567897",
        not_before=NOW,
        not_after=NOW + timedelta(days=1),
        key=ec.generate_private_key(ec.SECP256R1()),
    )
    elliptic = Signer(certificate.read_bytes(), key.read_bytes())
    stated = msgspec.structs.replace(vihf, issuer=subject_dn(elliptic.certificate))
    signed = signed_with(elliptic, build(stated), algorithm=xmlsec.Transform.ECDSA_SHA256)
    assert verify(signed, certificate=elliptic.der, now=NOW) == stated
    assert refused(signed.replace(b"ecdsa-sha256", b"rsa-sha256"), elliptic.der) == "vihf-signature"


def test_sha1_only_where_it_is_tolerated(signer, vihf):
    old, present = xmlsec.Transform.SHA1, xmlsec.Transform.SHA256
    for algorithm, digest in (
        (xmlsec.Transform.RSA_SHA1, old),
        (xmlsec.Transform.RSA_SHA1, present),
        (xmlsec.Transform.RSA_SHA256, old),
    ):
        made = signed_with(signer, build(vihf), algorithm=algorithm, digest=digest)
        assert refused(made, signer.der) == "vihf-algorithm"
        assert verify(made, certificate=signer.der, now=NOW, tolerate_sha1=True) == vihf


def test_other_transforms_or_another_order(signer, signed):
    root = etree.fromstring(signed)
    swapped = deepcopy(root)
    transforms = next(swapped.iter(d("Transforms")))
    transforms.insert(0, transforms[1])
    assert refused(etree.tostring(swapped), signer.der) == "vihf-transform"
    for algorithm in ("http://www.w3.org/TR/1999/REC-xslt-19991116", "http://www.w3.org/TR/1999/REC-xpath-19991116"):
        first = next(root.iter(d("Transform")))
        first.set("Algorithm", algorithm)
        assert refused(etree.tostring(root), signer.der) == "vihf-transform"


def test_a_comment_does_not_cut_a_name(signer, signed):
    """Exclusive C14N drops comments, so the signature holds; the value read must be the whole one that was signed."""
    cut = signed.replace(VICTIM, b"80123<!-- -->4567897")
    assert cut != signed
    assert careless(cut, signer.der)
    assert verify(cut, certificate=signer.der, now=NOW).subject == VICTIM.decode()


def test_a_signed_name_is_not_shortened_by_a_comment(signer, vihf):
    """The classic attack: sign for `8012345678970000`, then hide the end behind a comment."""
    longer = signer.sign(msgspec.structs.replace(vihf, subject="8012345678970000"))
    cut = longer.replace(b"8012345678970000", b"801234567897<!-- -->0000")
    assert verify(cut, certificate=signer.der, now=NOW).subject == "8012345678970000"


def test_a_processing_instruction_hides_nothing(signer, signed):
    cut = signed.replace(VICTIM, b"80123<?x y?>4567897")
    assert not careless(cut, signer.der)
    assert verify(cut, certificate=signer.der, now=NOW).subject == VICTIM.decode()


def test_an_entity_is_refused(signer, signed):
    attack = b'<!DOCTYPE a [<!ENTITY e "899900000017">]>' + signed.replace(VICTIM, b"&e;")
    assert refused(attack, signer.der) == "xml-dtd"


def test_an_assertion_without_a_canonical_form(signer, signed):
    """A relative namespace has none (Canonical XML §1.3)."""
    relative = signed.replace(b"<saml2:NameID>", b'<saml2:NameID xmlns:z="../z" z:a="1">')
    assert relative != signed
    assert refused(relative, signer.der) == "vihf-canonicalization"


def test_letters_that_no_base64_has(signer, signed):
    for name, rule in (
        ("DigestValue", "vihf-digest"),
        ("SignatureValue", "vihf-signature"),
        ("X509Certificate", "vihf-certificate"),
    ):
        root = etree.fromstring(signed)
        element = next(root.iter(d(name)))
        element.text = "é" + (element.text or "")
        spoiled = etree.tostring(root)
        if name == "X509Certificate":
            with pytest.raises(Malformed, match=rule):
                signing_certificate(spoiled)
        else:
            assert refused(spoiled, signer.der) == rule


def test_an_assertion_of_unreasonable_size(signer, signed):
    huge = signed.replace(b"Carnet &lt;essai&gt;", b"x" * 70_000)
    assert refused(huge, signer.der) == "xml-size"


def test_a_certificate_that_is_none(signer, signed):
    root = etree.fromstring(signed)
    next(root.iter(d("X509Certificate"))).text = "AAAA"
    with pytest.raises(Malformed, match="vihf-certificate"):
        signing_certificate(etree.tostring(root))
    data = next(root.iter(d("X509Data")))
    data.remove(data[0])
    with pytest.raises(Malformed, match="vihf-certificate-missing"):
        signing_certificate(etree.tostring(root))


def test_the_reading_ignores_the_namespaces_of_the_message(signer, vihf):
    """Signed inside an envelope that declares the prefixes, then taken out with them in scope."""
    alone = etree.fromstring(build(vihf))
    envelope = etree.Element("{http://www.w3.org/2003/05/soap-envelope}Envelope", nsmap=alone.nsmap)
    envelope.append(etree.fromstring(sign(build(vihf), key=signer.key, certificate=signer.certificate)))
    etree.cleanup_namespaces(envelope, top_nsmap={"saml2": SAML, "xs": alone.nsmap["xs"]}, keep_ns_prefixes=["xs"])
    taken = etree.tostring(envelope[0], with_tail=False)
    assert verify(taken, certificate=signer.der, now=NOW) == vihf


def test_the_transforms_named_here_are_the_two_of_saml(signed):
    assert [element.get("Algorithm") for element in etree.fromstring(signed).iter(d("Transform"))] == [
        ENVELOPED,
        EXCLUSIVE_C14N,
    ]
