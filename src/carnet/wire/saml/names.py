"""Names of SAML 2.0, XML Signature and the VIHF, as they stand on the wire."""

from __future__ import annotations

SAML = "urn:oasis:names:tc:SAML:2.0:assertion"
DSIG = "http://www.w3.org/2000/09/xmldsig#"
HL7V3 = "urn:hl7-org:v3"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
XS = "http://www.w3.org/2001/XMLSchema"

X509_SUBJECT_NAME = "urn:oasis:names:tc:SAML:1.1:nameid-format:X509SubjectName"
SMARTCARD_PKI = "urn:oasis:names:tc:SAML:2.0:ac:classes:SmartcardPKI"
TLS_CLIENT = "urn:oasis:names:tc:SAML:2.0:ac:classes:TLSClient"
# Classes of authentication with a key (SAML 2.0 authentication context §3.4), then those of a local sign-in.
_CLASSES = "urn:oasis:names:tc:SAML:2.0:ac:classes:"
DIRECT_CLASSES = frozenset({SMARTCARD_PKI, TLS_CLIENT, *(f"{_CLASSES}{name}" for name in ("X509", "Smartcard"))})
LOCAL_CLASSES = DIRECT_CLASSES | frozenset(
    f"{_CLASSES}{name}"
    for name in (
        "Password",
        "PasswordProtectedTransport",
        "Kerberos",
        "MobileTwoFactorContract",
        "MobileTwoFactorUnregistered",
        "SoftwarePKI",
        "TimeSyncToken",
        "unspecified",
    )
)
# What the audience of an XUA assertion is called at connectathons.
CONNECTATHON_AUDIENCE = "http://ihe.connectathon.XUA/X-ServiceProvider-IHE-Connectathon"

# Attributes of the VIHF (CI-SIS). Older senders write the mode with a small m.
VERSION = "VIHF_Version"
MODE = "Authentification_Mode"
MODE_2019 = "Authentification_mode"
STRUCTURE = "Identifiant_Structure"
SECTOR = "Secteur_Activite"
SUBJECT_NAME = "urn:oasis:names:tc:xspa:1.0:subject:subject-id"
ROLE = "urn:oasis:names:tc:xacml:2.0:subject:role"
PATIENT = "urn:oasis:names:tc:xacml:2.0:resource:resource-id"
RESOURCE = "Ressource_URN"
PURPOSE = "urn:oasis:names:tc:xspa:1.0:subject:purposeofuse"
CONFIDENTIALITY = "urn:oasis:names:tc:xspa:1.0:resource:patient:hl7:confidentiality-code"
SOFTWARE_ID = "LPS_ID"
SOFTWARE_NAME = "LPS_Nom"
SOFTWARE_VERSION = "LPS_Version"
HOMOLOGATION = "LPS_ID_HOMOLOGATION_DMP"

RESOURCE_DMP = "urn:dmp"
SECTOR_SYSTEM = "1.2.250.1.71.4.2.4"
BY_ROLE_SYSTEM = "1.2.250.1.213.1.6.1.140"
# Professions: TRE_G15 and, in training, TRE_G16; others: TRE_A00, R94 (social), R95 (titles), R291 (by their role).
PROFESSION_SYSTEM = "1.2.250.1.71.1.2.7"
TRAINING_SYSTEM = "1.2.250.1.71.1.2.8"
OTHER_ACTOR_SYSTEMS = frozenset(
    {
        "1.2.250.1.213.1.1.4.6",
        "1.2.250.1.213.1.6.1.4",
        "1.2.250.1.213.1.6.1.109",
        BY_ROLE_SYSTEM,
    }
)
# The second role: savoir-faire (TRE_R01, and R38 that replaced a part of it), section of pharmacists (TRE_G05), role in
# care (TRE_R85).
SPECIALTY_SYSTEMS = frozenset({"1.2.250.1.71.4.2.5", "1.2.250.1.213.2.28"})
SECTION_SYSTEM = "1.2.250.1.71.4.2.6"
CARE_ROLE_SYSTEM = "1.2.250.1.213.1.6.1.107"
PURPOSE_SYSTEM = "1.2.250.1.213.1.1.4.248"
CONFIDENTIALITY_SYSTEM = "1.2.250.1.213.1.1.4.13"
HIDDEN_FROM_REPRESENTATIVES = "INVISIBLE_REPRESENTANTS_LEGAUX"
PURPOSE_SYSTEM_NAME = "mode acces VIHF 2.0"

ENVELOPED = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
EXCLUSIVE_C14N = "http://www.w3.org/2001/10/xml-exc-c14n#"

RSA_SHA1 = "http://www.w3.org/2000/09/xmldsig#rsa-sha1"
SHA1 = "http://www.w3.org/2000/09/xmldsig#sha1"
SIGNATURE_ALGORITHMS = frozenset(
    f"http://www.w3.org/2001/04/xmldsig-more#{name}"
    for name in ("rsa-sha256", "rsa-sha384", "rsa-sha512", "ecdsa-sha256")
)
# Digest algorithm → name in hashlib.
DIGEST_ALGORITHMS = {
    "http://www.w3.org/2001/04/xmlenc#sha256": "sha256",
    "http://www.w3.org/2001/04/xmldsig-more#sha384": "sha384",
    "http://www.w3.org/2001/04/xmlenc#sha512": "sha512",
}
