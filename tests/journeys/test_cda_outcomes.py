"""The table of expected outcomes, computed again from the documents by a reading that is not ours."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from lxml import etree

from tests.journeys.cda_table import DATA, FILES, TABLE, WHY_SKIPPED
from tests.wire.cda.naive import metadata

published = pytest.mark.skipif(not FILES, reason=WHY_SKIPPED)


def value_set(name: str) -> set[tuple[str, str]]:
    (path,) = (DATA / "jdv").glob(f"{name}_*.xml")
    return {(concept.get("code"), concept.get("codeSystem")) for concept in etree.parse(path).iter("{*}Concept")}


def right_key(ins: str) -> str:
    number = ins[:13].replace("2A", "19").replace("2B", "18")
    return f"{97 - int(number) % 97:02d}"


def test_counts_of_the_table() -> None:
    outcomes = [row["fr"] for row in TABLE.values()]
    assert len(TABLE) == 95
    assert {row["ihe"] for row in TABLE.values()} == {"accepted"}
    assert outcomes.count("accepted") == 80
    assert outcomes.count("refused: ins-oid-production") == 11
    assert outcomes.count("refused: ins-key") == 4
    assert sum(row["key"] != "valid" for row in TABLE.values()) == 10
    assert len({row["unique_id"] for row in TABLE.values()}) == 95


@published
def test_the_table_names_every_file() -> None:
    assert set(TABLE) == {path.name for path in FILES}


@published
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_row_is_what_the_document_and_the_rules_give(path: Path) -> None:
    row, found = TABLE[path.name], metadata(path)
    ins, system = re.fullmatch(r"(.*)\^\^\^&(.*)&ISO\^NH", found["patient_id"]).groups()
    key = right_key(ins)
    rules = set()
    if system in ("1.2.250.1.213.1.4.8", "1.2.250.1.213.1.4.9"):
        rules.add("ins-oid-production")
    elif ins[13:] != key:
        rules.add("ins-key")
    if "^" in found["unique_id"]:
        rules.add("unique-id-extension")
    for rule, codes, name in (
        ("type-code", [found["type_code"]], "JDV_J07"),
        ("healthcare-facility-type-code", [found["healthcare_facility_type_code"]], "JDV_J02"),
        ("practice-setting-code", [found["practice_setting_code"]], "JDV_J04"),
        ("confidentiality-code", found["confidentiality_codes"], "JDV_J08"),
    ):
        if not set(codes) <= value_set(name):
            rules.add(rule)
    for rule, value in (
        ("legal-authenticator-missing", found["legal_authenticator"].partition("^")[0]),
        ("title-missing", found["title"]),
        ("creation-time-missing", found["creation_time"]),
        ("service-start-time-missing", found["service_start_time"]),
        ("language-code-missing", found["language_code"]),
    ):
        if not value:
            rules.add(rule)
    assert row["patient_system"] == system
    assert row["ins"] == ins
    assert row["key"] == ("valid" if ins[13:] == key else f"false: {ins[13:]} should be {key}")
    assert row["unique_id"] == found["unique_id"]
    assert row["type_code"] == found["type_code"][0]
    assert row["fr"] == (f"refused: {' '.join(sorted(rules))}" if rules else "accepted")
