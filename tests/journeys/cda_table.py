"""The published French documents and the table of what must happen to each (see README.md)."""

from __future__ import annotations

import csv
from pathlib import Path

HERE = Path(__file__).parent
DATA = HERE.parents[2] / "shared" / "data"
FILES = sorted((DATA / "cda").glob("*.xml"))
WHY_SKIPPED = f"the published documents are not in {DATA / 'cda'}"
TABLE = {
    row["file"]: row for row in csv.DictReader((HERE / "cda_outcomes.csv").read_text(encoding="utf-8").splitlines())
}
