"""How many entries of each domain use codes: counts alone, for an operator who changes a list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from carnet.kernel import database
from carnet.record.access.api import Flag
from carnet.wire.xds.model import Code

# Where an attribute's values are in the values of a row, as a JSON path; a text is `code^label^scheme`.
_ENTRIES: Mapping[str, str] = MappingProxyType(
    {
        "classCode": "$.class_code",
        "typeCode": "$.type_code",
        "formatCode": "$.format_code",
        "healthcareFacilityTypeCode": "$.healthcare_facility_type_code",
        "practiceSettingCode": "$.practice_setting_code",
        "confidentialityCode": "$.confidentiality_codes[*]",
        "authorSpecialty": "$.authors[*].specialties[*]",
    }
)
_SETS: Mapping[str, str] = MappingProxyType({"contentTypeCode": "$.content_type_code"})


def _statement(table: str, name: str, present: str) -> str:
    return f"""
SELECT l.domain, c.code, c.scheme, count(DISTINCT (e.record_id, e.id))
FROM {table} e
JOIN kernel_locator l ON l.record_id = e.record_id AND l.name = '{name}:' || e.unique_id
CROSS JOIN LATERAL jsonb_path_query(e.meta::jsonb, %(path)s::jsonpath) AS v(value)
JOIN unnest(%(codes)s::text[], %(schemes)s::text[]) AS c(code, scheme)
  ON CASE jsonb_typeof(v.value)
     WHEN 'object' THEN v.value ->> 'code' = c.code AND v.value ->> 'scheme' = c.scheme
     WHEN 'string' THEN split_part(v.value #>> '{{}}', '^', 1) = c.code
                    AND split_part(v.value #>> '{{}}', '^', 3) IN (c.scheme, '&' || c.scheme || '&ISO')
     ELSE false END
WHERE {present}
GROUP BY l.domain, c.code, c.scheme
ORDER BY l.domain, c.code, c.scheme
"""


# Former versions of the metadata and deleted documents are not counted: nobody meets their codes.
_OF_ENTRIES = _statement("documents_entry", "doc", f"e.flags & {int(Flag.FORMER | Flag.DELETED)} = 0")
_OF_SETS = _statement("documents_submission", "set", "true")


def uses(attribute: str, codes: Sequence[Code]) -> dict[tuple[int, str, str], int] | None:
    """(domain number, code, scheme) → how many entries (sets for contentTypeCode); None where entries carry no code."""
    path = _ENTRIES.get(attribute) or _SETS.get(attribute)
    if path is None:
        return None
    parameters = {
        "path": path,
        "codes": [code.code for code in codes],
        "schemes": [code.scheme for code in codes],
    }
    found = database.rows(_OF_SETS if attribute in _SETS else _OF_ENTRIES, parameters)
    return {(domain, code, scheme): count for domain, code, scheme, count in found}
