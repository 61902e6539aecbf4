"""Software that asks for tokens: the registry, written by the operator (`carnet client`)."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from carnet.kernel import database
from carnet.kernel.errors import Problem, Reason
from carnet.record.directory import queries, rules
from carnet.record.directory.recent import Recent
from carnet.wire.errors import Malformed
from carnet.wire.oidc.jose import public_keys
from carnet.wire.oidc.scopes import parse, words

_ID = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9._-]{2,59}")
_THUMBPRINT = re.compile(r"[A-Za-z0-9_-]{43}")
_SOURCE = "RFC 7591 §2 ; RFC 8705 ; SMART App Launch 2.2"
_COLUMNS = "id, name, structure, keys::text, scopes, thumbprint, bound"
_WRITE = """
INSERT INTO directory_client (id, name, structure, keys, scopes, thumbprint, bound)
VALUES (%s, %s, %s, %s::jsonb, %s, %s, %s)
ON CONFLICT (id) DO UPDATE
   SET name = excluded.name, structure = excluded.structure, keys = excluded.keys, scopes = excluded.scopes,
       thumbprint = excluded.thumbprint, bound = excluded.bound
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """Software of a structure (Struct_IdNat): its public keys (a JWK set), the scopes it may ask for, the thumbprint
    of its certificate (x5t#S256, empty for any of the structure's), whether its tokens must be bound to one."""

    id: str
    name: str
    structure: str
    keys: dict[str, Any]
    scopes: str
    thumbprint: str = ""
    bound: bool = True


def check(client: Client) -> Problem | None:
    """What is wrong with an entry of the registry, rule `client-…`; None when it is right."""
    if _ID.fullmatch(client.id) is None:
        return _wrong("client-id", "L’identifiant du logiciel n’a pas la forme attendue.", "client_id", client.id)
    if queries.structure(client.structure) is None:
        return rules.refusal("structure-unknown", found=client.structure)
    try:
        usable = public_keys(client.keys).keys
    except Malformed:
        usable = ()
    if not usable:
        return _wrong("client-keys", "Aucune clé publique utilisable (RSA 2048, EC P-256 ou P-384).", "jwks", "")
    # A token of `user` or `patient` is given to a person's session, which client credentials are not.
    found = parse(client.scopes)
    if not found or len(found) != len(words(client.scopes)) or any(one.context != "system" for one in found):
        return _wrong("client-scopes", "Les portées doivent être de la forme system/…", "scope", client.scopes)
    if client.thumbprint and _THUMBPRINT.fullmatch(client.thumbprint) is None:
        return _wrong("client-thumbprint", "L’empreinte du certificat n’a pas la forme x5t#S256.", "x5t#S256", "")
    return None


def write(client: Client) -> Problem | None:
    """Write an entry, unless something is wrong with it."""
    problem = check(client)
    if problem is None:
        keys = json.dumps(client.keys)
        values = (client.id, client.name, client.structure, keys, client.scopes, client.thumbprint, client.bound)
        database.execute(_WRITE, values)
        find.forget()
    return problem


def remove(client_id: str) -> bool:
    """Remove an entry; whether there was one. Its tokens stop within a second."""
    gone = database.row("DELETE FROM directory_client WHERE id = %s RETURNING 1", (client_id,))
    find.forget()
    return gone is not None


def everyone() -> list[Client]:
    """The registry, by identifier."""
    return [_client(row) for row in database.rows(f"SELECT {_COLUMNS} FROM directory_client ORDER BY id")]


def _find(client_id: str) -> Client | None:
    found = database.row(f"SELECT {_COLUMNS} FROM directory_client WHERE id = %s", (client_id,))
    return _client(found) if found else None


def _client(row: tuple[Any, ...]) -> Client:
    return Client(
        id=row[0],
        name=row[1],
        structure=row[2],
        keys=json.loads(row[3]),
        scopes=row[4],
        thumbprint=row[5],
        bound=row[6],
    )


def _wrong(rule: str, text: str, field: str, found: str) -> Problem:
    return Problem(reason=Reason.INVALID, rule=rule, text=text, field=field, found=found[:80], source=_SOURCE)


# A client by its identifier, None when unknown.
find: Recent[Client | None] = Recent(_find)
