"""Accounts of the portals: Django users with a password and a confirmed second factor."""

from __future__ import annotations

from collections.abc import Iterable

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.db import transaction

from carnet.ops.demo import credentials

# The full cost (a second each here) protects passwords that people chose; these have 60 random bits, and
# Django stores the full cost at the first login.
_ITERATIONS = 1_000


def make_accounts(logins: Iterable[str], *, secret: str) -> None:
    """A user and a TOTP authenticator for each login; those that exist are left as they are."""
    users = get_user_model()
    names = list(logins)
    hasher, adapter = PBKDF2PasswordHasher(), get_adapter()
    with transaction.atomic():
        known = set(users.objects.filter(username__in=names).values_list("username", flat=True))
        made = users.objects.bulk_create(
            [
                users(
                    username=login,
                    password=hasher.encode(credentials.password(secret, login), hasher.salt(), _ITERATIONS),
                )
                for login in names
                if login not in known
            ]
        )
        Authenticator.objects.bulk_create(
            [
                Authenticator(
                    user=user,
                    type=Authenticator.Type.TOTP,
                    data={"secret": adapter.encrypt(credentials.totp_seed(secret, user.username))},
                )
                for user in made
            ]
        )
