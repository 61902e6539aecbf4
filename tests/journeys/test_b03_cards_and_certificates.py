"""B3: revoked, expired or self-made certificates, and cards of another profession, open no door and hear why."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from carnet.client import fhir, xds
from carnet.client.connection import Connection
from carnet.client.errors import Refused
from carnet.client.identity import Identity, Software
from carnet.ops.sender import choose, patient
from carnet.wire.saml.names import PROFESSION_SYSTEM
from carnet.wire.saml.vihf import Role
from carnet.wire.xds.iti18_stored_query import FindDocuments
from carnet.wire.xds.model import Status
from tests.conftest import Living

NURSE = (Role("60", PROFESSION_SYSTEM),)


def connect(living: Living, identity: Identity) -> Connection:
    software = Software(name="Essai", version="1", homologation="ESSAI")
    authority = living.home / living.identities["authority"]
    return Connection(living.tls, identity=identity, authority=authority, software=software)


def find(living: Living) -> FindDocuments:
    """The documents of a patient whom the physician treats."""
    treated = next(one for one in living.identities["patients"] if one["treating"] == physician(living).person)
    return FindDocuments(patient_id=patient(treated["ins"]), statuses=(Status.APPROVED,))


def physician(living: Living) -> Identity:
    return choose(living.identities, "camille.aubier", structure="", home=living.home)


def spoiled(living: Living, kind: str) -> Identity:
    (files,) = living.identities[kind]
    assert files["id"] == physician(living).person, "the same person has good ones"
    names = ("certificate", "key", "sign_certificate", "sign_key")
    return replace(physician(living), **{name: living.home / files[name] for name in names})


@pytest.mark.parametrize(
    ("kind", "rule"),
    [
        ("revoked", "certificate-revoked"),
        ("expired", "certificate-expired"),
        ("not_yet_valid", "certificate-expired"),
        ("self_signed", "certificate-unknown-authority"),
        ("foreign_authority", "certificate-unknown-authority"),
        ("wrong_usage", "certificate-usage"),
    ],
)
def test_a_certificate_that_does_not_hold_opens_nothing(living: Living, kind: str, rule: str) -> None:
    with connect(living, spoiled(living, kind)) as connection:
        with pytest.raises(Refused) as by_soap:
            xds.query(connection, find(living))
        with pytest.raises(Refused) as by_fhir:
            list(fhir.search(connection, patient=find(living).patient_id))
    (said,) = by_soap.value.explanations
    assert (said.code, said.rule, by_soap.value.status) == ("DMPInvalidCertificate", rule, 400)
    (told,) = by_fhir.value.explanations
    assert (told.code, told.rule, by_fhir.value.status) == ("login", rule, 401)
    assert told.text.startswith(said.text)


def test_the_good_certificate_of_the_same_person_opens(living: Living) -> None:
    with connect(living, physician(living)) as connection:
        assert xds.query(connection, find(living)).errors == ()


@pytest.mark.parametrize(
    ("changes", "code", "rule"),
    [
        ({"roles": NURSE}, "DMPIdentityCertificationFailure", "vihf-role"),
        ({"person": "899900000037"}, "DMPIdentityCertificationFailure", "vihf-subject"),
        ({"structure": "1330999012", "sector": "SA01"}, "DMPIdentityCertificationFailure", "activity-absent"),
    ],
    ids=["another profession", "another person", "another structure"],
)
def test_a_card_speaks_for_its_holder_only(living: Living, changes: dict[str, Any], code: str, rule: str) -> None:
    with (
        connect(living, replace(physician(living), **changes)) as connection,
        pytest.raises(Refused) as refused,
    ):
        xds.query(connection, find(living))
    assert (refused.value.explanations[0].code, refused.value.explanations[0].rule) == (code, rule)


def test_the_good_card_signs_nothing_for_a_revoked_one(living: Living) -> None:
    """A good connection, an assertion signed with the revoked key."""
    bad = spoiled(living, "revoked")
    mixed = replace(physician(living), sign_certificate=bad.sign_certificate, sign_key=bad.sign_key)
    with connect(living, mixed) as connection, pytest.raises(Refused) as refused:
        xds.query(connection, find(living))
    assert refused.value.explanations[0].rule == "certificate-revoked"
