"""The kinds of cards, and the names that a card gives its holder (extension 1.2.250.1.71.1.2.2; DMP, PDT-INF-617)."""

from __future__ import annotations

import re
from enum import IntEnum

from cryptography import x509
from cryptography.x509.oid import NameOID, ObjectIdentifier

CARD_TYPE = ObjectIdentifier("1.2.250.1.71.1.2.2")


class Card(IntEnum):
    """Card type: of a professional, of one in training, of an employee (CDE, CPE), of an authorised person."""

    CPS = 0
    CPF = 1
    CPE = 2
    CPA = 3


# Who holds a place in the record: the DMP's matrix has no column for authorised persons.
SERVED = frozenset({Card.CPS, Card.CPF, Card.CPE})


def card_of(certificate: x509.Certificate) -> Card | None:
    """The card's type, None for a certificate of no card; raises ValueError when it is none of ours."""
    for extension in certificate.extensions:
        if extension.oid == CARD_TYPE:
            return Card(_digit(extension.value.public_bytes()))
    return None


def _digit(value: bytes) -> int:
    """One byte, bare or as DER of any primitive type, a number or its digit: generations of cards differ."""
    if len(value) not in (1, 3) or (len(value) == 3 and value[1] != 1):
        raise ValueError("the card type is not one byte")
    return value[-1] - ord("0") if value[-1] >= ord("0") else value[-1]


def holder_name(subject: x509.Name) -> str:
    """The holder's surname and given name; a service card, which has none, is named by its O and CN.

    In the latter, what is neither letter nor digit becomes a hyphen (DMP, non-nominative CPE).
    """
    surname, given = _value(subject, NameOID.SURNAME), _value(subject, NameOID.GIVEN_NAME)
    if surname or given:
        return f"{surname} {given}".strip()
    parts = (_value(subject, NameOID.ORGANIZATION_NAME), _value(subject, NameOID.COMMON_NAME))
    return " ".join(re.sub(r"[^\w ]|_", "-", part) for part in parts if part)


def _value(subject: x509.Name, oid: ObjectIdentifier) -> str:
    found = subject.get_attributes_for_oid(oid)
    return str(found[0].value) if found else ""
