"""One assertion, one content, one connection: what has been used is remembered until it ends by itself.

An assertion serves many calls while it is valid, over the TLS certificate that brought it first. The same ID with
another content, or over another certificate, is a replay (docs/adr/0018-what-a-replayed-assertion-is.md). The table is
shared by all the processes; each keeps what it has seen, so that only the first call of an assertion writes.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from datetime import datetime

from carnet.exchange.login.faults import problem
from carnet.kernel import database
from carnet.kernel.errors import Problem

_SOURCE = "SAML 2.0 core §1.3.4 (ID), profiles §4.1.4.5 ; IHE XUA, ITI TF-1 §13.8"
_KEPT = 4096

# What stands stays: of two processes that claim one ID at the same moment, both hear the first. Each use that is new
# takes two that have ended away, so that the table stays as large as what is valid.
_CLAIM = """
WITH ended AS (
    DELETE FROM login_assertion
    WHERE id IN (SELECT id FROM login_assertion WHERE ends < %(now)s LIMIT 2 FOR UPDATE SKIP LOCKED)
)
INSERT INTO login_assertion AS known (id, content, connection, ends)
VALUES (%(id)s, %(content)s, %(connection)s, %(ends)s)
ON CONFLICT (id) DO UPDATE SET ends = GREATEST(known.ends, excluded.ends)
RETURNING known.content, known.connection
"""

_lock = threading.Lock()
_seen: OrderedDict[tuple[bytes, bytes, bytes], None] = OrderedDict()


def claim(
    *, signer: bytes, identifier: str, content: bytes, connection: bytes, ends: datetime, now: datetime
) -> Problem | None:
    """Remember a use of an assertion until `ends`, or say which rule its use breaks (`vihf-replay`, `vihf-stolen`).

    `signer` and `connection` are the SHA-256 of the signing and of the TLS certificate, `content` that of the octets
    signed.
    """
    key = hashlib.sha256(signer + identifier.encode()).digest()
    use = key, content, connection
    with _lock:
        if use in _seen:
            _seen.move_to_end(use)
            return None
    row = database.row(_CLAIM, {"id": key, "content": content, "connection": connection, "ends": ends, "now": now})
    first_content, first_connection = (bytes(column) for column in row or use[1:])
    if first_content != content:
        return problem(
            "vihf-replay",
            "Un autre VIHF a déjà été présenté sous cet identifiant : chaque assertion porte le sien.",
            field="Assertion/@ID",
            found=identifier[:80],
            expected="un identifiant qui n'a pas servi",
            source=_SOURCE,
        )
    if first_connection != connection:
        return problem(
            "vihf-stolen",
            "Ce VIHF a été présenté par une autre connexion TLS : il ne sert qu'à celle qui l'a présenté d'abord.",
            field="Assertion/@ID",
            found=identifier[:80],
            expected="le certificat client de la première présentation, ou une autre assertion",
            source=_SOURCE,
        )
    with _lock:
        _seen[use] = None
        while len(_seen) > _KEPT:
            _seen.popitem(last=False)
    return None
