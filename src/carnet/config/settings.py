"""Django's settings, made from the environment (`environment.py`) and nothing else.

Django is synchronous here: one connection, one transaction, one thread per request.
"""

from __future__ import annotations

import hmac
from pathlib import Path
from typing import cast
from urllib.parse import parse_qsl, unquote, urlsplit

from carnet.config import environment
from carnet.config.rooms import DEMO_ROOMS, ROOMS

# Middleware, templates, language, sign-in and sessions of the people's entrances.
from carnet.portals.frame.django_settings import *  # noqa: F403
from carnet.portals.frame.django_settings import MIDDLEWARE as _PORTAL_MIDDLEWARE
from carnet.portals.frame.django_settings import PORTAL_APPS
from carnet.portals.frame.django_settings import TEMPLATES as _PORTAL_TEMPLATES

_env = environment.read()

CARNET_HOME = _env["CARNET_HOME"]
CARNET_MODE = _env["CARNET_MODE"]
CARNET_PORT = _env["CARNET_PORT"]
CARNET_TLS_PORT = _env["CARNET_TLS_PORT"]
CARNET_TLS_CERTIFICATE = _env["CARNET_TLS_CERTIFICATE"]
CARNET_TLS_KEY = _env["CARNET_TLS_KEY"]
CARNET_AUTHORITIES = _env["CARNET_AUTHORITIES"]
CARNET_EXCHANGES = _env["CARNET_EXCHANGES"]
CARNET_EXCHANGES_DAYS = _env["CARNET_EXCHANGES_DAYS"]
CARNET_POSTGRES = _env["CARNET_POSTGRES"]
CARNET_WORKERS = _env["CARNET_WORKERS"]
CARNET_MASTER_KEY: tuple[str, ...] = _env["CARNET_MASTER_KEY"]
CARNET_MASTER_KEY_FILE: Path | None = _env["CARNET_MASTER_KEY_FILE"]
CARNET_JOURNAL_KEY: bytes = _env["CARNET_JOURNAL_KEY"]
CARNET_SEALING_KEY: bytes | None = _env["CARNET_SEALING_KEY"]
CARNET_SEALING_FORMER: frozenset[bytes] = _env["CARNET_SEALING_FORMER"]
CARNET_DATABASE_PASSWORD = _env["CARNET_DATABASE_PASSWORD"]
CARNET_REPOSITORY_ID = _env["CARNET_REPOSITORY_OID"]
CARNET_LOCAL_OID: str = _env["CARNET_LOCAL_OID"]
CARNET_RUN = environment.run_folder(CARNET_HOME)
CARNET_BLOBS = CARNET_HOME / "blobs"
CARNET_BACKUPS: Path | None = _env["CARNET_BACKUPS"]
CARNET_KEY_BACKUPS = _env["CARNET_KEY_BACKUPS"] or CARNET_HOME / "backups-keys"
CARNET_SEALS = _env["CARNET_SEALS"] or CARNET_HOME / "seals"
CARNET_BACKUP_DAYS: int = _env["CARNET_BACKUP_DAYS"]
CARNET_MAX_BODY = 100 * 1024 * 1024
# Of a FHIR message, whose documents are base64 inside JSON: it is held in memory, unlike the parts of a SOAP message.
CARNET_MAX_JSON = 30 * 1024 * 1024
CARNET_STALL_SECONDS: int = _env["CARNET_STALL_SECONDS"]
# The kernel delivers events to the listeners of this module without importing it.
CARNET_LISTENERS = "carnet.config.wiring.LISTENERS"
# Transfers one process of the bulk lane serves at a time; few of them need the database at the same moment.
CARNET_BULK_THREADS = 64

_production = CARNET_MODE == "production"
# Whether a certificate without a current revocation list of its authority is refused.
CARNET_REVOCATION_REQUIRED = {"auto": _production}.get(
    _env["CARNET_REVOCATION"], _env["CARNET_REVOCATION"] == "required"
)

# Where one domain is open to the desk, nobody is asked which.
CARNET_HOMOLOGATIONS: dict[str, frozenset[str]] = _env["CARNET_HOMOLOGATIONS"]
CARNET_DEMO_LIVES: str = _env["CARNET_DEMO_LIVES"]
CARNET_DESK_DOMAINS: tuple[str, ...] = _env["CARNET_DESK_DOMAINS"] or (("fr",) if _production else ("fr", "fr-2012"))


def _address_of(configured: str, port: int, *, tls: bool) -> str:
    """What people or software write to come here; by default the first host name and the port."""
    host = _env["CARNET_HOSTS"].split(",")[0].strip() or "localhost"
    return configured or f"{'https' if tls else 'http'}://{host}:{port}"


CARNET_ADDRESS = _address_of(_env["CARNET_ADDRESS"], CARNET_PORT, tls=_production)
CARNET_TLS_ADDRESS = _address_of(_env["CARNET_TLS_ADDRESS"], CARNET_TLS_PORT, tls=True)


def _provider(name: str, realm: str) -> dict[str, object]:
    """An identity provider: the configured one, the demonstration's own, or none."""
    issuer, key = _env[f"{name}_ISSUER"], _env[f"{name}_KEY"]
    if not issuer and not _production:
        issuer = f"http://localhost:{CARNET_PORT}/{realm}"
        key = key or CARNET_HOME / "demo" / "clients" / "carnet.key"
    client, acr = _env[f"{name}_CLIENT_ID"], _env[f"{name}_ACR"]
    return {"issuer": issuer, "client": client, "key": key, "acr": acr}


CARNET_PROVIDERS = {
    "psc": _provider("CARNET_PSC", "demo-psc"),
    "franceconnect": _provider("CARNET_FRANCECONNECT", "demo-franceconnect"),
}

SECRET_KEY = _env["CARNET_SECRET_KEY"]
DEBUG = False
ALLOWED_HOSTS = [host.strip() for host in _env["CARNET_HOSTS"].split(",") if host.strip()]
ROOT_URLCONF = "carnet.config.urls"
WSGI_APPLICATION = "carnet.config.wsgi.quick"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    *PORTAL_APPS,
    "procrastinate.contrib.django",
    *ROOMS,
    *([] if _production else DEMO_ROOMS),
]


# Headers first, for every answer; then machines, who need nothing of what follows.
_HEADERS = 2
MIDDLEWARE = [
    *_PORTAL_MIDDLEWARE[:_HEADERS],
    "carnet.config.machines.MachineDoors",
    "carnet.config.cards.PresentedCards",
    *_PORTAL_MIDDLEWARE[_HEADERS:],
]


# The testbed's pages extend the portals' frame by its name, without importing it.
_TESTBED_TEMPLATES = Path(__file__).resolve().parents[1] / "exchange" / "testbed" / "templates"
TEMPLATES = [
    engine | {"DIRS": [*cast("list[Path]", engine["DIRS"]), _TESTBED_TEMPLATES]} for engine in _PORTAL_TEMPLATES
]


def _password(role: str) -> str:
    """The password of an account of the embedded database, none of which is told by another's."""
    if role == "carnet":
        return cast("str", CARNET_DATABASE_PASSWORD)
    return hmac.digest(CARNET_DATABASE_PASSWORD.encode(), f"database account {role}".encode(), "sha256").hex()


# A server across a network may have closed an idle connection without a word: none is kept longer.
_ELSEWHERE_SECONDS = 60


def _database(url: str, lane: str = "", role: str = "carnet") -> dict[str, object]:
    """The one database, as a lane or others use it: the embedded one by its socket, or the server of `url`."""
    # Every statement names one record: its plan does not depend on the values, and planning costs more than running.
    plan_once = "-c plan_cache_mode=force_generic_plan"
    timeout = {"quick": "2s", "bulk": "60s"}.get(lane)
    lane_options = f"-c statement_timeout={timeout} {plan_once}" if timeout else ""
    # Django switches prepared statements off unless a threshold is named; `kernel.database` asks for them by name.
    options: dict[str, object] = {"prepare_threshold": 5}
    # The quick lane has one thread: its connection stays with it, and the worker's with its few.
    keeps = lane == "quick" or (role == "carnet_service" and not lane)
    age = (_ELSEWHERE_SECONDS if url and not lane else None) if keeps else 0
    if lane_options:
        options["options"] = lane_options
    if lane == "bulk":
        options["pool"] = {"min_size": 1, "max_size": 8, "timeout": 10}
    database: dict[str, object] = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "carnet",
        "USER": role,
        "PASSWORD": _password(role),
        "HOST": str(CARNET_RUN),
        "PORT": "5432",
        "OPTIONS": options,
        # A server across a network may have closed an idle connection without a word; our own never does, and the
        # kernel sees that it has gone. The pool of the bulk lane hides its connections from the kernel.
        "CONN_HEALTH_CHECKS": bool(url) or lane == "bulk",
        "CONN_MAX_AGE": age,
    }
    if url:
        parts = urlsplit(url)
        options.update(dict(parse_qsl(parts.query)))
        database |= {
            "NAME": unquote(parts.path.lstrip("/")),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": unquote(parts.hostname or str(options.pop("host", ""))),
            "PORT": str(parts.port or options.pop("port", "")),
        }
    return database


CARNET_EMBEDDED_DATABASE = not _env["DATABASE_URL"]
DATABASES = {"default": _database(_env["DATABASE_URL"])}
# How each process uses it, under which account (`ops/rights.py`). On a server elsewhere, an account without an address
# of its own is the owner's.
_SERVICE_URL = _env["CARNET_SERVICE_DATABASE_URL"] or _env["DATABASE_URL"]
_SEALER_URL = _env["CARNET_SEALER_DATABASE_URL"] or _env["DATABASE_URL"]
CARNET_DATABASE_USES = {
    "quick": _database(_SERVICE_URL, "quick", "carnet_service"),
    "bulk": _database(_SERVICE_URL, "bulk", "carnet_service"),
    "service": _database(_SERVICE_URL, role="carnet_service"),
    "sealer": _database(_SEALER_URL, role="carnet_sealer"),
}
# Shared by all the processes: limits on attempts are counted there.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "django_cache"}}

# What people's forms may weigh, apart from the file of a deposit. Machines' doors read their bodies themselves.
DATA_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024
FILE_UPLOAD_HANDLERS = ["carnet.portals.frame.uploads.Handler"]

# Cookies ignore ports, so their names carry it: two copies on one machine do not log each other out.
# In production the prefix has browsers refuse them without Secure, from another host, or for a part of the site.
_cookie = f"{'__Host-' if _production else ''}carnet_{CARNET_PORT}"
SESSION_COOKIE_NAME = f"{_cookie}_session"
CSRF_COOKIE_NAME = f"{_cookie}_csrf"
LANGUAGE_COOKIE_NAME = f"{_cookie}_language"
CARNET_DEVICE_COOKIE = f"{_cookie}_device"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = _production
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 31_536_000 if _production else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = _production

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "carnet.portals.frame.password_words.ContextWordsValidator"},
]
CARNET_SMTP = _env["CARNET_SMTP_URL"]
CARNET_ANTIVIRUS = _env["CARNET_ANTIVIRUS_URL"]
CARNET_AUDIT_REPOSITORY: str = _env["CARNET_AUDIT_REPOSITORY"]
CARNET_AUDIT_CERTIFICATE: Path | None = _env["CARNET_AUDIT_CERTIFICATE"]
CARNET_AUDIT_KEY: Path | None = _env["CARNET_AUDIT_KEY"]
CARNET_AUDIT_AUTHORITY: Path | None = _env["CARNET_AUDIT_AUTHORITY"]
CARNET_LOG_RECEIVER: tuple[str, int] | None = _env["CARNET_LOG_RECEIVER"]
CARNET_LOG_AUTHORITY: Path | None = _env["CARNET_LOG_AUTHORITY"]
CARNET_LOG_CERTIFICATE: Path | None = _env["CARNET_LOG_CERTIFICATE"]
CARNET_LOG_KEY: Path | None = _env["CARNET_LOG_KEY"]
CARNET_MAIL_FROM: str = _env["CARNET_MAIL_FROM"]
# Mails leave by `carnet.kernel.mail`, and nothing leaves by Django's own way.
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"

# Messages of errors may quote what they met (a value, a row): logs keep the place and the class only.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"sober": {"()": "carnet.config.logs.SoberFormatter"}},
    "filters": {"placeless": {"()": "carnet.config.logs.Placeless"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "sober", "filters": ["placeless"]}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "django": {"handlers": [], "level": "WARNING"},
        "django.security.DisallowedHost": {"level": "CRITICAL"},
        "carnet": {"level": "INFO"},
    },
}
