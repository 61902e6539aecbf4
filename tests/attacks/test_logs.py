"""After hostile and honest traffic, no log holds a name or a number of anybody."""

from __future__ import annotations

import contextlib

import httpx

from tests.attacks.intruder import Intruder
from tests.attacks.victim import AUTHOR, Victim

SOAP = {"Content-Type": "application/soap+xml; charset=utf-8"}
FHIR = {"Content-Type": "application/fhir+json"}


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
    written = {
        path.name: path.read_text(encoding="utf-8", errors="replace")
        for path in (intruder.living.home / "logs").rglob("*")
        if path.is_file()
    }
    assert written["quick.log"], "nothing was logged: this test looks at nothing"
    secrets = {ins, name} | {one["ins"] for one in intruder.known["patients"]}
    secrets |= {one["birth_name"] for one in intruder.known["patients"]}
    found = {(file, secret) for file, text in written.items() for secret in secrets if secret in text}
    assert not found
