"""An exchange in words: why it was refused, what the certificate and the VIHF say, how to send it again."""

from __future__ import annotations

import shlex
from datetime import UTC, datetime

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from django.conf import settings

from carnet.exchange.testbed.queries import Kept
from carnet.exchange.testbed.reading import assertion_of, masked, parsed
from carnet.record.terminology import api as terminology
from carnet.wire.errors import Malformed
from carnet.wire.saml import vihf
from carnet.wire.saml.names import PROFESSION_SYSTEM

_CARD_TYPE = x509.ObjectIdentifier("1.2.250.1.71.1.2.2")
_NAMES = {NameOID.TITLE: "title", NameOID.SURNAME: "SN", NameOID.GIVEN_NAME: "GN"}
_OUTCOMES = {
    "accepted": "Accepté.",
    "warned": "Accepté, avec une remarque à lire.",
    "failed": "Le serveur a échoué : ce n’est pas votre message. Rien n’a été enregistré.",
}
_PURPOSES = {"normal": "accès normal", "bris_de_glace": "bris de glace", "centre_15": "régulation médicale (centre 15)"}
# Caller's headers that curl, or this page, writes by itself.
_NOT_SENT = {"host", "content-length", "user-agent", "accept-encoding", "connection", "transfer-encoding"}


def why(kept: Kept) -> str:
    """One sentence: what became of the message, and the first reason."""
    if kept.outcome != "refused":
        return _OUTCOMES[kept.outcome]
    first = next((problem for problem in kept.problems if not problem.warning), kept.problems[0])
    others = sum(not problem.warning for problem in kept.problems) - 1
    more = f" Et {others} autre{'s' if others > 1 else ''} raison{'s' if others > 1 else ''}, ci-dessous."
    named = f" (règle {first.rule})" if first.rule else ""
    return f"Refusé{named} : {first.text}{more if others > 0 else ''}"


def certificate_facts(der: bytes) -> tuple[tuple[str, str], ...]:
    """Subject, issuer, dates and kind of the client certificate; empty when none was presented."""
    if not der:
        return ()
    try:
        certificate = x509.load_der_x509_certificate(der)
        return (
            ("Titulaire", certificate.subject.rfc4514_string(_NAMES)),
            ("Autorité", certificate.issuer.rfc4514_string()),
            ("Nature", _kind(certificate)),
            ("Valable", f"du {_day(certificate.not_valid_before_utc)} au {_day(certificate.not_valid_after_utc)}"),
            ("Numéro de série", f"{certificate.serial_number:x}"),
        )
    except ValueError:
        return (("Certificat", f"illisible ({len(der)} octets)"),)


def _kind(certificate: x509.Certificate) -> str:
    extensions = certificate.extensions
    card = any(extension.oid == _CARD_TYPE for extension in extensions)
    signature = server = False
    for extension in extensions:
        if isinstance(extension.value, x509.KeyUsage):
            signature = extension.value.content_commitment
        if isinstance(extension.value, x509.ExtendedKeyUsage):
            server = ExtendedKeyUsageOID.SERVER_AUTH in extension.value
    if certificate.issuer == certificate.subject:
        return "fait par soi-même : aucune autorité ne l’a signé"
    if server:
        return "serveur"
    holder = "carte de professionnel (CPS)" if card else "structure"
    return f"{holder}, pour la {'signature' if signature else 'connexion'}"


def _day(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%d/%m/%Y")


def vihf_sentences(kept: Kept) -> tuple[str, ...]:
    """What the assertion of a SOAP message states, unchecked; empty when it carries none that can be read."""
    assertion = assertion_of(kept.request_type, kept.request)
    if not assertion:
        return ()
    root = parsed(assertion)
    try:
        said = vihf.read(root) if root is not None else None
    except Malformed as error:
        return (f"Le VIHF ne se lit pas : {error.text}",)
    if said is None:
        return ("Le VIHF ne se lit pas.",)
    role = next((role.code for role in said.roles if role.system == PROFESSION_SYSTEM), "")
    profession = terminology.label("profession", role) if role else ""
    who = f"{said.subject_name or said.subject} ({said.subject}{', ' + profession if profession else ''})"
    about = f" à propos du patient {masked(said.patient)}" if said.patient else " sans nommer de patient"
    end = said.not_on_or_after
    limit = f" jusqu’au {end.astimezone(UTC):%d/%m/%Y %H:%M:%S} UTC" if end else " sans limite écrite"
    return (
        f"{who} agit dans la structure {said.structure}, secteur {said.sector},{about}.",
        f"Authentification {said.mode.value.lower()}, {_PURPOSES.get(said.purpose, said.purpose)}.",
        f"Émis le {said.issued_at.astimezone(UTC):%d/%m/%Y %H:%M:%S} UTC, valable{limit}, version {said.version}.",
        f"Logiciel : {said.software_name} {said.software_version}, homologation {said.homologation}.",
    )


def curl(kept: Kept, page: str) -> str:
    """The commands that send the request again; the caller puts its own certificate and key."""
    sent = [(name, value) for name, value in kept.request_headers if name.lower() not in _NOT_SENT]
    words = ["curl", "--cacert", "var/demo/pki/ca.pem", "--cert", "votre-carte.pem", "--key", "votre-carte.key"]
    if kept.method != "GET":
        words += ["-X", kept.method]
    for name, value in sent:
        words += ["-H", f"{name}: {value}"]
    if kept.request:
        words += ["--data-binary", "@requete"]
    words.append(f"https://localhost:{settings.CARNET_TLS_PORT}{kept.address}")
    first = f"curl -o requete {shlex.quote(page + 'requete')}\n" if kept.request else ""
    return first + " ".join(map(shlex.quote, words))
