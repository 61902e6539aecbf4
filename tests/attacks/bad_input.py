"""What is sent to the doors, what is heard, and whether anything moved: shared by the families of bad input.

A family is a module with `CASES`: name → `Case`. `refuses` sends one, compares the standard's code and our rule, wants
an explanation, and wants every table that keeps something as it was.
"""

from __future__ import annotations

import gzip
import json
import re
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import psycopg

from carnet.client.identity import tls_context
from carnet.config.environment import run_folder
from carnet.exchange.testbed.reading import outcome_of
from carnet.ops.sender import patient as cx_of
from carnet.wire.xds import iti18_stored_query as iti18
from carnet.wire.xds import iti41_provide_and_register as iti41
from carnet.wire.xds.model import AssociationType, DocumentEntry, Status, Submission
from tests.conformance.fhir import fhir_requests
from tests.conformance.xds.xds_requests import CONTENT, Answer, Caller, entry, submission
from tests.conftest import Living

SOAP = "application/soap+xml; charset=utf-8"
FHIR = {"Content-Type": "application/fhir+json"}
AUTHORITY = "1.3.6.1.4.1.21367.13.20.1000"
# A refusal that takes longer has set something off.
SOON = 8.0

# Tables of what is kept. Traces, queues, sessions and the testbed write on purpose; a claimed name leads to nothing by
# itself (docs/adr/0006-names-are-claimed-first.md).
_KEPT = "^(access|directory|documents|identity|life|kernel)_"
_NOT_KEPT = "^kernel_(outbox|locator|quarantine|clock)"
# Any row written, changed or removed changes its place or its transaction: nothing has to be read.
_PLACES = "SELECT '{0}', count(*), coalesce(sum(hashtextextended(ctid::text || xmin::text, 0)), 0) FROM {0}"


@dataclass(frozen=True)
class Heard:
    """An answer: HTTP status, the standard's codes, our rules, the sentences."""

    status: int
    codes: tuple[str, ...]
    rules: tuple[str, ...]
    texts: tuple[str, ...]


@dataclass(frozen=True)
class Case:
    """A wrong message and its answer: `code` is the standard's (fault, error code, issue type, HTTP status)."""

    send: Callable[[Door], Heard]
    code: str
    rule: str
    status: int


class Door:
    """The doors of a living Carnet, two records with a document each, and the people who may feed them."""

    def __init__(self, living: Living) -> None:
        self.living = living
        self.caller = Caller(living)
        digits = f"2800633{secrets.randbelow(10**6):06d}"
        self.french = cx_of(f"{digits}{97 - int(digits) % 97:02d}")
        self.plain = f"BAD{secrets.randbits(40)}^^^&{AUTHORITY}&ISO"
        self.other = f"BAD{secrets.randbits(40)}^^^&{AUTHORITY}&ISO"
        self._create()
        self.stored = self._feed(self.plain)
        self.stored_of_other = self._feed(self.other)
        self.deprecated = self._replaced()
        password = (living.home / "secrets" / "database_password").read_text(encoding="ascii")
        self.database = psycopg.connect(
            host=str(run_folder(living.home)), user="carnet", dbname="carnet", password=password, autocommit=True
        )
        self._clients: dict[str, httpx.Client] = {}
        self._wait_for_quiet()

    def _wait_for_quiet(self) -> None:
        """Until nothing is written any more: a demonstration may still be telling its people's lives."""
        deadline, seen = time.monotonic() + 180, self.tables()
        while time.monotonic() < deadline:
            time.sleep(1)
            if seen == (seen := self.tables()):
                return
        raise AssertionError("the tables are never quiet: nothing can be said of what a message did")

    def _create(self) -> None:
        program = (
            "import sys\nfrom carnet.ops.command import main\n"
            "for cx, domain in zip(sys.argv[1::2], sys.argv[2::2]):\n"
            "    who = [cx, 'DEMO-MAUVAIS', 'LÉA', '1980-06-17']\n"
            "    how = ['--consent', '--as', 'accueil.chu', '--domain', domain]\n"
            "    assert main(['record', 'create', *who, *how]) == 0\n"
        )
        records = [self.french, "fr", self.plain, "ihe", self.other, "ihe"]
        done = self.living.python(program, *records)
        assert done.returncode == 0, done.stderr

    def _feed(self, patient: str) -> DocumentEntry:
        answer = self.caller.provide(submission(entry(patient)), CONTENT)
        assert answer.outcome == ("Success", []), answer.body
        return self.caller.find(patient)[0]

    def _replaced(self) -> DocumentEntry:
        """A document of the plain record that another one has replaced."""
        old = self._feed(self.plain)
        child = submission(entry(self.plain), relations=((AssociationType.REPLACE, old.entry_uuid),))
        assert self.caller.provide(child, CONTENT).outcome == ("Success", [])
        return old

    # What is sent.

    def soap(self, path: str, body: bytes, content_type: str = SOAP, **more: Any) -> Heard:
        """A POST of bytes."""
        return heard_of(self.caller.post(path, body, content_type, **more))

    def query(self, spoil: Callable[[bytes], bytes] = bytes, content_type: str = SOAP) -> Heard:
        """A good ITI-18 message, spoiled."""
        asked = iti18.FindDocuments(patient_id=self.plain, statuses=(Status.APPROVED,))
        body = self.caller.envelope(iti18.render_request(asked), iti18.ACTION, self.plain)
        return self.soap("/d/ihe/xds/registry", spoil(body), content_type)

    def provide(
        self,
        spoil: Callable[[Submission], Submission] = lambda sent: sent,
        *,
        text: Callable[[str], str] = str,
        domain: str = "ihe",
        about: str | None = None,
        contents: dict[str, str | bytes] | None = None,
    ) -> Heard:
        """A good ITI-41 message, its values or its text spoiled; the document inline."""
        patient = self.french if domain == "fr" else self.plain
        sent = spoil(submission(entry(patient)))
        body = text(iti41.render_request(sent, {"document": CONTENT} if contents is None else contents))
        envelope = self.caller.envelope(body, iti41.ACTION, patient if about is None else about)
        path = "/xds/repository" if domain == "fr" else f"/d/{domain}/xds/repository"
        return self.soap(path, envelope)

    def parts(self, spoil: Callable[[bytes], bytes], content_type: Callable[[str], str] = str) -> Heard:
        """A good ITI-41 message of two parts, its bytes spoiled."""
        kind, body = self.caller.mtom(submission(entry(self.plain)), CONTENT)
        return self.soap("/d/ihe/xds/repository", spoil(body), content_type(kind))

    def bundle(
        self,
        spoil: Callable[[dict[str, Any]], None] = lambda bundle: None,
        *,
        text: Callable[[str], str] = str,
        sent: Callable[[Submission], Submission] = lambda sent: sent,
        **headers: str,
    ) -> Heard:
        """A good ITI-65 Bundle, spoiled as a value or as text."""
        bundle = fhir_requests.request(sent(submission(fhir_requests.entry(self.plain))))
        spoil(bundle)
        return self.fhir("POST", "/d/ihe/fhir", text(json.dumps(bundle)).encode("utf-8", "surrogatepass"), **headers)

    def fhir(self, method: str, path: str, body: bytes = b"", **headers: str) -> Heard:
        """A FHIR request of the physician."""
        sent = FHIR | {name.replace("_", "-"): value for name, value in headers.items()}
        answer = self.client().request(method, path, content=body or None, headers=sent if body else None)
        status, kind = answer.status_code, answer.headers.get("content-type", "")
        return heard(status, kind, answer.content)

    def client(self, kind: str = "") -> httpx.Client:
        """A client of the machines' port with the physician's certificate, or the wrong one of that kind."""
        if kind not in self._clients:
            identity = self.wrong(kind) if kind else self.caller.identity
            context = tls_context(None if kind == "missing" else identity, self.caller.authority)
            self._clients[kind] = httpx.Client(verify=context, base_url=self.living.tls, trust_env=False, timeout=60)
        return self._clients[kind]

    def wrong(self, kind: str) -> Any:
        """The physician's identity with certificates that are wrong on purpose."""
        if kind == "missing":
            return None
        (spoiled,) = self.living.identities[kind]
        files = {
            name: self.living.home / spoiled[name] for name in ("certificate", "key", "sign_certificate", "sign_key")
        }
        return replace(self.caller.identity, **files)

    # What is there.

    def tables(self) -> list[tuple[Any, ...]]:
        """Each table of what is kept, with its count and a digest of where its rows are and who wrote them."""
        with self.database.cursor() as cursor:
            cursor.execute(
                "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' "
                "AND relname ~ %s AND relname !~ %s ORDER BY 1",
                [_KEPT, _NOT_KEPT],
            )
            names = [name for (name,) in cursor.fetchall()]
            cursor.execute(" UNION ALL ".join(_PLACES.format(name) for name in names))
            return sorted(cursor.fetchall())

    def files(self) -> list[Path]:
        """The files of large documents."""
        return sorted(path for path in (self.living.home / "blobs").rglob("*") if path.is_file())

    def close(self) -> None:
        """Close what was opened."""
        self.database.close()
        for client in self._clients.values():
            client.close()


def heard_of(answer: Answer) -> Heard:
    """What a SOAP answer says."""
    return heard(answer.status, answer.headers.get("content-type", ""), answer.body)


def heard(status: int, content_type: str, body: bytes) -> Heard:
    """What an answer says; a plain text of the proxy is its own explanation."""
    if "xml" not in content_type and "json" not in content_type and "multipart" not in content_type:
        return Heard(status, (str(status),), (), (body.decode("utf-8", "replace"),))
    _, problems = outcome_of(status, content_type, body)
    return Heard(
        status,
        tuple(problem.code for problem in problems),
        tuple(problem.rule for problem in problems),
        tuple(problem.text for problem in problems),
    )


def refuses(door: Door, case: Case) -> None:
    """The case is answered as it says, soon, with a sentence; nothing was stored, nothing stored was touched."""
    tables, files = door.tables(), door.files()
    answer = case.send(door)
    assert answer.status == case.status, answer
    assert case.code in answer.codes, answer
    assert not case.rule or case.rule in answer.rules, answer
    assert all(re.search(r"\w{3}", text) for text in answer.texts), answer
    assert answer.texts, answer
    assert "root:" not in "".join(answer.texts)
    assert door.tables() == tables
    assert door.files() == files


def zipped(data: bytes) -> bytes:
    """Gzip."""
    return gzip.compress(data)
