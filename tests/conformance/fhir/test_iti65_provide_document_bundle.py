"""ITI-65: what is provided is found and read back, all or nothing, and every refusal says why."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from fhir_requests import CONTENT, JSON, entry, find, matches, post, request, rules, submission

from carnet.wire.fhir import searchset
from carnet.wire.xds.model import AssociationType, Status

ROOT = Path(__file__).resolve().parents[3]
SAMPLES = ROOT.parent / "shared" / "data" / "fhir"


def test_a_document_is_provided_found_and_read_back(doctor: httpx.Client, patient: str) -> None:
    sent = entry(patient)
    answer = post(doctor, request(submission(sent)))
    assert answer.status_code == 200, answer.text
    done = [e["response"] for e in answer.json()["entry"]]
    assert [d["status"] for d in done] == ["201 Created"] * 3
    assert [d["location"].split("/")[0] for d in done] == ["List", "DocumentReference", "Binary"]
    found = searchset.read(find(doctor, patient).content)
    assert found.total == 1
    server = ("entry_uuid", "logical_id", "repository_unique_id")
    stored = {n: getattr(found.entries[0], n) for n in sent.__struct_fields__ if n not in server}
    assert stored == {n: getattr(sent, n) for n in stored}
    binary = doctor.get("/" + done[2]["location"])
    assert binary.content == CONTENT
    assert binary.headers["content-type"] == "text/xml"
    assert int(binary.headers["content-length"]) == len(CONTENT)


def test_a_bundle_of_unannounced_length_is_read_to_its_end(doctor: httpx.Client, patient: str) -> None:
    body = json.dumps(request(submission(entry(patient)))).encode()
    answer = doctor.post("", content=iter((body[:100], body[100:])), headers=JSON)
    assert "content-length" not in answer.request.headers
    assert answer.status_code == 200, answer.text


def test_a_replay_gets_the_first_answer_and_stores_nothing(doctor: httpx.Client, patient: str) -> None:
    bundle = request(submission(entry(patient)))
    first, second = post(doctor, bundle), post(doctor, bundle)
    assert first.status_code == second.status_code == 200
    assert first.json() == second.json()
    assert len(matches(find(doctor, patient))) == 1


def test_a_set_without_unique_id_is_replayed_by_its_bytes(doctor: httpx.Client, patient: str) -> None:
    bundle = request(submission(entry(patient)))
    bundle["entry"][0]["resource"].pop("identifier")
    first, second = post(doctor, bundle), post(doctor, bundle)
    assert first.status_code == 200, first.text
    assert first.json() == second.json()


def test_a_replacement_supersedes(doctor: httpx.Client, patient: str) -> None:
    post(doctor, request(submission(entry(patient, title="Version 1"))))
    (old,) = searchset.read(find(doctor, patient).content).entries
    sent = submission(entry(patient, title="Version 2"), relations=((AssociationType.REPLACE, old.entry_uuid),))
    bundle = request(sent)
    assert [e["request"]["method"] for e in bundle["entry"]] == ["POST", "POST", "POST", "PATCH"]
    answer = post(doctor, bundle)
    assert answer.status_code == 200, answer.text
    assert answer.json()["entry"][3]["response"]["status"] == "200 OK"
    found = searchset.read(find(doctor, patient).content).entries
    assert {e.title: e.status for e in found} == {"Version 1": Status.DEPRECATED, "Version 2": Status.APPROVED}
    assert [d["status"] for d in matches(find(doctor, patient, status="superseded"))] == ["superseded"]


def test_an_unknown_parent_makes_an_original_with_a_warning(doctor: httpx.Client, patient: str) -> None:
    bundle = request(submission(entry(patient)))
    bundle["entry"][1]["resource"]["relatesTo"] = [
        {"code": "replaces", "target": {"reference": "DocumentReference/6f1c1f1e-0000-4000-8000-000000000001"}}
    ]
    answer = post(doctor, bundle)
    assert answer.status_code == 200, answer.text
    issue = answer.json()["entry"][0]["response"]["outcome"]["issue"][0]
    assert issue["severity"] == "warning"
    assert issue["details"]["coding"][0]["code"] == "replace-unknown"


def _batch(bundle: dict[str, Any]) -> None:
    bundle["type"] = "batch"


def _dangling(bundle: dict[str, Any]) -> None:
    bundle["entry"][1]["resource"]["content"][0]["attachment"]["url"] = "urn:uuid:6f1c1f1e-0000-4000-8000-00000000dead"


def _wrong_hash(bundle: dict[str, Any]) -> None:
    bundle["entry"][1]["resource"]["content"][0]["attachment"]["hash"] = "2jmj7l5rSw0yVb/vlWAYkK/YBwk="


def _wrong_size(bundle: dict[str, Any]) -> None:
    bundle["entry"][1]["resource"]["content"][0]["attachment"]["size"] = 1


def _other_patient(bundle: dict[str, Any]) -> None:
    bundle["entry"][1]["resource"]["subject"]["identifier"]["value"] = "somebody-else"


def _uncontained(bundle: dict[str, Any]) -> None:
    bundle["entry"][1]["resource"]["author"] = [{"reference": "Practitioner/12"}]


def _broken_base64(bundle: dict[str, Any]) -> None:
    bundle["entry"][2]["resource"]["data"] = "QUJ*"


def _no_master_identifier(bundle: dict[str, Any]) -> None:
    del bundle["entry"][1]["resource"]["masterIdentifier"]


@pytest.mark.parametrize(
    ("break_it", "status", "rule"),
    [
        (_batch, 400, "bundle-type"),
        (_dangling, 422, "dangling-reference"),
        (_wrong_hash, 422, "hash"),
        (_wrong_size, 422, "size"),
        (_other_patient, 422, "mixed-patients"),
        (_uncontained, 422, "uncontained-reference"),
        (_broken_base64, 422, "structure"),
        (_no_master_identifier, 422, "required"),
    ],
)
def test_a_broken_bundle_stores_nothing(
    break_it: Callable[[dict[str, Any]], None], status: int, rule: str, doctor: httpx.Client, common_patient: str
) -> None:
    bundle = request(submission(entry(common_patient)))
    break_it(bundle)
    answer = post(doctor, bundle)
    assert answer.status_code == status, answer.text
    assert any(found.startswith(rule) for found in rules(answer)), answer.text
    assert matches(find(doctor, common_patient)) == []


def test_all_that_is_wrong_is_said_at_once(doctor: httpx.Client, common_patient: str) -> None:
    bundle = request(submission(entry(common_patient)))
    for break_it in (_dangling, _no_master_identifier, _uncontained):
        break_it(bundle)
    answer = post(doctor, bundle)
    assert {"dangling-reference", "required", "uncontained-reference"} <= rules(answer)
    assert "Bundle.entry[1].resource.masterIdentifier.value" in {
        path for i in answer.json()["issue"] for path in i.get("expression", [])
    }


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'"x"', b"\xff\xfe", b"[" * 50_000, b'{"resourceType":"List"}'])
def test_what_is_no_bundle_is_a_bad_request(body: bytes, doctor: httpx.Client) -> None:
    answer = post(doctor, body)
    assert answer.status_code == 400
    assert rules(answer)


def test_xml_is_refused_with_an_explanation(doctor: httpx.Client) -> None:
    answer = doctor.post("", content=b"<Bundle/>", headers={"Content-Type": "application/fhir+xml"})
    assert answer.status_code == 415
    assert "JSON" in answer.json()["issue"][0]["details"]["text"]


def test_a_caller_without_certificate_is_told_so(callers: Callable[..., httpx.Client], common_patient: str) -> None:
    answer = post(callers(None), request(submission(entry(common_patient))))
    assert answer.status_code == 401
    assert rules(answer) == {"certificate-missing"}


def test_an_unknown_patient_is_refused(doctor: httpx.Client) -> None:
    answer = post(doctor, request(submission(entry("nobody^^^&1.3.6.1.4.1.21367.13.20.1000&ISO"))))
    assert answer.status_code == 404, answer.text
    assert answer.headers["content-type"].startswith("application/fhir+json")


def test_the_french_profile_asks_for_more(
    callers: Callable[..., httpx.Client], physicians: list[dict[str, Any]], living: Any
) -> None:
    known = living.identities["patients"][0]
    bundle = request(submission(entry(f"{known['ins']}^^^&{known['oid']}&ISO^NH")))
    del bundle["entry"][1]["resource"]["custodian"]
    answer = post(callers(physicians[0], "fr"), bundle)
    assert answer.status_code == 422
    assert "Bundle.entry[1].resource.custodian" in answer.text


# Published examples of the French draft: what each is answered in the strict domain, and in a plain one where the
# patient is unknown. The third is no transaction: it goes to /DocumentReference (ITI-105).
OUTCOMES = {
    "Bundle-example-td2-iti65-lot-soumission.json": (422, {"required"}, 404),
    "Bundle-example-td2-1-remplacement.json": (422, {"required"}, 404),
    "DocumentReference-example-td2-iti105-publication-simplifiee.json": (400, {"structure"}, 400),
}

AS_PUBLISHED = {
    "Bundle-example-td2-iti65-lot-soumission.json": "urn:oid:1.2.250.1.213.1.4.8.99999.2",
    "Bundle-example-td2-1-remplacement.json": "urn:oid:1.2.250.1.213.1.4.8.99999.3",
}


@pytest.mark.parametrize("name", OUTCOMES)
@pytest.mark.skipif(not SAMPLES.is_dir(), reason="../shared/data/fhir is absent")
def test_published_examples(name: str, callers: Callable[..., httpx.Client], physicians: list[dict[str, Any]]) -> None:
    status, expected, plain_status = OUTCOMES[name]
    body = (SAMPLES / name).read_bytes()
    strict = post(callers(physicians[0], "fr"), body)
    assert (strict.status_code, rules(strict)) == (status, expected)
    assert post(callers(physicians[0]), body).status_code == plain_status


@pytest.mark.parametrize("name", OUTCOMES)
@pytest.mark.skipif(not SAMPLES.is_dir(), reason="../shared/data/fhir is absent")
def test_strict_pdsm_refuses_published_requests_for_their_custodian_alone(
    name: str, callers: Callable[..., httpx.Client], physicians: list[dict[str, Any]]
) -> None:
    client = callers(physicians[0], "fr")
    body = (SAMPLES / name).read_bytes()
    answer = client.post("" if name.startswith("Bundle") else "/DocumentReference", content=body, headers=JSON)
    assert answer.status_code == 422
    (issue,) = answer.json()["issue"]
    assert issue["expression"][0].endswith(".custodian")


@pytest.mark.parametrize(("name", "unique_id"), AS_PUBLISHED.items())
@pytest.mark.skipif(not SAMPLES.is_dir(), reason="../shared/data/fhir is absent")
def test_a_plain_domain_takes_published_requests_as_published_for_a_known_patient(
    name: str, unique_id: str, doctor: httpx.Client, patient: str
) -> None:
    text = (SAMPLES / name).read_text(encoding="utf-8")
    value, _, authority = patient.partition("^^^&")
    text = text.replace("1.2.250.1.213.1.4.8|123456789012345", f"{authority.removesuffix('&ISO')}|{value}")
    answer = post(doctor, json.loads(text))
    assert answer.status_code == 200, answer.text
    (found,) = matches(find(doctor, patient))
    assert found["masterIdentifier"]["value"] == unique_id
    assert len(doctor.get(found["content"][0]["attachment"]["url"]).content) > 0
