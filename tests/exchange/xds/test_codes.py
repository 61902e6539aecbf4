"""Every reason of a refusal has its word in XDS, and every word is one of IHE's or of the DMP's (TF-3 §4.2.4.1)."""

from __future__ import annotations

import pytest

from carnet.exchange.login import faults
from carnet.exchange.xds import errors
from carnet.kernel.errors import Problem, Reason
from carnet.wire.errors import Malformed

# IHE ITI TF-3 table 4.2.4.1-2, and the words that the DMP adds to it (faults, closed record).
IHE = {
    "UnresolvedReferenceException",
    "XDSDocumentUniqueIdError",
    "XDSDuplicateUniqueIdInRegistry",
    "XDSMissingDocument",
    "XDSMissingDocumentMetadata",
    "XDSNonIdenticalHash",
    "XDSPatientIdDoesNotMatch",
    "XDSRegistryDeprecatedDocumentError",
    "XDSRegistryDuplicateUniqueIdInMessage",
    "XDSRegistryError",
    "XDSRegistryMetadataError",
    "XDSRepositoryBusy",
    "XDSRepositoryError",
    "XDSRepositoryMetadataError",
    "XDSResultNotSinglePatient",
    "XDSStoredQueryMissingParam",
    "XDSStoredQueryParamNumber",
    "XDSTooManyResults",
    "XDSUnknownPatientId",
    "XDSUnknownRepositoryId",
    "XDSUnknownStoredQuery",
}
DMP = {
    "DMPAccessDeniedByRightsService",
    "DMPClosed",
    "DMPIdentityCertificationFailure",
    "DMPInvalidCertificate",
}
PARSED = [
    ("query-unknown", "XDSUnknownStoredQuery"),
    ("query-parameter-missing", "XDSStoredQueryMissingParam"),
    ("ebrim-code", "XDSRegistryMetadataError"),
    ("ebrim-id-repeated", "XDSRegistryMetadataError"),
    ("provide-document-id", "XDSRepositoryMetadataError"),
    ("mime-part-missing", "XDSMissingDocument"),
]


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_a_word_that_exists(reason: Reason) -> None:
    problem = Problem(reason=reason, rule="x", text="Pourquoi.", field="DocumentEntry.hash", warning=True)
    (error,) = errors.registry_errors((problem,))
    assert error.code in IHE | DMP
    assert (error.location, error.warning) == ("DocumentEntry.hash", True)


def test_the_words_of_the_dmp_are_all_said() -> None:
    said = {*errors.CODES.values(), *faults.CODES.values(), faults.IDENTITY_FAILURE}
    assert {word for word in said if word.startswith("DMP")} == DMP


@pytest.mark.parametrize(("rule", "code"), PARSED)
def test_what_cannot_be_read_has_a_word_too(rule: str, code: str) -> None:
    error = errors.registry_error(Malformed(rule, "Illisible.", field="x"))
    assert error is not None
    assert error.code == code
    assert code in IHE


def test_a_message_that_is_none_is_a_fault() -> None:
    assert errors.registry_error(Malformed("register-request", "Autre chose.")) is None
