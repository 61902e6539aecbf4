"""What is suspicious in who looked: thresholds and names, pure functions over values.

A concern accuses nobody: a regulation doctor opens many records, and Martin is a common name. A data-protection
officer looks and concludes (CNIL, délibération 2020-081: traces are analysed, not only kept).
"""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime, timedelta
from enum import StrEnum

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Kind(StrEnum):
    """Why somebody should look."""

    REPORTED = "reported"
    REFUSALS = "refusals"
    EMERGENCIES = "emergencies"
    RECORDS = "records"
    FAMILY = "family"


# Refused acts of one person in an hour; records entered in an emergency in a day; records read in an hour by somebody
# who is of none of their care teams.
MOST = {Kind.REFUSALS: 20, Kind.EMERGENCIES: 5, Kind.RECORDS: 30}
WINDOW = {Kind.REFUSALS: HOUR, Kind.EMERGENCIES: DAY, Kind.RECORDS: HOUR, Kind.FAMILY: DAY}
# Rules that say that the reader is one of those who care for the person, or reads what is theirs.
OF_THE_TEAM = frozenset({"care-team", "treating-physician", "author-own", "structure-own", "structure-feeds"})
_SHORTEST_NAME = 2


def window_start(at: datetime, length: timedelta) -> datetime:
    """The beginning of the window that an instant falls in: the hour, or the day, in UTC."""
    whole = at.replace(minute=0, second=0, microsecond=0)
    return whole if length < DAY else whole.replace(hour=0)


def _words(name: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().upper()
    return [word for word in re.split(r"[^A-Z]+", plain) if len(word) >= _SHORTEST_NAME]


def same_family(actor_name: str, birth_name: str) -> bool:
    """Whether the name of who acted holds the birth name of the person, word by word (accents and case aside)."""
    own, born = _words(actor_name), _words(birth_name)
    return bool(born) and any(own[start : start + len(born)] == born for start in range(len(own)))
