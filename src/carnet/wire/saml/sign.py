"""Sign an assertion: an enveloped signature right after the issuer (SAML 2.0 core §5), exclusive C14N.

RSA-SHA256 with an RSA key, ECDSA-SHA256 with one of an elliptic curve.
"""

from __future__ import annotations

import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from lxml import etree
from xmlsec import constants

from carnet.wire.saml.names import EXCLUSIVE_C14N
from carnet.wire.saml.vihf import Vihf, build
from carnet.wire.xml import parse

_NAMES = {NameOID.SURNAME: "SN", NameOID.GIVEN_NAME: "GN", NameOID.TITLE: "title"}


def sign(assertion: bytes, *, key: bytes, certificate: bytes) -> bytes:
    """The assertion with its signature; `key` is a PKCS#8 key and `certificate` the signer's, both PEM.

    The certificate goes into KeyInfo alone, without its chain. Namespaces used only inside values
    (`xsi:type="xs:string"`) are named in InclusiveNamespaces, or canonicalisation would lose their binding.
    """
    root = parse(assertion)
    public = x509.load_pem_x509_certificate(certificate).public_key()
    method = (
        constants.TransformEcdsaSha256
        if isinstance(public, ec.EllipticCurvePublicKey)
        else constants.TransformRsaSha256
    )
    signature = xmlsec.template.create(root, constants.TransformExclC14N, method, ns="ds")
    root.insert(1, signature)
    reference = xmlsec.template.add_reference(signature, constants.TransformSha256, uri=f"#{root.get('ID')}")
    xmlsec.template.add_transform(reference, constants.TransformEnveloped)
    canonical = xmlsec.template.add_transform(reference, constants.TransformExclC14N)
    etree.SubElement(
        canonical,
        f"{{{EXCLUSIVE_C14N}}}InclusiveNamespaces",
        nsmap={"ec": EXCLUSIVE_C14N},
        PrefixList="xs",
    )
    key_info = xmlsec.template.ensure_key_info(signature)
    xmlsec.template.x509_data_add_certificate(xmlsec.template.add_x509_data(key_info))
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(key, constants.KeyDataFormatPem)
    context.key.load_cert_from_memory(certificate, constants.KeyDataFormatCertPem)
    context.register_id(root, "ID")
    context.sign(signature)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=False)


def signed_vihf(vihf: Vihf, *, key: bytes, certificate: bytes) -> bytes:
    """`build`, then `sign`."""
    return sign(build(vihf), key=key, certificate=certificate)


def subject_dn(certificate: bytes) -> str:
    """The DN of a PEM certificate as the Issuer of its assertions carries it (RFC 4514, most specific first)."""
    return x509.load_pem_x509_certificate(certificate).subject.rfc4514_string(_NAMES)
