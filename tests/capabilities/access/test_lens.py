"""The two forms of the predicate say the same over their whole finite domain."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product
from uuid import UUID

import pytest

from carnet.kernel import database
from carnet.record.access.api import SQL, Flag, Lens
from carnet.record.access.lens import Own

NOW = datetime(2026, 3, 1, tzinfo=UTC)
NEITHER, GRANTED, DENIED, BOTH = (UUID(int=number) for number in range(1, 5))
ALL_FLAGS = range(128)
OWNERS = (("me", "elsewhere"), ("somebody", "here"), ("somebody", "elsewhere"), ("", ""))
TYPES = (5, 63)
OPENINGS = (NOW, NOW + timedelta(seconds=1))

ROWS = list(product((NEITHER, GRANTED, DENIED, BOTH), ALL_FLAGS, OWNERS, TYPES, OPENINGS))

# One statement for all rows and one lens: the numbers of the rows that it sees, in one text.
RELATION = f"""
SELECT COALESCE(string_agg(number::text, ' ' ORDER BY number), '') FROM lens_rows WHERE {SQL}
"""  # noqa: S608 - constant names
ROWS_TABLE = """
CREATE TEMPORARY TABLE lens_rows AS
SELECT * FROM unnest(%(numbers)s::integer[], %(lineages)s::uuid[], %(flags)s::integer[], %(persons)s::text[],
                     %(structures)s::text[], %(types)s::smallint[], %(openings)s::timestamptz[])
  AS r(number, lineage, flags, owner_person, owner_structure, typ, opens_at)
"""


def lenses() -> list[Lens]:
    """Every set of blind bits, with each shape of the other parts."""
    shapes = product(
        (0, -1, 1 << 5),
        (Own(), Own(person="me"), Own(structure="here"), Own(person="me", structure="here")),
        ((frozenset(), frozenset()), (frozenset({GRANTED, BOTH}), frozenset({DENIED, BOTH}))),
    )
    return [
        Lens(blind=Flag(blind), types=types, own=own, granted=granted, denied=denied, now=NOW)
        for blind in (0, 1, 2, 3, 32, 34, 63)
        for types, own, (granted, denied) in shapes
    ] + [
        Lens(blind=Flag(blind), types=-1, own=Own(person="me"), granted=frozenset(), denied=frozenset(), now=NOW)
        for blind in ALL_FLAGS
    ]


@pytest.mark.django_db
def test_python_and_sql_see_the_same_rows() -> None:
    columns = {
        "numbers": list(range(len(ROWS))),
        "lineages": [row[0] for row in ROWS],
        "flags": [row[1] for row in ROWS],
        "persons": [row[2][0] for row in ROWS],
        "structures": [row[2][1] for row in ROWS],
        "types": [row[3] for row in ROWS],
        "openings": [row[4] for row in ROWS],
    }
    database.execute(ROWS_TABLE, columns)
    different_answers = set()
    for lens in lenses():
        found = database.row(RELATION, lens.parameters())
        assert found is not None
        by_sql = [int(number) for number in found[0].split()]
        by_python = [
            number
            for number, (lineage, flags, (person, structure), typ, opens_at) in enumerate(ROWS)
            if lens.sees(
                lineage=lineage,
                flags=flags,
                owner_person=person,
                owner_structure=structure,
                typ=typ,
                opens_at=opens_at,
            )
        ]
        assert by_sql == by_python, lens
        different_answers.add(tuple(by_sql))
    assert len(different_answers) > 50, "the lenses of this test hardly differ"
