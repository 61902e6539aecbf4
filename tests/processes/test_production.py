"""Production refuses each unsafe setting by its name, with what to do; a complete configuration starts and serves."""

from __future__ import annotations

import base64
import os
import re
import secrets
import shutil
import ssl
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from carnet.config import environment
from carnet.ops.demo import pki
from tests.conftest import start_carnet, stop_carnet
from tests.processes.production import certificate, configuration, empty_list, name, write_key

Variables = dict[str, str]


@pytest.fixture
def variables(tmp_path: Path) -> Variables:
    """A complete configuration of its own."""
    folder = tmp_path / "production"
    folder.mkdir()
    return configuration(folder)


def put(variables: Variables, **changes: str) -> None:
    """Values in place of files."""
    for variable, value in changes.items():
        variables.pop(f"{variable}_FILE", None)
        variables[variable] = value


def demonstration(variables: Variables, secret: str) -> str:
    """A secret that a demonstration made."""
    home = Path(variables["CARNET_HOME"]).parent / "demo"
    environment.read({"CARNET_HOME": str(home)})
    return (home / "secrets" / secret).read_text(encoding="ascii")


def files(variables: Variables) -> Path:
    return Path(variables["CARNET_TLS_KEY"]).parent


def _file_of(setting: str, mode: int) -> Callable[[Variables], None]:
    return lambda variables: Path(variables[setting]).chmod(mode)


def _without(setting: str) -> Callable[[Variables], None]:
    def remove(variables: Variables) -> None:
        variables.pop(setting)

    return remove


def _with(**changes: str) -> Callable[[Variables], None]:
    return lambda variables: put(variables, **changes)


def _from_demonstration(setting: str) -> Callable[[Variables], None]:
    secret = setting.removeprefix("CARNET_").lower()
    return lambda variables: put(variables, **{setting: demonstration(variables, secret)})


def _same(setting: str, other: str) -> Callable[[Variables], None]:
    return lambda variables: variables.update({f"{setting}_FILE": variables[f"{other}_FILE"]})


def _inside_home(setting: str) -> Callable[[Variables], None]:
    return lambda variables: put(variables, **{setting: variables["CARNET_HOME"] + "/backups"})


def _keys_inside_backups(variables: Variables) -> None:
    put(variables, CARNET_KEY_BACKUPS=variables["CARNET_BACKUPS"] + "/keys")


def _other_key(variables: Variables) -> None:
    write_key(files(variables) / "server.key", ec.generate_private_key(ec.SECP256R1()))


def _ended(variables: Variables) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    issuer = name("AC fictive")
    (files(variables) / "server.pem").write_bytes(
        certificate(name("localhost"), key, issuer, key, authority=False, days=-1)
    )
    write_key(files(variables) / "server.key", key)


def _not_a_certificate(variables: Variables) -> None:
    (files(variables) / "server.pem").write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")


def _demonstration_server(variables: Variables) -> None:
    now = datetime.now(UTC)
    authority = pki.make_authority(files(variables) / "demo", now=now)
    issued = pki.issue(
        authority,
        pki.Kind.SERVER,
        name="server",
        common_name="localhost",
        not_before=now - pki.CLOCK_MARGIN,
        not_after=now.replace(year=now.year + 1),
    )
    put(variables, CARNET_TLS_CERTIFICATE=str(issued[0]), CARNET_TLS_KEY=str(issued[1]))


def _demonstration_authority(variables: Variables) -> None:
    authority = pki.make_authority(files(variables) / "demo", now=datetime.now(UTC))
    variables["CARNET_AUTHORITIES"] += f",{authority.bundle},{authority.revocation_list}"


def _no_list(variables: Variables) -> None:
    put(variables, CARNET_AUTHORITIES=str(files(variables) / "authority.pem"))


def _list_of_another(variables: Variables) -> None:
    (files(variables) / "list.pem").write_bytes(empty_list(name("AC fictive"), ec.generate_private_key(ec.SECP256R1())))


_SAME_BYTES = base64.b64encode(b"\1" * 32).decode()
_REMOTE = "postgresql://carnet:mot@base.example.org/carnet"
# Setting that is named, what makes it unsafe, what is said of it.
UNSAFE: list[tuple[str, Callable[[Variables], None], str]] = [
    ("CARNET_MASTER_KEY", _from_demonstration("CARNET_MASTER_KEY"), "made for a demonstration"),
    ("CARNET_JOURNAL_KEY", _from_demonstration("CARNET_JOURNAL_KEY"), "made for a demonstration"),
    ("CARNET_SEALING_KEY", _from_demonstration("CARNET_SEALING_KEY"), "made for a demonstration"),
    ("CARNET_SECRET_KEY", _from_demonstration("CARNET_SECRET_KEY"), "made for a demonstration"),
    ("CARNET_SECRET_KEY", _with(CARNET_SECRET_KEY="django-insecure-" + secrets.token_hex(40)), "demonstration"),
    ("CARNET_MASTER_KEY", _with(CARNET_MASTER_KEY=_SAME_BYTES), "not drawn at random"),
    ("CARNET_JOURNAL_KEY", _with(CARNET_JOURNAL_KEY=_SAME_BYTES), "not drawn at random"),
    ("CARNET_SECRET_KEY", _with(CARNET_SECRET_KEY="changeme" * 8), "not drawn at random"),
    ("CARNET_DATABASE_PASSWORD", _with(CARNET_DATABASE_PASSWORD="p" * 50), "not drawn at random"),
    ("CARNET_MASTER_KEY and CARNET_JOURNAL_KEY", _same("CARNET_JOURNAL_KEY", "CARNET_MASTER_KEY"), "the same secret"),
    ("CARNET_JOURNAL_KEY and CARNET_SEALING_KEY", _same("CARNET_SEALING_KEY", "CARNET_JOURNAL_KEY"), "the same secret"),
    ("CARNET_MASTER_KEY and CARNET_SEALING_KEY", _same("CARNET_SEALING_KEY", "CARNET_MASTER_KEY"), "the same secret"),
    ("CARNET_SEALING_KEY_FILE", _file_of("CARNET_SEALING_KEY_FILE", 0o644), "others may read"),
    ("CARNET_MASTER_KEY and CARNET_SECRET_KEY", _same("CARNET_SECRET_KEY", "CARNET_MASTER_KEY"), "the same secret"),
    (
        "CARNET_SECRET_KEY and CARNET_DATABASE_PASSWORD",
        _same("CARNET_DATABASE_PASSWORD", "CARNET_SECRET_KEY"),
        "the same secret",
    ),
    ("CARNET_MASTER_KEY_FILE", _file_of("CARNET_MASTER_KEY_FILE", 0o644), "others may read"),
    ("CARNET_JOURNAL_KEY_FILE", _file_of("CARNET_JOURNAL_KEY_FILE", 0o604), "others may read"),
    ("CARNET_SECRET_KEY_FILE", _file_of("CARNET_SECRET_KEY_FILE", 0o620), "others may read or change"),
    ("CARNET_DATABASE_PASSWORD_FILE", _file_of("CARNET_DATABASE_PASSWORD_FILE", 0o666), "others may read"),
    ("CARNET_TLS_KEY", _file_of("CARNET_TLS_KEY", 0o644), "others may read"),
    ("CARNET_HOME", _file_of("CARNET_HOME", 0o755), "everybody on this machine may enter"),
    ("CARNET_TLS_CERTIFICATE", _without("CARNET_TLS_CERTIFICATE"), "plain HTTP"),
    ("CARNET_TLS_KEY", _without("CARNET_TLS_KEY"), "plain HTTP"),
    ("CARNET_TLS_KEY", _other_key, "not the key of CARNET_TLS_CERTIFICATE"),
    ("CARNET_TLS_CERTIFICATE", _ended, "renew it"),
    ("CARNET_TLS_CERTIFICATE", _not_a_certificate, "no certificate can be read"),
    ("CARNET_TLS_CERTIFICATE", _demonstration_server, "demonstration's authority"),
    ("CARNET_HOSTS", _with(CARNET_HOSTS="*"), "write each host name in full"),
    ("CARNET_HOSTS", _with(CARNET_HOSTS="dmp.example.org,.example.org"), "write each host name in full"),
    ("CARNET_HOSTS", _with(CARNET_HOSTS=""), "write each host name in full"),
    ("CARNET_BACKUPS", _without("CARNET_BACKUPS"), "needs a place for its backups"),
    ("CARNET_KEY_BACKUPS", _without("CARNET_KEY_BACKUPS"), "needs a place for its backups"),
    ("CARNET_BACKUPS", _inside_home("CARNET_BACKUPS"), "inside CARNET_HOME"),
    ("CARNET_KEY_BACKUPS", _inside_home("CARNET_KEY_BACKUPS"), "inside CARNET_HOME"),
    ("CARNET_KEY_BACKUPS", _keys_inside_backups, "inside CARNET_BACKUPS"),
    ("CARNET_REVOCATION", _with(CARNET_REVOCATION="known"), "stale lists"),
    ("CARNET_AUTHORITIES", _demonstration_authority, "take it out"),
    ("CARNET_AUTHORITIES", _no_list, "without its revocation list"),
    ("CARNET_AUTHORITIES", _list_of_another, "not signed by a listed authority"),
    ("DATABASE_URL", _with(DATABASE_URL=_REMOTE), "sslmode=verify-full"),
    ("DATABASE_URL", _with(DATABASE_URL=_REMOTE + "?sslmode=require"), "sslmode=verify-full"),
    ("DATABASE_URL", _with(DATABASE_URL="postgresql:///carnet?host=10.0.0.9"), "sslmode=verify-full"),
    ("CARNET_REPOSITORY_OID", _without("CARNET_REPOSITORY_OID"), "every demonstration"),
    ("CARNET_LOCAL_OID", _without("CARNET_LOCAL_OID"), "every demonstration"),
    ("CARNET_SMTP_URL", _without("CARNET_SMTP_URL"), "codes and notices leave by mail"),
    ("CARNET_SMTP_URL", _with(CARNET_SMTP_URL="smtp://mail.example.org?tls=none"), "in clear"),
    ("CARNET_ANTIVIRUS_URL", _with(CARNET_ANTIVIRUS_URL="tcp://scan.example.org:3310"), "in clear"),
    ("CARNET_MAIL_FROM", _without("CARNET_MAIL_FROM"), "your own domain"),
    ("CARNET_PSC_ISSUER", _with(CARNET_PSC_ISSUER="http://localhost:8000/demo-psc"), "made for a demonstration"),
    ("CARNET_PSC_KEY", _with(CARNET_PSC_ISSUER="https://psc.example.org"), "knows this service by its key"),
    (
        "CARNET_FRANCECONNECT_ISSUER",
        _with(CARNET_FRANCECONNECT_ISSUER="https://x.example.org/demo-fc"),
        "made for a demonstration",
    ),
    (
        "CARNET_FRANCECONNECT_KEY",
        _with(CARNET_FRANCECONNECT_ISSUER="https://fc.example.org"),
        "knows this service by its key",
    ),
]


def refusal(variables: Variables, capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as stopped:
        environment.read(variables)
    assert stopped.value.code == 2
    return re.sub(r"\s+", " ", capsys.readouterr().err)


@pytest.mark.parametrize(("setting", "spoil", "said"), UNSAFE, ids=[f"{u[0]}-{n}" for n, u in enumerate(UNSAFE)])
def test_production_refuses_it_by_name(
    variables: Variables,
    capsys: pytest.CaptureFixture[str],
    setting: str,
    spoil: Callable[[Variables], None],
    said: str,
) -> None:
    spoil(variables)
    text = refusal(variables, capsys)
    assert f" {setting}: " in text
    assert said in text
    assert text.count(": ") >= 2
    secret = Path(next(v for k, v in variables.items() if k.endswith("_FILE"))).read_text().strip()
    assert secret not in text, "a refusal repeats no secret"


@pytest.mark.parametrize("setting", ["CARNET_SECRET_KEY", "CARNET_MASTER_KEY", "CARNET_JOURNAL_KEY"])
def test_production_makes_no_secret(variables: Variables, capsys: pytest.CaptureFixture[str], setting: str) -> None:
    del variables[f"{setting}_FILE"]
    assert f"{setting} " in refusal(variables, capsys)


def test_nothing_is_served_without_a_key_for_the_seals(variables: Variables) -> None:
    del variables["CARNET_SEALING_KEY_FILE"]
    command = [sys.executable, "-m", "carnet.ops.command", "serve"]
    ended = subprocess.run(command, env=os.environ | variables, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert "CARNET_SEALING_KEY is missing" in ended.stderr


def test_all_of_them_are_told_at_once(variables: Variables, capsys: pytest.CaptureFixture[str]) -> None:
    put(variables, CARNET_HOSTS="*", CARNET_REVOCATION="known", DATABASE_URL=_REMOTE)
    text = refusal(variables, capsys)
    assert all(f" {setting}: " in text for setting in ("CARNET_HOSTS", "CARNET_REVOCATION", "DATABASE_URL"))


@pytest.mark.parametrize(
    "change",
    [
        _with(DATABASE_URL=_REMOTE + "?sslmode=verify-full"),
        _with(DATABASE_URL="postgresql://carnet:mot@127.0.0.1/carnet"),
        _with(DATABASE_URL="postgresql:///carnet?host=/run/postgresql"),
        _file_of("CARNET_MASTER_KEY_FILE", 0o640),
        _with(CARNET_MASTER_KEY="pkcs11:token=a;object=b?module-path=/usr/lib/hsm.so"),
    ],
)
def test_production_accepts_what_is_safe(variables: Variables, change: Callable[[Variables], None]) -> None:
    change(variables)
    assert environment.read(variables)["CARNET_MODE"] == "production"
    assert not (Path(variables["CARNET_HOME"]) / "secrets").exists()


def test_a_complete_configuration_starts_and_serves_under_tls(variables: Variables) -> None:
    home = Path(variables["CARNET_HOME"])
    carnet = start_carnet(home, **variables)
    try:
        context = ssl.create_default_context(cafile=str(files(variables) / "authority.pem"))
        people = carnet.http.replace("http:", "https:")
        with httpx.Client(verify=context, trust_env=False, timeout=30) as client:
            page = client.get(people + "/compte/connexion/")
            assert page.status_code == 200
            assert all("Secure" in cookie for cookie in page.headers.get_list("set-cookie"))
            assert "max-age=" in page.headers["strict-transport-security"]
            for address in ("/demonstration/", "/echanges/"):
                assert client.get(people + address).status_code == 404, f"{address} is a demonstration's"
            lost = client.get(people + "/nulle/part")
            assert lost.status_code == 404
            assert "urlpatterns" not in lost.text, "no debugging page"
            assert client.get(carnet.tls + "/fhir/metadata").status_code == 200
            answer = client.get(carnet.tls + "/fhir/DocumentReference?status=current&patient.identifier=a|b")
            assert answer.status_code == 401
        with pytest.raises(httpx.HTTPError):
            httpx.get(carnet.http + "/compte/connexion/", timeout=10).raise_for_status()
        assert not (home / "demo" / "identities.json").exists()
        assert not any((home / "secrets").iterdir())
    finally:
        stop_carnet(carnet)
        shutil.rmtree(home, ignore_errors=True)
