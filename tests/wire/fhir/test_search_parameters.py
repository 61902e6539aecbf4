"""The reading of ITI-67 parameters, against what FHIR says they mean."""

from __future__ import annotations

import pytest
from fhir_entries import dtm, entries
from hypothesis import given, settings
from hypothesis import strategies as st

from carnet.wire.fhir.faults import Rejected
from carnet.wire.fhir.query_string import split_or, split_token
from carnet.wire.fhir.search_parameters import Search, read
from carnet.wire.fhir.times import BadTimeError, instant, next_unit, parts, to_date_time, to_dtm
from carnet.wire.xds.model import Code, DocumentEntry, Status

NAMES = [
    *("type", "creation", "period", "identifier", "_count", "related", "author.given", "status", "_sort", "x"),
    *("patient:identifier", "_id", "isArchived"),
]
PATIENT = ("patient.identifier", "urn:oid:1.2.250.1.213.1.4.10|279035121518989")


def search(*pairs: tuple[str, str], lenient: bool = False) -> Search:
    return read((PATIENT, *pairs), lenient=lenient)


def rules(*pairs: tuple[str, str]) -> set[str]:
    with pytest.raises(Rejected) as refused:
        search(*pairs)
    return {fault.rule for fault in refused.value.faults}


def test_a_patient_is_a_cx() -> None:
    assert search().patient_id == "279035121518989^^^&1.2.250.1.213.1.4.10&ISO^NH"
    assert read((("patient:identifier", PATIENT[1]),)).patient_id == search().patient_id
    with pytest.raises(Rejected):
        read(())
    assert read((), patient_required=False).patient_id == ""
    assert rules(("patient.identifier", "urn:oid:1.2|other")) == {"repeated"}
    assert search(PATIENT).patient_id == search().patient_id


def test_codes_are_an_and_of_ors() -> None:
    found = search(("type", "http://loinc.org|11488-4,57133-1"), ("type", "urn:oid:1.2.3|x"))
    first = (Code("11488-4", "2.16.840.1.113883.6.1"), Code("57133-1", ""))
    assert found.type_codes == (first, (Code("x", "1.2.3"),))


def test_commas_and_bars_can_be_escaped() -> None:
    assert split_or(r"a\,b,c\\,d") == [r"a\,b", r"c\\", "d"]
    assert split_token(r"s|a\|b\,c") == ("s", "a|b,c")
    assert split_token("a") == (None, "a")
    assert split_token("|a") == ("", "a")


@pytest.mark.parametrize(
    ("value", "bounds"),
    [
        ("2026", ("2026", "2027")),
        ("2026-12", ("202612", "202701")),
        ("2024-02-28", ("20240228", "20240229")),
        ("ge2026-02-01", ("20260201", "")),
        ("gt2026-02-28", ("20260301", "")),
        ("lt2026", ("", "2026")),
        ("le2026-02-01T10:59", ("", "202602011100")),
        ("2026-02-01T00:30:15+01:00", ("20260131233015", "20260131233016")),
        ("2026-02-01T00:30:15.250Z", ("20260201003015", "20260201003016")),
    ],
)
def test_dates_are_spans(value: str, bounds: tuple[str, str]) -> None:
    assert search(("creation", value)).creation_time == bounds


def test_spans_narrow() -> None:
    found = search(("creation", "ge2026-02-01"), ("creation", "ge2026-03"), ("creation", "lt2027"), ("date", "le2026"))
    assert found.creation_time == ("202603", "2027")


def test_statuses() -> None:
    assert Status.DELETED not in search().statuses
    assert search(("status", "current")).statuses == (Status.APPROVED, Status.ARCHIVED)
    assert search(("status", "current"), ("isArchived", "true")).statuses == (Status.ARCHIVED,)
    assert search(("status", "current"), ("status", "superseded")).statuses == ()
    assert search(("isArchived", "false")).statuses == (Status.APPROVED, Status.DEPRECATED)


def test_all_faults_come_together() -> None:
    found = rules(("type:text", "x"), ("creation", "2026-13"), ("colour", "blue"), ("status", "x"), ("_count", "0"))
    assert found == {"modifier", "date", "unknown-parameter", "status", "count"}


def test_lenient_ignores_and_says_so() -> None:
    found = search(("colour", "blue"), ("type", "x"), ("_include", "y"), lenient=True)
    assert found.ignored == ("colour", "_include")
    assert found.used == (PATIENT, ("type", "x"))
    with pytest.raises(Rejected):
        search(("type:text", "x"), lenient=True)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(NAMES), st.text(max_size=20)), max_size=5))
def test_any_text_is_read_or_refused(pairs: list[tuple[str, str]]) -> None:
    try:
        found = search(*pairs)
    except Rejected:
        return
    assert set(found.used) <= {PATIENT, *pairs}


@settings(max_examples=200, deadline=None)
@given(entries, st.sampled_from(["eq", "ge", "gt", "le", "lt"]), st.sampled_from(["2024", "2024-06", "2024-06-15"]))
def test_a_period_is_compared_as_a_naive_reader_would(entry: DocumentEntry, prefix: str, value: str) -> None:
    found = search(("period", prefix + value)).matches(entry)
    start, stop = entry.service_start_time, entry.service_stop_time or entry.service_start_time
    low = value.replace("-", "").ljust(14, "0")
    high = next_unit(value.replace("-", "")).ljust(14, "0")
    start, stop = start.ljust(14, "0") if start else "", stop.ljust(14, "0") if stop else ""
    expected = {
        "eq": bool(start and stop) and start >= low and stop < high,
        "ge": bool(stop) and stop >= low,
        "gt": bool(stop) and stop >= high,
        "le": bool(start) and start < high,
        "lt": bool(start) and start < low,
    }[prefix]
    assert found == expected


@given(dtm)
def test_times_survive(value: str) -> None:
    text, beside = to_date_time(value)
    assert to_dtm(text, beside) == value


@pytest.mark.parametrize(
    "text",
    ["", "26", "2026-1", "2026-02-30", "2026-02-01T10", "2026-02-01T10:00:00", "2026-02-01T24:00:00Z", "2026-00",
     "2026-02-01T10:00:60Z", "2026-02-01T10:00:00+15:00", "2026-02-01 10:00:00Z", "２０２６", "0000",
     "9999-12-31T23:59:59-14:00"],
)  # fmt: skip
def test_times_that_are_not(text: str) -> None:
    with pytest.raises(BadTimeError):
        parts(text)


def test_an_instant_fills_what_is_missing() -> None:
    assert instant("2026") == "2026-01-01T00:00:00Z"
    assert instant("20260230") is None
