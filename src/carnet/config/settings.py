"""Django's settings, made from the environment (`environment.py`) and nothing else.

Django is synchronous here: one connection, one transaction, one thread per request.
"""

from __future__ import annotations

from urllib.parse import parse_qsl, unquote, urlsplit

from carnet.config import environment
from carnet.config.rooms import ROOMS

_env = environment.read()

CARNET_HOME = _env["CARNET_HOME"]
CARNET_MODE = _env["CARNET_MODE"]
CARNET_PORT = _env["CARNET_PORT"]
CARNET_TLS_PORT = _env["CARNET_TLS_PORT"]
CARNET_TLS_CERTIFICATE = _env["CARNET_TLS_CERTIFICATE"]
CARNET_TLS_KEY = _env["CARNET_TLS_KEY"]
CARNET_POSTGRES = _env["CARNET_POSTGRES"]
CARNET_WORKERS = _env["CARNET_WORKERS"]
CARNET_LANE = _env["CARNET_LANE"]
CARNET_MASTER_KEY: bytes = _env["CARNET_MASTER_KEY"]
CARNET_JOURNAL_KEY: bytes = _env["CARNET_JOURNAL_KEY"]
CARNET_DATABASE_PASSWORD = _env["CARNET_DATABASE_PASSWORD"]
CARNET_REPOSITORY_ID = _env["CARNET_REPOSITORY_OID"]
CARNET_RUN = environment.run_folder(CARNET_HOME)
CARNET_BLOBS = CARNET_HOME / "blobs"
CARNET_MAX_BODY = 100 * 1024 * 1024
# The kernel delivers events to the listeners of this module without importing it.
CARNET_LISTENERS = "carnet.config.wiring.LISTENERS"
# Threads of one process of the bulk lane; the pool of connections has the same size.
CARNET_BULK_THREADS = 16

_production = CARNET_MODE == "production"

SECRET_KEY = _env["CARNET_SECRET_KEY"]
DEBUG = False
ALLOWED_HOSTS = [host.strip() for host in _env["CARNET_HOSTS"].split(",") if host.strip()]
ROOT_URLCONF = "carnet.config.urls"
WSGI_APPLICATION = "carnet.config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "procrastinate.contrib.django",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    *ROOMS,
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]


def _database(url: str) -> dict[str, object]:
    """The one database: the embedded one by its socket, or the server of `url`."""
    lane_options = {"quick": "-c statement_timeout=2s", "bulk": "-c statement_timeout=60s"}.get(CARNET_LANE, "")
    options: dict[str, object] = {
        # One connection per thread that may serve a request.
        "pool": {"min_size": 1, "max_size": CARNET_BULK_THREADS if CARNET_LANE == "bulk" else 4, "timeout": 10},
    }
    if lane_options:
        options["options"] = lane_options
    database: dict[str, object] = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "carnet",
        "USER": "carnet",
        "PASSWORD": CARNET_DATABASE_PASSWORD,
        "HOST": str(CARNET_RUN),
        "PORT": "5432",
        "OPTIONS": options,
        # A server across a network may have closed an idle connection; our own socket does not.
        "CONN_HEALTH_CHECKS": bool(url),
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
# Shared by all the processes: limits on attempts are counted there.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "django_cache"}}

LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", "Français"), ("en", "English")]
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True

STATIC_URL = "/static/"
STATIC_ROOT = CARNET_HOME / "static"
_static = "ManifestStaticFilesStorage" if CARNET_LANE != "none" else "StaticFilesStorage"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": f"django.contrib.staticfiles.storage.{_static}"},
}

# The proxy refuses larger bodies; views that read whole bodies are bounded by it too.
DATA_UPLOAD_MAX_MEMORY_SIZE = CARNET_MAX_BODY
FILE_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024

# Cookies ignore ports, so their names carry it: two copies on one machine do not log each other out.
SESSION_COOKIE_NAME = f"carnet_{CARNET_PORT}_session"
CSRF_COOKIE_NAME = f"carnet_{CARNET_PORT}_csrf"
LANGUAGE_COOKIE_NAME = f"carnet_{CARNET_PORT}_language"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = _production
SESSION_COOKIE_AGE = 4 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 31_536_000 if _production else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_URL = "/compte/login/"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGOUT_ON_GET = False
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Carnet"
EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = str(CARNET_HOME / "mail")

# Messages of errors may quote what they met (a value, a row): logs keep the place and the class only.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"sober": {"()": "carnet.config.logs.SoberFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "sober"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "django": {"handlers": [], "level": "WARNING"},
        "django.security.DisallowedHost": {"level": "CRITICAL"},
        "carnet": {"level": "INFO"},
    },
}
