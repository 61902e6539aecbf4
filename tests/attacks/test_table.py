"""README.md of this folder lists every bad input with its answer: it is written from the cases, and this keeps it so.

`python -m tests.attacks.test_table` writes it.
"""

from __future__ import annotations

from pathlib import Path

from tests.attacks import (
    test_bad_certificates,
    test_bad_fhir,
    test_bad_metadata,
    test_bad_mime,
    test_bad_patients,
    test_bad_sizes,
    test_bad_soap,
    test_bad_vihf,
    test_bad_wrapping,
    test_bad_xml,
    test_bad_xua,
)
from tests.attacks.test_bad_documents import DOCUMENTS

PAGE = Path(__file__).with_name("README.md")
FAMILIES = (
    test_bad_xml,
    test_bad_soap,
    test_bad_mime,
    test_bad_metadata,
    test_bad_patients,
    test_bad_certificates,
    test_bad_vihf,
    test_bad_xua,
    test_bad_wrapping,
    test_bad_fhir,
    test_bad_sizes,
)
_HEAD = """# Bad input, and attacks

Written by `python -m tests.attacks.test_table`: the cases are in the modules.

Each line is a test through the doors of a living Carnet: what is sent, the HTTP status, the standard's code, our
rule. Every answer carries a sentence that explains. `bad_input.py` compares, before and after each, the count of every
table of what is kept and a digest of its rows' places: a row written, changed or removed would show. Traces, queues,
claimed names and the testbed's own exchanges are not in it: refusals are journalled on purpose.

A line without a rule is answered by the proxy, before the application; its text is the explanation.

The other modules of this folder attack what is open: identities, hidden documents, sessions, files, logs. Readers alone
are attacked in `tests/wire` (hostile XML, Bundles, CDA, MIME, assertions); a body that stalls in `tests/processes`.
"""
_DOCUMENTS = """
## Documents ({module})

Doors keep bytes as they are: these are accepted, and reading them must not go off (bounded page, bounded time, nothing
fetched, nothing inflated; the file comes back as it was, as a download).

"""


def written() -> str:
    """The page, from the cases."""
    parts = [_HEAD]
    total = 0
    for family in FAMILIES:
        name = family.__name__.rpartition(".")[2]
        title = (family.__doc__ or "").partition("\n")[0].rstrip(".")
        parts.append(
            f"\n## {title} ({name}.py)\n\n| input | HTTP | standard's code | rule |\n| --- | --- | --- | --- |\n"
        )
        for case, told in family.CASES.items():
            rule = f"`{told.rule}`" if told.rule else ""
            parts.append(f"| {case} | {told.status} | {told.code} | {rule} |\n")
            total += 1
    parts.append(_DOCUMENTS.format(module="test_bad_documents.py"))
    parts += [f"- {name}\n" for name in DOCUMENTS]
    parts.append(f"\n{total + len(DOCUMENTS)} inputs.\n")
    return "".join(parts)


def test_the_page_lists_every_case() -> None:
    assert PAGE.read_text(encoding="utf-8") == written(), "run: python -m tests.attacks.test_table"


def test_there_are_enough() -> None:
    assert sum(len(family.CASES) for family in FAMILIES) >= 60


if __name__ == "__main__":
    PAGE.write_text(written(), encoding="utf-8")
