"""Assertions that prove nothing: none, somebody else's, changed, old, or telling another story."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from carnet.client.identity import Identity
from carnet.wire.saml import names
from carnet.wire.saml.names import PROFESSION_SYSTEM
from carnet.wire.saml.sign import signed_vihf, subject_dn
from carnet.wire.saml.vihf import Mode, Role, Vihf
from carnet.wire.xds import iti18_stored_query as iti18
from carnet.wire.xds.model import Status
from tests.attacks.bad_input import Case, Door, Heard, refuses
from tests.attacks.intruder import Intruder

IDENTITY, CERTIFICATE, RIGHTS = (
    "DMPIdentityCertificationFailure",
    "DMPInvalidCertificate",
    "DMPAccessDeniedByRightsService",
)


def signed(door: Door, *, signer: Identity | None = None, **values: Any) -> bytes:
    """A VIHF of the physician with some values changed, signed with their key or another's."""
    identity, now = door.caller.identity, datetime.now(UTC)
    by = signer or identity
    certificate = by.sign_certificate.read_bytes()
    told: dict[str, Any] = {
        "id": f"_{secrets.token_hex(16)}",
        "issuer": subject_dn(certificate),
        "subject": identity.person,
        "issued_at": now,
        "authenticated_at": now,
        "not_before": now,
        "not_on_or_after": now + timedelta(minutes=30),
        "authentication_class": names.SMARTCARD_PKI,
        "mode": Mode.DIRECT,
        "structure": identity.structure,
        "sector": identity.sector,
        "subject_name": identity.name,
        "roles": identity.roles,
        "patient": door.plain,
        "software_name": "Essai",
        "software_version": "1",
        "homologation": "ESSAI",
    }
    return signed_vihf(Vihf(**told | values), key=by.sign_key.read_bytes(), certificate=certificate)


def send(door: Door, assertion: bytes, *, domain: str = "ihe") -> Heard:
    """A good query under that assertion."""
    asked = iti18.FindDocuments(patient_id=door.plain, statuses=(Status.APPROVED,))
    body = door.caller.envelope(iti18.render_request(asked), iti18.ACTION, door.plain, assertion=assertion)
    return door.soap("/xds/registry" if domain == "fr" else f"/d/{domain}/xds/registry", body)


def _told(rule: str, code: str = IDENTITY, *, domain: str = "ihe", **values: Any) -> Case:
    return Case(lambda door: send(door, signed(door, **values), domain=domain), code, rule, 400)


def _changed(rule: str, code: str, spoil: Callable[[bytes], bytes]) -> Case:
    def spoiled(door: Door) -> Heard:
        good = signed(door)
        bad = spoil(good)
        assert bad != good
        return send(door, bad)

    return Case(spoiled, code, rule, 400)


def _between(data: bytes, start: bytes, end: bytes) -> tuple[int, int]:
    return data.index(start), data.index(end) + len(end)


def _unsigned(data: bytes) -> bytes:
    start, end = _between(data, b"<ds:Signature", b"</ds:Signature>")
    return data[:start] + data[end:]


def _signed_twice(data: bytes) -> bytes:
    start, end = _between(data, b"<ds:Signature", b"</ds:Signature>")
    return data[:end] + data[start:end] + data[end:]


def _nested(data: bytes) -> bytes:
    at = data.index(b"</saml2:AttributeStatement>")
    return data[:at] + b'<saml2:Assertion ID="x" Version="2.0"/>' + data[at:]


def _of(who: str) -> Case:
    """Signed by somebody else's card."""
    return Case(
        lambda door: send(door, signed(door, signer=Intruder(door.living).identity(who))), IDENTITY, "vihf-subject", 400
    )


_HOUR = timedelta(hours=1)

CASES: dict[str, Case] = {
    "none": Case(lambda door: send(door, b""), IDENTITY, "vihf-missing", 400),
    "of-somebody-else": _told("vihf-subject", subject="899900000037"),
    "signed-by-somebody-else": _of("yann.sarment"),
    "changed-after-signing": _changed(
        "vihf-digest", IDENTITY, lambda data: data.replace(b"SARMENT", b"AUBIER").replace(b"Essai", b"Eseai")
    ),
    "unsigned": _changed("vihf-signature-missing", IDENTITY, _unsigned),
    "signed-twice": _changed("vihf-signature-place", IDENTITY, _signed_twice),
    "one-inside-another": _changed("vihf-nested", IDENTITY, _nested),
    "without-certificate": _changed(
        "vihf-certificate-missing", CERTIFICATE, lambda data: data.replace(b"X509Certificate>", b"X509SKI>")
    ),
    "sha-1": _changed(
        "vihf-algorithm",
        IDENTITY,
        lambda data: data.replace(
            b"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", b"http://www.w3.org/2000/09/xmldsig#rsa-sha1"
        ),
    ),
    "old": Case(
        lambda door: send(
            door,
            signed(
                door,
                issued_at=datetime.now(UTC) - 3 * _HOUR,
                authenticated_at=datetime.now(UTC) - 3 * _HOUR,
                not_before=datetime.now(UTC) - 3 * _HOUR,
                not_on_or_after=datetime.now(UTC) - 2 * _HOUR,
            ),
        ),
        IDENTITY,
        "vihf-expired",
        400,
    ),
    "of-tomorrow": Case(
        lambda door: send(
            door,
            signed(
                door,
                issued_at=datetime.now(UTC) + 24 * _HOUR,
                authenticated_at=datetime.now(UTC) + 24 * _HOUR,
                not_before=datetime.now(UTC) + 24 * _HOUR,
                not_on_or_after=datetime.now(UTC) + 25 * _HOUR,
            ),
        ),
        IDENTITY,
        "vihf-not-yet-valid",
        400,
    ),
    "other-profession": _told("vihf-role", roles=(Role("60", PROFESSION_SYSTEM),)),
    "other-sector": _told("vihf-sector", sector="SA01"),
    "other-structure": _told("activity-absent", structure="1330999012", sector="SA01"),
    "structure-that-is-not": _told("structure-unknown", structure="1990000001"),
    "issuer-of-another-name": _told("vihf-issuer", CERTIFICATE, issuer="CN=Personne"),
    "mode-of-structures": _told("vihf-mode", mode=Mode.INDIRECT),
    "mode-not-open": _told("vihf-mode-unsupported", RIGHTS, mode=Mode.REINFORCED),
    "regulation-by-a-practice": _told("vihf-purpose", RIGHTS, purpose="centre_15"),
    "version-of-another-age": _told("vihf-version", domain="fr", version="1.0"),
}


@pytest.mark.parametrize("name", CASES)
def test_a_bad_assertion_is_refused(door: Door, name: str) -> None:
    refuses(door, CASES[name])
