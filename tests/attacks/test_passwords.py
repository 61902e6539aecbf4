"""What is a password and what is none, how it is read and kept; and nothing that debugs."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher, identify_hasher, make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import QueryDict

from carnet.config import settings as written
from carnet.portals.frame.accounts import SignInForm
from carnet.portals.frame.confirm import ConfirmForm
from carnet.portals.frame.first_entry import PasswordForm

LEAST_ROUNDS = 600_000


@pytest.mark.parametrize("password", ["court", "onze-signes", "password1234567"[:12], "administrator", "1qaz2wsx3edc"])
def test_what_is_no_password(password: str) -> None:
    with pytest.raises(ValidationError):
        validate_password(password)


@pytest.mark.parametrize(
    "password",
    [
        "CarnetDeSante2026!",
        "Médecin.Patient.DMP",
        "mot de passe carnet",
        "Bonjour-Hôpital-75",
        "Janvier2026Janvier",
        "carnetabcde",
    ],
)
def test_words_of_this_service_alone_are_no_password(password: str) -> None:
    with pytest.raises(ValidationError) as refused:
        validate_password(password)
    assert "password_context_words" in {one.code for one in refused.value.error_list}


@pytest.mark.parametrize("form", [SignInForm(), ConfirmForm(), PasswordForm(login="x")])
def test_password_fields_are_hidden_and_known_to_password_managers(form: Form) -> None:
    fields = [form[name] for name in form.fields if name in ("password", "again")]
    assert fields
    for field in fields:
        written = str(field)
        assert 'type="password"' in written
        assert re.search(r'autocomplete="(current|new)-password"', written)
        assert not re.search(r"\bon[a-z]+=|readonly|maxlength=\"[0-9]{1,2}\"", written)


@pytest.mark.parametrize(
    "password",
    [
        "mon carnet est à Fontvieille",
        "une phrase de passe",
        "ééééèèèèàààà",
        "日本語の長い合言葉ですから覚える",
        "d" + "e" * 200,
    ],
)
def test_any_phrase_will_do(password: str) -> None:
    validate_password(password)


def test_a_password_is_read_as_it_is_typed() -> None:
    typed = " Une Phrase " + "é" * 200 + " "
    form = SignInForm(QueryDict(mutable=True))
    assert form.fields["password"].clean(typed) == typed


def test_a_password_is_kept_under_a_slow_function() -> None:
    hasher = identify_hasher(make_password("une phrase de passe"))
    assert isinstance(hasher, PBKDF2PasswordHasher)
    assert hasher.iterations >= LEAST_ROUNDS


def test_nothing_debugs(settings) -> None:
    assert not written.DEBUG
    assert not any(engine["OPTIONS"].get("debug") for engine in settings.TEMPLATES)
