"""Writing the blocks that are said twice: the narrative, and the coded entries that refer to it (CI-SIS N3).

Templates are those of the CI-SIS (1.2.250.1.213.1.1.3.*) with the IHE PCC and PaLM ones they conform to:

    Results     FR-Resultats-examens-de-biologie-medicale, LOINC, UCUM, ranges, interpretation
    Medicines   FR-Traitement, with the ATC code beside the name
    Vaccines    FR-Vaccination, with the lot and the rank of the dose
    Problems    FR-Liste-des-problemes, ICD-10
    Allergies   FR-Liste-des-allergies-et-hypersensibilites
    Measures    FR-Signes-vitaux, LOINC

The narrative writes decimals with a comma.
"""

from __future__ import annotations

from collections.abc import Callable
from uuid import NAMESPACE_OID, uuid5

from carnet.wire.cda.coded import Allergies, Coded, Measures, Medicines, Problems, Result, Results, Vaccines
from carnet.wire.xds.model import Code
from carnet.wire.xml import escape

_SNOMED = "2.16.840.1.113883.6.96"
_INTERPRETATIONS = {"L": "Bas", "N": "Normal", "H": "Haut"}
_CCD = "2.16.840.1.113883.10.20.1."
_PCC = "1.3.6.1.4.1.19376.1.5.3.1.4."
_FR = "1.2.250.1.213.1.1.3."


def write_coded(block: Coded, name: str, seed: str) -> tuple[str, str]:
    """The narrative and the entries of a block; `name` starts the IDs of its parts, `seed` is the document's own."""
    return _WRITERS[type(block)](block, name, seed)


def shown_number(value: str) -> str:
    """A decimal as French writes it."""
    return value.replace(".", ",")


def shown_day(day: str) -> str:
    """`20260302` as 02/03/2026, `202603` as 03/2026; anything else as it is."""
    if len(day) >= 8:
        return f"{day[6:8]}/{day[4:6]}/{day[:4]}"
    return f"{day[4:6]}/{day[:4]}" if len(day) == 6 else day


def _results(block: Results, name: str, seed: str) -> tuple[str, str]:
    rows, inside = [], []
    for number, one in enumerate(block.items, 1):
        row = f"{name}-{number}"
        found = one.interpretation
        style = ' styleCode="Bold"' if found in ("L", "H") else ""
        mark = {"L": " (bas)", "H": " (haut)"}.get(found, "")
        rows.append(
            f'<tr><td><content ID="{row}">{escape(one.name)}</content></td>'
            f"<td><content{style}>{escape(shown_number(one.value) + mark)}</content></td>"
            f"<td>{escape(one.shown_unit or one.unit)}</td><td>{escape(one.shown_range or _range(one))}</td></tr>"
        )
        value = (
            f'<value xsi:type="PQ" value="{escape(one.value)}" unit="{escape(one.unit)}"/>'
            if _is_number(one.value)
            else f'<value xsi:type="ST">{escape(one.value)}</value>'
        )
        inside.append(
            '<entryRelationship typeCode="COMP"><observation classCode="OBS" moodCode="EVN">'
            f"{_templates('1.3.6.1.4.1.19376.1.3.1.6', _FR + '80')}{_id(seed, row)}{_code(one.code, row)}"
            f'<statusCode code="completed"/><effectiveTime value="{escape(block.time)}"/>{value}'
            f"{_interpretation(found)}{_reference_range(one)}</observation></entryRelationship>"
        )
    entry = (
        f'<entry typeCode="DRIV">{_templates("1.3.6.1.4.1.19376.1.3.1", _FR + "21")}'
        f'<act classCode="ACT" moodCode="EVN">{_id(seed, name)}{_code(block.discipline)}<statusCode code="completed"/>'
        f"{''.join(inside)}</act></entry>"
    )
    return _table(("Analyse", "Résultat", "Unité", "Valeurs de référence"), rows), entry


def _medicines(block: Medicines, name: str, seed: str) -> tuple[str, str]:
    rows, entries = [], []
    mood, own = ("INT", _FR + "83") if block.prescribed else ("EVN", _FR + "42")
    lasting = any(one.duration for one in block.items)
    for number, one in enumerate(block.items, 1):
        row = f"{name}-{number}"
        rows.append(
            f'<tr><td><content ID="{row}">{escape(one.name)}</content></td>'
            f'<td><content ID="{row}-dose">{escape(one.dosage)}</content></td>'
            f"{f'<td>{escape(one.duration)}</td>' if lasting else ''}</tr>"
        )
        instruction = (
            '<entryRelationship typeCode="SUBJ" inversionInd="true"><act classCode="ACT" moodCode="INT">'
            f"{_templates(_CCD + '49', _PCC + '3', _FR + '33')}"
            '<code code="PINSTRUCT" codeSystem="1.3.6.1.4.1.19376.1.5.3.2"/>'
            f'<text><reference value="#{row}-dose"/></text><statusCode code="completed"/></act></entryRelationship>'
        )
        entries.append(
            f'<entry typeCode="DRIV"><substanceAdministration classCode="SBADM" moodCode="{mood}">'
            f"{_templates(_CCD + '24', _PCC + '7', own, _PCC + '7.1')}{_id(seed, row)}"
            f'<code code="DRUG" codeSystem="2.16.840.1.113883.5.4" displayName="Médicament"/>'
            f'<text><reference value="#{row}"/></text><statusCode code="completed"/>'
            f"{_interval(one.start, one.stop, typed=True)}{_product(one.name, one.code, row)}{instruction}"
            "</substanceAdministration></entry>"
        )
    head = ("Médicament", "Posologie", "Durée") if lasting else ("Médicament", "Posologie")
    return _table(head, rows), "".join(entries)


def _vaccines(block: Vaccines, name: str, seed: str) -> tuple[str, str]:
    rows, entries = [], []
    for number, one in enumerate(block.items, 1):
        row = f"{name}-{number}"
        rank = f"{one.rank}{'re' if one.rank == 1 else 'e'} dose" if one.rank else ""
        rows.append(
            f'<tr><td>{escape(shown_day(one.day))}</td><td><content ID="{row}">{escape(one.name)}</content></td>'
            f"<td>{escape(one.diseases)}</td><td>{escape(rank)}</td><td>{escape(one.lot)}</td></tr>"
        )
        dose = _dose(one.rank) if one.rank else ""
        entries.append(
            '<entry><substanceAdministration classCode="SBADM" moodCode="EVN" negationInd="false">'
            f"{_templates(_CCD + '24', _PCC + '12', _FR + '45')}{_id(seed, row)}"
            '<code code="IMMUNIZ" codeSystem="2.16.840.1.113883.5.4" displayName="Vaccination"/>'
            f'<text><reference value="#{row}"/></text><statusCode code="completed"/>'
            f'<effectiveTime value="{escape(one.day)}"/>{_product(one.name, one.code, row, one.lot)}{dose}'
            "</substanceAdministration></entry>"
        )
    return _table(("Date", "Vaccin", "Maladies visées", "Rang", "Lot"), rows), "".join(entries)


def _problems(block: Problems, name: str, seed: str) -> tuple[str, str]:
    rows, entries = [], []
    for number, one in enumerate(block.items, 1):
        row = f"{name}-{number}"
        when = " à ".join(dict.fromkeys(shown_day(day) for day in (one.since, one.until) if day))
        code = one.code.code if one.code is not None else ""
        rows.append(
            f'<tr><td><content ID="{row}">{escape(one.name)}</content></td><td>{escape(when)}</td>'
            f"<td>{escape(code)}</td></tr>"
        )
        period = _interval(one.since, one.until)
        status = "completed" if one.until else "active"
        entries.append(
            '<entry><act classCode="ACT" moodCode="EVN">'
            f'{_templates(_CCD + "27", _PCC + "5.1", _PCC + "5.2", _FR + "39")}{_id(seed, row)}<code nullFlavor="NA"/>'
            f'<statusCode code="{status}"/>{period}<entryRelationship typeCode="SUBJ" inversionInd="false">'
            '<observation classCode="OBS" moodCode="EVN" negationInd="false">'
            f"{_templates(_CCD + '28', _PCC + '5', _FR + '37')}{_id(seed, row + '/constat')}"
            f'<code code="282291009" codeSystem="{_SNOMED}" displayName="interprétation diagnostique"/>'
            f'<text><reference value="#{row}"/></text><statusCode code="completed"/>{period}'
            f"{_value(one.code, row)}</observation></entryRelationship></act></entry>"
        )
    return _table(("Problème", "Dates", "CIM-10"), rows), "".join(entries)


def _allergies(block: Allergies, name: str, seed: str) -> tuple[str, str]:
    rows, entries = [], []
    for number, one in enumerate(block.items, 1):
        row = f"{name}-{number}"
        rows.append(
            f'<tr><td><content ID="{row}-agent">{escape(one.agent)}</content></td>'
            f'<td><content ID="{row}">{escape(one.reaction)}</content></td><td>{escape(shown_day(one.since))}</td></tr>'
        )
        period = _interval(one.since, "")
        agent = (
            '<participant typeCode="CSM"><participantRole classCode="MANU"><playingEntity classCode="MMAT">'
            f'<code nullFlavor="UNK"><originalText><reference value="#{row}-agent"/></originalText></code>'
            f"<name>{escape(one.agent)}</name></playingEntity></participantRole></participant>"
        )
        entries.append(
            '<entry><act classCode="ACT" moodCode="EVN">'
            f'{_templates(_CCD + "27", _PCC + "5.1", _PCC + "5.3", _FR + "40")}{_id(seed, row)}<code nullFlavor="NA"/>'
            f'<statusCode code="active"/>{period}<entryRelationship typeCode="SUBJ" inversionInd="false">'
            '<observation classCode="OBS" moodCode="EVN" negationInd="false">'
            f"{_templates(_CCD + '18', _CCD + '28', _PCC + '5', _PCC + '6', _FR + '41')}{_id(seed, row + '/constat')}"
            f'{_code(one.kind)}<text><reference value="#{row}"/></text><statusCode code="completed"/>{period}'
            f"{_value(None, row)}{agent}</observation></entryRelationship></act></entry>"
        )
    return _table(("Agent", "Réaction", "Depuis"), rows), "".join(entries)


def _measures(block: Measures, name: str, seed: str) -> tuple[str, str]:
    rows, inside = [], []
    for number, one in enumerate(block.items, 1):
        row = f"{name}-{number}"
        shown = f"{shown_number(one.value)} {one.shown_unit or one.unit}".strip()
        rows.append(f'<tr><td>{escape(one.name)}</td><td><content ID="{row}">{escape(shown)}</content></td></tr>')
        inside.append(
            '<component typeCode="COMP"><observation classCode="OBS" moodCode="EVN">'
            f"{_templates(_CCD + '31', _PCC + '13', _PCC + '13.2', _FR + '50')}{_id(seed, row)}{_code(one.code)}"
            f'<text><reference value="#{row}"/></text><statusCode code="completed"/>'
            f'<effectiveTime value="{escape(block.time)}"/>'
            f'<value xsi:type="PQ" value="{escape(one.value)}" unit="{escape(one.unit)}"/></observation></component>'
        )
    entry = (
        '<entry><organizer classCode="CLUSTER" moodCode="EVN">'
        f"{_templates(_CCD + '32', _CCD + '35', _PCC + '13.1', _FR + '49')}{_id(seed, name)}"
        f'<code code="46680005" codeSystem="{_SNOMED}" displayName="Signes vitaux"/><statusCode code="completed"/>'
        f'<effectiveTime value="{escape(block.time)}"/>{"".join(inside)}</organizer></entry>'
    )
    return _table(("Mesure", "Valeur"), rows), entry


_WRITERS: dict[type, Callable[..., tuple[str, str]]] = {
    Results: _results,
    Medicines: _medicines,
    Vaccines: _vaccines,
    Problems: _problems,
    Allergies: _allergies,
    Measures: _measures,
}


def _dose(rank: int) -> str:
    return (
        '<entryRelationship typeCode="SUBJ"><observation classCode="OBS" moodCode="EVN">'
        f'{_templates(_CCD + "46")}<code code="30973-2" codeSystem="2.16.840.1.113883.6.1" displayName="Rang"/>'
        f'<statusCode code="completed"/><value xsi:type="INT" value="{rank}"/></observation></entryRelationship>'
    )


def _table(head: tuple[str, ...], rows: list[str]) -> str:
    cells = "".join(f"<th>{escape(one)}</th>" for one in head)
    return f'<table border="0"><thead><tr>{cells}</tr></thead><tbody>{"".join(rows)}</tbody></table>'


def _range(one: Result) -> str:
    low, high = shown_number(one.low), shown_number(one.high)
    return f"{low} – {high}" if low and high else f"< {high}" if high else f"> {low}" if low else ""


def _reference_range(one: Result) -> str:
    if not one.low and not one.high:
        return ""
    unit = escape(one.unit)
    ends = "".join(
        f'<{tag} value="{escape(value)}" unit="{unit}"/>'
        for tag, value in (("low", one.low), ("high", one.high))
        if value
    )
    return (
        '<referenceRange typeCode="REFV"><observationRange classCode="OBS" moodCode="EVN.CRT">'
        f'<value xsi:type="IVL_PQ">{ends}</value>{_interpretation("N")}</observationRange></referenceRange>'
    )


def _interpretation(code: str) -> str:
    if not code:
        return ""
    words = _INTERPRETATIONS[code]
    return f'<interpretationCode code="{code}" codeSystem="2.16.840.1.113883.5.83" displayName="{words}"/>'


def _product(name: str, code: Code | None, row: str, lot: str = "") -> str:
    batch = f"<lotNumberText>{escape(lot)}</lotNumberText>" if lot else ""
    also = (
        f'<translation code="{escape(code.code)}" codeSystem="{code.scheme}" displayName="{escape(code.display)}"/>'
        if code is not None
        else ""
    )
    return (
        f"<consumable><manufacturedProduct>{_templates(_CCD + '53', _PCC + '7.2', _FR + '43')}<manufacturedMaterial>"
        f'<code nullFlavor="UNK"><originalText><reference value="#{row}"/></originalText>{also}</code>'
        f"<name>{escape(name)}</name>{batch}</manufacturedMaterial></manufacturedProduct></consumable>"
    )


def _value(code: Code | None, row: str) -> str:
    words = f'<originalText><reference value="#{row}"/></originalText>'
    if code is None:
        return f'<value xsi:type="CD" nullFlavor="UNK">{words}</value>'
    shown = f' displayName="{escape(code.display)}"' if code.display else ""
    return f'<value xsi:type="CD" code="{escape(code.code)}" codeSystem="{escape(code.scheme)}"{shown}>{words}</value>'


def _code(code: Code | None, row: str = "") -> str:
    words = f'<originalText><reference value="#{row}"/></originalText>' if row else ""
    if code is None:
        return f'<code nullFlavor="UNK">{words}</code>'
    shown = f' displayName="{escape(code.display)}"' if code.display else ""
    return f'<code code="{escape(code.code)}" codeSystem="{escape(code.scheme)}"{shown}>{words}</code>'


def _interval(start: str, stop: str, *, typed: bool = False) -> str:
    kind = ' xsi:type="IVL_TS"' if typed else ""
    low = f'<low value="{escape(start)}"/>' if start else '<low nullFlavor="UNK"/>'
    high = f'<high value="{escape(stop)}"/>' if stop else ""
    return f"<effectiveTime{kind}>{low}{high}</effectiveTime>"


def _templates(*roots: str) -> str:
    return "".join(f'<templateId root="{root}"/>' for root in roots)


def _id(seed: str, name: str) -> str:
    return f'<id root="{str(uuid5(NAMESPACE_OID, f"{seed}/{name}")).upper()}"/>'


def _is_number(text: str) -> bool:
    digits = text.removeprefix("-").replace(".", "", 1)
    return digits.isascii() and digits.isdigit()
