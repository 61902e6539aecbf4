"""A3: nobody has a record without knowing: consent asked in 2012, opposition possible since 2022."""

from __future__ import annotations

from tests.journeys.conftest import CLERK, Secluded, matricule

# Born in May 1980 in Gironde: what the INS says too.
PERSON = ("FICTIVE", "JEANNE", "1980-05-02")


def test_the_desk_creates_nothing_without_consent(secluded: Secluded) -> None:
    ins = matricule(999101)
    said = secluded.refused("record", "create", ins, *PERSON, "--as", CLERK)
    assert "create-consent" in said
    assert "patient-unknown" in secluded.refused("record", "state", ins, "--as", CLERK)


def test_in_2012_nothing_is_created_automatically(secluded: Secluded) -> None:
    said = secluded.refused("record", "announce", matricule(999102), *PERSON, "--as", "Odile", "--domain", "fr-2012")
    assert "create-consent" in said
    assert "announce-actor" not in said


def test_a_record_nobody_asked_for_waits_for_an_opposition_and_then_opens(secluded: Secluded) -> None:
    ins = matricule(999103)
    assert "sauf opposition" in secluded.done("record", "announce", ins, *PERSON, "--as", "Odile")
    assert "annoncé" in secluded.record("state", ins)
    assert "record-announced" in secluded.refused("find", ins, "--as", "camille.aubier")
    assert "Aucune échéance" in secluded.done("demo", "advance", "41d")
    assert "ouvert, échéance" in secluded.done("demo", "advance", "1d")
    assert "Dossier ouvert" in secluded.record("state", ins)
    assert "authorisation-missing" in secluded.refused("find", ins, "--as", "camille.aubier")


def test_an_opposition_erases_the_announced_record_and_blocks_another(secluded: Secluded) -> None:
    ins = matricule(999104)
    secluded.done("record", "announce", ins, *PERSON, "--as", "Odile")
    assert "Opposition enregistrée" in secluded.record("oppose", ins)
    assert "creation-opposed" in secluded.refused("record", "announce", ins, *PERSON, "--as", "Odile")
    assert "Pas de dossier" in secluded.record("state", ins)
    assert "Aucune échéance" in secluded.done("demo", "advance", "6w")
    assert "Opposition levée" in secluded.record("oppose", ins, "--revoke")
    assert "Dossier annoncé" in secluded.done("record", "announce", ins, *PERSON, "--as", "Odile")


def test_who_refused_may_consent_later(secluded: Secluded) -> None:
    ins = matricule(999105)
    secluded.record("oppose", ins)
    assert "Dossier créé" in secluded.record("create", ins, *PERSON, "--consent")
    assert "Dossier ouvert" in secluded.record("state", ins)


def test_only_the_operator_creates_without_being_asked(secluded: Secluded) -> None:
    said = secluded.refused("record", "announce", matricule(999106), *PERSON, "--as", CLERK, code=2)
    assert "somebody else" in said
