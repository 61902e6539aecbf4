"""XDS DTM (TF-3 §4.2.3.1.2, always UTC) to FHIR dateTime and instant, and back.

`2024`, `202405` and `20240517` keep their precision. FHIR wants seconds and a zone as soon as there is an
hour: the shorter DTM forms are completed with zeros and kept beside, in the exact-value extension.
Coming from FHIR, an offset is converted to UTC and a fraction of a second is dropped, for DTM has neither.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from carnet.wire.fhir.resources import Extension, PrimitiveExtension

EXACT = "https://carnet.example/fhir/StructureDefinition/xds-value"

_DTM = re.compile(r"\d{4}(\d{2}(\d{2}(\d{2}(\d{2}(\d{2})?)?)?)?)?", re.ASCII)
_DATE_TIME = re.compile(
    r"(\d{4})(?:-(\d{2})(?:-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2})(?:\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})?)?)?)?",
    re.ASCII,
)


class BadTimeError(ValueError):
    """A date that is not written as FHIR says, or does not exist."""


def _moment(dtm: str) -> datetime:
    full = dtm + "00000101000000"[len(dtm) :]
    return datetime(
        int(full[:4]), int(full[4:6]), int(full[6:8]), int(full[8:10]), int(full[10:12]), int(full[12:14]), tzinfo=UTC
    )


def valid_dtm(dtm: str) -> bool:
    """Whether `dtm` is an XDS DTM that exists in the calendar."""
    if not _DTM.fullmatch(dtm):
        return False
    try:
        _moment(dtm)
    except ValueError:
        return False
    return True


@lru_cache(maxsize=4096)
def to_date_time(dtm: str) -> tuple[str | None, PrimitiveExtension | None]:
    """A DTM as (dateTime, the primitive's extension when the text alone would not give the DTM back)."""
    if not dtm:
        return None, None
    if not valid_dtm(dtm):
        return None, _exactly(dtm)
    if len(dtm) <= 8:
        return "-".join(filter(None, (dtm[:4], dtm[4:6], dtm[6:8]))), None
    return instant(dtm), None if len(dtm) == 14 else _exactly(dtm)


@lru_cache(maxsize=4096)
def instant(dtm: str) -> str | None:
    """A DTM as an instant: what is missing is the first month, day, hour, minute or second."""
    if not valid_dtm(dtm):
        return None
    full = dtm + "00000101000000"[len(dtm) :]
    return f"{full[:4]}-{full[4:6]}-{full[6:8]}T{full[8:10]}:{full[10:12]}:{full[12:14]}Z"


def _exactly(dtm: str) -> PrimitiveExtension:
    return PrimitiveExtension(extension=(Extension(url=EXACT, valueString=dtm),))


def parts(text: str, *, zone_required: bool = True) -> tuple[str, int]:
    """A dateTime as (DTM in UTC, its number of significant digits); raises BadTimeError.

    In a search (`zone_required` false) seconds and zone may be missing; a time without a zone is UTC.
    """
    match = _DATE_TIME.fullmatch(text)
    if match is None:
        raise BadTimeError(text)
    year, month, day, hour, minute, second, zone = match.groups()
    digits = "".join(filter(None, (year, month, day)))
    if hour is None:
        if not valid_dtm(digits):
            raise BadTimeError(text)
        return digits, len(digits)
    if zone_required and (second is None or zone is None):
        raise BadTimeError(text)
    digits += hour + minute + (second or "")
    if not valid_dtm(digits):
        raise BadTimeError(text)
    if zone not in (None, "Z"):
        hours, minutes = int(zone[1:3]), int(zone[4:6])
        if minutes > 59 or hours * 60 + minutes > 14 * 60:
            raise BadTimeError(text)
        offset = timedelta(hours=hours, minutes=minutes)
        try:
            moment = _moment(digits) - offset if zone[0] == "+" else _moment(digits) + offset
        except OverflowError as error:
            raise BadTimeError(text) from error
        digits = moment.strftime("%Y%m%d%H%M%S").rjust(14, "0")[: len(digits)]
    return digits, len(digits)


def to_dtm(text: str | None, beside: PrimitiveExtension | None = None) -> str:
    """A dateTime or instant as a DTM in UTC; raises BadTimeError.

    The exact value kept beside is believed only if it says the same instant.
    """
    exact = next((e.valueString for e in beside.extension if e.url == EXACT), None) if beside else None
    if text is None:
        return exact or ""
    dtm, _ = parts(text)
    if exact and valid_dtm(exact) and instant(exact) == instant(dtm):
        return exact
    return dtm


def next_unit(dtm: str) -> str:
    """The DTM of the same precision that follows (`2024` gives 2025, `20240229` 20240301).

    Raises OverflowError after the year 9999.
    """
    if len(dtm) < 8:
        year, month = int(dtm[:4]), int(dtm[4:6] or "12")
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
        if year > 9999:
            raise OverflowError(dtm)
        return f"{year:04d}{month:02d}"[: len(dtm)]
    step = {8: timedelta(days=1), 10: timedelta(hours=1), 12: timedelta(minutes=1), 14: timedelta(seconds=1)}
    moment = _moment(dtm) + step[len(dtm)]
    return moment.strftime("%Y%m%d%H%M%S").rjust(14, "0")[: len(dtm)]
