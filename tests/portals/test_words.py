"""French words of the pages: dates, sizes, names, codes, and the journal as sentences."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.test import SimpleTestCase

from carnet.kernel.actor import Actor, ActorKind
from carnet.portals.frame import ins, wording
from carnet.portals.frame.addresses import RecordConverter
from carnet.portals.patient import story
from carnet.portals.public import demonstration
from carnet.record.access.explanations import EXPLANATIONS
from carnet.record.journal.api import Action, JournalLine
from tests.portals.walk import code_at

NOON = datetime(2026, 3, 1, 11, 0, tzinfo=UTC)
PATIENT = Actor(kind=ActorKind.PATIENT, person="patient:7", proof="password+totp", record_id=7)


@pytest.mark.parametrize(
    ("dtm", "words", "machine"),
    [
        ("2024", "2024", "2024"),
        ("202402", "février 2024", "2024-02"),
        ("20240301", "1er mars 2024", "2024-03-01"),
        ("20231231233000", "1er janvier 2024", "2023-12-31T23:30:00+00:00"),
        ("20240301103245", "1er mars 2024", "2024-03-01T10:32:45+00:00"),
        ("20240230", "20240230", "2024-02-30"),
        ("", "", ""),
        ("hier", "hier", ""),
    ],
)
def test_dates_keep_their_precision_and_are_told_in_paris(dtm: str, words: str, machine: str) -> None:
    assert wording.date_of_dtm(dtm) == words
    assert wording.machine_date_of_dtm(dtm) == machine


def test_times_and_years_are_those_of_paris() -> None:
    assert wording.time_of_dtm("20231231233000") == "1er janvier 2024 à 0 h 30"
    assert wording.year_of_dtm("20231231233000") == "2024"
    assert wording.year_of_dtm("20231231") == "2023"


def test_sizes() -> None:
    words = [wording.size(count) for count in (0, 900, 4_300, 20_480, 5_400_000, 123_000_000, None)]
    assert words == ["0 octets", "900 octets", "4,2 Ko", "20 Ko", "5,1 Mo", "117 Mo", ""]


def test_names_in_wire_form() -> None:
    assert wording.person("899^AUBIER^Camille^^^Dr^^^&1.2.250.1.71.4.2.1&ISO^D^^^IDNPS") == "Dr Camille AUBIER"
    assert wording.person("Logiciel^^^^^^^^&1.2&ISO^U") == "Logiciel"
    assert wording.organisation("CHU Pellegrin \\T\\ Sud^^^^^&1.2&ISO^IDNST^^^1330") == "CHU Pellegrin & Sud"
    assert wording.organisation("^^^^^&1.2&ISO^IDNST^^^1330") == "1330"
    assert wording.coded("G15_10/SM26^Médecin^1.2.250.1.213.1.1.4.5") == "Médecin"


def test_matricule_is_typed_and_shown_as_on_cards() -> None:
    assert wording.matricule("155012432298741").split() == ["1", "55", "01", "24", "322", "987", "41"]
    assert ins.typed(" 1 55.01-24 322\u202f987 41 ") == "155012432298741"
    assert ins.typed("1 72 09 2a 004 983 91") == "172092A00498391"


def test_wrong_matricules_say_what_is_wrong_and_never_the_right_key() -> None:
    assert ins.wrong("155012432298741") == ""
    assert "vous en avez saisi 13" in ins.wrong("1550124322987")
    told = ins.wrong("155012432298742")
    assert "deux derniers chiffres" in told
    assert "41" not in told
    assert ins.wrong("955012432298741")


def test_record_addresses_are_opaque_and_round_trip() -> None:
    converter = RecordConverter()
    for number in (1, 2**62 - 1, 0x0A7EF9B5784CB6A1):
        assert converter.to_python(converter.to_url(number)) == number
        assert len(converter.to_url(number)) == 16


def test_code_of_the_demonstration_page_is_the_standard_one() -> None:
    # RFC 6238 appendix B, SHA-1, the last six of its eight digits.
    seed = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    assert demonstration.code_at(seed, 59) == "287082" == code_at(seed, 59)
    assert demonstration.code_at(seed, 1111111109) == "081804" == code_at(seed, 1111111109)


def test_accounts_of_the_demonstration_are_searched_and_grouped(tmp_path: Path) -> None:
    account = {"password": "p", "totp": "GEZDGNBVGY3TQOJQ"}
    people = [
        {
            "id": f"8{number}",
            "title": "Dr",
            "login": f"p{number}",
            "given": "Zoé",
            "family": f"N{number}",
            "occupation": "Sage-Femme",
            **account,
        }
        for number in range(30)
    ]
    born = {
        "birth_name": "DEMO-X",
        "given_names": "ÈVE",
        "sex": "F",
        "birth_date": "1990-02-01",
        "ins": "2900",
        "blocked": ["84"],
    }
    content = {"professionals": people, "patients": [{"login": "eve.demo-x", **born, **account}], "structures": []}
    file = tmp_path / "identities.json"
    file.write_text(json.dumps(content), encoding="utf-8")
    patients, professionals = demonstration.groups(file)
    assert patients.people[0].about == "Née le 01/02/1990, a bloqué Dr Zoé N4"
    assert (len(professionals.people), professionals.found, professionals.total) == (demonstration.SHOWN, 30, 30)
    (every,) = demonstration.groups(file, kind="professionals")
    assert len(every.people) == 30
    (one,) = demonstration.groups(file, words="sage n17")
    assert [person.login for person in one.people] == ["p17"]
    assert [group.kind for group in demonstration.groups(file, words="eve")] == ["patients"]
    assert demonstration.groups(file, words="p GEZD") == ()
    assert demonstration.groups(tmp_path / "absent.json") == ()


def test_cards_that_open_nothing_are_named_with_their_files(tmp_path: Path) -> None:
    file = tmp_path / "identities.json"
    spoiled = {"about": "certificats périmés depuis hier", "login": "z", "certificate": "a.pem", "key": "a.key"}
    cards = [
        {"file": "old.json", "holder": "eve", "valid_until": "20241231"},
        {"file": "good.json", "holder": "eve", "valid_until": "29991231"},
    ]
    file.write_text(json.dumps({"expired": [spoiled], "vitale": cards}), encoding="utf-8")
    professional, vitale = demonstration.refused_cards(file)
    assert professional.files == ("a.pem", "a.key")
    assert "périmés" in professional.about
    assert vitale.files == ("old.json",)


def line(action: str, *, at: datetime = NOON, **values: object) -> JournalLine:
    """A trace by a professional who is authorised."""
    given: dict[str, object] = {
        "at": at,
        "writer": 1,
        "number": 1,
        "action": action,
        "outcome": "done",
        "rule": "authorised",
        "actor_kind": "professional",
        "person": "899700000001",
        "name": "Dr Nom",
        "structure_name": "Cabinet",
        "profession": "10",
        "purpose": "normal",
        "proof": "vihf",
        "software": "",
        "subjects": (),
        "detail": "",
    }
    return JournalLine(**{**given, **values})  # type: ignore[arg-type]


def own(action: str, **values: object) -> JournalLine:
    """A trace by the patient."""
    return line(action, person="patient:7", name="", structure_name="", profession="", actor_kind="patient", **values)


def test_same_act_in_a_row_is_told_once_with_its_count() -> None:
    document = uuid4()
    lines = [line("document.read", at=NOON - timedelta(minutes=n), subjects=(document,)) for n in range(3)]
    lines.append(line("document.read", at=NOON - timedelta(hours=2), subjects=(document,)))
    (day,) = story.days(lines, PATIENT, {document: "Bilan"})
    assert [one.times for one in day.sentences] == [3, 1]
    assert day.sentences[0].documents == (story.Document(document, "Bilan"),)
    assert day.sentences[0].why == "avec l’autorisation que vous lui avez donnée"


def test_titles_that_are_not_visible_are_counted_only() -> None:
    shown, hidden = uuid4(), uuid4()
    (day,) = story.days([line("document.provide", subjects=(shown, hidden))], PATIENT, {shown: "Bilan"})
    (sentence,) = day.sentences
    assert [one.title for one in sentence.documents] == ["Bilan"]
    assert sentence.others == 1


def test_refusals_and_emergencies_are_marked() -> None:
    refused = line("document.list", outcome="refused", rule="authorisation-missing", purpose="bris_de_glace")
    (day,) = story.days([refused], PATIENT, {})
    (sentence,) = day.sentences
    assert sentence.refused
    assert sentence.emergency
    assert sentence.what == "a voulu consulter la liste des documents"
    assert sentence.why == "sans autorisation de votre part"


def test_reading_the_titles_of_the_journal_is_told_with_the_journal() -> None:
    lines = [
        own("journal.read", at=NOON),
        own("document.get", at=NOON - timedelta(minutes=10) + timedelta(seconds=1)),
        own("journal.read", at=NOON - timedelta(minutes=10)),
        own("document.get", at=NOON - timedelta(minutes=20)),
    ]
    (day,) = story.days(lines, PATIENT, {})
    assert [one.what for one in day.sentences] == [
        "avez consulté ce journal",
        "avez consulté ce journal",
        "avez consulté la fiche de",
    ]


def test_days_are_those_of_paris() -> None:
    late = datetime(2026, 2, 28, 23, 30, tzinfo=UTC)
    days = story.days([line("record.open", at=late), line("record.open", at=late - timedelta(hours=2))], PATIENT, {})
    assert [day.name for day in days] == ["1er mars 2026", "28 février 2026"]


def test_an_action_without_words_is_still_told() -> None:
    (day,) = story.days([line("record.invented")], PATIENT, {})
    assert day.sentences[0].what == "a agi (record.invented)"


@pytest.mark.parametrize("action", list(Action))
def test_every_action_of_the_journal_has_its_sentence(action: Action) -> None:
    done, refused = (
        story.days([line(action, outcome=outcome)], PATIENT, {})[0].sentences[0].what for outcome in ("done", "refused")
    )
    mine = story.days([own(action)], PATIENT, {})[0].sentences[0].what
    assert done != refused
    for words in (done, refused, mine):
        assert "agi" not in words.split()
        assert action.value not in words


def test_the_card_that_goes_with_a_reading_is_told_with_it() -> None:
    document, other = uuid4(), uuid4()
    read = line("document.read", at=NOON, subjects=(document,))
    card = line("document.get", at=NOON + timedelta(seconds=1), subjects=(document,))
    (day,) = story.days([card, read], PATIENT, {document: "Bilan"})
    assert [one.what for one in day.sentences] == ["a lu"]
    with_another = line("document.get", at=NOON + timedelta(seconds=1), subjects=(document, other))
    (day,) = story.days([with_another, read], PATIENT, {document: "Bilan"})
    assert [one.what for one in day.sentences] == ["a consulté la fiche de", "a lu"]
    by_somebody_else = line("document.get", at=NOON + timedelta(seconds=1), subjects=(document,), person="899700000002")
    (day,) = story.days([by_somebody_else, read], PATIENT, {document: "Bilan"})
    assert [one.what for one in day.sentences] == ["a consulté la fiche de", "a lu"]


def test_places_in_the_journal_round_trip_and_nonsense_is_the_beginning() -> None:
    one = line("record.open", writer=3, number=42)
    assert story.read_place(story.write_place(one)) == (NOON, 3, 42)
    for nonsense in ("", "x", "2026-01-01_1_2", "2026-01-01T00:00:00+00:00_1", "a_b_c"):
        assert story.read_place(nonsense) is None


class ProductionTests(SimpleTestCase):
    """What changes outside the demonstration."""

    def test_accounts_are_never_shown(self) -> None:
        with self.settings(CARNET_MODE="production"):
            assert self.client.get("/demonstration/", headers={"host": "localhost"}).status_code == 404

    def test_accounts_are_shown_on_the_machine_itself_only(self) -> None:
        for address, words in (("192.0.2.7", "sur la machine même"), ("127.0.0.1", "chargement")):
            page = self.client.get("/demonstration/", headers={"host": "localhost", "x-forwarded-for": address})
            assert words in page.content.decode()

    def test_authorities_of_the_matricule(self) -> None:
        with self.settings(CARNET_MODE="production"):
            assert ins.identifier("155012432298741").system.endswith(".8")
            assert ins.identifier("801079932698992").system.endswith(".9")
        assert ins.identifier("155012432298741").system.endswith(".10")


def test_every_rule_of_the_decision_has_its_reason_in_the_journal() -> None:
    for rule in EXPLANATIONS:
        (day,) = story.days([line("document.read", rule=rule)], PATIENT, {})
        (sentence,) = day.sentences
        assert len(sentence.why) > 5, rule
        assert not sentence.why.endswith("."), rule
