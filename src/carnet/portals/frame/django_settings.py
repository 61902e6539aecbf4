"""The part of the Django settings that the people's entrances need; `config.settings` imports it whole.

What depends on the machine (keys, addresses, database, cache, cookie names) stays in `config.settings`.
"""

from __future__ import annotations

from pathlib import Path

_PORTALS = Path(__file__).resolve().parent.parent

PORTAL_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "allauth",
    "allauth.account",
    "allauth.mfa",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "carnet.portals.frame.headers.SecurityHeaders",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "carnet.portals.frame.expiry.SessionExpiry",
    "allauth.account.middleware.AccountMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [
            _PORTALS / room / "templates"
            for room in ("frame", "public", "documents", "professional", "patient", "administration")
        ],
        "APP_DIRS": False,
        "OPTIONS": {
            "context_processors": ["carnet.portals.frame.page.context"],
            "libraries": {"frame": "carnet.portals.frame.tags"},
            "builtins": ["carnet.portals.frame.tags"],
        },
    }
]

LANGUAGE_CODE = "fr"
TIME_ZONE = "Europe/Paris"
USE_TZ = True
USE_I18N = True

AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "entrance"

# Sessions live in the database: a process that dies signs nobody out, and a sign-out is final.
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_AGE = 10 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "carnet.portals.frame.errors.stale_form"

# Seconds without activity after which a session ends, and the longest a session may last.
CARNET_SESSION_IDLE = 20 * 60
CARNET_SESSION_LONGEST = 10 * 3600

ACCOUNT_ADAPTER = "carnet.portals.frame.accounts.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_REDIRECT_URL = "home"
ACCOUNT_PRESERVE_USERNAME_CASING = False
# Attempts on the password and on the code alike: per address, and per account.
ACCOUNT_RATE_LIMITS = {"login": "30/m/ip", "login_failed": "20/m/ip,5/5m/key", "carnet_mail": "20/10m/ip,3/10m/key"}

MFA_ADAPTER = "carnet.portals.frame.accounts.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_WEBAUTHN_USER_VERIFICATION = "required"
MFA_TOTP_ISSUER = "Carnet"
MFA_TOTP_TOLERANCE = 1

# The proxy is the only one in front and writes the last hop of X-Forwarded-For.
ALLAUTH_TRUSTED_PROXY_COUNT = 1
