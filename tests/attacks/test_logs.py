"""After hostile and honest traffic, no log holds a name or a number of anybody."""

from __future__ import annotations

import contextlib

import httpx
import psycopg
import pytest

from tests.attacks import leaks
from tests.attacks.intruder import Intruder
from tests.attacks.victim import AUTHOR, Victim

SOAP = {"Content-Type": "application/soap+xml; charset=utf-8"}
FHIR = {"Content-Type": "application/fhir+json"}
# Fewer secrets than this, and the list of them is not what it should be.
MANY = 500


def test_nothing_of_anybody_is_in_the_logs(intruder: Intruder, victim: Victim) -> None:
    ins, name = victim.ins, "DEMO-VICTIME"
    carried = {"Referer": f"http://x/{ins}", "User-Agent": name, "X-Forwarded-For": ins, "Cookie": f"a={ins}"}
    with intruder.machines(AUTHOR) as card, intruder.machines() as nobody, intruder.people() as anyone:
        for client in (card, nobody, anyone):
            for address in (
                f"/fhir/DocumentReference?status=current&patient.identifier=urn:oid:1.2.250.1.213.1.4.10|{ins}",
                f"/fhir/DocumentReference/{ins}",
                f"/fhir/Patient/{ins}?family={name}",
                f"/d/{name}/fhir/metadata",
                f"/xds/{ins}",
                f"/pro/dossier/{ins}0/",
                f"/patient/document/{ins}/",
                f"/{name}/{ins}?a={ins}",
                f"/%ff%00{ins}",
            ):
                client.get(address, headers=carried)
            for address, headers in (("/xds/registry", SOAP), ("/fhir", FHIR), ("/compte/connexion/", {})):
                where = f"{address}?patient={ins}"
                client.post(where, content=f'<a b="{name}">{ins}'.encode(), headers=carried | headers)
                client.post(where, content=f'{{"resourceType":"{name}","id":"{ins}"}}', headers=carried | headers)
            with contextlib.suppress(httpx.HTTPError):
                # The answer comes before the body is read: the proxy has something to complain about.
                client.post(f"/fhir?patient={ins}", content=name.encode() * 400_000, headers=carried | FHIR)
    logs = intruder.living.home / "logs"
    assert (logs / "quick.log").read_text(encoding="utf-8"), "nothing was logged: this test looks at nothing"
    secrets = leaks.seeded(intruder.living) | {ins, name}
    assert len(secrets) > MANY
    assert not leaks.told(intruder.living, secrets)


def test_what_the_database_quotes_is_in_no_log(intruder: Intruder) -> None:
    secret = "DEMO-CITATION"
    statements = (
        f"SELECT '{secret}'::uuid",
        f"INSERT INTO django_cache SELECT '{secret}', '', now() FROM generate_series(1, 2)",  # noqa: S608
        f'SELECT "{secret}"',
    )
    with leaks.connect(intruder.living) as database:
        for statement in statements:
            with pytest.raises(psycopg.Error, match=secret):
                database.execute(statement)
        assert database.execute("SHOW log_min_messages").fetchone() == ("log",)
    assert (intruder.living.home / "logs" / "postgres.log").stat().st_size
    assert not leaks.told(intruder.living, {secret})


def test_the_search_finds_what_is_there(intruder: Intruder) -> None:
    file = intruder.living.home / "logs" / "searched.log"
    file.write_text("x DEMO-TROUVE y\n", encoding="utf-8")
    try:
        assert leaks.told(intruder.living, {"DEMO-TROUVE", "DEMO"}) == {("searched.log", "DEMO-TROUVE")}
    finally:
        file.unlink()
