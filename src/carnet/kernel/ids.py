"""Identifiers the server makes: an id says in which record it lives, and shows no sequence.

A record id is a random 62-bit number. Every other id is a UUID version 8 (RFC 9562 §5.8) made of
the record id (62 bits) followed by 60 random bits:

    bits 0-47    record id, high 48 bits
    bits 48-51   version, 1000
    bits 52-63   record id, next 12 bits
    bits 64-65   variant, 10
    bits 66-67   record id, low 2 bits
    bits 68-127  random
"""

from __future__ import annotations

import secrets
from uuid import UUID

_RANDOM_BITS = 60


def new_record_id() -> int:
    """A random positive 62-bit number, never 0."""
    return secrets.randbits(62) or new_record_id()


def new_id(record_id: int) -> UUID:
    """A UUIDv8 that lives in `record_id`."""
    if not 0 < record_id < 1 << 62:
        raise ValueError("a record id is a positive 62-bit number")
    high = record_id >> 14
    middle = record_id >> 2 & 0xFFF
    low = record_id & 0b11
    value = high << 80 | 0x8 << 76 | middle << 64 | 0b10 << 62 | low << 60 | secrets.randbits(_RANDOM_BITS)
    return UUID(int=value)


def record_of(value: UUID) -> int | None:
    """The record an id of ours lives in, None for an id that somebody else made."""
    number = value.int
    if number >> 76 & 0xF != 0x8 or number >> 62 & 0b11 != 0b10:
        return None
    return (number >> 80) << 14 | (number >> 64 & 0xFFF) << 2 | number >> 60 & 0b11


def oid_of(value: UUID) -> str:
    """The OID of a UUID (`2.25.<decimal>`, ITU-T X.667 §7), for attributes that accept OIDs only."""
    return f"2.25.{value.int}"
