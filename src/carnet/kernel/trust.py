"""The authorities that an operator adds: checked before they are believed, kept one a file in `$CARNET_HOME/trust`.

An authority is one file: its certificates (an issuing authority, and its root if one is wanted) and their revocation
lists, PEM. What is kept was found right at that moment; each request checks dates and signatures again.
"""

from __future__ import annotations

import os
import re
import secrets
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from carnet.kernel.authorities import blocks, issuer_of_list, of_demonstration

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,60}")
_HASHES = (hashes.SHA256, hashes.SHA384, hashes.SHA512)
_RSA_BITS, _CURVE_BITS = 2048, 256
_PEM = b"-----BEGIN "


class NotTrustedError(Exception):
    """An authority that is not taken; the message says what is wrong, where, and what to do."""


@dataclass(frozen=True, slots=True)
class Trusted:
    """An authority kept under a name, with the revocation lists of its certificates."""

    name: str
    certificates: tuple[x509.Certificate, ...]
    lists: tuple[x509.CertificateRevocationList, ...]

    def list_of(self, certificate: x509.Certificate) -> x509.CertificateRevocationList | None:
        """The latest list that a certificate of it has signed."""
        own = [one for one in self.lists if issuer_of_list(one, (certificate,)) is not None]
        return max(own, key=lambda one: one.last_update_utc, default=None)


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 of a certificate, in pairs of digits, as authorities publish theirs."""
    return certificate.fingerprint(hashes.SHA256()).hex(":").upper()


def read(data: bytes, revoked: Sequence[bytes], *, source: str, name: str, now: datetime, production: bool) -> Trusted:
    """The authority of a file (PEM or DER) and of its revocation lists; raises NotTrustedError.

    `source` names the file in the messages, `name` is what the authority is to be called, empty for a name made of its
    CN. Each certificate must be an authority's, in its dates, signed with SHA-256 or longer by a key long enough.
    """
    certificates, lists = _parsed(data, source)
    for one in revoked:
        more, listed = _parsed(one, "the revocation list", lists=True)
        if more or not listed:
            raise NotTrustedError("--crl: no revocation list is in it. Give the CRL that the authority publishes.")
        lists += listed
    if not certificates:
        raise NotTrustedError(f"{source}: there is no certificate in it. Give the authority's certificate, PEM or DER.")
    for certificate in certificates:
        _check_authority(certificate, certificates, source, now)
        if production and of_demonstration(certificate):
            raise NotTrustedError(
                f"{source}: {_subject(certificate)} is the authority of a demonstration: anybody may hold its keys. "
                "Production does not take it."
            )
    for listed_one in lists:
        _check_list(listed_one, certificates, now)
    chosen = name or _named(certificates[0])
    if not _NAME.fullmatch(chosen):
        raise NotTrustedError(f"{chosen!r} is no name for an authority: small letters, digits and hyphens (--name).")
    return Trusted(chosen, tuple(certificates), tuple(lists))


def kept(folder: Path) -> list[Trusted]:
    """What is kept, by name; raises NotTrustedError for a file that cannot be read."""
    if not folder.is_dir():
        return []
    found = []
    for path in sorted(folder.glob("[!.]*.pem")):
        try:
            certificates, lists = blocks(path.read_bytes())
        except (OSError, ValueError) as error:
            raise NotTrustedError(f"{path} cannot be read ({error}). Remove it, and add it again.") from error
        found.append(Trusted(path.stem, tuple(certificates), tuple(lists)))
    return found


def keep(folder: Path, authority: Trusted) -> Path:
    """Write an authority, whole or not at all; where it is. Raises NotTrustedError when its name is another's.

    One that is kept already stays under its name; without a revocation list, it keeps the ones it had.
    """
    mine = authority.certificates[0]
    for other in kept(folder):
        same = other.certificates[:1] == (mine,)
        if same:
            authority = Trusted(other.name, authority.certificates, authority.lists or other.lists)
            break
        if other.name == authority.name:
            raise NotTrustedError(
                f"{other.name} is the name of another authority, {_subject(other.certificates[0])}. "
                "Choose another with --name, or remove that one first."
            )
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{authority.name}.pem"
    draft = folder / f".{authority.name}.{secrets.token_hex(4)}"
    with draft.open("xb") as file:
        for certificate in authority.certificates:
            file.write(certificate.public_bytes(Encoding.PEM))
        for revoked in authority.lists:
            file.write(revoked.public_bytes(Encoding.PEM))
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    return path


def remove(folder: Path, name: str) -> Trusted:
    """Believe an authority no more; what it was. Raises NotTrustedError when there is none of that name."""
    found = {one.name: one for one in kept(folder)}
    if name not in found:
        names = ", ".join(found) or "none"
        raise NotTrustedError(f"No authority is kept under {name!r}. There are: {names}.")
    (folder / f"{name}.pem").unlink()
    return found[name]


def _parsed(
    data: bytes, source: str, *, lists: bool = False
) -> tuple[list[x509.Certificate], list[x509.CertificateRevocationList]]:
    try:
        if _PEM in data:
            return blocks(data)
        return ([], [x509.load_der_x509_crl(data)]) if lists else ([x509.load_der_x509_certificate(data)], [])
    except ValueError:
        raise NotTrustedError(f"{source}: it can be read neither as PEM nor as DER.") from None


def _check_authority(
    certificate: x509.Certificate, together: Sequence[x509.Certificate], source: str, now: datetime
) -> None:
    def wrong(text: str) -> NotTrustedError:
        return NotTrustedError(f"{source}: {_subject(certificate)} {text}")

    if not _is_authority(certificate):
        raise wrong(
            "is not an authority's certificate (basicConstraints CA, keyCertSign): give that of the authority which "
            "signed it."
        )
    starts, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if not starts <= now < ends:
        raise wrong(
            f"is valid from {starts:%Y-%m-%d} to {ends:%Y-%m-%d}, not today: ask the authority for the present one."
        )
    if not isinstance(certificate.signature_hash_algorithm, _HASHES):
        found = certificate.signature_hash_algorithm
        raise wrong(
            f"is signed with {found.name.upper() if found else 'an unknown digest'}: SHA-256 or longer is needed."
        )
    key = certificate.public_key()
    long_enough = (isinstance(key, rsa.RSAPublicKey) and key.key_size >= _RSA_BITS) or (
        isinstance(key, ec.EllipticCurvePublicKey) and key.key_size >= _CURVE_BITS
    )
    if not long_enough:
        raise wrong(f"has a key that is too short or of another kind: RSA {_RSA_BITS} or EC {_CURVE_BITS} at least.")
    signers = [one for one in together if one.subject == certificate.issuer]
    if signers and not any(_signed(certificate, one) for one in signers):
        raise wrong("is not signed by the authority of that name in the same file: the file mixes two generations.")


def _check_list(
    revoked: x509.CertificateRevocationList, certificates: Sequence[x509.Certificate], now: datetime
) -> None:
    issuer = revoked.issuer.rfc4514_string()
    if issuer_of_list(revoked, certificates) is None:
        raise NotTrustedError(
            f"The revocation list of {issuer} is not signed by an authority of the file. Give its own list, or add "
            "that authority's certificate to the file."
        )
    if any(isinstance(extension.value, x509.DeltaCRLIndicator) for extension in revoked.extensions):
        raise NotTrustedError(f"The revocation list of {issuer} tells changes only (delta): give the whole list.")
    if revoked.next_update_utc is None or revoked.next_update_utc <= now:
        when = f"{revoked.next_update_utc:%Y-%m-%d}" if revoked.next_update_utc else "no day"
        raise NotTrustedError(f"The revocation list of {issuer} ended on {when}: fetch the present one.")


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except (x509.ExtensionNotFound, ValueError):
        return False
    return constraints.ca and usage.key_cert_sign


def _signed(certificate: x509.Certificate, authority: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(authority)
    except Exception:  # whatever a foreign key or signature makes the library say
        return False
    return True


def _subject(certificate: x509.Certificate) -> str:
    return certificate.subject.rfc4514_string()


def _named(certificate: x509.Certificate) -> str:
    """A name made of the CN: `AC IGC-SANTE TEST` → `ac-igc-sante-test`."""
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    text = str(names[0].value) if names else fingerprint(certificate).replace(":", "")[:16]
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].rstrip("-")
