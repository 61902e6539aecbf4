"""The requests that the PDSm guide publishes: the strict domain says why it refuses them, `fr-publie` takes them.

The samples (ansforge/IG-FHIR-PDSM4DMP-EEDS, MIT) are beside the repository, in ../shared/data/fhir.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from fhir_requests import find, matches, post, rules

from tests.conformance.fhir.test_iti105_simplified_publish import publish
from tests.conftest import ROOT, Living

SAMPLES = ROOT.parent / "shared" / "data" / "fhir"
PATIENT = "123456789012345^^^&1.2.250.1.213.1.4.8&ISO^NH"
TITLE = "Compte rendu de consultation"
SUBMISSION = "Bundle-example-td2-iti65-lot-soumission.json"
REPLACEMENT = "Bundle-example-td2-1-remplacement.json"
SIMPLIFIED = "DocumentReference-example-td2-iti105-publication-simplifiee.json"
SAID = {
    "class-of-type",
    "content-type-code",
    "format-code",
    "healthcare-facility-type-code",
    "practice-setting-code",
    "source-patient-info-missing",
}

pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason=f"the published samples are not in {SAMPLES}")


def sample(name: str) -> dict[str, Any]:
    return json.loads((SAMPLES / name).read_text(encoding="utf-8"))  # type: ignore[no-any-return]


def with_custodian(name: str) -> dict[str, Any]:
    """A sample with the one element that the profile requires, for the record's own rules to be heard."""
    said = sample(name)
    for one in [said, *(entry["resource"] for entry in said.get("entry", []))]:
        if one["resourceType"] == "DocumentReference":
            one["custodian"] = {"identifier": {"system": "urn:ietf:rfc:3986", "value": "urn:oid:1.2.3.4.5"}}
    return said


@pytest.fixture(scope="module")
def published(living: Living) -> str:
    """The record of the guide's patient, in the domain of published examples."""
    person = [PATIENT, "FICTIF", "JEAN", "1980-02-01", "--sex", "M", "--place", "75056"]
    done = living.command("record", "create", *person, "--consent", "--as", "accueil.chu", "--domain", "fr-publie")
    assert done.returncode == 0, done.stderr
    return PATIENT


def test_strict_refuses_each_for_its_reasons(
    callers: Callable[..., httpx.Client], physicians: list[dict[str, Any]]
) -> None:
    strict = callers(physicians[0], "fr")
    for name in (SUBMISSION, REPLACEMENT):
        answer = post(strict, sample(name))
        assert (answer.status_code, rules(answer)) == (422, {"required"}), name
        assert "custodian" in answer.text
        answer = post(strict, with_custodian(name))
        assert (answer.status_code, rules(answer)) == (422, SAID | {"ins-oid-production"}), name
    answer = publish(strict, sample(SIMPLIFIED))
    assert (answer.status_code, rules(answer)) == (422, {"required"})
    assert "custodian" in answer.text


def test_the_domain_of_published_examples_takes_them_and_warns(
    callers: Callable[..., httpx.Client], physicians: list[dict[str, Any]], published: str
) -> None:
    # A colleague of the desk that opened the record: in the care team with it.
    doctor = callers(next(one for one in physicians if one["login"] == "helene.liege"), "fr-publie")
    provided = post(doctor, sample(SUBMISSION))
    assert provided.status_code == 200, provided.text
    assert [entry["response"]["status"] for entry in provided.json()["entry"]] == ["201 Created"] * 3
    assert all(rule in provided.text for rule in SAID), "each tolerance is a warning to the sender"
    (found,) = [one for one in matches(find(doctor, published)) if one["content"][0]["attachment"]["title"] == TITLE]
    assert found["context"]["practiceSetting"]["coding"][0]["code"] == "394802001"
    simplified = publish(doctor, sample(SIMPLIFIED))
    assert simplified.status_code == 201, simplified.text
    assert [one for one in matches(find(doctor, published)) if one["id"] == simplified.json()["id"]] == [
        simplified.json()
    ]
    assert b"ClinicalDocument" in doctor.get(simplified.json()["content"][0]["attachment"]["url"]).content
    # The guide's replacement names a document that it does not publish: it is fed as an original, with a warning.
    answer = post(doctor, sample(REPLACEMENT))
    assert answer.status_code == 200, answer.text
    said = json.dumps(sample(REPLACEMENT)).replace("doc-x-id", found["id"]).replace("99999.3", "99999.33")
    replaced = post(doctor, said.encode())
    assert replaced.status_code == 200, replaced.text
    titles = {one["id"]: one["status"] for one in matches(find(doctor, published, status="current,superseded"))}
    assert titles[found["id"]] == "superseded"
