"""Every address is a reading surface that the random histories drive, or says why nothing is read there."""

from __future__ import annotations

from django.urls import get_resolver

from tests.architecture.test_routes import routes
from tests.attacks.histories.routes import DRIVEN, EXACTLY_NOTHING, SAYS_NOTHING

# Machines' doors are mounted twice, for the default domain and for named ones: one of them is driven.
_AGAIN = "d/<str:domain>/"


def unaccounted(addresses: list[str]) -> list[str]:
    """Addresses that nobody drives and nobody excuses."""
    plain = {address.removeprefix(_AGAIN) for address in addresses}
    return sorted(
        address
        for address in plain
        if address not in DRIVEN and address not in EXACTLY_NOTHING and not address.startswith(tuple(SAYS_NOTHING))
    )


def test_every_address_is_looked_at() -> None:
    addresses = [address for address, _ in routes(get_resolver().url_patterns)]
    missing = unaccounted(addresses)
    assert not missing, (
        "An address without a driver: drive it in attacks/histories/surfaces.py and name it in routes.py, or say in "
        "routes.py why nothing of a document is read there.\n" + "\n".join(missing)
    )
    known = {address.removeprefix(_AGAIN) for address in addresses}
    gone = sorted((DRIVEN.keys() | EXACTLY_NOTHING.keys()) - known)
    assert not gone, f"routes.py names addresses that nothing answers: {gone}"


def test_an_address_without_driver_is_reported() -> None:
    assert unaccounted(["xds/registry", "d/<str:domain>/xds/registry", "health/live"]) == []
    assert unaccounted(["pro/dossier/<record:record_id>/resume/", "d/<str:domain>/fhir/Bundle"]) == [
        "fhir/Bundle",
        "pro/dossier/<record:record_id>/resume/",
    ]
