"""Vérifie chez soi la copie d’un journal de Carnet, sans réseau et sans rien installer d’autre que Python.

    python3 verify_journal.py journal.json
    python3 verify_journal.py journal.json --avec ancien-journal.json --cle <empreinte>

One file, Python 3.9 or later, its standard library only: it shares no code with the server that made the copy.

    commitment = SHA-256("carnet entry 1" ‖ salt ‖ every field, each preceded by its length on 4 bytes)
    link(n)    = SHA-256("carnet link 1" ‖ link(n-1) ‖ record ‖ n ‖ commitment)      8 bytes a number, link(0) = zeros
    leaf       = record ‖ n ‖ link(n)
    root       = the tree of RFC 6962 §2.1: SHA-256(0x00 ‖ leaf), SHA-256(0x01 ‖ left ‖ right)
    seal       = Ed25519 (RFC 8032 §5.1.7) over the text of `seal_body`, which binds its notes:
                 what an operator declared lost, run of seals by run of seals
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import uuid
from datetime import datetime, timedelta, timezone
from typing import Any, Dict, Tuple  # noqa: UP035 - Python 3.9

Point = Tuple[int, int, int, int]  # noqa: UP006 - Python 3.9
Json = Dict[str, Any]  # noqa: UP006 - Python 3.9
FORMAT = "carnet journal proof 1"
# What an entry says, in the order in which it was bound.
ACT = ("record_id", "at", "writer", "number", "action", "outcome", "rule")
ACTOR = ("actor_kind", "person", "structure", "name", "structure_name", "profession", "purpose", "proof", "software")
FIELDS = (*ACT, *ACTOR, "subjects", "detail", "secret")

# Edwards25519 (RFC 8032 §5.1).
P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)


def add(a: Point, b: Point) -> Point:
    """Adds two points in extended coordinates (x, y, z, t), xy = zt."""
    left, right = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    c, d = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = right - left, d - c, d + c, right + left
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def multiply(factor: int, point: Point) -> Point:
    """A point added to itself `factor` times."""
    total = (0, 1, 1, 0)
    while factor:
        if factor & 1:
            total = add(total, point)
        point = add(point, point)
        factor >>= 1
    return total


def same(a: Point, b: Point) -> bool:
    """Whether two points are one."""
    return (a[0] * b[2] - b[0] * a[2]) % P == 0 and (a[1] * b[2] - b[1] * a[2]) % P == 0


def point_of(data: bytes) -> Point | None:
    """The point that 32 bytes say, None when they say none."""
    number = int.from_bytes(data, "little")
    y, odd = number & ((1 << 255) - 1), number >> 255
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if (x * x - square) % P or (x == 0 and odd):
        return None
    if x & 1 != odd:
        x = P - x
    return (x, y, 1, x * y % P)


# y = 4/5, and x is even.
BASE = point_of((4 * pow(5, P - 2, P) % P).to_bytes(32, "little")) or (0, 1, 1, 0)


def signed(key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the holder of the public key signed these bytes (RFC 8032 §5.1.7)."""
    if len(key) != 32 or len(signature) != 64:
        return False
    public, r = point_of(key), point_of(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if public is None or r is None or s >= ORDER:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % ORDER
    return same(multiply(s, BASE), add(r, multiply(h, public)))


def commitment(salt: bytes, entry: Json) -> bytes:
    """What binds an entry, from its fields and its salt."""
    digest = hashlib.sha256(b"carnet entry 1" + salt)
    for name in FIELDS:
        value = entry[name]
        if name == "at":
            since = datetime.fromisoformat(value) - datetime(1970, 1, 1, tzinfo=timezone.utc)  # noqa: UP017 - Python 3.9
            data = str(since // timedelta(microseconds=1)).encode()
        elif name == "subjects":
            data = b"".join(uuid.UUID(one).bytes for one in value)
        elif name == "secret":
            data = b"1" if value else b"0"
        else:
            data = str(value).encode()
        digest.update(len(data).to_bytes(4, "big") + data)
    return digest.digest()


def link(before: bytes, record: int, position: int, committed: bytes) -> bytes:
    """The link at one place of the chain of a record."""
    data = b"carnet link 1" + before + record.to_bytes(8, "big") + position.to_bytes(8, "big") + committed
    return hashlib.sha256(data).digest()


def climb(leaf: bytes, place: int, count: int, path: list[bytes]) -> bytes | None:
    """The root that a leaf leads to through its path, None when the path is not one of such a tree."""
    found, rest = hashlib.sha256(b"\0" + leaf).digest(), list(path)
    if not 0 <= place < count:
        return None
    while count > 1:
        if place ^ 1 < count:
            if not rest:
                return None
            other = rest.pop(0)
            found = hashlib.sha256(b"\1" + (other + found if place & 1 else found + other)).digest()
        place, count = place >> 1, (count + 1) >> 1
    return None if rest else found


def seal_body(seal: Json) -> bytes:
    """The bytes that the sealer signed."""
    names = ("number", "at", "count", "root", "previous", "key")
    body = "carnet seal 1\n" + "".join(f"{name}={seal[name]}\n" for name in names)
    if seal.get("notes"):
        body += f"notes={hashlib.sha256(seal['notes'].encode()).hexdigest()}\n"
    return body.encode()


def seal_digest(seal: Json) -> str:
    """What the next seal says of this one."""
    return hashlib.sha256(seal_body(seal) + bytes.fromhex(seal["signature"])).hexdigest()


def check_seals(copy: Json, key_name: str, faults: list[str]) -> dict[int, Json]:
    """The seals whose signature is good, by number."""
    good: dict[int, Json] = {}
    for seal in sorted(copy["seals"], key=lambda one: one["number"]):
        number = seal["number"]
        key = bytes.fromhex(copy["keys"].get(seal["key"], ""))
        known = hashlib.sha256(key).hexdigest()[:32] == seal["key"] and key_name in ("", seal["key"])
        if not known or not signed(key, seal_body(seal), bytes.fromhex(seal["signature"])):
            faults.append(f"sceau {number} : sa signature n’est pas celle de la clé annoncée")
            continue
        before = good.get(number - 1)
        if before is not None and seal["previous"] != seal_digest(before):
            faults.append(f"sceau {number} : il ne suit pas le sceau {number - 1}")
            continue
        good[number] = seal
    return good


def losses(seals: dict[int, Json]) -> list[Json]:
    """What was declared lost by seals whose signature is good, each about seals before it."""
    found = []
    for number, seal in seals.items():
        for line in seal.get("notes", "").splitlines():
            said = json.loads(line)
            if said["kind"] == "loss" and said["first"] <= said["last"] < number:
                found.append(said)
    return found


def lost(line: Json, made: bytes, record: int, seals: dict[int, Json]) -> bool:
    """Whether a place without content is in a seal that was declared lost, as its path proves."""
    declared = any(loss["first"] <= line.get("seal", 0) <= loss["last"] for loss in losses(seals))
    return "link" in line and declared and not check_line(record, line, made, seals, [])


def check_line(record: int, line: Json, made: bytes, seals: dict[int, Json], faults: list[str]) -> list[str]:
    """One line that was sealed: its link is in the tree that was signed."""
    where = f"carnet {record}, place {line['position']}, sceau {line['seal']}"
    seal = seals.get(line["seal"])
    if seal is None:
        faults.append(f"{where} : le sceau manque ou n’est pas valable")
        return faults
    path = line.get("path")
    leaf = record.to_bytes(8, "big") + line["position"].to_bytes(8, "big") + made
    if path is None or climb(leaf, line["leaf"], seal["count"], [bytes.fromhex(one) for one in path]) != bytes.fromhex(
        seal["root"]
    ):
        faults.append(f"{where} : cette ligne n’est pas celle qui a été scellée")
    return faults


def check_chain(chain: Json, seals: dict[int, Json], faults: list[str]) -> tuple[int, int, int]:
    """Every place of the chain of one record; (lines with content, places without, places declared lost)."""
    record, before, expected, told, silent, gone = int(chain["record"]), bytes(32), 1, 0, 0, 0
    for line in chain["lines"]:
        position = line["position"]
        where = f"carnet {record}, place {position}"
        if position != expected:
            faults.append(f"carnet {record}, places {expected} à {position - 1} : elles manquent")
        expected = position + 1
        committed = None
        if "entry" in line:
            told += 1
            if int(line["entry"]["record_id"]) != record:
                faults.append(f"{where} : cette ligne parle d’un autre carnet")
            committed = commitment(bytes.fromhex(line["salt"]), line["entry"])
        elif "commitment" in line:
            committed = bytes.fromhex(line["commitment"])
        made = bytes.fromhex(line["link"]) if committed is None else link(before, record, position, committed)
        if line.get("missing"):
            if lost(line, made, record, seals):
                gone += 1
            else:
                faults.append(f"{where} : la ligne qui a été scellée ici a disparu")
        elif "entry" not in line:
            silent += 1
        if "entry" in line:
            check_line(record, line, made, seals, faults)
        before = made
    return told, silent, gone


def check_earlier(copy: Json, earlier: Json, faults: list[str]) -> None:
    """What an earlier copy told must still be told, at the same place."""
    for chain in earlier["chains"]:
        later = {c["record"]: {line["position"]: line for line in c["lines"]} for c in copy["chains"]}
        now = later.get(chain["record"], {})
        for line in chain["lines"]:
            found = now.get(line["position"])
            if found is not None and found.get("missing"):
                continue  # Told as lost or as missing already.
            if "entry" in line and (found is None or found.get("entry") != line["entry"]):
                faults.append(
                    f"carnet {chain['record']}, place {line['position']} : la copie plus ancienne disait autre chose"
                )


def verify(copy: Json, earlier: Json | None = None, key_name: str = "") -> tuple[list[str], tuple[int, int, int, int]]:
    """Everything that is wrong with a copy, and (lines with content, places without, not sealed yet, declared lost)."""
    faults: list[str] = []
    if copy.get("format") != FORMAT:
        return [f"ce fichier n’est pas une copie de journal ({FORMAT})"], (0, 0, 0, 0)
    seals = check_seals(copy, key_name, faults)
    told = silent = gone = 0
    for chain in copy["chains"]:
        lines = check_chain(chain, seals, faults)
        told, silent, gone = told + lines[0], silent + lines[1], gone + lines[2]
    if earlier is not None:
        check_earlier(copy, earlier, faults)
    return faults, (told, silent, len(copy["waiting"]), gone)


def declared(copy: Json, key_name: str = "") -> list[str]:
    """What was declared lost in the whole journal, in words."""
    said = []
    for loss in losses(check_seals(copy, key_name, [])):
        since, until, at = (
            datetime.fromtimestamp(loss[name] // 1_000_000, timezone.utc)  # noqa: UP017 - Python 3.9
            for name in ("since", "until", "at")
        )
        said.append(
            f"Perte déclarée le {at:%d/%m/%Y} par {loss['by']} : {loss['places']} lignes au plus, de tous les carnets, "
            f"du {since:%d/%m/%Y %H:%M:%S} au {until:%d/%m/%Y %H:%M:%S} (UTC). Motif : {loss['reason']}"
        )
    return said


def main() -> int:
    """Code de retour : 0 tout est vérifié, 1 quelque chose ne va pas, 2 le fichier ne peut pas être lu."""
    parser = argparse.ArgumentParser(description="Vérifie la copie d’un journal de Carnet.")
    parser.add_argument("fichier", help="la copie téléchargée (journal.json)")
    parser.add_argument("--avec", metavar="ANCIEN", help="une copie plus ancienne, à comparer")
    parser.add_argument("--cle", default="", metavar="EMPREINTE", help="empreinte attendue de la clé, lue ailleurs")
    options = parser.parse_args()
    try:
        with open(options.fichier, encoding="utf-8") as file:
            copy = json.load(file)
        earlier = None
        if options.avec:
            with open(options.avec, encoding="utf-8") as file:
                earlier = json.load(file)
        faults, (told, silent, waiting, gone) = verify(copy, earlier, options.cle)
        said = declared(copy, options.cle)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        print(f"Ce fichier ne peut pas être lu : {type(error).__name__} {error}", file=sys.stderr)
        return 2
    for fault in faults:
        print(f"ATTENTION : {fault}")
    print(f"Lignes vérifiées : {told}. Places sans contenu : {silent}. Lignes pas encore scellées : {waiting}.")
    for loss in said:
        print(loss)
    if said:
        print(f"Dans vos lignes : {gone} places perdues, et déclarées telles.")
    for name in sorted(copy["keys"]):
        print(f"Clé qui a signé : {name} (à comparer avec celle que publie le service)")
    print("Quelque chose ne va pas." if faults else "Rien n’a été changé, retiré ou déplacé dans ces lignes.")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
