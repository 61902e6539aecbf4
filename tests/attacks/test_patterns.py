"""A query that means little and costs much."""

from __future__ import annotations

import re
import time

from hypothesis import given
from hypothesis import strategies as st

from carnet.record.documents.matching import DocumentQuery, Matcher
from carnet.wire.xds.model import Author, DocumentEntry

LETTERS = st.text("ab%_\n", max_size=8)


def naive(pattern: str, text: str) -> bool:
    """LIKE as a regular expression: right, and exponential."""
    return bool(
        re.fullmatch("".join({"%": ".*", "_": "."}.get(one, re.escape(one)) for one in pattern), text, re.DOTALL)
    )


def matches(pattern: str, text: str) -> bool:
    entry = DocumentEntry(
        entry_uuid="one", unique_id="1.2", patient_id="", mime_type="", authors=(Author(person=text),)
    )
    return Matcher(DocumentQuery(author_persons=(pattern,))).matches(entry)


@given(LETTERS, LETTERS)
def test_patterns_mean_what_like_means(pattern: str, text: str) -> None:
    assert matches(pattern, text) is naive(pattern, text)


def test_a_pattern_of_many_wildcards_takes_no_time() -> None:
    began = time.process_time()
    assert not matches("%a" * 40 + "%b", "a" * 20_000)
    assert time.process_time() - began < 1
