"""What a seal is made of: pure functions over values (docs/adr/0020).

    commitment = SHA-256("carnet entry 1" ‖ salt ‖ every field of the entry, each preceded by its length)
    link(n)    = SHA-256("carnet link 1" ‖ link(n-1) ‖ record ‖ n ‖ commitment)       the chain of one record
    leaf       = record ‖ n ‖ link(n)                                                  48 bytes
    root       = Merkle tree over the leaves of a batch (RFC 6962 §2.1: 0x00 before a leaf, 0x01 before a node)
    seal       = Ed25519 over the text of `Seal.body`, which names the root and the digest of the seal before, and the
                 SHA-256 of its notes where it has some (`loss_rules`)

Numbers are 8 bytes, most significant first. The single-file verifier (`offline/verify_journal.py`) writes the same
formulas a second time, from this description and RFC 8032, without this module.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from carnet.record.journal.rules import Trace

SALT_BYTES = 16
LEAF_BYTES = 48
BEGINNING = bytes(32)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def microseconds(at: datetime) -> int:
    """An instant as whole microseconds since 1970, exactly."""
    return (at - _EPOCH) // timedelta(microseconds=1)


def instant(count: int) -> datetime:
    """The instant of a number of microseconds since 1970."""
    return _EPOCH + timedelta(microseconds=count)


def commitment(salt: bytes, trace: Trace) -> bytes:
    """What binds an entry without telling it; once its salt is destroyed nobody can try what it said."""
    digest = hashlib.sha256(b"carnet entry 1" + salt)
    for value in trace:
        if isinstance(value, datetime):
            data = str(microseconds(value)).encode()
        elif isinstance(value, list):
            data = b"".join(item.bytes for item in value)
        elif isinstance(value, bool):
            data = b"1" if value else b"0"
        else:
            data = str(value).encode()
        digest.update(len(data).to_bytes(4) + data)
    return digest.digest()


def blank(salt: bytes) -> bytes:
    """The commitment of a place left blank: with its salt, proof that nothing was there."""
    return hashlib.sha256(b"carnet blank 1" + salt).digest()


def link(before: bytes, record_id: int, position: int, committed: bytes) -> bytes:
    """The link at one place of a record's chain."""
    return hashlib.sha256(b"carnet link 1" + before + record_id.to_bytes(8) + position.to_bytes(8) + committed).digest()


def leaf(record_id: int, position: int, made: bytes) -> bytes:
    """What the tree holds of one link."""
    return record_id.to_bytes(8) + position.to_bytes(8) + made


def read_leaf(data: bytes) -> tuple[int, int, bytes]:
    """(record, place, link) of one leaf."""
    return int.from_bytes(data[:8]), int.from_bytes(data[8:16]), data[16:]


def _level(hashes: Sequence[bytes]) -> list[bytes]:
    """One level up: pairs are joined, an odd last one goes up as it is (the same tree as RFC 6962's)."""
    joined = [
        hashlib.sha256(b"\1" + hashes[number] + hashes[number + 1]).digest() for number in range(0, len(hashes) - 1, 2)
    ]
    return joined + list(hashes[len(joined) * 2 :])


def root(leaves: Sequence[bytes]) -> bytes:
    """The root of the tree over at least one leaf."""
    hashes = [hashlib.sha256(b"\0" + data).digest() for data in leaves]
    while len(hashes) > 1:
        hashes = _level(hashes)
    return hashes[0]


def paths(leaves: Sequence[bytes], places: Sequence[int]) -> list[list[bytes]]:
    """For each of these places the hashes met on the way to the root, lowest first."""
    hashes = [hashlib.sha256(b"\0" + data).digest() for data in leaves]
    found: list[list[bytes]] = [[] for _ in places]
    at = list(places)
    while len(hashes) > 1:
        for number, place in enumerate(at):
            if place ^ 1 < len(hashes):
                found[number].append(hashes[place ^ 1])
            at[number] = place >> 1
        hashes = _level(hashes)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """One seal: `at` in microseconds since 1970, `key` the fingerprint of the public key, `signature` 64 bytes.

    `notes` are the losses it tells of, a line each.
    """

    number: int
    at: int
    count: int
    root: bytes
    previous: bytes
    key: str
    signature: bytes = b""
    notes: str = ""

    def body(self) -> bytes:
        """The bytes that are signed."""
        notes = f"notes={hashlib.sha256(self.notes.encode()).hexdigest()}\n" if self.notes else ""
        return (
            f"carnet seal 1\nnumber={self.number}\nat={self.at}\ncount={self.count}\nroot={self.root.hex()}\n"
            f"previous={self.previous.hex()}\nkey={self.key}\n{notes}"
        ).encode()

    def digest(self) -> bytes:
        """What the next seal says of this one."""
        return hashlib.sha256(self.body() + self.signature).digest()


def fingerprint(public_key: bytes) -> str:
    """A short public name of a key: the first 32 hexadecimal digits of its SHA-256."""
    return hashlib.sha256(public_key).hexdigest()[:32]
