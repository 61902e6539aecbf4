"""Writes docs/conformance/rights.md from what the test of the rights matrix proves: `python -m` this module."""

from __future__ import annotations

from tests.capabilities.access.test_rights_matrix import PAGE, page

if __name__ == "__main__":
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
