"""The environment: each unusable value ends the process with code 2 and a sentence that names it."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import pytest

from carnet.config import environment

KEYS = [base64.b64encode(bytes([n]) * 32).decode() for n in (1, 2)]


def production(folder: Path, **changes: str) -> dict[str, str]:
    for name in ("cert.pem", "key.pem"):
        (folder / name).touch()
    return {
        "CARNET_HOME": str(folder),
        "CARNET_MODE": "production",
        "CARNET_SECRET_KEY": "s" * 50,
        "CARNET_MASTER_KEY": KEYS[0],
        "CARNET_JOURNAL_KEY": KEYS[1],
        "CARNET_DATABASE_PASSWORD": "p" * 50,
        "CARNET_TLS_CERTIFICATE": str(folder / "cert.pem"),
        "CARNET_TLS_KEY": str(folder / "key.pem"),
        "CARNET_SMTP_URL": "smtp://carnet:hunter2@mail.example:587",
        "CARNET_MAIL_FROM": "carnet@region.example",
    } | changes


def refusal(variables: dict[str, str], capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as stopped:
        environment.read(variables)
    assert stopped.value.code == 2
    return re.sub(r"\s+", " ", capsys.readouterr().err)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CARNET_MODE", "prod"),
        ("CARNET_PORT", "0"),
        ("CARNET_PORT", "http"),
        ("CARNET_TLS_PORT", "65536"),
        ("CARNET_WORKERS", "-1"),
        ("CARNET_POSTGRES", "mysql"),
        ("DATABASE_URL", "mysql://x"),
        ("CARNET_REPOSITORY_OID", "1.2.x"),
        ("CARNET_TLS_KEY", "/nowhere/key.pem"),
        ("CARNET_AUTHORITIES", "/nowhere/ca.pem"),
        ("CARNET_MASTER_KEY", "short"),
        ("CARNET_SECRET_KEY", "short"),
    ],
)
def test_an_unusable_value_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, value: str) -> None:
    said = refusal({"CARNET_HOME": str(tmp_path), name: value}, capsys)
    assert name in said
    assert "docs/settings.md" in said


def test_a_secret_is_not_repeated(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "hunter2" not in refusal({"CARNET_HOME": str(tmp_path), "CARNET_MASTER_KEY": "hunter2"}, capsys)


def test_a_value_may_come_from_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "key").write_text(KEYS[0] + "\n")
    variables = {"CARNET_HOME": str(tmp_path), "CARNET_MASTER_KEY_FILE": str(tmp_path / "key")}
    assert environment.read(variables)["CARNET_MASTER_KEY"] == (KEYS[0],)
    variables["CARNET_MASTER_KEY_FILE"] = str(tmp_path / "absent")
    assert "CARNET_MASTER_KEY_FILE" in refusal(variables, capsys)


def test_a_demonstration_makes_its_secrets_once_and_keeps_them_to_itself(tmp_path: Path) -> None:
    first = environment.read({"CARNET_HOME": str(tmp_path)})
    second = environment.read({"CARNET_HOME": str(tmp_path)})
    assert first == second
    files = list((tmp_path / "secrets").iterdir())
    assert len(files) == 5
    assert all(path.stat().st_mode & 0o077 == 0 for path in (tmp_path / "secrets", *files))


def test_production_starts_with_everything_given(tmp_path: Path) -> None:
    assert environment.read(production(tmp_path))["CARNET_MODE"] == "production"
    assert not (tmp_path / "secrets").exists()


@pytest.mark.parametrize("name", ["CARNET_SECRET_KEY", "CARNET_MASTER_KEY", "CARNET_JOURNAL_KEY", "CARNET_SEALING_KEY"])
def test_production_refuses_a_secret_of_a_demonstration(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    environment.read({"CARNET_HOME": str(tmp_path / "demo")})
    taken = (tmp_path / "demo" / "secrets" / name.removeprefix("CARNET_").lower()).read_text()
    said = refusal(production(tmp_path, **{name: taken}), capsys)
    assert name in said
    assert "demonstration" in said


@pytest.mark.parametrize(
    "name", ["CARNET_SECRET_KEY", "CARNET_MASTER_KEY", "CARNET_JOURNAL_KEY", "CARNET_TLS_KEY", "CARNET_TLS_CERTIFICATE"]
)
def test_production_refuses_to_do_without(tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    variables = production(tmp_path)
    del variables[name]
    assert name in refusal(variables, capsys)


def test_production_refuses_one_key_for_two_uses(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = refusal(production(tmp_path, CARNET_JOURNAL_KEY=KEYS[0]), capsys)
    assert "CARNET_MASTER_KEY and CARNET_JOURNAL_KEY" in said
    said = refusal(production(tmp_path, CARNET_SEALING_KEY=KEYS[1]), capsys)
    assert "CARNET_JOURNAL_KEY and CARNET_SEALING_KEY" in said


def test_processes_other_than_the_sealer_do_without_its_key(tmp_path: Path) -> None:
    assert environment.read(production(tmp_path))["CARNET_SEALING_KEY"] is None


def test_a_long_home_gets_a_short_run_folder(tmp_path: Path) -> None:
    long = tmp_path / ("x" * 100)
    short = environment.run_folder(long)
    assert short != long / "run"
    assert len(str(short / ".s.PGSQL.5432.lock")) < 107
    assert environment.run_folder(long) == short
    assert environment.run_folder(tmp_path / ("y" * 100)) != short


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("CARNET_SMTP_URL", "", "leave by mail"),
        ("CARNET_SMTP_URL", "smtp://u:hunter2@mail.example?tls=none", "in clear"),
        ("CARNET_SMTP_URL", "smtp://u:hunter2@mail.example?tls=perhaps", "should be"),
        ("CARNET_MAIL_FROM", "carnet@localhost", "its own domain"),
        ("CARNET_MAIL_FROM", "carnet", "a mail address"),
    ],
)
def test_production_sends_mail_under_tls(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, value: str, words: str
) -> None:
    said = refusal(production(tmp_path, **{name: value}), capsys)
    assert name in said
    assert words in said
    assert "hunter2" not in said


def test_production_may_leave_mail_to_its_own_machine(tmp_path: Path) -> None:
    server = environment.read(production(tmp_path, CARNET_SMTP_URL="smtp://localhost:25?tls=none"))["CARNET_SMTP_URL"]
    assert server.tls == "none"
