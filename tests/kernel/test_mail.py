"""Mail: durable, tried again, under verified TLS to a real server, and never a word that somebody chose."""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.db import connection, transaction

from carnet.kernel import jobs, mail, mail_letters, mail_transport
from tests.conftest import free_port

pytestmark = pytest.mark.django_db(transaction=True)
TO = "personne.fictive@example.org"
ABOUT = {"code": "042137", "minutes": "10"}


class Post:
    """What a real server received, and what it was told to answer."""

    def __init__(self) -> None:
        self.received: list[Any] = []
        self.protected: list[bool] = []
        self.logins: list[tuple[bytes, bytes]] = []
        self.answers: list[str] = []

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Envelope) -> str:  # noqa: N802
        if self.answers:
            return self.answers.pop(0)
        self.protected.append(session.ssl is not None)
        self.received.append(message_from_bytes(envelope.content, policy=default))
        return "250 taken"

    def authenticate(self, server: SMTP, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        self.logins.append((data.login, data.password))
        return AuthResult(success=data.password == b"un mot de passe")


def certificate(folder: Path, name: str) -> tuple[Path, Path]:
    """A self-signed certificate and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    paths = folder / f"{name}.pem", folder / f"{name}.key"
    paths[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return paths


@pytest.fixture(scope="module")
def pem(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return certificate(tmp_path_factory.mktemp("tls"), "localhost")


@pytest.fixture
def post(pem: tuple[Path, Path]) -> Iterator[tuple[Post, int]]:
    """A server that wants STARTTLS and a password before anything."""
    handler, port = Post(), free_port()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*pem)
    controller = Controller(
        handler,
        hostname="localhost",
        port=port,
        tls_context=context,
        require_starttls=True,
        auth_required=True,
        authenticator=handler.authenticate,
    )
    controller.start()
    yield handler, port
    controller.stop()


def rows(statement: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


def ask() -> None:
    mail.send_later(TO, "code_sign_in", ABOUT)


def due() -> None:
    rows("UPDATE kernel_mail SET due_at = now() RETURNING id")


def test_a_mail_leaves_under_tls_once(post: tuple[Post, int], pem: tuple[Path, Path], settings: Any) -> None:
    server, port = post
    settings.CARNET_SMTP = mail_transport.parse(f"smtp://carnet:un%20mot%20de%20passe@localhost:{port}?ca={pem[0]}")
    settings.CARNET_MAIL_FROM = "carnet@region.example"
    ask()
    mail._looked = 0.0
    assert mail.relay()
    mail._looked = 0.0
    assert not mail.relay(), "one job at a time"
    assert rows("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'send_mail' AND status = 'todo'") == [(1,)]
    mail.send_mail.func()
    (received,) = server.received
    assert server.protected == [True]
    assert server.logins == [(b"carnet", b"un mot de passe")]
    assert received["To"] == TO
    assert received["From"] == "carnet@region.example"
    assert received["Subject"] == "Carnet : votre code de connexion"
    assert received["Auto-Submitted"] == "auto-generated"
    assert "042137" in received.get_content()
    assert rows("SELECT count(*) FROM kernel_mail") == [(0,)]
    mail.send_mail.func()
    assert len(server.received) == 1


def test_nothing_is_said_to_a_server_that_is_not_the_one(post: tuple[Post, int], tmp_path: Path, settings: Any) -> None:
    server, port = post
    other = certificate(tmp_path, "autre.example")[0]
    for address in (f"smtp://u:p@localhost:{port}", f"smtp://u:p@localhost:{port}?ca={other}"):
        settings.CARNET_SMTP = mail_transport.parse(address)
        ask()
        mail.send_mail.func()
    assert not server.received
    assert not server.logins
    assert {error for (error,) in rows("SELECT error FROM kernel_mail")} == {"SSLCertVerificationError"}


def test_a_server_without_tls_gets_nothing(settings: Any) -> None:
    handler, port = Post(), free_port()
    controller = Controller(handler, hostname="localhost", port=port)
    controller.start()
    try:
        settings.CARNET_SMTP = mail_transport.parse(f"smtp://localhost:{port}")
        ask()
        mail.send_mail.func()
        assert not handler.received
        assert rows("SELECT error FROM kernel_mail") == [("SMTPNotSupportedError",)]
        settings.CARNET_SMTP = mail_transport.parse(f"smtp://localhost:{port}?tls=none")
        due()
        mail.send_mail.func()
        assert len(handler.received) == 1
    finally:
        controller.stop()


def test_what_fails_is_tried_again_later_under_the_same_name(
    post: tuple[Post, int], pem: tuple[Path, Path], settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    server, port = post
    settings.CARNET_SMTP = mail_transport.parse(f"smtp://u:un%20mot%20de%20passe@localhost:{port}?ca={pem[0]}")
    server.answers = [f"451 not now, {TO}", f"451 not now, {TO}", f"554 never, {TO}"]
    ask()
    pauses = []
    for _ in range(2):
        mail.send_mail.func()
        pauses += rows("SELECT round(extract(epoch FROM due_at - now())) FROM kernel_mail")
        due()
    # What is left of fifteen and of thirty seconds when it is read.
    assert [15 - int(pauses[0][0]) in range(5), 30 - int(pauses[1][0]) in range(5)] == [True, True], pauses
    assert mail.waiting() == {"waiting": 1, "failed": 0}
    mail.send_mail.func()
    assert mail.waiting() == {"waiting": 0, "failed": 1}, "a refusal for good is not tried again"
    assert not server.received
    assert TO not in caplog.text
    due()
    (name,) = rows("SELECT id::text FROM kernel_mail")[0]
    mail.send_mail.func()
    assert server.received[0]["Message-ID"] == f"<{name}@localhost>"


def test_a_code_that_came_too_late_is_not_sent(settings: Any) -> None:
    settings.CARNET_SMTP = mail_transport.parse("smtp://localhost:1?tls=none")
    ask()
    rows("UPDATE kernel_mail SET until = now() - interval '1 s' RETURNING id")
    mail.send_mail.func()
    assert rows("SELECT error, attempts, due_at = 'infinity' FROM kernel_mail") == [("Late", 1, True)]
    rows("UPDATE kernel_mail SET at = now() - interval '8 days' RETURNING id")
    mail.send_mail.func()
    assert rows("SELECT count(*) FROM kernel_mail") == [(0,)]


def test_what_is_rolled_back_is_never_mailed_and_nothing_lies_in_clear() -> None:
    with transaction.atomic():
        ask()
        transaction.set_rollback(True)
    assert rows("SELECT count(*) FROM kernel_mail") == [(0,)]
    ask()
    (sealed,) = rows("SELECT encode(sealed, 'escape') || kernel_mail::text FROM kernel_mail")[0]
    for clear in (TO, "example", "042137", "code_sign_in"):
        assert clear not in sealed


def test_a_demonstration_keeps_files(settings: Any, tmp_path: Path, client: Any) -> None:
    settings.CARNET_HOME = tmp_path
    mail.send_later(TO, "event_in_record", {"moment": mail.moment(datetime(2026, 11, 30, 8, 47, tzinfo=UTC))})
    mail.send_mail.func()
    (path,) = (tmp_path / "mail").iterdir()
    kept = message_from_bytes(path.read_bytes(), policy=default)
    assert kept["To"] == TO
    assert "30/11/2026 à 09 h 47" in kept.get_content()
    here = {"x-forwarded-for": "127.0.0.1", "host": "localhost"}
    listed = client.get("/demonstration/courrier/", headers=here).content.decode()
    name = re.search(r"boite=([0-9a-f]+)", listed)
    assert name is not None
    read = client.get("/demonstration/courrier/", {"boite": name[1]}, headers=here).content.decode()
    assert "Un événement important" not in listed
    assert "un événement à lire" in read
    elsewhere = client.get("/demonstration/courrier/", headers=here | {"x-forwarded-for": "192.0.2.7"})
    assert TO not in elsewhere.content.decode()
    settings.CARNET_MODE = "production"
    assert client.get("/demonstration/courrier/", headers=here).status_code == 404


def test_the_mailbox_does_not_grow_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail_transport, "_MOST_FILES", 3)
    for number in range(5):
        at = datetime(2026, 11, 30, 8, number, tzinfo=UTC)
        letter = mail_transport.message(sender="a@b", to=TO, subject=str(number), body="", name=uuid4(), at=at)
        mail_transport.keep(tmp_path, letter, name=uuid4(), at=at)
    assert [path.name[9:13] for path in sorted(tmp_path.iterdir())] == ["0802", "0803", "0804"]
    assert {message_from_bytes(path.read_bytes())["Subject"] for path in tmp_path.iterdir()} == {"2", "3", "4"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("code", "275126322074974"),
        ("code", "04213"),
        ("minutes", "Marcel"),
        ("moment", "30/11/2026 chez Marcel"),
        ("moment", "30/11/2026 à 09 h 47\nBcc: autre@example.org"),
        ("name", "DEMO-CHENE"),
    ],
)
def test_a_mail_holds_nothing_that_somebody_chose(name: str, value: str) -> None:
    with pytest.raises(mail_letters.UnknownLetterError) as refused:
        mail.send_later(TO, "code_sign_in", ABOUT | {name: value})
    assert value not in str(refused.value)
    assert rows("SELECT count(*) FROM kernel_mail") == [(0,)]


def test_no_letter_holds_more_than_the_list_allows() -> None:
    """Each letter, filled with the allowed values alone, names nobody, no document, no number of a person, no link."""
    example = {"code": "042137", "minutes": "10", "moment": "30/11/2026 à 09 h 47"}
    assert set(mail_letters.VALUES) == set(example), "a value more is a decision: show here that it names nobody"
    assert len(mail_letters.names()) >= 8
    for letter in mail_letters.names():
        held = set(re.findall(r"\$\{?(\w+)", (mail_letters.FOLDER / f"{letter}.txt").read_text()))
        assert held <= set(example), letter
        subject, body = mail_letters.write(letter, {name: example[name] for name in held})
        text = f"{subject}\n{body}"
        for pattern in (r"\d{7,}", r"https?:", r"www\.", r"(?i)\b(INS|document|ordonnance|diagnostic|urgence)\b", "@"):
            assert not re.search(pattern, text), (letter, pattern)
        assert "\n" not in subject


@pytest.mark.parametrize("address", [" ", "personne", "a@b\nBcc: c@d", "a@b, c@d"])
def test_an_address_is_one_address(address: str) -> None:
    with pytest.raises(mail.BadAddressError):
        mail.send_later(address, "code_sign_in", ABOUT)


@pytest.mark.parametrize(
    "url",
    [
        "http://host",
        "smtp://",
        "smtp://h?tls=maybe",
        "smtps://h?tls=none",
        "smtp://h?ca=/nowhere",
        "smtp://h?x=1",
        "smtp://h:no",
    ],
)
def test_an_unusable_server_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="smtp://user"):
        mail_transport.parse(url)


def test_a_server_is_read_whole() -> None:
    one = mail_transport.parse("smtps://a%40b:c%3Ad@mail.example")
    assert one == mail_transport.Server(host="mail.example", port=465, tls="wrapped", user="a@b", password="c:d")
    assert "c:d" not in repr(one)
    assert jobs.app.tasks["send_mail"].queue == "mail"
