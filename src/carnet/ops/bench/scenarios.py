"""The scenarios: list (ITI-18, ITI-67) and provide (ITI-41), each against its floor."""

from __future__ import annotations

import argparse
import json
import secrets
import ssl
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from random import Random
from typing import Any
from uuid import uuid4

from carnet.client.identity import Assertions, Identity, Software, tls_context
from carnet.kernel.actor import Actor
from carnet.kernel.errors import Problem
from carnet.ops.bench import floor, hidden, load, seed
from carnet.ops.bench.hidden import Hidden
from carnet.ops.bench.instance import Instance
from carnet.ops.bench.report import Result
from carnet.ops.sender import choose
from carnet.record.directory import api as directory
from carnet.wire import mime, soap
from carnet.wire.xds import iti18_stored_query, iti41_provide_and_register
from carnet.wire.xds.iti18_stored_query import FindDocuments
from carnet.wire.xds.model import Status

# Which record comes next is no secret.
_RANDOM = Random()  # noqa: S311
_SOFTWARE = Software(name="Carnet bench", version="1", homologation="BENCH")
_DOCUMENT_MARK, _SET_MARK = "2.25." + "1" * 33, "2.25." + "2" * 33


class Requests:
    """Prepared HTTP requests, one per record: what a client sends, byte for byte, without building it under load."""

    def __init__(self, instance: Instance, identity: Identity, actor: Actor) -> None:
        self._port = instance.tls_port
        self._actor = actor
        self._assertions = Assertions(identity, _SOFTWARE)
        self._content = secrets.token_bytes(seed.SIZE)
        self.listing = {number: self._iti18(number) for number in seed.LISTED}
        self.searching = {number: self._iti67(number) for number in seed.LISTED}
        self.providing = {number: self._iti41(number) for number in seed.FED}

    def iti18(self) -> bytes:
        """A FindDocuments of a random record."""
        return self.listing[_RANDOM.choice(seed.LISTED)]

    def iti67(self) -> bytes:
        """A DocumentReference search of a random record."""
        return self.searching[_RANDOM.choice(seed.LISTED)]

    def iti41(self) -> bytes:
        """One 20 KB document for a random record, its ids never used before."""
        template = self.providing[_RANDOM.choice(seed.FED)]
        document, the_set = (f"2.25.{_RANDOM.randint(10**32, 10**33 - 1)}" for _ in range(2))
        return template.replace(_DOCUMENT_MARK.encode(), document.encode()).replace(
            _SET_MARK.encode(), the_set.encode()
        )

    def _soap(self, number: int, body: str, action: str) -> bytes:
        assertion = self._assertions.about(seed.patient_id(number), now=datetime.now(UTC))
        address = f"https://localhost:{self._port}/xds"
        return soap.render(body, action=action, message_id=uuid4().urn, to=address, assertion=assertion)

    def _post(self, path: str, content_type: str, body: bytes) -> bytes:
        head = (
            f"POST {path} HTTP/1.1\r\nHost: localhost:{self._port}\r\nContent-Type: {content_type}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        return head.encode("ascii") + body

    def _iti18(self, number: int) -> bytes:
        action = iti18_stored_query.ACTION
        query = FindDocuments(patient_id=seed.patient_id(number), statuses=(Status.APPROVED,))
        message = self._soap(number, iti18_stored_query.render_request(query), action)
        return self._post("/xds/registry", f'{soap.MEDIA_TYPE}; charset=UTF-8; action="{action}"', message)

    def _iti67(self, number: int) -> bytes:
        return (
            f"GET /fhir/DocumentReference?patient.identifier=urn:oid:1.2.250.1.213.1.4.10%7C{seed.ins(number)}"
            f"&status=current HTTP/1.1\r\nHost: localhost:{self._port}\r\nAccept: application/fhir+json\r\n\r\n"
        ).encode("ascii")

    def _iti41(self, number: int) -> bytes:
        action = iti41_provide_and_register.ACTION
        submission = seed.submission(self._actor, number, _DOCUMENT_MARK, _SET_MARK)
        body = iti41_provide_and_register.render_request(submission, {"document": "document1@carnet"})
        attachment = mime.Attachment("document1@carnet", "text/xml", [self._content], len(self._content))
        content_type, _, chunks = mime.stream(self._soap(number, body, action), [attachment])
        return self._post("/xds/repository", f'{content_type}; action="{action}"', b"".join(chunks))


def measure(instance: Instance, arguments: argparse.Namespace) -> tuple[list[Result], Hidden | None]:
    """Seed and run every chosen scenario, and what hidden documents cost when it is chosen."""
    known = json.loads((instance.home / "demo" / "identities.json").read_text(encoding="utf-8"))
    person = next(one for one in known["professionals"] if one["profession"] == "10")
    actor = _actor(person["id"])
    _say("seeding")
    seed.seed(actor)
    identity = choose(known, person["login"], structure=actor.structure, home=instance.home)
    requests = Requests(instance, identity, actor)
    context = tls_context(identity, instance.home / known["authority"])
    scenarios: list[tuple[Result, str, Callable[[], bytes], bytes]] = [
        (Result("list, ITI-18", 0.6), "list", requests.iti18, b"ResponseStatusType:Success"),
        (Result("list, ITI-67", 0.6), "list", requests.iti67, b'"searchset"'),
        (Result("provide, ITI-41", 0.4), "provide", requests.iti41, b"ResponseStatusType:Success"),
    ]
    wanted = set(filter(None, arguments.only.split(",")))
    chosen = [one for one in scenarios if not wanted or one[0].name.split(", ")[1] in wanted or one[1] in wanted]
    for result, script, request, marker in chosen:
        _one(result, script, request, marker, instance.tls_port, context, arguments)
    veil = None
    if not wanted or "hidden" in wanted:
        _say("hidden documents")
        elsewhere = next(one for one in known["professionals"] if one["structures"][0] != person["structures"][0])
        veil = hidden.measure(actor, _actor(elsewhere["id"]))
    return [result for result, *_ in chosen], veil


def _actor(person: str) -> Actor:
    actor = directory.actor_of_professional(person=person, structure=None, proof="process", software="bench")
    if isinstance(actor, Problem):
        raise RuntimeError(f"the demonstration's professional is not in the directory: {actor.text}")
    return actor


def _one(
    result: Result,
    script: str,
    request: Callable[[], bytes],
    marker: bytes,
    port: int,
    context: ssl.SSLContext,
    arguments: argparse.Namespace,
) -> None:
    common: dict[str, Any] = {"clients": arguments.clients}
    # A short slice of each first: plans, pools and caches are warm before anything counts.
    load.drive(port=port, context=context, seconds=2, request=request, marker=marker, **common)
    floor.run(script, seconds=2, **common)
    for number in range(arguments.slices):
        ours = load.drive(
            port=port, context=context, seconds=arguments.seconds, request=request, marker=marker, **common
        )
        result.ours.append(ours.rate)
        result.latencies += ours.latencies
        result.failures += ours.failures
        result.sample = result.sample or ours.sample
        result.floor.append(floor.run(script, seconds=arguments.seconds, **common))
        _say(f"{result.name}: {number + 1}/{arguments.slices}  {ours.rate:.0f} / {result.floor[-1]:.0f}")


def _say(text: str) -> None:
    sys.stderr.write(f"bench: {text}\n")
