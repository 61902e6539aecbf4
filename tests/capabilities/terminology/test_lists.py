"""The files of the lists: well formed, without duplicates, whole, and consistent with each other."""

from __future__ import annotations

import csv
import re
from datetime import date

import pytest

from carnet.record.terminology import api, lists, place

FILES = sorted(lists.FOLDER.glob("*/*.csv"))
OID = re.compile(r"[0-2](\.(0|[1-9][0-9]*))+")
HEADS = {
    "class_of_type": ["type", "system", "class", "source"],
    "format_of_template": ["template", "media_type", "code", "system", "source"],
    "type_defaults": ["type", "confidentiality", "system", "duty", "source"],
    "service_types": ["service", "type", "system", "name", "note", "source"],
}
SIZES = {
    "classCode": 12,
    "typeCode": 114,
    "formatCode": 62,
    "healthcareFacilityTypeCode": 69,
    "practiceSettingCode": 12,
    "confidentialityCode": 6,
    "contentTypeCode": 101,
    "authorSpecialty": 396,
    "authorRole": 10,
    "profession": 29,
    "accessMode": 3,
}


def name_of(path):
    return f"{path.parent.name}/{path.name}"


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_a_file_is_dated_and_every_row_is_whole(path):
    date.fromisoformat(path.stem)
    with path.open(encoding="utf-8", newline="") as file:
        head, *rows = csv.reader(file, strict=True)
    assert head == HEADS.get(path.parent.name, ["code", "system", "label", "source"])
    assert rows
    optional = {head.index(name) for name in ("media_type", "note") if name in head}
    for row in rows:
        assert len(row) == len(head), row
        assert all(cell == cell.strip() for cell in row), row
        assert all(cell or position in optional for position, cell in enumerate(row)), row
        system = row[head.index("system")]
        assert OID.fullmatch(system) or system in ("URN", "ASTM"), row


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_no_row_says_twice_the_same_thing(path):
    rows = [tuple(row.values())[:2] for row in lists.read(path)]
    assert len(rows) == len(set(rows))


@pytest.mark.parametrize(("attribute", "size"), SIZES.items())
def test_a_list_has_the_size_of_its_value_set(attribute, size):
    assert len(api.choices(attribute)) == size


def test_every_attribute_has_a_list_and_every_folder_an_attribute():
    folders = {path.parent.name for path in FILES}
    assert folders == set(lists.FOLDERS.values()) | set(HEADS)
    assert set(SIZES) == set(lists.FOLDERS)


def test_the_newest_file_of_a_list_is_the_one_used(tmp_path, monkeypatch):
    folder = tmp_path / "class_code"
    folder.mkdir()
    for day in ("2024-01-31", "2026-02-01", "2025-12-31"):
        (folder / f"{day}.csv").write_text("code,system,label,source\n", encoding="utf-8")
    monkeypatch.setattr(lists, "FOLDER", tmp_path)
    assert lists.newest("class_code").stem == "2026-02-01"


def test_classes_of_types_are_in_the_list_of_classes():
    classes = {code.code for code in api.choices("classCode")}
    types = {code.code for code in api.choices("typeCode")}
    assert set(lists.class_of_type().values()) <= classes
    assert set(lists.class_of_type()) <= types


def test_only_two_types_have_no_class():
    without = {code.code for code in api.choices("typeCode")} - set(lists.class_of_type())
    assert without == {"FEUILLE-DE-STYLE", "101881-1"}


def test_formats_of_templates_are_listed_but_for_five():
    listed = {(code.code, code.scheme) for code in api.choices("formatCode")}
    outside = {code for code, system in lists.format_of_template().values() if (code, system) not in listed}
    assert outside == {
        "urn:asip:ci-sis:cva:2017",
        "urn:asip:ci-sis:dlu-dlu-dom:2022",
        "urn:asip:ci-sis:dlu-fludr-dom:2022",
        "urn:asip:ci-sis:dlu-fludt-dom:2022",
        "urn:asip:ci-sis:export-dui:2023",
    }


def test_loading_counts_every_code():
    assert api.load() == sum(SIZES.values())


def test_an_imported_list_holds_from_its_day(tmp_path):
    (tmp_path / "class_code").mkdir()
    (tmp_path / "class_code" / "2027-01-01.csv").write_text(
        "code,system,label,source\n99,1.2.3,Essai,Ici\n", encoding="utf-8"
    )
    before, after = (lists.Place(date.fromisoformat(day), tmp_path) for day in ("2026-12-31", "2027-01-01"))
    assert len(lists.code_list("classCode", before).codes) == SIZES["classCode"]
    assert [code.code for code in lists.code_list("classCode", after).codes] == ["99"]
    assert len(lists.code_list("typeCode", after).codes) == SIZES["typeCode"]


def test_an_imported_list_stands_before_that_of_the_package_of_the_same_day(tmp_path):
    (tmp_path / "class_code").mkdir()
    name = lists.newest("class_code").name
    (tmp_path / "class_code" / name).write_text("code,system,label,source\n", encoding="utf-8")
    place = lists.Place(date(2026, 12, 31), tmp_path)
    assert lists.newest("class_code", place) == tmp_path / "class_code" / name


def test_a_running_process_takes_an_imported_list_within_a_second(tmp_path, settings, monkeypatch):
    settings.CARNET_HOME = tmp_path
    monkeypatch.setattr(place, "_seen", place._Seen())
    assert len(api.choices("classCode")) == SIZES["classCode"]
    folder = tmp_path / "codes" / "class_code"
    folder.mkdir(parents=True)
    (folder / "2026-09-29.csv").write_text("code,system,label,source\n99,1.2.3,Essai,Ici\n", encoding="utf-8")
    place._seen.at -= 1
    assert [code.code for code in api.choices("classCode")] == ["99"]
