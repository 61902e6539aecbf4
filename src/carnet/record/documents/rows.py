"""One entry version as one row: what is a column, what is in `meta`, and the way back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec

from carnet.record.access.api import Flag
from carnet.wire.xds.model import Code, DocumentEntry, Status

# The order is stored: never change a number.
STATUSES = (Status.APPROVED, Status.DEPRECATED, Status.ARCHIVED, Status.DELETED)
APPROVED, DEPRECATED, ARCHIVED, DELETED = range(4)

FLAG_OF_CODE = {
    "MASQUE_PS": Flag.MASKED,
    "INVISIBLE_PATIENT": Flag.INVISIBLE_PATIENT,
    "INVISIBLE_REPRESENTANTS_LEGAUX": Flag.INVISIBLE_REPRESENTATIVES,
}
_TRE_A07 = "1.2.250.1.213.1.1.4.13"
_LABEL_OF_CODE = {
    "MASQUE_PS": "Masqué aux professionnels de santé",
    "INVISIBLE_PATIENT": "Non visible par le patient",
    "INVISIBLE_REPRESENTANTS_LEGAUX": "Non visible par les représentants légaux du patient",
}

_decoder = msgspec.json.Decoder(DocumentEntry)
_encoder = msgspec.json.Encoder()

# What `entry` needs, in its order.
COLUMNS = "id, logical_id, version, status, flags, meta"
# The state bits that confidentiality codes say.
CODED_FLAGS = Flag.MASKED | Flag.INVISIBLE_PATIENT | Flag.INVISIBLE_REPRESENTATIVES


def meta(value: msgspec.Struct) -> str:
    """The values of an object as kept in its row."""
    return _encoder.encode(value).decode()


def entry(row: tuple[Any, ...]) -> DocumentEntry:
    """A row (`COLUMNS` first) as a value; its columns rule over `meta`, for they change and it does not."""
    value = _decoder.decode(row[5])
    status = STATUSES[row[3]]
    if value.status is not status:
        value = msgspec.structs.replace(value, status=status)
    codes = with_flags(value.confidentiality_codes, Flag(row[4]))
    if codes != value.confidentiality_codes:
        value = msgspec.structs.replace(value, confidentiality_codes=codes)
    return value


def flags_of(codes: tuple[Code, ...]) -> Flag:
    """The state bits that confidentiality codes set."""
    flags = Flag(0)
    for code in codes:
        flags |= FLAG_OF_CODE.get(code.code, Flag(0))
    return flags


def with_flags(codes: tuple[Code, ...], flags: Flag) -> tuple[Code, ...]:
    """Confidentiality codes brought in line with the state bits of a row, which say what is so at present."""
    bits = flags & CODED_FLAGS
    here = flags_of(codes)
    if here == bits:
        return codes
    kept = tuple(code for code in codes if not FLAG_OF_CODE.get(code.code, Flag(0)) & ~bits)
    return kept + codes_of(bits & ~here)


def codes_of(flags: Flag) -> tuple[Code, ...]:
    """The confidentiality codes of state bits, for bits that were inherited."""
    return tuple(
        Code(code=code, scheme=_TRE_A07, display=_LABEL_OF_CODE[code])
        for code, flag in FLAG_OF_CODE.items()
        if flags & flag
    )


def uuid_of(text: str) -> UUID | None:
    """The UUID of a `urn:uuid:…` id, None for a symbolic one."""
    if not text.startswith("urn:uuid:"):
        return None
    try:
        return UUID(text[9:])
    except ValueError:
        return None


def urn(value: UUID) -> str:
    """The `urn:uuid:…` form of an id."""
    return f"urn:uuid:{value}"
