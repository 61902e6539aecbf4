"""Documents that are not read but explained, and a folder that holds some, as their pages show them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from playwright.sync_api import expect

from carnet.client import xds
from carnet.client.connection import Connection
from carnet.ops.demo.patients import MARCEL
from carnet.ops.sender import choose
from carnet.record.identity import api as identity
from carnet.wire.xds.model import Association, AssociationType, DocumentEntry, Submission
from tests.capabilities.documents.test_associations import KOS, signature
from tests.capabilities.filing import filed
from tests.capabilities.world import World
from tests.conftest import Living
from tests.journeys import papers
from tests.journeys.feeders import SOFTWARE
from tests.portals import lives
from tests.portals.walk import Walker

pytestmark = pytest.mark.xdist_group("portals")


def bytes_of(entry: DocumentEntry) -> bytes:
    """What is read is a letter; the rest is opened by software."""
    if entry.entry_uuid != "report":
        return b"<ds:Signature/>" if entry.mime_type == "text/xml" else b"DICM"
    return lives.letter(MARCEL, entry.title, lives.paragraph("Pas de fracture. Voir les images."))


def feed(living: Living, person: dict[str, Any], sent: Submission, folder: Path) -> None:
    """Send a set to the domain by default, as a professional's software does."""
    known = living.identities
    contents = {}
    for number, entry in enumerate(sent.entries):
        contents[entry.entry_uuid] = folder / str(number)
        contents[entry.entry_uuid].write_bytes(bytes_of(entry))
    with Connection(
        living.tls,
        identity=choose(known, person["login"], structure="", home=living.home),
        authority=living.home / known["authority"],
        software=SOFTWARE,
    ) as connection:
        xds.provide(connection, sent, contents)


def about_marcel(person: dict[str, Any]) -> Submission:
    """A report, the signature of its set and a manifest of images, in a folder."""
    world = object.__new__(World)
    world.cx = identity.format_cx(MARCEL.identifier)
    xcn = f"{person['id']}^{person['family']}^{person['given']}^^^^^^&1.2.250.1.71.4.2.1&ISO^D^^^IDNPS"

    def his(entry: DocumentEntry) -> DocumentEntry:
        author = msgspec.structs.replace(entry.authors[0], person=xcn)
        about = ("PID-5|DEMO-CHENE^MARCEL^^^^^L", "PID-7|19320312", "PID-8|M")
        return msgspec.structs.replace(entry, authors=(author,), legal_authenticator=xcn, source_patient_info=about)

    report = his(world.entry("report", title="Compte rendu avec ses images"))
    signing = his(signature(world))
    images = his(world.entry("images", **KOS | {"title": "Images de l’épaule"}))
    sent = filed(world, report, images, signing)
    signs = Association(entry_uuid="signs", type=AssociationType.SIGNS, source="signature", target="report")
    return msgspec.structs.replace(sent, associations=(*sent.associations, signs))


def test_a_folder_with_a_signature_and_a_manifest_of_images(walker: Walker, living: Living, tmp_path: Path) -> None:
    person = walker.person("professionals", "yann.sarment")
    feed(living, person, about_marcel(person), tmp_path)
    with walker.page(person) as page:
        papers.open_record(page, MARCEL.identifier.value)
        page.get_by_role("link", name="Par classeur").click()
        walker.look(page, "pro-folders")
        page.get_by_role("link", name="Grossesse").click()
        expect(page.get_by_role("main")).to_contain_text("Classeur « Grossesse »")
        walker.look(page, "pro-folder")
        page.get_by_role("link", name="Images de l’épaule").click()
        expect(page.get_by_role("main")).to_contain_text("Manifeste d’imagerie (KOS)")
        walker.look(page, "pro-document-images")
        page.go_back()
        page.get_by_role("link", name="Compte rendu avec ses images").click()
        expect(page.get_by_role("main")).to_contain_text("Signé par")
        expect(page.get_by_role("article").first).to_contain_text("Pas de fracture")
        walker.look(page, "pro-document-signed")
        page.get_by_role("link", name="Signature du lot").click()
        expect(page.get_by_role("main")).to_contain_text("Signature électronique")
        walker.look(page, "pro-document-signature")
    with walker.page(walker.person("patients", MARCEL.login)) as page:
        page.goto("/patient/classeurs/")
        page.get_by_role("link", name="Grossesse").click()
        expect(page.get_by_role("main")).to_contain_text("Images de l’épaule")
        expect(page.get_by_role("main")).not_to_contain_text("Signature du lot")
        walker.look(page, "patient-folder")
