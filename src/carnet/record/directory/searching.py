"""A person looks a professional up by name, to let them in or to keep them out.

The directory of professionals is public; nobody is found here who is not one.
"""

from __future__ import annotations

import unicodedata

from carnet.kernel import database
from carnet.record.directory import queries
from carnet.record.directory.values import Professional

SHORTEST = 2
MOST = 20
_WORDS = 6
_FOUND = """
SELECT id FROM directory_professional
WHERE NOT blocked AND sought LIKE %(start)s
ORDER BY sought, given, id LIMIT %(most)s
"""


def by_name(words: str) -> list[Professional]:
    """Professionals whose family name begins as typed, in their order, `MOST` at most; a second word is a given name.

    Nobody for fewer than `SHORTEST` letters.
    """
    typed = _plain(words).split()[:_WORDS]
    found: dict[str, Professional] = {}
    # "DE LA TOUR JEAN" may be a family name of one word or of four.
    for cut in range(len(typed), 0, -1):
        family, given = " ".join(typed[:cut]), " ".join(typed[cut:])
        if len(family) < SHORTEST:
            continue
        start = family.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        for (identifier,) in database.rows(_FOUND, {"start": start, "most": MOST}):
            one = queries.professional(identifier)
            if one is not None and _plain(one.given).startswith(given):
                found[identifier] = one
    return list(found.values())[:MOST]


def _plain(text: str) -> str:
    letters = unicodedata.normalize("NFD", text.upper())
    return " ".join("".join(one for one in letters if not unicodedata.combining(one)).split())
