"""Importing published lists: what is read, what it changes, what is wrong and where (B5)."""

from __future__ import annotations

import argparse
import json
from datetime import date
from pathlib import Path

import pytest

from carnet.ops import codes
from carnet.record.terminology import api, lists, place
from carnet.wire.errors import Malformed
from tests.capabilities.world import World
from tests.conftest import ROOT

JDV = ROOT.parent / "shared" / "data" / "jdv"
J08 = "1.2.250.1.213.1.1.5.463"
LEVELS, MASKS = "2.16.840.1.113883.5.25", "1.2.250.1.213.1.1.4.13"
SVS = """<?xml version="1.0" encoding="UTF-8"?>
<RetrieveValueSetResponse xmlns="urn:ihe:iti:svs:2008"><ValueSet id="{oid}" displayName="JDV_J08"><ConceptList>
{concepts}
</ConceptList></ValueSet></RetrieveValueSetResponse>"""
CONCEPT = '<Concept code="{}" codeSystem="{}" displayName="{}"/>'
CODES = [("N", LEVELS, "Normal"), ("R", LEVELS, "Réservé"), ("MASQUE_PS", MASKS, "Masqué"), ("NEUF", MASKS, "Neuf")]


def as_svs(rows: list[tuple[str, str, str]], oid: str = J08) -> bytes:
    return SVS.format(oid=oid, concepts="\n".join(CONCEPT.format(*row) for row in rows)).encode()


def as_csv(rows: list[tuple[str, str, str]]) -> bytes:
    lines = ["code,system,label,source", *(f"{','.join(row)},JDV_J08 {J08}" for row in rows)]
    return "\n".join(lines).encode()


def as_fhir(rows: list[tuple[str, str, str]]) -> bytes:
    systems = {LEVELS: "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", MASKS: "urn:oid:" + MASKS}
    include = [
        {"system": url, "concept": [{"code": code, "display": label} for code, system, label in rows if system == oid]}
        for oid, url in systems.items()
    ]
    identifier = [{"system": "urn:ietf:rfc:3986", "value": "urn:oid:" + J08}]
    return json.dumps(
        {"resourceType": "ValueSet", "name": "JDV_J08", "identifier": identifier, "compose": {"include": include}}
    ).encode()


def as_expansion(rows: list[tuple[str, str, str]]) -> bytes:
    contains = [{"code": code, "system": "urn:oid:" + system, "display": label} for code, system, label in rows]
    return json.dumps(
        {"resourceType": "ValueSet", "url": "urn:oid:" + J08, "name": "JDV_J08", "expansion": {"contains": contains}}
    ).encode()


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, settings: pytest.FixtureRequest) -> Path:
    settings.CARNET_HOME = tmp_path  # type: ignore[attr-defined]
    place.forget()
    return tmp_path


@pytest.fixture(autouse=True)
def forget_afterwards() -> object:
    yield
    place.forget()


def run(*words: str) -> int:
    parser = argparse.ArgumentParser()
    codes.add_arguments(parser)
    return codes.run(parser.parse_args(["import", *words]))


@pytest.mark.parametrize("form", [as_svs, as_csv, as_fhir, as_expansion])
def test_each_form_says_the_same(form) -> None:
    read = api.read_list(form(CODES))
    assert read.oid == J08
    assert [(code.code, code.scheme, code.display) for code in read.codes] == CODES
    assert api.attributes_of_list(read.oid) == ("confidentialityCode",)
    _, changes = api.difference("confidentialityCode", read)
    assert [code.code for code in changes.added] == ["NEUF"]
    assert {code.code for code in changes.removed} == {"V", "INVISIBLE_PATIENT", "INVISIBLE_REPRESENTANTS_LEGAUX"}
    assert [(code.code, before) for code, before in changes.relabelled] == [
        ("R", "Restreint"),
        ("MASQUE_PS", "Masqué aux professionnels de santé"),
    ]
    assert changes.kept == 3


def test_a_code_system_is_a_tree_of_codes() -> None:
    tree = {
        "resourceType": "CodeSystem",
        "identifier": [{"value": "urn:oid:1.2.3"}],
        "concept": [{"code": "a", "display": "A", "concept": [{"code": "b", "display": "B"}]}],
    }
    read = api.read_list(json.dumps(tree).encode())
    assert [(code.code, code.scheme) for code in read.codes] == [("a", "1.2.3"), ("b", "1.2.3")]


def test_an_address_that_nobody_maps_is_told_by_the_codes_it_has() -> None:
    include = [{"system": "https://example.org/masques", "concept": [{"code": "MASQUE_PS", "display": "Masqué"}]}]
    data = json.dumps({"resourceType": "ValueSet", "compose": {"include": include}}).encode()
    read, _ = api.difference("confidentialityCode", api.read_list(data))
    assert read.codes[0].scheme == MASKS
    include[0]["concept"] = [{"code": "INCONNU", "display": "?"}]
    data = json.dumps({"resourceType": "ValueSet", "compose": {"include": include}}).encode()
    with pytest.raises(Malformed) as wrong:
        api.difference("confidentialityCode", api.read_list(data))
    assert (wrong.value.rule, wrong.value.found) == ("list-system", "https://example.org/masques")


WRONG = [
    (b"", "list-empty", "line 1, column 1"),
    (b"code;system;label;source\n", "csv-head", "line 1, column 1"),
    (b"code,system,libelle,source\n", "csv-head", "line 1, column 3"),
    (b"code,system,label,source\nN,1.2,Normal\n", "csv-row", "line 2, column 4"),
    (b"code,system,label,source\nN,1.2,Normal,x\nR,, Restreint,x\n", "csv-cell", "line 3, column 2 (system)"),
    (b"code,system,label,source\nN,1.2,Normal,x\nN,1.2,Normal,x\n", "list-twice", "line 3, column 1"),
    (b"code,system,label,source\nN,1.2,R\xe9serv\xe9,x\n", "csv-encoding", "line 2, column 8"),
    (b'code,system,label,source\n"N,1.2,Normal,x\n', "csv", "line 2, column 1"),
    (b"code,system,label,source\n", "list-empty", ""),
    (b"<html/>", "svs-root", "line 1, column 1"),
    (as_svs([("N", LEVELS, "")]), "svs-concept", "line 3, column 1 (@displayName)"),
    (as_svs([("N", LEVELS, "a"), ("N", LEVELS, "b")]), "list-twice", "line 4, column 1"),
    (b'{"resourceType": "ValueSet",\n  "compose": [}', "json", "line 2, column 15"),
    (b'{"resourceType": "Patient"}', "fhir-type", "resourceType"),
    (b'{"resourceType": "ValueSet"}', "list-empty", ""),
    (
        b'{"resourceType": "ValueSet", "compose": {"include": [{"system": "urn:oid:1.2", "filter": []}]}}',
        "fhir-enumerated",
        "ValueSet.compose.include[0]",
    ),
    (
        b'{"resourceType": "ValueSet", "compose": {"include": [{"system": "urn:oid:1", "concept": [{"code": "x"}]}]}}',
        "fhir-code",
        "ValueSet.compose.include[0].concept[0].display",
    ),
    (b'{"resourceType": "ValueSet", "compose": {"include": {}}}', "fhir-shape", "ValueSet.compose.include"),
    (b'{"resourceType": "ValueSet", "compose": []}', "fhir-shape", "ValueSet.compose"),
    (b'{"resourceType": "ValueSet", "expansion": 3}', "fhir-shape", "ValueSet.expansion"),
]


@pytest.mark.parametrize(("data", "rule", "where"), WRONG)
def test_what_is_wrong_is_said_with_its_place(data: bytes, rule: str, where: str) -> None:
    with pytest.raises(Malformed) as wrong:
        api.read_list(data)
    assert (wrong.value.rule, wrong.value.field) == (rule, where)


def test_entities_of_an_xml_file_are_not_read() -> None:
    with pytest.raises(Malformed):
        api.read_list(b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]><x>&e;</x>')


@pytest.mark.django_db
def test_the_command_tells_then_keeps_then_it_holds(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for masks in ((), ("INVISIBLE_PATIENT",), ("INVISIBLE_PATIENT", "MASQUE_PS")):
        world.fed(*masks)
    file = tmp_path / "J08.xml"
    file.write_bytes(as_svs(CODES))
    before = api.choices("confidentialityCode")
    assert run(str(file), "--from", "2026-11-01", "--dry-run") == 0
    said = capsys.readouterr().out
    assert "confidentialityCode: JDV_J08 1.2.250.1.213.1.1.5.463, 4 codes" in said
    assert f"added: 1\n    NEUF ({MASKS}) Neuf\n" in said
    assert "removed: 3" in said
    assert "R: Restreint → Réservé" in said
    assert "fr: 2 entries use a removed code" in said
    assert f"INVISIBLE_PATIENT ({MASKS}): 2" in said
    assert "Nothing was kept" in said
    assert api.choices("confidentialityCode") == before
    assert not (tmp_path / "codes").exists()

    assert run(str(file), "--from", "2026-11-01") == 0
    kept = tmp_path / "codes" / "confidentiality_code" / "2026-11-01.csv"
    assert f"Kept: {kept}" in capsys.readouterr().out
    assert [code.code for code in api.choices("confidentialityCode")] == [code for code, *_ in CODES]
    assert api.label("confidentialityCode", "R") == "Réservé"
    assert run(str(file), "--from", "2026-11-02") == 0
    assert "says the same: nothing to import" in capsys.readouterr().out
    other = tmp_path / "other.csv"
    other.write_bytes(as_csv(CODES[:2]))
    assert run(str(other), "--from", "2026-11-01") == 1
    assert "imported for that day already" in capsys.readouterr().err
    assert kept.read_text(encoding="utf-8").count("\n") == 5


@pytest.mark.django_db
def test_a_list_of_the_future_waits_for_its_day(tmp_path: Path) -> None:
    file = tmp_path / "J08.csv"
    file.write_bytes(as_csv(CODES))
    assert run(str(file), "--from", "2099-01-01") == 0
    assert len(api.choices("confidentialityCode")) == 6
    later = lists.Place(date(2099, 1, 1), tmp_path / "codes")
    assert [code.code for code in lists.code_list("confidentialityCode", later).codes] == [c for c, *_ in CODES]


@pytest.mark.django_db
def test_the_command_says_what_it_needs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "list.xml"
    file.write_bytes(as_svs(CODES, oid="1.2.3.4"))
    assert run(str(file), "--from", "2026-11-01") == 2
    assert "No list of ours has the OID 1.2.3.4: say which with --list." in capsys.readouterr().err
    assert run(str(file), "--from", "2026-11-01", "--list", "nothing") == 2
    assert run(str(file), "--from", "2026-11-01", "--list", "confidentialityCode") == 0
    capsys.readouterr()
    assert run(str(file), "--from", "2019-01-01", "--list", "typeCode") == 1
    assert "would never hold" in capsys.readouterr().err
    assert run(str(tmp_path / "absent"), "--from", "2026-11-01") == 2
    file.write_bytes(as_svs([("N", LEVELS, "")]))
    assert run(str(file), "--from", "2026-11-01") == 1
    assert f"{file}: line 3, column 1 (@displayName): A Concept has no displayName." in capsys.readouterr().err


@pytest.mark.skipif(not JDV.is_dir(), reason="the published value sets are not beside the repository (../shared/data)")
@pytest.mark.parametrize(
    ("name", "attribute"),
    [
        ("JDV_J01_XdsAuthorSpecialty_CISIS.xml", "authorSpecialty"),
        ("JDV_J02_XdsHealthcareFacilityTypeCode_CISIS.xml", "healthcareFacilityTypeCode"),
        ("JDV_J04_XdsPracticeSettingCode_CISIS.xml", "practiceSettingCode"),
        ("JDV_J07_XdsTypeCode_CISIS.xml", "typeCode"),
        ("JDV_J08_XdsConfidentialityCode_CISIS.xml", "confidentialityCode"),
    ],
)
def test_published_value_sets_find_their_list_and_change_nothing(name: str, attribute: str) -> None:
    read = api.read_list((JDV / name).read_bytes())
    assert api.attributes_of_list(read.oid) == (attribute,)
    _, changes = api.difference(attribute, read)
    assert (changes.added, changes.removed) == ((), ())
