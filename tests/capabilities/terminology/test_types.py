"""What goes with a document's type: its default confidentiality, the services it is of (C1 to C23)."""

from __future__ import annotations

import pytest

from carnet.record.terminology import api, lists


def codes(found) -> list[str]:
    return [code.code for code in found]


def test_a_type_is_normal_unless_a_source_says_otherwise() -> None:
    assert codes(api.default_confidentiality("11502-2")) == ["N"]
    assert codes(api.default_confidentiality("no such type")) == ["N"]
    assert codes(api.default_confidentiality("51969-4")) == ["N", "INVISIBLE_PATIENT"]
    assert codes(api.default_confidentiality("E1762")) == ["N", "MASQUE_PS", "INVISIBLE_PATIENT"]


def test_the_registry_itself_sees_to_genetic_results_only() -> None:
    by_law = {code.code: codes(api.confidentiality_by_law(code.code)) for code in api.choices("typeCode")}
    assert {code: said for code, said in by_law.items() if said} == {"51969-4": ["INVISIBLE_PATIENT"]}


def test_defaults_are_codes_of_the_lists() -> None:
    fr = api.domain("fr")
    for type_code in lists.type_defaults():
        assert api.label("typeCode", type_code)
        for code in api.default_confidentiality(type_code):
            assert api.check_code(fr, "confidentialityCode", code) is None


def test_the_services_are_c1_to_c23() -> None:
    assert list(api.services()) == [f"C{number}" for number in range(1, 24)]


@pytest.mark.parametrize("service", [f"C{number}" for number in range(1, 24)])
def test_a_service_has_types_that_can_be_deposited(service: str) -> None:
    types = api.types_of_service(service)
    assert types
    for one in types:
        assert api.check_code(api.domain("fr"), "typeCode", one) is None
        assert one.display
        assert api.class_of_type(one.code) is not None, "no class: a deposit of this type is refused"


@pytest.mark.parametrize(
    ("service", "first"),
    [
        ("C1", "57833-6"),
        ("C4", "11502-2"),
        ("C9", "34874-8"),
        ("C13", "11490-0"),
        ("C15", "34794-8"),
        ("C21", "18776-5"),
    ],
)
def test_the_usual_type_comes_first(service: str, first: str) -> None:
    assert api.types_of_service(service)[0].code == first


def test_an_unknown_service_has_no_types() -> None:
    assert api.types_of_service("C24") == ()


def test_a_rapid_test_has_its_own_format() -> None:
    found = api.format_of_template("1.2.250.1.213.1.1.1.59")
    assert found is not None
    assert found.code == "urn:ans:ci-sis:trod:2024"
    assert found.display == "Test rapide d'orientation diagnostique"
