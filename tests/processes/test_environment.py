"""The environment: each unusable value ends the process with code 2 and a sentence that names it."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import pytest

from carnet.config import environment

KEYS = [base64.b64encode(bytes([n]) * 32).decode() for n in (1, 2)]


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
        ("CARNET_SMTP_URL", "smtp://u:hunter2@mail.example?tls=perhaps"),
        ("CARNET_MAIL_FROM", "carnet"),
        ("CARNET_HOMOLOGATIONS", "fr"),
        ("CARNET_HOMOLOGATIONS", "fr:"),
    ],
)
def test_an_unusable_value_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, value: str) -> None:
    said = refusal({"CARNET_HOME": str(tmp_path), name: value}, capsys)
    assert name in said
    assert "docs/settings.md" in said
    assert "hunter2" not in said


def test_a_secret_is_not_repeated(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "hunter2" not in refusal({"CARNET_HOME": str(tmp_path), "CARNET_MASTER_KEY": "hunter2"}, capsys)


def test_homologation_numbers_are_gathered_by_domain(tmp_path: Path) -> None:
    read = environment.read({"CARNET_HOME": str(tmp_path), "CARNET_HOMOLOGATIONS": "fr:A-1, fr:B-2,fr-2012:A-1"})
    assert read["CARNET_HOMOLOGATIONS"] == {"fr": frozenset({"A-1", "B-2"}), "fr-2012": frozenset({"A-1"})}


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


def test_a_long_home_gets_a_short_run_folder(tmp_path: Path) -> None:
    long = tmp_path / ("x" * 100)
    short = environment.run_folder(long)
    assert short != long / "run"
    assert len(str(short / ".s.PGSQL.5432.lock")) < 107
    assert environment.run_folder(long) == short
    assert environment.run_folder(tmp_path / ("y" * 100)) != short
