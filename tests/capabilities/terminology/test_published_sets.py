"""Our lists against the published value sets, where these are at hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from carnet.record.terminology import api

PUBLISHED = Path(__file__).resolve().parents[4] / "shared" / "data" / "jdv"
SETS = {
    "authorSpecialty": "J01",
    "healthcareFacilityTypeCode": "J02",
    "practiceSettingCode": "J04",
    "typeCode": "J07",
    "confidentialityCode": "J08",
    "authorRole": "J47",
}


@pytest.mark.skipif(not PUBLISHED.is_dir(), reason="published value sets (../shared/data/jdv) are absent")
@pytest.mark.parametrize(("attribute", "name"), SETS.items())
def test_a_list_equals_its_published_set(attribute, name):
    tree = etree.parse(next(PUBLISHED.glob(f"JDV_{name}_*.xml")))
    published = {
        (node.get("code"), node.get("codeSystem"), " ".join(node.get("displayName").split()))
        for node in tree.iter("{*}Concept")
    }
    assert {(code.code, code.scheme, code.display) for code in api.choices(attribute)} == published
