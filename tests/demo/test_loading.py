"""Loading the demonstration: everybody can come in, once, and a second loading changes nothing."""

from __future__ import annotations

import base64
import hmac
import json
import stat
import struct
import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from cryptography import x509
from django.contrib.auth import authenticate, get_user_model
from django.contrib.auth.hashers import check_password
from django.db import transaction

from carnet.kernel import database
from carnet.kernel.actor import ActorKind
from carnet.kernel.errors import Problem, Reason, Refusal
from carnet.ops.demo import credentials, records, region
from carnet.ops.demo.patients import PATIENTS
from carnet.ops.demo.professionals import CARDIOLOGIST, DENTAL_SURGEON, GENERALIST, PROFESSIONALS
from carnet.ops.demo.stories import STORIES
from carnet.ops.demo.structures import CLINIC, STRUCTURES
from carnet.record.access import api as access
from carnet.record.directory import api as directory
from carnet.record.documents import api as documents
from carnet.record.identity import api as identity

COUNTED = (
    "identity_record",
    "identity_identifier",
    "directory_structure",
    "directory_professional",
    "directory_activity",
    "directory_account",
    "documents_entry",
    "documents_submission",
    "access_authorisation",
    "auth_user",
    "mfa_authenticator",
)

pytestmark = pytest.mark.django_db


def counts():
    return {table: database.row(f"SELECT count(*) FROM {table}")[0] for table in COUNTED}  # noqa: S608


@pytest.fixture(scope="module")
def home(tmp_path_factory, django_db_setup, django_db_blocker):
    """A home where the region was loaded, in a transaction that lasts as long as this module."""
    with django_db_blocker.unblock():
        atomic = transaction.atomic()
        atomic.__enter__()
        path = tmp_path_factory.mktemp("home")
        assert not region.load(path).already
        yield path
        transaction.set_rollback(True)
        atomic.__exit__(None, None, None)


@pytest.fixture(scope="module")
def people(home):
    """What identities.json says."""
    return json.loads((home / "demo" / "identities.json").read_text(encoding="utf-8"))


def test_everybody_is_there(home):
    found = counts()
    assert found["directory_structure"] == len(STRUCTURES)
    assert found["directory_professional"] == len(PROFESSIONALS)
    assert found["identity_record"] == found["identity_identifier"] == len(PATIENTS)
    assert found["documents_entry"] >= len(STORIES)
    assert found["auth_user"] == found["mfa_authenticator"] == found["directory_account"]


def test_a_second_loading_finds_it_and_changes_nothing(home):
    before, file = counts(), (home / "demo" / "identities.json").read_bytes()
    assert region.load(home).already
    assert counts() == before
    assert (home / "demo" / "identities.json").read_bytes() == file


def test_a_loading_that_was_cut_short_is_completed_without_doubles(home):
    before, file = counts(), (home / "demo" / "identities.json").read_bytes()
    (home / "demo" / "identities.json").unlink()
    assert not region.load(home).already
    assert counts() == before
    assert (home / "demo" / "identities.json").read_bytes() == file


def test_another_edition_is_loaded_again(home, monkeypatch):
    monkeypatch.setattr(region, "EDITION", region.EDITION + 1)
    assert not region.load(home).already
    monkeypatch.undo()
    assert not region.load(home).already
    assert region.load(home).already


def test_the_file_is_for_this_account_only(home):
    assert stat.S_IMODE((home / "demo" / "identities.json").stat().st_mode) == 0o600


def test_certificates_exist_and_name_their_holders(home, people):
    assert (home / people["authority"]).exists()
    for one in people["professionals"]:
        for name in ("certificate", "sign_certificate"):
            certificate = x509.load_pem_x509_certificate((home / one[name]).read_bytes())
            assert certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value == one["id"]
        assert (home / one["key"]).exists()
        assert (home / one["sign_key"]).exists()
    for one in people["structures"]:
        for name in ("tls_certificate", "sign_certificate"):
            certificate = x509.load_pem_x509_certificate((home / one[name]).read_bytes())
            units = certificate.subject.get_attributes_for_oid(x509.NameOID.ORGANIZATIONAL_UNIT_NAME)
            assert one["id"] in {unit.value for unit in units}
        assert (home / one["tls_key"]).exists()


def test_everybody_s_password_and_second_factor_are_right(people):
    everybody = [*people["professionals"], *people["clerks"], *people["patients"]]
    assert len({one["password"] for one in everybody}) == len({one["totp"] for one in everybody}) == len(everybody)
    for one in everybody:
        user = get_user_model().objects.get(username=one["login"])
        assert check_password(one["password"], user.password)
        authenticator = Authenticator.objects.get(user=user, type=Authenticator.Type.TOTP)
        assert TOTP(authenticator).validate_code(_code(one["totp"]))


def _code(seed):
    """RFC 6238 for this half minute, written from the RFC."""
    message = struct.pack(">Q", int(time.time()) // 30)
    digest = hmac.digest(base64.b32decode(seed), message, "sha1")
    start = digest[-1] & 15
    return f"{(int.from_bytes(digest[start : start + 4]) & 0x7FFFFFFF) % 10**6:06d}"


def test_a_password_opens_one_account(people):
    one, other = people["patients"][:2]
    assert authenticate(username=one["login"], password=one["password"]) is not None
    assert authenticate(username=one["login"], password=other["password"]) is None


def test_secrets_belong_to_a_home():
    assert credentials.password("a", "x") == credentials.password("a", "x")
    assert credentials.password("a", "x") != credentials.password("b", "x")
    assert credentials.totp_seed("a", "x") != credentials.totp_seed("b", "x")
    assert credentials.password("a", "x").startswith("demo-")


@pytest.mark.parametrize("person", PATIENTS, ids=lambda one: one.login)
def test_a_patient_sees_their_own_story_but_what_is_not_announced(home, person):
    actor = directory.actor_of_login(login=person.login, proof="password+totp")
    assert actor.kind is ActorKind.PATIENT
    found = documents.find(actor=actor, domain="fr", patient_id="", query=documents.DocumentQuery())
    mine = [told for told in STORIES if told.about is person]
    replaced = {told.replaces for told in mine}
    hidden = {told.title for told in mine if "INVISIBLE_PATIENT" in {code.code for code in told.visibility}}
    assert {entry.title for entry in found.entries} == {told.title for told in mine} - replaced - hidden
    opened = access.my_record(actor=actor)
    assert opened.patient.traits == person.traits


@pytest.mark.parametrize("person", PATIENTS, ids=lambda one: one.login)
def test_the_care_team_is_authorised_and_a_stranger_is_not(home, person):
    patient_id = identity.format_cx(person.identifier)
    for professional in (person.treating, *person.team):
        actor = directory.actor_of_professional(
            person=professional.id, structure=professional.structures[0], proof="vihf"
        )
        found = documents.find(actor=actor, domain="fr", patient_id=patient_id, query=documents.DocumentQuery())
        assert isinstance(found, documents.Found), professional.name
        assert found.entries
    stranger = directory.actor_of_professional(
        person=DENTAL_SURGEON.id, structure=DENTAL_SURGEON.structures[0], proof="vihf"
    )
    refused = documents.find(actor=stranger, domain="fr", patient_id=patient_id, query=documents.DocumentQuery())
    assert isinstance(refused, Refusal) or DENTAL_SURGEON in person.team


def test_what_the_story_masks_is_seen_by_the_treating_doctor_alone(home):
    person = next(one for one in PATIENTS if one.login == "francoise.demo-genet")
    (masked,) = (told for told in STORIES if told.visibility and told.about is person)
    patient_id = identity.format_cx(person.identifier)

    def titles(professional):
        actor = directory.actor_of_professional(
            person=professional.id, structure=professional.structures[0], proof="vihf"
        )
        found = documents.find(actor=actor, domain="fr", patient_id=patient_id, query=documents.DocumentQuery())
        return {entry.title for entry in found.entries}

    assert masked.title in titles(person.treating)
    assert all(masked.title not in titles(professional) for professional in person.team)


def test_a_professional_of_two_places_says_where(home):
    login = region.login_of(CARDIOLOGIST)
    assert directory.actor_of_login(login=login, proof="password+totp").structure == CARDIOLOGIST.structures[0]
    there = directory.actor_of_login(login=login, proof="password+totp", structure=CLINIC.id)
    assert there.structure_name == CLINIC.name
    assert region.login_of(GENERALIST) == "camille.aubier"


def test_a_refusal_by_the_house_says_why_and_names_nobody():
    problem = Problem(reason=Reason.INVALID, rule="ins-key", text="La clé est fausse.", field="patientId", found="42")
    message = str(records._refused("record", (problem,)))
    assert "ins-key" in message
    assert "42" not in message
