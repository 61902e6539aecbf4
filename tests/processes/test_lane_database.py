"""Each lane bounds its statements, plans once what names one record, and keeps or pools its connections."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.conftest import Living

_ASKED = """
import json, sys
import django
django.setup()
from django.db import connection
from carnet.ops import rights
# As in a process that was forked: somebody has held the connection already, without opening it.
assert connection.settings_dict
if sys.argv[1]:
    rights.take(sys.argv[1])
with connection.cursor() as cursor:
    cursor.execute("SELECT current_setting('statement_timeout'), current_setting('plan_cache_mode')")
    timeout, plans = cursor.fetchone()
kept = connection.settings_dict["CONN_MAX_AGE"]
print(json.dumps([timeout, plans, kept, connection.pool is not None]))
"""


@pytest.mark.parametrize(
    ("lane", "expected"),
    [
        ("quick", ["2s", "force_generic_plan", None, False]),
        ("bulk", ["1min", "force_generic_plan", 0, True]),
        ("service", ["0", "auto", None, False]),
        ("sealer", ["0", "auto", 0, False]),
        ("", ["0", "auto", 0, False]),
    ],
)
def test_a_lane_uses_the_database_in_its_way(living: Living, lane: str, expected: list[Any]) -> None:
    told = living.python(_ASKED, lane)
    assert told.returncode == 0, told.stderr
    assert json.loads(told.stdout) == expected
