"""A passkey made of software (W3C Web Authentication, level 2): says what a test wants it to say, honest or not."""

from __future__ import annotations

import hashlib
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2 import cbor

_PRESENT, _VERIFIED, _ATTESTED = 0x01, 0x04, 0x40


def text(data: bytes) -> str:
    """Base64url without padding."""
    return urlsafe_b64encode(data).decode().rstrip("=")


def data(sent: str) -> bytes:
    """The bytes of base64url without padding."""
    return urlsafe_b64decode(sent + "=" * (-len(sent) % 4))


@dataclass
class Key:
    """One credential; `verifies` is whether it checks who uses it, `origin` the site that it believes it is on."""

    verifies: bool = True
    origin: str = "http://localhost"
    host: str = "localhost"
    identifier: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    private: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    handle: bytes = b""
    # How often it signed; one that does not count says 0 always.
    counts: bool = True
    signed: int = 1

    def _client_data(self, sort: str, challenge: str) -> bytes:
        return json.dumps({"type": sort, "challenge": challenge, "origin": self.origin, "crossOrigin": False}).encode()

    def _authenticator_data(self, more: bytes = b"", flags: int = 0) -> bytes:
        flags |= _PRESENT | (_VERIFIED if self.verifies else 0)
        return (
            hashlib.sha256(self.host.encode()).digest()
            + bytes([flags])
            + (self.signed if self.counts else 0).to_bytes(4)
            + more
        )

    def make(self, options: dict[str, Any]) -> str:
        """The answer to a registration."""
        asked = options["publicKey"]
        self.handle = data(asked["user"]["id"])
        numbers = self.private.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)}
        attested = bytes(16) + len(self.identifier).to_bytes(2) + self.identifier + cbor.encode(cose)
        made = {"fmt": "none", "attStmt": {}, "authData": self._authenticator_data(attested, _ATTESTED)}
        return self._answer(
            {
                "clientDataJSON": text(self._client_data("webauthn.create", asked["challenge"])),
                "attestationObject": text(cbor.encode(made)),
            }
        )

    def sign(self, options: dict[str, Any]) -> str:
        """The answer to an authentication."""
        self.signed += 1
        about = self._client_data("webauthn.get", options["publicKey"]["challenge"])
        told = self._authenticator_data()
        signature = self.private.sign(told + hashlib.sha256(about).digest(), ec.ECDSA(SHA256()))
        return self._answer(
            {
                "clientDataJSON": text(about),
                "authenticatorData": text(told),
                "signature": text(signature),
                "userHandle": text(self.handle),
            }
        )

    def _answer(self, response: dict[str, str]) -> str:
        name = text(self.identifier)
        return json.dumps(
            {"id": name, "rawId": name, "type": "public-key", "response": response, "clientExtensionResults": {}}
        )
