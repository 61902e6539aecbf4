"""A person without INS has a record like anybody's: fed by hand and by machines under the local identifier."""

from __future__ import annotations

import pytest

from carnet.kernel.actor import Actor
from carnet.ops.demo import professionals, structures
from carnet.record.access import api as access
from carnet.record.directory import api as directory
from carnet.record.documents import api as documents
from carnet.record.identity import api as identity
from carnet.wire.cda.header import read_header
from carnet.wire.cda.render import render_html
from carnet.wire.xds.model import Author
from tests.capabilities.documents.test_deposit import DOCTOR, JPEG, LETTER, LOADER, bytes_of, deposited, png
from tests.capabilities.world import AUTHOR, CLERK, World, rules_of


class Unnumbered(World):
    """A record that a desk made for somebody whom nobody has numbered."""

    def create(self) -> access.Created:
        answer = access.create_record(
            actor=CLERK,
            domain=self.domain,
            identifier=None,
            traits=self.traits,
            qualification=identity.Qualification.PROVISIONAL,
            consent=True,
            remark="nouveau-né",
        )
        assert isinstance(answer, access.Created), answer
        patient = identity.patient_of(actor=CLERK, record_id=answer.record_id)
        assert patient is not None
        self.identifier = patient.identifier
        self.cx = identity.format_cx(patient.identifier)
        return answer


@pytest.fixture
def record(transactional_db: None) -> World:
    """Such a record, and a doctor whom the directory knows."""
    assert directory.enrol_structure(actor=LOADER, structure=structures.PRACTICE) is None
    assert directory.enrol_professional(actor=LOADER, professional=professionals.GENERALIST) is None
    return Unnumbered()


FILES = {"png": png(), "jpeg": JPEG, "pdf": LETTER, "text": b"Je suis allergique aux noix."}


@pytest.mark.parametrize("data", FILES.values(), ids=FILES.keys())
@pytest.mark.parametrize("by", ["patient", "doctor"])
def test_a_file_is_deposited_under_the_local_identifier(record: World, by: str, data: bytes) -> None:
    actor: Actor = record.patient if by == "patient" else DOCTOR
    entry = deposited(record, actor, data)
    assert entry.patient_id == record.cx
    document = bytes_of(record, actor, entry)
    assert read_header(document).patient.identifiers[0].extension == record.identifier.value
    assert all(one.data == data for one in render_html(document).attachments)
    assert documents.patient_authored(entry) == (by == "patient")
    assert record.seen(record.patient) == {entry.unique_id}


def test_a_machine_feeds_and_finds_under_the_local_identifier(record: World) -> None:
    entry = record.fed()
    assert record.seen(AUTHOR) == record.seen(record.patient) == {entry.unique_id}
    assert isinstance(record.found(AUTHOR), documents.Found)


@pytest.mark.parametrize("unnumbered", [True, False])
def test_nobody_signs_with_the_patients_identifier_under_another_type(transactional_db: None, unnumbered: bool) -> None:
    record = Unnumbered() if unnumbered else World()
    found = record.identifier
    name = f"{found.value}^FICTIF^JEAN^^^^^^&{found.system}&ISO^D"
    entry = record.entry(authors=(Author(person=name),))
    assert "author-is-patient" in rules_of(record.provide(record.submission(entry)))
