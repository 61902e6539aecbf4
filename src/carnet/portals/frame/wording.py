"""French words for values that travel in wire form: pure functions, used by views and templates."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

from carnet.kernel.clock import LEGAL_TIME

MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip
_DTM = re.compile(r"(\d{4})(\d\d)?(\d\d)?(?:(\d\d)(\d\d)?(\d\d)?)?")
_SEXES = {"M": "masculin", "F": "féminin", "U": "indéterminé"}
_QUALIFICATIONS = {
    "PROV": "identité provisoire",
    "RECUP": "identité récupérée",
    "VALI": "identité validée",
    "QUAL": "identité qualifiée",
}

_LIKENESS = {
    "same": "Mêmes nom, prénom et date de naissance.",
    "inverted-names": "Nom et prénom intervertis.",
    "day-month": "Jour et mois de naissance intervertis.",
    "one-digit": "Un chiffre de la date de naissance diffère.",
    "same-number": "Un numéro identique.",
}


def day(value: date | datetime | None) -> str:
    """`14 mars 2024`, in Paris for an instant; empty for None."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        value = value.astimezone(LEGAL_TIME)
    ordinal = "1er" if value.day == 1 else str(value.day)
    return f"{ordinal} {MONTHS[value.month - 1]} {value.year}"


def last_day(value: datetime) -> str:
    """The last day on which something holds that ends at an instant: midnight ends the day before."""
    return day(value - timedelta(microseconds=1))


def clock(value: datetime) -> str:
    """`14 h 05`, in Paris."""
    local = value.astimezone(LEGAL_TIME)
    return f"{local.hour} h {local.minute:02d}"


def moment(value: datetime) -> str:
    """`14 mars 2024 à 14 h 05`, in Paris."""
    return f"{day(value)} à {clock(value)}"


def moment_of_dtm(text: str) -> datetime | None:
    """The instant at which an XDS DTM of at least hour precision falls, None for a coarser or unreadable one."""
    found = _DTM.fullmatch(text)
    if found is None or found[4] is None:
        return None
    numbers = [int(part) for part in found.groups(default="0")]
    try:
        return datetime(*numbers, tzinfo=UTC)  # type: ignore[arg-type, misc]
    except ValueError:
        return None


def date_of_dtm(text: str) -> str:
    """A DTM (UTC, `YYYY[MM[DD[hh[mm[ss]]]]]`) as a French date of the same precision, without the time."""
    instant = moment_of_dtm(text)
    if instant is not None:
        return day(instant)
    found = _DTM.fullmatch(text)
    if found is None:
        return text
    year, month, number = found[1], found[2], found[3]
    try:
        if month is None:
            return year
        if number is None:
            return f"{MONTHS[date(int(year), int(month), 1).month - 1]} {year}"
        return day(date(int(year), int(month), int(number)))
    except ValueError:
        return text


def time_of_dtm(text: str) -> str:
    """A DTM with its time of day when it has one."""
    instant = moment_of_dtm(text)
    return moment(instant) if instant is not None else date_of_dtm(text)


def machine_date_of_dtm(text: str) -> str:
    """The value of an HTML `datetime` attribute for a DTM, empty when there is none."""
    instant = moment_of_dtm(text)
    if instant is not None:
        return instant.isoformat()
    found = _DTM.fullmatch(text)
    return "-".join(part for part in found.groups()[:3] if part) if found else ""


def year_of_dtm(text: str) -> str:
    """The year a DTM falls in, in Paris."""
    instant = moment_of_dtm(text)
    return str(instant.astimezone(LEGAL_TIME).year) if instant is not None else text[:4]


def month_of_dtm(text: str) -> str:
    """`mars 2024`, the month a DTM falls in, in Paris; the year alone for one that says no month."""
    instant = moment_of_dtm(text)
    if instant is not None:
        local = instant.astimezone(LEGAL_TIME)
        return f"{MONTHS[local.month - 1]} {local.year}"
    return date_of_dtm(text[:6])


def size(count: int | None) -> str:
    """A number of bytes as people write it."""
    if count is None:
        return ""
    value = float(count)
    for unit in ("octets", "Ko", "Mo"):
        if value < 1024 or unit == "Mo":
            break
        value /= 1024
    digits = 0 if unit == "octets" or value >= 10 else 1
    return f"{value:.{digits}f} {unit}".replace(".", ",")


def matricule(value: str) -> str:
    """An INS in the groups printed on French cards: `1 84 12 75 116 001 42`."""
    if len(value) != 15:
        return value
    cuts = ((0, 1), (1, 3), (3, 5), (5, 7), (7, 10), (10, 13), (13, 15))
    return "\u202f".join(value[start:end] for start, end in cuts)


def sex(code: str) -> str:
    """`M`, `F` or `U` in words."""
    return _SEXES.get(code, "non renseigné")


def qualification(code: str) -> str:
    """The state of an identity (RNIV) in words."""
    return _QUALIFICATIONS.get(code, "état de l’identité inconnu")


def likeness(codes: str) -> str:
    """In what two people are alike (`identity.Near.why`), in sentences."""
    return " ".join(_LIKENESS.get(code, code) for code in codes.split())


def _unescaped(text: str) -> str:
    """HL7 v2 escapes of the separators (HL7 v2.5 §2.7.1)."""
    for escape, character in (("\\S\\", "^"), ("\\T\\", "&"), ("\\R\\", "~"), ("\\F\\", "|"), ("\\E\\", "\\")):
        text = text.replace(escape, character)
    return text


def person(xcn: str) -> str:
    """The name in an XCN: `prefix given FAMILY`, else its identifier (TF-3 §4.2.3.1.7)."""
    parts = [_unescaped(part.split("&")[0]).strip() for part in xcn.split("^")] + [""] * 6
    words = [parts[5], parts[2], parts[1].upper()]
    return " ".join(word for word in words if word) or parts[0]


def organisation(xon: str) -> str:
    """The name in an XON, else its identifier."""
    parts = xon.split("^") + [""] * 10
    return _unescaped(parts[0]).strip() or parts[9]


def coded(text: str) -> str:
    """The label of a `code^label^system` value, or the text itself."""
    parts = text.split("^")
    return _unescaped(parts[1] if len(parts) > 1 and parts[1] else parts[0]).strip()
