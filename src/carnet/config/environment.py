"""The environment: each variable is read once, here, and checked before anything starts.

`SETTINGS` is the list (docs/settings.md tells the same, and a test compares them). Any variable may
come from a file: `NAME_FILE=/path` is read when `NAME` is absent. A missing or unusable value ends
the process with a paragraph that says which one, why and what to do, and exit code 2.

In demonstration mode the secrets that nobody gave are made once under `$CARNET_HOME/secrets` (0600).
They carry a mark, so that production recognises them wherever they were moved and refuses them.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
import secrets
import sys
import tempfile
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from carnet.config import production
from carnet.kernel import antivirus, mail_transport, master_key

_MARK = master_key.DEMO_MARK
# sockaddr_un holds 108 bytes with the final zero; the longest name we put in the folder has 20.
_LONGEST_RUN_FOLDER = 107 - 20


@dataclass(frozen=True, slots=True)
class Setting:
    """One variable: `parse` turns its text into a value or raises ValueError with what was expected."""

    name: str
    default: str | None
    parse: Callable[[str], Any]
    purpose: str


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise ValueError("a port number between 1 and 65535")
    return int(text)


def _count(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= 256:
        raise ValueError("a number between 1 and 256")
    return int(text)


def _days(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= 3650:
        raise ValueError("a number of days between 1 and 3650")
    return int(text)


def _seconds(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= 300:
        raise ValueError("a number of seconds between 1 and 300")
    return int(text)


def _folder(text: str) -> Path | None:
    return Path(text).resolve() if text else None


def _number(text: str) -> int:
    if not text.isdecimal() or int(text) > 100_000:
        raise ValueError("a number between 0 and 100000")
    return int(text)


def _names(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _public_keys(text: str) -> frozenset[bytes]:
    names = _names(text)
    if not all(re.fullmatch("[0-9a-fA-F]{64}", name) for name in names):
        raise ValueError("public keys of 64 hexadecimal digits, separated by commas")
    return frozenset(map(bytes.fromhex, names))


def _homologations(text: str) -> dict[str, frozenset[str]]:
    """`fr:A1,fr:B2,fr-2012:A1` → the numbers of each domain that was named."""
    found: dict[str, frozenset[str]] = {}
    for part in _names(text):
        domain, _, number = (word.strip() for word in part.partition(":"))
        if not domain or not number:
            raise ValueError("pairs DOMAIN:NUMBER, separated by commas")
        found[domain] = found.get(domain, frozenset()) | {number}
    return found


def _choice(*values: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text not in values:
            raise ValueError("one of " + ", ".join(repr(value) for value in values))
        return text

    return parse


def _long_text(text: str) -> str:
    if len(text) < 40:
        raise ValueError("at least 40 random characters (openssl rand -base64 48)")
    return text


def _database_url(text: str) -> str:
    if text and not re.match(r"postgres(ql)?://", text):
        raise ValueError("a postgresql:// address")
    return text


def _address(text: str) -> str:
    if not re.fullmatch(r"[^@\s<>,]+@[^@\s<>,]+", text):
        raise ValueError("a mail address")
    return text


def _place(text: str) -> str:
    if text and not re.fullmatch(r"https?://[^\s/?#]+", text):
        raise ValueError("https://host or https://host:port, without a final slash")
    return text


def _issuer(text: str) -> str:
    if text and not re.fullmatch(r"https://[^\s?#]+[^\s?#/]|http://localhost:\d+/[^\s?#]+", text):
        raise ValueError("the https address of an OpenID provider, as it names itself")
    return text


def _base(text: str) -> str:
    if text and not re.fullmatch(r"https://[^\s?#@]+[^\s?#/@]", text):
        raise ValueError("the https address of a FHIR base, without a final slash")
    return text


def _receiver(text: str) -> tuple[str, int] | None:
    if not text:
        return None
    match = re.fullmatch(r"tls://([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\]):(\d{1,5})", text)
    if match is None or not 0 < int(match[2]) < 65536:
        raise ValueError("tls://host:port, of a receiver of syslog messages over TLS (usually 6514)")
    return match[1].strip("[]"), int(match[2])


def _oid(text: str) -> str:
    if not re.fullmatch(r"[0-2](\.(0|[1-9]\d*))+", text) or len(text) > 64:
        raise ValueError("an OID of at most 64 characters")
    return text


def _file(text: str) -> Path | None:
    if not text:
        return None
    path = Path(text)
    if not path.is_file():
        raise ValueError("the path of a file that exists")
    return path.resolve()


def _files(text: str) -> tuple[Path, ...]:
    found = tuple(Path(part.strip()) for part in text.split(",") if part.strip())
    if not all(path.is_file() for path in found):
        raise ValueError("paths of files that exist, separated by commas")
    return tuple(path.resolve() for path in found)


SETTINGS: tuple[Setting, ...] = (
    Setting("CARNET_HOME", "./var", lambda text: Path(text).resolve(), "folder of all the state"),
    Setting("CARNET_MODE", "demo", _choice("demo", "production"), "demonstration or production"),
    Setting("CARNET_PORT", "8000", _port, "port for people"),
    Setting("CARNET_TLS_PORT", "8443", _port, "port for machines (TLS, client certificates)"),
    Setting("CARNET_TLS_CERTIFICATE", "", _file, "server certificate chain (PEM), required in production"),
    Setting("CARNET_TLS_KEY", "", _file, "key of the server certificate (PEM), required in production"),
    Setting("CARNET_AUTHORITIES", "", _files, "authorities believed for client certificates, and their CRLs (PEM)"),
    Setting(
        "CARNET_REVOCATION",
        "auto",
        _choice("auto", "required", "known"),
        "what an absent or stale revocation list means",
    ),
    Setting("CARNET_EXCHANGES", "500", _number, "machine exchanges that a demonstration keeps and shows; 0: none"),
    Setting("CARNET_EXCHANGES_DAYS", "7", _number, "days for which they are kept"),
    Setting("CARNET_HOSTS", "localhost,127.0.0.1,::1", str, "host names the server answers to, separated by commas"),
    Setting("CARNET_ADDRESS", "", _place, "address of the people's port, as people and software write it"),
    Setting("CARNET_TLS_ADDRESS", "", _place, "address of the machines' port, as software writes it"),
    Setting("CARNET_DEMO_LIVES", "all", _choice("all", "first"), "whose documents a demonstration has"),
    Setting("CARNET_HOMOLOGATIONS", "", _homologations, "homologation numbers of software accepted in a domain"),
    Setting("CARNET_DESK_DOMAINS", "", _names, "French domains in which the desk creates records"),
    Setting("DATABASE_URL", "", _database_url, "PostgreSQL server; empty: the embedded database"),
    Setting("CARNET_SERVICE_DATABASE_URL", "", _database_url, "the same server, as the account of what serves"),
    Setting("CARNET_SEALER_DATABASE_URL", "", _database_url, "the same server, as the account of the sealer"),
    Setting("CARNET_POSTGRES", "auto", _choice("auto", "installed", "wheel"), "programs of the embedded database"),
    Setting("CARNET_REPOSITORY_OID", "1.2.250.1.213.1.4.999.1", _oid, "repositoryUniqueId of this repository"),
    Setting(
        "CARNET_LOCAL_OID", "1.2.250.1.213.1.4.999.2", _oid, "authority of identifiers issued to people without INS"
    ),
    Setting("CARNET_SMTP_URL", "", mail_transport.parse, "server for outgoing mail; empty: files, in a demonstration"),
    Setting("CARNET_ANTIVIRUS_URL", "", antivirus.parse, "clamd that is shown what comes in; empty: none is"),
    Setting("CARNET_MAIL_FROM", "carnet@localhost", _address, "address that mails come from"),
    Setting("CARNET_AUDIT_REPOSITORY", "", _base, "FHIR base of the audit repository that the journal is sent to"),
    Setting("CARNET_AUDIT_CERTIFICATE", "", _file, "certificate chain (PEM) that says there who sends"),
    Setting("CARNET_AUDIT_KEY", "", _file, "key of that certificate (PEM)"),
    Setting(
        "CARNET_AUDIT_AUTHORITY", "", _file, "authority of the repository's certificate (PEM); empty: the system's"
    ),
    Setting("CARNET_LOG_RECEIVER", "", _receiver, "receiver of syslog messages over TLS that the logs are sent to"),
    Setting("CARNET_LOG_AUTHORITY", "", _file, "authority of that receiver's certificate (PEM); empty: the system's"),
    Setting("CARNET_LOG_CERTIFICATE", "", _file, "certificate chain (PEM) that says there who sends"),
    Setting("CARNET_LOG_KEY", "", _file, "key of that certificate (PEM)"),
    Setting("CARNET_PSC_ISSUER", "", _issuer, "provider of professionals' identities; empty: the demonstration's"),
    Setting("CARNET_PSC_CLIENT_ID", "carnet", str, "name of this service at that provider"),
    Setting("CARNET_PSC_KEY", "", _file, "private key of this service for that provider (PEM)"),
    Setting("CARNET_PSC_ACR", "eidas1", _names, "levels accepted from that provider"),
    Setting("CARNET_FRANCECONNECT_ISSUER", "", _issuer, "provider of patients' identities; empty: the demonstration's"),
    Setting("CARNET_FRANCECONNECT_CLIENT_ID", "carnet", str, "name of this service at that provider"),
    Setting("CARNET_FRANCECONNECT_KEY", "", _file, "private key of this service for that provider (PEM)"),
    Setting("CARNET_FRANCECONNECT_ACR", "eidas1", _names, "levels accepted from that provider"),
    Setting("CARNET_BACKUPS", "", _folder, "folder in which `carnet backup` makes a folder a backup"),
    Setting("CARNET_KEY_BACKUPS", "", _folder, "folder of the key backups; empty: backups-keys in the home"),
    Setting("CARNET_BACKUP_DAYS", "30", _days, "days that a backup is kept"),
    Setting("CARNET_STALL_SECONDS", "60", _seconds, "seconds without progress after which a request is cut"),
    Setting("CARNET_WORKERS", str(os.cpu_count() or 1), _count, "processes of the quick lane"),
    Setting("CARNET_SECRET_KEY", None, _long_text, "signs sessions and forms"),
    Setting("CARNET_MASTER_KEY", None, master_key.words, "wraps the keys of the records"),
    Setting("CARNET_JOURNAL_KEY", None, master_key.key_bytes, "authenticates the entries of the journal"),
    Setting(
        "CARNET_SEALING_KEY",
        None,
        master_key.key_bytes,
        "signs the seals of the journal (Ed25519); for the sealer only",
    ),
    Setting("CARNET_SEALING_FORMER", "", _public_keys, "public keys of the sealing keys that came before"),
    Setting("CARNET_SEALS", "", _folder, "folder of the journal's seals; empty: seals in the home"),
    Setting("CARNET_DATABASE_PASSWORD", None, _long_text, "password of the embedded database"),
)

# Their text is never repeated: an address may hold a password.
_HOLD_PASSWORDS = {"CARNET_SMTP_URL", "DATABASE_URL", "CARNET_SERVICE_DATABASE_URL", "CARNET_SEALER_DATABASE_URL"}
_DEMO_SECRETS: dict[str, Callable[[], str]] = {
    "CARNET_SECRET_KEY": lambda: "demo-" + secrets.token_urlsafe(48),
    "CARNET_MASTER_KEY": lambda: _demo_key(),
    "CARNET_JOURNAL_KEY": lambda: _demo_key(),
    "CARNET_SEALING_KEY": lambda: _demo_key(),
    "CARNET_DATABASE_PASSWORD": lambda: secrets.token_urlsafe(36),
}


def read(environ: dict[str, str] | None = None) -> dict[str, Any]:
    """Every setting of `SETTINGS` by name, parsed; ends the process with code 2 when one is unusable."""
    variables = dict(os.environ) if environ is None else environ
    values: dict[str, Any] = {}
    for setting in SETTINGS:
        text = _text(setting, variables, values)
        try:
            # The sealer's key is for one process: the others are given none, and it asks for its own.
            absent = text == "" and setting.name == "CARNET_SEALING_KEY"
            values[setting.name] = None if absent else setting.parse(text)
        except ValueError as error:
            shown = "" if setting.default is None or setting.name in _HOLD_PASSWORDS else f" It is {text!r}."
            refuse(f"{setting.name} ({setting.purpose}) should be {error}.{shown} See docs/settings.md.")
    values["CARNET_MASTER_KEY_FILE"] = _ring_file(variables, values)
    if values["CARNET_MODE"] == "production":
        _refuse_unsafe(values, variables)
    return values


def _refuse_unsafe(values: dict[str, Any], variables: dict[str, str]) -> None:
    files = {
        setting.name: Path(variables[f"{setting.name}_FILE"])
        for setting in SETTINGS
        if setting.name not in variables and variables.get(f"{setting.name}_FILE")
    }
    if found := production.unsafe(values, files):
        lines = [
            textwrap.fill(f"{name}: {why}.", 100, initial_indent="  ", subsequent_indent="    ") for name, why in found
        ]
        print("\n".join(["carnet: production does not start with (docs/settings.md):", *lines]), file=sys.stderr)
        raise SystemExit(2)


def run_folder(home: Path) -> Path:
    """Where the Unix sockets of this home live: `$CARNET_HOME/run`, or a short folder of our own in the
    temporary folder when that path would not fit in a socket address. The supervisor creates it, 0700."""
    folder = home / "run"
    if len(os.fsencode(folder)) <= _LONGEST_RUN_FOLDER:
        return folder
    digest = hashlib.sha256(os.fsencode(home)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"carnet-{os.geteuid()}-{digest}"


def refuse(reason: str) -> NoReturn:
    """Ends the process with exit code 2 after saying what is wrong and what to do."""
    print(textwrap.fill("carnet: " + reason, 100), file=sys.stderr)
    raise SystemExit(2)


def _text(setting: Setting, variables: dict[str, str], values: dict[str, Any]) -> str:
    if setting.name in variables:
        return variables[setting.name]
    if path := variables.get(setting.name + "_FILE"):
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            refuse(f"{setting.name}_FILE names {path}, which cannot be read: {type(error).__name__}.")
    if setting.default is not None:
        return setting.default
    if values["CARNET_MODE"] == "demo":
        return _demo_secret(setting.name, values["CARNET_HOME"] / "secrets")
    if setting.name == "CARNET_DATABASE_PASSWORD" and values["DATABASE_URL"]:
        return "-" * 40  # no embedded database, hence no password
    if setting.name == "CARNET_SEALING_KEY":
        return ""
    refuse(
        f"{setting.name} ({setting.purpose}) is missing, and production makes no secret by itself. "
        f"Set {setting.name}, or {setting.name}_FILE to the path of a file that only this account can read."
    )


def _ring_file(variables: dict[str, str], values: dict[str, Any]) -> Path | None:
    """Where the master keys are written, when a file holds them."""
    if "CARNET_MASTER_KEY" in variables:
        return None
    if path := variables.get("CARNET_MASTER_KEY_FILE"):
        return Path(path).resolve()
    home: Path = values["CARNET_HOME"]
    return home / "secrets" / "master_key"


def _demo_key() -> str:
    return base64.b64encode(_MARK + secrets.token_bytes(master_key.KEY_BYTES - len(_MARK))).decode()


def _demo_secret(name: str, folder: Path) -> str:
    """The secret kept in `folder`, made at first need; two processes that start together agree on one."""
    path = folder / name.removeprefix("CARNET_").lower()
    try:
        return path.read_text(encoding="ascii")
    except FileNotFoundError:
        pass
    try:
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        descriptor, draft = tempfile.mkstemp(dir=folder)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(_DEMO_SECRETS[name]())
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            os.unlink(draft)
        return path.read_text(encoding="ascii")
    except OSError as error:
        refuse(f"{folder} cannot be written ({error.strerror}). Set CARNET_HOME to a folder of this account.")
