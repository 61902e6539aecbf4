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

from carnet.kernel import clock, database
from carnet.kernel.actor import ActorKind
from carnet.kernel.errors import Problem, Reason, Refusal
from carnet.ops.demo import credentials, lives, records, region
from carnet.ops.demo.patients import FIRST, PATIENTS, person
from carnet.ops.demo.professionals import CARDIOLOGIST, DENTAL_SURGEON, GENERALIST, INSTITUTIONS, PROFESSIONALS
from carnet.ops.demo.stories import STORIES
from carnet.ops.demo.structures import CLINIC, STRUCTURES
from carnet.record.access import api as access
from carnet.record.directory import api as directory
from carnet.record.documents import api as documents
from carnet.record.identity import api as identity
from carnet.record.identity import vitale
from carnet.record.life import api as life
from carnet.record.terminology import api as terminology
from tests.conftest import delete_every_row

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

RECORDS = [one for one in PATIENTS if "refused" not in one.flags]

pytestmark = pytest.mark.django_db


def counts():
    return {table: database.row(f"SELECT count(*) FROM {table}")[0] for table in COUNTED}  # noqa: S608


@pytest.fixture(scope="module")
def home(tmp_path_factory, django_db_setup, django_db_blocker):
    """A home where the region was loaded, for all of this module.

    Committed as it goes: in one transaction, every statement would step over the versions that those before it left.
    """
    path = tmp_path_factory.mktemp("home")
    with django_db_blocker.unblock():
        assert not region.load(path).already
        lives.tell_all(path)
        yield path
        delete_every_row()


@pytest.fixture(scope="module")
def people(home):
    """What identities.json says."""
    return json.loads((home / "demo" / "identities.json").read_text(encoding="utf-8"))


def test_everybody_is_there(home):
    found = counts()
    assert found["directory_structure"] == len(STRUCTURES)
    assert found["directory_professional"] == len(PROFESSIONALS)
    assert found["identity_record"] == len(RECORDS)
    assert found["identity_identifier"] == len(RECORDS) + 1, "one number was given while waiting"
    assert found["documents_entry"] >= len(STORIES)
    # Institutions sign in and are nobody in the directory.
    assert found["auth_user"] == found["mfa_authenticator"] == found["directory_account"] + len(INSTITUTIONS)


def test_the_worker_is_asked_for_what_is_left(home):
    progress = lives.progress()
    assert (progress.done, progress.failed) == (0, False)
    assert progress.steps > len(PATIENTS) - len(FIRST)
    assert len(lives.first_stories()) < 60


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
    everybody = [*people["professionals"], *people["clerks"], *people["institutions"], *people["patients"]]
    assert len({one["password"] for one in everybody}) == len({one["totp"] for one in everybody}) == len(everybody)
    for one in everybody[::7]:
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


def _titles(actor, patient_id=""):
    found = documents.find(actor=actor, domain="fr", patient_id=patient_id, query=documents.DocumentQuery())
    assert isinstance(found, documents.Found), actor.name
    return {entry.title for entry in found.entries}


@pytest.mark.parametrize("one", RECORDS, ids=lambda one: one.login)
def test_a_patient_sees_their_own_story_but_what_is_not_announced(home, one):
    actor = directory.actor_of_login(login=one.login, proof="password+totp")
    assert actor.kind is ActorKind.PATIENT
    if "closed" in one.flags:
        found = documents.find(actor=actor, domain="fr", patient_id="", query=documents.DocumentQuery())
        assert {problem.rule for problem in found.problems} == {"record-closed"}
        return
    mine = [told for told in STORIES if told.about is one]
    replaced = {told.replaces for told in mine}
    hidden = {told.title for told in mine if "INVISIBLE_PATIENT" in {code.code for code in told.visibility}}
    assert _titles(actor) == {told.title for told in mine} - replaced - hidden
    opened = access.my_record(actor=actor)
    assert opened.patient.traits == one.traits
    assert opened.patient.identifier == one.identifier


@pytest.mark.parametrize("one", [one for one in RECORDS if "closed" not in one.flags], ids=lambda one: one.login)
def test_the_care_team_is_authorised_and_a_stranger_is_not(home, one):
    patient_id = identity.format_cx(one.identifier)
    for professional in {one.treating, *one.team} - set(one.blocked):
        actor = records.actor_of(professional, professional.structures[0])
        assert _titles(actor, patient_id), professional.name
    stranger = records.actor_of(DENTAL_SURGEON, DENTAL_SURGEON.structures[0])
    refused = documents.find(actor=stranger, domain="fr", patient_id=patient_id, query=documents.DocumentQuery())
    assert isinstance(refused, Refusal) or DENTAL_SURGEON in one.team


def test_minors_have_two_representatives_and_protected_adults_one(home):
    clerk = directory.actor_of_login(login="accueil.chu", proof="process")
    for one in RECORDS:
        record_id = directory.actor_of_login(login=one.login, proof="process").record_id
        found = identity.representatives_of(actor=clerk, record_id=record_id)
        expected = 2 if one.age(records.TODAY) < 18 else 1 if "protected" in one.flags else 0
        assert len(found) == expected, one.login
        if expected == 2:
            assert {parent.quality for parent in found} == {"mère", "père"}
            assert all(parent.record_id for parent in found)


def test_a_number_given_while_waiting_still_leads_to_the_record(home):
    waited = next(one for one in RECORDS if one.former)
    assert _titles(records.actor_of(waited.treating, waited.treating.structures[0]), identity.format_cx(waited.former))


def test_who_refused_a_record_has_none(home):
    refused = next(one for one in PATIENTS if "refused" in one.flags)
    french = terminology.domain("fr")
    assert identity.search_by_identifier(actor=region.LOADER, domain=french, identifier=refused.identifier) is None
    assert directory.actor_of_login(login=refused.login, proof="process") is None
    again = life.announce(
        actor=region.LOADER, domain="fr", identifier=refused.identifier, traits=refused.traits, qualification="QUAL"
    )
    assert {problem.rule for problem in again.problems} == {"creation-opposed"}


def test_institutions_are_nobody_in_the_record(home):
    assert all(directory.actor_of_login(login=one.login, proof="process") is None for one in INSTITUTIONS)


def test_a_correction_replaces_and_nothing_else_is_lost(home):
    roland = person("roland.demo-hetre")
    titles = _titles(
        records.actor_of(roland.treating, roland.treating.structures[0]), identity.format_cx(roland.identifier)
    )
    assert "Bilan du diabète, 12/2022 (corrigé)" in titles
    assert "Bilan du diabète, 12/2022" not in titles


def test_cards_are_read_and_name_test_persons(home, people):
    files = sorted((home / "demo" / "vitale").iterdir())
    cards = [vitale.read_card(file.read_text(encoding="utf-8")) for file in files]
    assert len(cards) == 12
    known = {one.identifier.value for one in PATIENTS}
    for card in cards:
        assert isinstance(card, vitale.Card), card
        assert card.kind == "test"
        assert {one.nir for one in card.beneficiaries} <= known
        assert card.holder == card.beneficiaries[0].nir
    assert max(len(card.beneficiaries) for card in cards) == 4
    family = next(card for card in cards if len(card.beneficiaries) == 4)
    assert sorted(one.rank for one in family.beneficiaries) == [1, 1, 1, 2], "twins are told apart"
    today = clock.now().date()
    over = [card for card in cards if vitale.check_validity(card, today) is not None]
    assert [card.serial for card in over] == ["DEMO-0012"]
    assert {one["file"] for one in people["vitale"] if one["valid_until"] < f"{today:%Y%m%d}"} == {
        "demo/vitale/12-jean-perimee.json"
    }


def test_who_was_blocked_is_refused_and_says_why_and_the_person_sees_it(home, people):
    (one,) = (one for one in RECORDS if one.blocked)
    (listed,) = (row for row in people["patients"] if row["blocked"])
    assert (listed["login"], listed["blocked"]) == (one.login, [one.blocked[0].id])
    blocked = one.blocked[0]
    actor = records.actor_of(blocked, blocked.structures[0])
    patient_id = identity.format_cx(one.identifier)
    refused = documents.find(actor=actor, domain="fr", patient_id=patient_id, query=documents.DocumentQuery())
    assert isinstance(refused, Refusal)
    assert {problem.rule for problem in refused.problems} == {"professional-blocked"}
    person_ = directory.actor_of_login(login=one.login, proof="password+totp")
    seen = access.controls_of(actor=person_, domain="fr")
    assert [grantee.name for grantee in seen.grantees if grantee.state == "blocked"]


def test_what_the_story_masks_is_seen_by_the_treating_doctor_alone(home):
    francoise = person("francoise.demo-genet")
    (masked,) = (told for told in STORIES if told.visibility and told.about is francoise)
    patient_id = identity.format_cx(francoise.identifier)

    def titles(professional):
        return _titles(records.actor_of(professional, professional.structures[0]), patient_id)

    assert masked.title in titles(francoise.treating)
    assert all(masked.title not in titles(professional) for professional in francoise.team)


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
