"""How refusals and accidents are said: one code for each reason, nothing told of what nobody expected."""

from __future__ import annotations

import logging

import pytest
from django.test import RequestFactory

from carnet.config.logs import SoberFormatter
from carnet.exchange.login.faults import denied, problem
from carnet.exchange.xds import errors, views
from carnet.kernel.errors import Problem, Reason, Refusal
from carnet.wire import soap
from carnet.wire.errors import Malformed
from carnet.wire.xds import iti18_stored_query as iti18
from carnet.wire.xds.model import Status

SECRET = "277076322082910"


@pytest.fixture
def request_of_somebody():
    query = iti18.FindDocuments(patient_id=f"{SECRET}^^^&1.2&ISO", statuses=(Status.APPROVED,))
    body = soap.render(iti18.render_request(query), action=iti18.ACTION, message_id="urn:uuid:1", to="x")
    return RequestFactory().post("/xds/registry", body, content_type="application/soap+xml")


def test_every_reason_has_a_code() -> None:
    assert errors.CODES.keys() == set(Reason)


@pytest.mark.parametrize("reason", Reason)
def test_a_problem_tells_all_it_knows(reason: Reason) -> None:
    found = Problem(
        reason=reason, rule="r", text="Phrase.", field="F", found="a<b", expected="c", source="S §1", warning=True
    )
    (error,) = errors.registry_errors((found,))
    assert error.code == errors.CODES[reason]
    assert error.context == "r : Phrase. [champ : F] [trouvé : a<b] [attendu : c] [source : S §1]"
    assert (error.location, error.warning) == ("F", True)
    fault = errors.fault(Refusal((found,)))
    assert fault.details[0] == soap.Detail(
        rule="r", text="Phrase.", field="F", found="a<b", expected="c", source="S §1"
    )


def test_only_forbidden_is_a_fault() -> None:
    def refusal(reason: Reason) -> Refusal:
        return Refusal((Problem(reason=reason, rule="r", text="t"),))

    assert [reason for reason in Reason if errors.forbidden(refusal(reason))] == [Reason.FORBIDDEN]


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ("query-unknown", "XDSUnknownStoredQuery"),
        ("query-parameter-missing", "XDSStoredQueryMissingParam"),
        ("ebrim-size", "XDSRegistryMetadataError"),
        ("mime-part-missing", "XDSMissingDocument"),
        ("query-request", None),
        ("mime-truncated", None),
        ("xml-dtd", None),
    ],
)
def test_what_cannot_be_read_is_an_error_or_a_fault(rule: str, code: str | None) -> None:
    error = errors.registry_error(Malformed(rule, "t", field="f"))
    assert (error.code if error else None) == code


def test_an_accident_tells_nothing(request_of_somebody, monkeypatch, caplog) -> None:
    def accident(**_: object) -> None:
        raise RuntimeError(f"row of {SECRET}")

    monkeypatch.setattr(views, "actor_of_soap", accident)
    with caplog.at_level(logging.ERROR):
        answer = views.registry(request_of_somebody)
    assert answer.status_code == 500
    fault = soap.read_fault(soap.parse(answer.content).body)
    assert fault is not None
    assert (fault.code, fault.details) == ("Receiver", ())
    assert SECRET not in answer.content.decode()
    (record,) = caplog.records
    written = SoberFormatter().format(record)
    assert "RuntimeError" in written
    assert SECRET not in written


def test_nobody_recognised_is_a_fault_with_its_word(request_of_somebody, monkeypatch) -> None:
    refused = denied(problem("certificate-missing", "Pas de certificat."))
    monkeypatch.setattr(views, "actor_of_soap", lambda **_: refused)
    answer = views.registry(request_of_somebody, "ihe")
    fault = soap.read_fault(soap.parse(answer.content).body)
    assert fault is not None
    assert (answer.status_code, fault.subcode) == (400, "DMPInvalidCertificate")
    assert soap.parse(answer.content).relates_to == "urn:uuid:1"


def test_a_caller_who_leaves_is_no_accident(monkeypatch, caplog) -> None:
    class Broken:
        def read(self, *_: object) -> bytes:
            raise OSError("gone")

    request = RequestFactory().post("/xds/registry", b"x" * 10, content_type="application/soap+xml")
    request._stream = Broken()
    with caplog.at_level(logging.ERROR):
        assert views.registry(request).status_code == 400
    assert not caplog.records
