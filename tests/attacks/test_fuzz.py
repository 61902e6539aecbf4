"""Every address of the URL configuration, every role, requests drawn at random: nothing breaks, nothing is told.

A few cases an address in `make test`, always the same; `CARNET_FUZZ=200 pytest tests/attacks/test_fuzz.py` draws
others, as `make test-long` does. What fails prints the request, shrunk.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from django.urls import get_resolver
from hypothesis import HealthCheck, Phase, given, settings

from carnet.wire.xds import iti18_stored_query as iti18
from carnet.wire.xds.iti18_stored_query import FindDocuments
from carnet.wire.xds.model import Status
from tests.architecture.test_routes import routes
from tests.attacks import leaks
from tests.attacks.fuzz import Known, Request, requests
from tests.attacks.intruder import Intruder, token
from tests.attacks.victim import AUTHOR, Victim
from tests.conformance.fhir import fhir_requests
from tests.conformance.xds.xds_requests import Caller, submission
from tests.portals import lives

CASES = int(os.environ.get("CARNET_FUZZ", "0"))
FEW = 4
ADDRESSES = [address for address, _ in routes(get_resolver().url_patterns)]
# What only the inside says.
INSIDE = re.compile(
    rb"Traceback \(most recent|psycopg|django\.[a-z]|\.py\"?, line|site-packages|SELECT .{1,80} FROM |INSERT INTO |"
    rb"unexpected error|Internal Server Error|/src/carnet/|object at 0x"
)
TROUBLE = re.compile(r"unexpected error|Traceback|^[\w.]*(Error|Exception)$|ERROR", re.MULTILINE)


class Knocking:
    """Clients of every role, signed in where the role signs in, and the logs as they grow."""

    def __init__(self, intruder: Intruder, folder: Path) -> None:
        self.intruder = intruder
        self.victim = Victim(intruder, folder)
        patient = lives.enrol_patient(intruder.living, "fuzz.patient", self.victim.record, "LÉA DEMO-VICTIME")
        self.clients = {
            "anonymous": intruder.people(),
            "patient": self._signed_in(patient),
            "professional": self._signed_in(intruder.person(AUTHOR)),
            "clerk": self._signed_in(intruder.person("accueil.chu")),
            "nobody": intruder.machines(),
            "card": intruder.machines(AUTHOR),
            "structure": intruder.machines("1330999012"),
        }
        self.tokens: dict[str, str] = {}
        self.known = self._known()
        self._sizes = {path: path.stat().st_size for path in self._logs()}

    def _signed_in(self, person: dict[str, str]) -> httpx.Client:
        client, answer = self.intruder.sign_in(person)
        if answer.status_code != 302:
            client.close()
            self.intruder.living.forget_codes()
            client, answer = self.intruder.sign_in(person)
        assert answer.status_code == 302, f"{person['login']} cannot sign in: {answer.status_code}"
        return client

    def _known(self) -> Known:
        pages = {
            "anonymous": ("/compte/connexion/", "/premiere-connexion/", "/premiere-connexion/proche/"),
            "patient": ("/patient/", "/patient/deposer/", "/patient/carnet/", "/patient/classeurs/"),
            "professional": (
                "/pro/",
                f"/pro/dossier/{self.victim.record}/",
                f"/pro/dossier/{self.victim.record}/deposer/",
            ),
            "clerk": ("/admission/", "/admission/carnet/", "/admission/sans-matricule/", "/admission/carte/"),
        }
        names: set[str] = set()
        for role, addresses in pages.items():
            for address in addresses:
                text = self.clients[role].get(address, follow_redirects=True).text
                names |= set(re.findall(r'name="([\w-]+)"', text))
                if found := re.search('name="csrfmiddlewaretoken" value="([^"]+)"', text):
                    self.tokens[role] = found[1]
        caller = Caller(self.intruder.living)
        entry = fhir_requests.entry(self.victim.cx)
        asked = iti18.render_request(FindDocuments(patient_id=self.victim.cx, statuses=(Status.APPROVED,)))
        return Known(
            record=self.victim.record,
            documents=tuple(one.entry_uuid.removeprefix("urn:uuid:") for one in self.victim.documents.values()),
            unique_id=self.victim.documents[""].unique_id,
            cx=self.victim.cx,
            ins=self.victim.ins,
            bundle=fhir_requests.request(submission(entry)),
            envelope=caller.envelope(asked, iti18.ACTION, self.victim.cx),
            fields=tuple(sorted(names - {"csrfmiddlewaretoken"})),
        )

    def send(self, request: Request) -> httpx.Response | None:
        """The answer, None when the connection was ended before one."""
        headers = {name: value for name, value in request.headers.items() if value}
        if request.role in self.tokens:
            headers["X-CSRFToken"] = self.tokens[request.role]
        client = self.clients[request.role]
        if "Cookie" in headers:
            headers["Cookie"] += "".join(f"; {one.name}={one.value}" for one in client.cookies.jar)
        try:
            return client.request(request.method, request.path, headers=headers, content=request.body)
        except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError):
            return None

    def _logs(self) -> list[Path]:
        return [path for path in (self.intruder.living.home / "logs").rglob("*") if path.is_file()]

    def trouble(self) -> str:
        """What the lanes wrote of errors since the last question."""
        said = ""
        for path in self._logs():
            with path.open("rb") as file:
                file.seek(self._sizes.get(path, 0))
                new = file.read().decode("utf-8", "replace")
            self._sizes[path] = path.stat().st_size
            if path.stem in ("quick", "bulk") and TROUBLE.search(new):
                said += new
        return said

    def close(self) -> None:
        for client in self.clients.values():
            client.close()
        self.victim.close()


@pytest.fixture(scope="module")
def knocking(intruder: Intruder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Knocking]:
    """Everybody who knocks."""
    found = Knocking(intruder, tmp_path_factory.mktemp("fuzz"))
    yield found
    found.close()


def fault(answer: httpx.Response | None) -> str:
    """What is wrong with an answer, empty when nothing is."""
    if answer is None:
        return "the connection was cut without an answer"
    if answer.status_code == 503 and answer.headers.get("retry-after"):
        return ""
    if answer.status_code >= 500 and answer.status_code != 501:
        return f"status {answer.status_code}"
    if found := INSIDE.search(answer.content):
        return f"the answer tells of the inside: {found.group()!r}"
    return ""


def _drawn(address: str, knocking: Knocking) -> Callable[[], None]:
    phases = (Phase.explicit, Phase.generate, Phase.shrink)

    @settings(
        max_examples=CASES or FEW,
        derandomize=not CASES,
        database=None,
        deadline=None,
        phases=phases,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(requests(address, knocking.known))
    def knock(request: Request) -> None:
        answer = knocking.send(request)
        assert not fault(answer), (fault(answer), request, answer.text[:300] if answer else "")
        assert not (said := knocking.trouble()), (said, request)

    return knock


@pytest.mark.parametrize("address", ADDRESSES, ids=[address or "home" for address in ADDRESSES])
def test_nothing_that_is_sent_breaks_a_door(knocking: Knocking, address: str) -> None:
    _drawn(address, knocking)()


def test_everybody_is_still_signed_in(knocking: Knocking) -> None:
    homes = {"patient": "/patient/", "professional": "/pro/", "clerk": "/admission/"}
    assert {role: knocking.clients[role].get(home).status_code for role, home in homes.items()} == dict.fromkeys(
        homes, 200
    )
    assert token(knocking.clients["anonymous"].get("/compte/connexion/"))


def test_nothing_of_anybody_is_in_the_logs_afterwards(knocking: Knocking) -> None:
    living = knocking.intruder.living
    assert not leaks.told(living, leaks.seeded(living) | {knocking.known.ins, "DEMO-VICTIME"})
