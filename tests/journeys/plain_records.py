"""Records of a plain affinity domain, for stories about keys and rows: their documents, fed and read by commands."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

from carnet.wire.cda import synthetic
from carnet.wire.cda.header import Identifier, Organization, Participant, Patient
from carnet.wire.xds.model import Code
from tests.journeys.conftest import Secluded

# No consent is told here.
DOMAIN = ("--domain", "ihe")
SYSTEM = "1.3.6.1.4.1.21367.13.20.1000"
PERSON = ("FICTIF", "JEAN", "1980-02-01")
PHYSICIAN = ("--as", "camille.aubier")
BIG = "x" * 200_000
# What `carnet get` says of an unknown record, as of one that shows nothing.
ABSENT = "aucun document de ce nom"


def cx(value: str) -> str:
    """The patient id of a plain domain."""
    return f"{value}^^^&{SYSTEM}&ISO"


def document(value: str, *, conclusion: str) -> tuple[str, bytes]:
    """A report about a patient: its uniqueId and its bytes."""
    identifier = uuid4()
    frame = synthetic.Frame(
        document=identifier,
        patient=Patient(
            identifiers=(Identifier(SYSTEM, value),),
            birth_name="FICTIF",
            given_names="JEAN",
            first_given="JEAN",
            sex="M",
            birth_time="19800201",
            birth_place="33063",
        ),
        author=Participant(
            identifier=Identifier("1.2.250.1.71.4.2.1", "899900000017"),
            family="FICTIF",
            given="Paul",
            specialty=Code("G15_10/SM26", "1.2.250.1.213.1.1.4.5", "Médecin"),
            organization=Organization(Identifier("1.2.250.1.71.4.2.2", "1330999012"), "CHU fictif"),
        ),
        created="20260302101500+0100",
    )
    report = synthetic.lab_report(
        frame, chapter="Biochimie", results=[synthetic.Result("CRP", "4", "mg/L")], conclusion=conclusion
    )
    return synthetic.oid_of(identifier), report


def read(secluded: Secluded, patient: str, unique_id: str, file: Path) -> str | bytes:
    """The bytes of a document, or what refuses them."""
    result = secluded.command("get", patient, unique_id, *PHYSICIAN, *DOMAIN, "-o", str(file))
    return file.read_bytes() if result.returncode == 0 else result.stderr
