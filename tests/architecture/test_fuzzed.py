"""Every address of the URL configuration can be fuzzed: somebody knocks there, and its parameters can be filled."""

from __future__ import annotations

from django.urls import get_resolver

from tests.architecture.test_routes import routes
from tests.attacks.fuzz import DRIVERS, driver_of, undriven


def test_every_address_has_a_driver() -> None:
    addresses = [address for address, _ in routes(get_resolver().url_patterns)]
    found = undriven(addresses)
    assert not found, (
        "tests/attacks/fuzz.py cannot fill a parameter of these: say what it looks like in `_meant`.\n"
        + "\n".join(found)
    )
    assert all(driver_of(address)[0] for address in addresses)
    idle = {start for start in DRIVERS if not any(address.startswith(start) for address in addresses)}
    assert not idle, f"DRIVERS names addresses that nothing answers: {sorted(idle)}"


def test_an_address_without_a_driver_is_reported() -> None:
    assert undriven(["x/<domain:other>/", "y/<uuid:uuid>/", "z/<int:page>/", "(?P<day>[0-9]{8})"]) == [
        "x/<domain:other>/",
        "(?P<day>[0-9]{8})",
    ]
