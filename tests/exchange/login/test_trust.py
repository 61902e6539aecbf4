"""`carnet trust`: an operator adds an authority to a running copy; what is no authority, or not now, is not taken."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from django.core.exceptions import ImproperlyConfigured

from carnet.exchange.login.client_certificate import Certificate, from_header
from carnet.kernel import clock, trust
from carnet.kernel.authorities import DEMONSTRATION, authorities, of_demonstration
from carnet.ops import trust as command
from carnet.ops.demo import pki
from carnet.ops.demo.pki import Kind
from tests.exchange.login.conftest import NOW, PERSON, World

NAME = "carnet-ac-de-demonstration"


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture(autouse=True)
def home(world: World, settings: Any, tmp_path: Path) -> Path:
    """A home without a demonstration, in production."""
    settings.CARNET_HOME, settings.CARNET_MODE = tmp_path / "home", "production"
    settings.CARNET_REVOCATION_REQUIRED = True
    return tmp_path / "home"


@pytest.fixture
def trust_command(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    """Run `carnet trust …`; exit code and what it said."""

    def run(*words: object) -> tuple[int, str]:
        parser = argparse.ArgumentParser()
        command.add_arguments(parser)
        code = command.run(parser.parse_args([str(word) for word in words]))
        told = capsys.readouterr()
        return code, told.out + told.err

    return run


def rule(found: Any) -> str:
    return "" if isinstance(found, Certificate) else found.rule


def enters(world: World) -> str:
    """The rule that a card of the authority breaks, empty when it opens a connection."""
    return rule(from_header(world.make(Kind.CARD_AUTHENTICATION, PERSON).header, now=NOW))


def test_an_authority_is_believed_without_a_restart_until_it_is_removed(world, trust_command, home):
    assert enters(world) == "certificate-unknown-authority"
    code, told = trust_command("add", world.authority.bundle, "--crl", world.authority.revocation_list)
    assert code == 0, told
    assert "CN=Carnet AC de demonstration" in told
    assert trust.fingerprint(world.authority.issuing) in told
    assert (home / "trust").stat().st_mode & 0o077 == 0
    assert enters(world) == ""
    code, told = trust_command("list")
    assert code == 0
    assert told.startswith(f"{NAME}\n")
    assert "revocation   list of" in told
    code, told = trust_command("remove", NAME)
    assert (code, "Removed" in told) == (0, True)
    assert enters(world) == "certificate-unknown-authority"
    assert list((home / "trust").iterdir()) == []


def test_der_and_a_name_of_ones_own(world, trust_command, tmp_path):
    for name, one in (("ca.cer", world.authority.issuing),):
        (tmp_path / name).write_bytes(one.public_bytes(Encoding.DER))
    revoked = x509.load_pem_x509_crl(world.authority.revocation_list.read_bytes())
    (tmp_path / "ca.crl").write_bytes(revoked.public_bytes(Encoding.DER))
    code, told = trust_command("add", tmp_path / "ca.cer", "--crl", tmp_path / "ca.crl", "--name", "essai-2026")
    assert code == 0, told
    assert told.startswith("essai-2026\n")
    assert enters(world) == "", "an issuing authority may stand alone, without its root"


def test_a_later_list_is_given_by_the_same_command(world, trust_command, tmp_path):
    own = replace(world.authority, folder=tmp_path)
    own.bundle.write_bytes(world.authority.bundle.read_bytes())
    own.revocation_list.write_bytes(world.authority.revocation_list.read_bytes())
    assert trust_command("add", own.bundle, "--crl", own.revocation_list)[0] == 0
    assert enters(world) == ""
    pki.revoke(own, world.make(Kind.CARD_AUTHENTICATION, PERSON).x509, now=NOW)
    assert trust_command("add", own.bundle, "--crl", own.revocation_list)[0] == 0
    assert enters(world) == "certificate-revoked"
    # Without a list it keeps the one it had.
    assert trust_command("add", own.bundle)[0] == 0
    assert enters(world) == "certificate-revoked"


def test_without_a_list_it_says_what_production_does(world, trust_command):
    code, told = trust_command("add", world.authority.bundle)
    assert code == 0
    assert "refused until one is given (--crl)" in told
    assert enters(world) == "certificate-revocation-unknown"


def test_one_name_is_one_authority(world, stranger, trust_command):
    assert trust_command("add", world.authority.bundle)[0] == 0
    code, told = trust_command("add", stranger.authority.bundle)
    assert code == 1
    assert "--name" in told
    assert trust_command("add", stranger.authority.bundle, "--name", "other")[0] == 0
    # Known already: it stays under its name.
    code, told = trust_command("add", world.authority.bundle, "--name", "third")
    assert (code, told.splitlines()[0]) == (0, NAME)


def test_what_is_not_there_is_said(trust_command, tmp_path):
    code, told = trust_command("remove", "absent")
    assert (code, told) == (1, "No authority is kept under 'absent'. There are: none.\n")
    code, told = trust_command("add", tmp_path / "absent.pem")
    assert (code, told) == (2, f"{tmp_path}/absent.pem: No such file or directory.\n")
    assert trust_command("list")[1].startswith("No authority is believed.")


def made(*, ca: bool = True, signs: bool = True, bits: int = 2048, days: int = 300, **names: str) -> bytes:
    """A self-signed certificate, PEM."""
    key = rsa.generate_private_key(65537, bits)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names.get("cn", "AC d'essai"))])
    if "o" in names:
        name = x509.Name([*name, x509.NameAttribute(NameOID.ORGANIZATION_NAME, names["o"])])
    usage = dict.fromkeys(
        (
            "digital_signature",
            "content_commitment",
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "crl_sign",
            "encipher_only",
            "decipher_only",
        ),
        False,
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=400))
        .not_valid_after(NOW + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(key_cert_sign=signs, **usage), critical=True)
    )
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (lambda: made(ca=False, signs=False), "is not an authority's certificate"),
        (lambda: made(signs=False), "is not an authority's certificate"),
        (lambda: made(days=-1), "not today"),
        (lambda: made(bits=1024), "a key that is too short"),
        (lambda: made(o=DEMONSTRATION), "authority of a demonstration"),
        (lambda: b"nothing of the sort", "neither as PEM nor as DER"),
        (lambda: b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "no certificate in it"),
        (lambda: b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "neither as PEM nor as DER"),
        (lambda: made(cn="---"), "is no name for an authority"),
    ],
    ids=["person", "no-usage", "ended", "short-key", "demonstration", "text", "key", "broken", "nameless"],
)
def test_what_is_not_taken(trust_command, home, tmp_path, data, why):
    file = tmp_path / "given.pem"
    file.write_bytes(data())
    code, told = trust_command("add", file)
    assert (code, why in told) == (1, True), told
    assert not (home / "trust").exists()


def test_lists_that_are_not_taken(world, stranger, trust_command, tmp_path):
    bundle = world.authority.bundle
    code, told = trust_command("add", bundle, "--crl", stranger.authority.revocation_list)
    assert (code, "is not signed by an authority of the file" in told) == (1, True)
    code, told = trust_command("add", bundle, "--crl", bundle)
    assert (code, "no revocation list is in it" in told) == (1, True)
    issuing, key = world.authority.issuing, world.authority.issuing_key
    for name, ends, delta, why in (
        ("old", NOW - timedelta(days=1), False, "fetch the present one"),
        ("delta", NOW + timedelta(days=1), True, "changes only"),
    ):
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(issuing.subject)
            .last_update(NOW - timedelta(days=9))
            .next_update(ends)
        )
        if delta:
            builder = builder.add_extension(x509.DeltaCRLIndicator(1), critical=True)
        (tmp_path / name).write_bytes(builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM))
        code, told = trust_command("add", bundle, "--crl", tmp_path / name)
        assert (code, why in told) == (1, True), told


def test_two_generations_in_one_file(world, stranger, trust_command, tmp_path):
    mixed = tmp_path / "mixed.pem"
    mixed.write_bytes(
        world.authority.issuing.public_bytes(Encoding.PEM) + stranger.authority.root.public_bytes(Encoding.PEM)
    )
    code, told = trust_command("add", mixed)
    assert (code, "two generations" in told) == (1, True)


def test_a_demonstration_takes_one_of_a_demonstration(trust_command, settings, home, tmp_path):
    settings.CARNET_MODE = "demo"
    (tmp_path / "given.pem").write_bytes(made(o=DEMONSTRATION))
    assert trust_command("add", tmp_path / "given.pem")[0] == 0
    settings.CARNET_MODE = "production"
    with pytest.raises(ImproperlyConfigured, match="authority of a demonstration"):
        authorities()


def test_the_authority_of_a_demonstration_is_known_by_its_organisation(tmp_path):
    authority = pki.make_authority(tmp_path, now=datetime.now(UTC))
    assert of_demonstration(authority.issuing)
    assert of_demonstration(authority.root)
    assert not of_demonstration(x509.load_pem_x509_certificate(made()))


def test_a_file_that_is_being_written_is_not_read(world, trust_command, home):
    assert trust_command("add", world.authority.bundle, "--crl", world.authority.revocation_list)[0] == 0
    (home / "trust" / ".half.pem").write_bytes(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    assert enters(world) == ""
