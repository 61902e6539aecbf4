"""The client and the commands against a living Carnet: create, feed, find, read, and every way to be turned away."""

from __future__ import annotations

import argparse
import base64
import contextlib
import hashlib
import io
import os
import resource
import ssl
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from carnet.client import fhir, xds
from carnet.client.connection import Connection
from carnet.client.errors import Refused
from carnet.client.identity import Software
from carnet.ops import sender
from carnet.ops.demo import pki
from carnet.wire import soap
from carnet.wire.fhir.documentreference import Profile
from carnet.wire.saml.sign import signed_vihf
from carnet.wire.saml.verify import signed_values, signing_certificate
from carnet.wire.saml.vihf import Vihf
from carnet.wire.xds import iti18_stored_query
from carnet.wire.xds.iti18_stored_query import FindDocuments
from carnet.wire.xds.iti43_retrieve import DocumentRequest
from carnet.wire.xds.model import (
    Association,
    AssociationType,
    Author,
    Code,
    DocumentEntry,
    Status,
    Submission,
    SubmissionSet,
)

SOFTWARE = Software(name="Essai", version="1", homologation="ESSAI")
NURSE, PHYSICIAN, HOSPITAL = "solene.rameau", "camille.aubier", "1330999012"


def matricule(number: int) -> str:
    """A fictional INS of the test authority with its right key."""
    digits = f"28005339990{number:02d}"
    return f"{digits}{97 - int(digits) % 97:02d}"


INS, OTHER_INS = matricule(11), matricule(12)
PATIENT, OTHER_PATIENT = sender.patient(INS), sender.patient(OTHER_INS)
FIND = FindDocuments(patient_id=PATIENT, statuses=(Status.APPROVED,))


@dataclass(frozen=True)
class Town:
    """A living Carnet with two fresh records in the plain XDS domain, and its identities."""

    living: Any

    def identity(self, who: str):
        return sender.choose(self.living.identities, who, structure="", home=self.living.home)

    def connect(self, who: str = NURSE, *, domain: str = "ihe", **changes: Any) -> Connection:
        return Connection(
            self.living.tls,
            identity=replace(self.identity(who), **changes),
            authority=self.living.home / self.living.identities["authority"],
            software=SOFTWARE,
            domain=domain,
        )

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """`carnet feed`, `find` and `get` need no database and are called here; `record` in its own environment."""
        if words[0] == "record":
            return self.process(*words)
        parser = argparse.ArgumentParser()
        module = import_module(f"carnet.ops.{words[0]}")
        module.add_arguments(parser)
        server = () if "--server" in words else ("--server", self.living.tls)
        identities = str(self.living.home / "demo" / "identities.json")
        printed, complained = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(complained):
            code = module.run(parser.parse_args([*words[1:], *server, "--identities", identities]))
        return subprocess.CompletedProcess(words, code, printed.getvalue(), complained.getvalue())

    def process(self, *words: str) -> subprocess.CompletedProcess[str]:
        return self.living.command(*words)

    @property
    def authority(self) -> pki.Authority:
        return pki.make_authority(self.living.home / "demo" / "pki", now=datetime.now(UTC))


@pytest.fixture(scope="module")
def town(living: Any) -> Town:
    found = Town(living)
    for ins in (INS, OTHER_INS):
        done = found.command(
            "record", "create", ins, "DEMO-ESSAI", "LÉA ANNE", "1980-05-17", "--consent", "--as", "accueil.chu",
            "--domain", "ihe",
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
    return found


def described(path: Path, *, patient: str = PATIENT, mime_type: str = "application/octet-stream") -> Submission:
    """A submission of one file, its metadata made up."""
    digest = hashlib.sha1(usedforsecurity=False)
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)

    def code(value: str) -> Code:
        return Code(value, "1.3.6.1.4.1.21367.100.1", f"Libellé {value}")

    author = Author(person="899900000029^RAMEAU^Solène^^^^^^&1.2.250.1.71.4.2.1&ISO^D^^^IDNPS")
    entry = DocumentEntry(
        entry_uuid="Document01",
        unique_id=f"2.25.{uuid4().int}",
        patient_id=patient,
        source_patient_id=patient,
        mime_type=mime_type,
        hash=digest.hexdigest(),
        size=path.stat().st_size,
        class_code=code("classe"),
        type_code=code("type"),
        format_code=code("format"),
        healthcare_facility_type_code=code("lieu"),
        practice_setting_code=code("cadre"),
        confidentiality_codes=(Code("N", "2.16.840.1.113883.5.25", "Normal"),),
        authors=(author,),
        title="Courrier d'été : œdème & <suite>",
        language_code="fr-FR",
        creation_time="20260314093000",
        service_start_time="20260314",
    )
    submission_set = SubmissionSet(
        entry_uuid="SubmissionSet01",
        unique_id=f"2.25.{uuid4().int}",
        source_id="1.3.6.1.4.1.21367.4",
        patient_id=patient,
        submission_time="20260314093000",
        content_type_code=code("contenu"),
        authors=(author,),
    )
    member = Association(
        entry_uuid="Association01",
        type=AssociationType.HAS_MEMBER,
        source="SubmissionSet01",
        target="Document01",
        set_status="Original",
    )
    return Submission(submission_set=submission_set, entries=(entry,), associations=(member,))


@pytest.fixture
def document(tmp_path: Path) -> Path:
    path = tmp_path / "document.bin"
    path.write_bytes(b"\r\n--" + os.urandom(150_000) + b"--\r\n")
    return path


def send_soap(connection: Connection, submission: Submission, path: Path) -> None:
    xds.provide(connection, submission, {"Document01": path})


def send_soap_inline(connection: Connection, submission: Submission, path: Path) -> None:
    xds.provide(connection, submission, {"Document01": path}, inline=True)


def send_fhir(connection: Connection, submission: Submission, path: Path) -> None:
    fhir.provide(connection, submission, {"Document01": path}, profile=Profile.MHD)


@pytest.mark.parametrize("send", [send_soap, send_soap_inline, send_fhir], ids=["iti41", "iti41-inline", "iti65"])
def test_fed_by_one_door_found_and_read_by_both(
    town: Town, document: Path, tmp_path: Path, send: Callable[[Connection, Submission, Path], None]
) -> None:
    submission = described(document)
    (sent,) = submission.entries
    with town.connect() as connection:
        send(connection, submission, document)
        by_soap = next(e for e in xds.query(connection, FIND).objects.entries if e.unique_id == sent.unique_id)
        listed = next(e for e in fhir.search(connection, patient=PATIENT) if e.entry.unique_id == sent.unique_id)
        for name in ("mime_type", "hash", "size", "title", "class_code", "type_code", "format_code", "authors"):
            assert getattr(by_soap, name) == getattr(sent, name), name
            assert getattr(listed.entry, name) == getattr(sent, name), name
        assert listed.entry.entry_uuid == by_soap.entry_uuid
        asked = DocumentRequest(by_soap.repository_unique_id, sent.unique_id)
        first = xds.retrieve(connection, asked, patient=PATIENT, path=tmp_path / "iti43")
        second = fhir.retrieve(connection, listed.address, tmp_path / "iti68")
    assert first.path.read_bytes() == second.path.read_bytes() == document.read_bytes()
    assert first.sha1 == second.sha1 == sent.hash
    assert first.mime_type == second.mime_type == sent.mime_type


def test_100_megabytes_there_and_back_in_bounded_memory(town: Town, tmp_path: Path) -> None:
    size = 100_000_000
    large = tmp_path / "large.bin"
    with large.open("wb") as file:
        for _ in range(100):
            file.write(os.urandom(size // 100))
    submission = described(large)
    (sent,) = submission.entries
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with town.connect() as connection:
        xds.provide(connection, submission, {"Document01": large})
        entry = next(e for e in xds.query(connection, FIND).objects.entries if e.unique_id == sent.unique_id)
        asked = DocumentRequest(entry.repository_unique_id, sent.unique_id)
        back = xds.retrieve(connection, asked, patient=PATIENT, path=tmp_path / "back.bin")
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    print(f"client memory grew by {grown} KiB for {size} bytes")
    assert (back.size, back.sha1) == (size, sent.hash)
    assert grown < 20_000


def refused(call: Callable[[], object]) -> tuple[str, str]:
    """The protocol's code and the rule of the first explanation."""
    with pytest.raises(Refused) as caught:
        call()
    first = caught.value.explanations[0]
    return first.code, first.rule


def test_certificates_that_open_nothing(town: Town, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    person = town.identity(NURSE).person

    def made(authority: pki.Authority, kind: pki.Kind, name: str, *, days: int = 30) -> dict[str, Path]:
        certificate, key = pki.issue(
            authority, kind, name=name, common_name=person, not_before=now - timedelta(days=60),
            not_after=now + timedelta(days=days),
        )  # fmt: skip
        return {"certificate": certificate, "key": key}

    here = replace(town.authority, folder=tmp_path / "here")
    elsewhere = pki.make_authority(tmp_path / "elsewhere", now=now)
    for files, rule in (
        (made(elsewhere, pki.Kind.CARD_AUTHENTICATION, "foreign"), "certificate-unknown-authority"),
        (made(here, pki.Kind.CARD_AUTHENTICATION, "old", days=-1), "certificate-expired"),
        (made(here, pki.Kind.CARD_SIGNATURE, "wrong"), "certificate-usage"),
    ):
        with town.connect(**files) as connection:
            assert refused(lambda c=connection: xds.query(c, FIND)) == ("DMPInvalidCertificate", rule)
            assert refused(lambda c=connection: list(fhir.search(c, patient=PATIENT)))[1] == rule


def test_no_certificate_is_explained_by_both_doors(town: Town) -> None:
    message = soap.render(
        iti18_stored_query.render_request(FIND), action=iti18_stored_query.ACTION, message_id=uuid4().urn, to="urn:x"
    )
    trust = str(town.living.home / town.living.identities["authority"])
    with httpx.Client(verify=ssl.create_default_context(cafile=trust), trust_env=False) as client:
        answer = client.post(
            f"{town.living.tls}/d/ihe/xds/registry", content=message, headers={"Content-Type": soap.MEDIA_TYPE}
        )
        assert b"DMPInvalidCertificate" in answer.content
        assert b"certificate-missing" in answer.content
        answer = client.get(f"{town.living.tls}/d/ihe/fhir/DocumentReference", params={"patient.identifier": "a|b"})
        assert answer.status_code in (401, 403)
        assert "certificate-missing" in answer.text


def test_a_header_that_a_client_invents_is_not_a_certificate(town: Town) -> None:
    certificate = x509.load_pem_x509_certificate(town.identity(NURSE).certificate.read_bytes())
    header = base64.b64encode(certificate.public_bytes(Encoding.DER)).decode()
    trust = str(town.living.home / town.living.identities["authority"])
    for base in (town.living.tls, town.living.http):
        with httpx.Client(verify=ssl.create_default_context(cafile=trust), trust_env=False) as client:
            answer = client.get(
                f"{base}/d/ihe/fhir/DocumentReference",
                params={"patient.identifier": "a|b"},
                headers={"X-Carnet-Client-Cert": header},
            )
        assert answer.status_code >= 400
        assert "certificate-missing" in answer.text or answer.status_code == 404


def test_a_revoked_card_is_out_at_once(town: Town, tmp_path: Path) -> None:
    """A second card of the nurse, so that the first goes on serving other tests."""
    now = datetime.now(UTC)
    certificate, key = pki.issue(
        replace(town.authority, folder=tmp_path),
        pki.Kind.CARD_AUTHENTICATION,
        name="second",
        common_name=town.identity(NURSE).person,
        not_before=now - timedelta(hours=1),
        not_after=now + timedelta(days=1),
    )
    with town.connect(certificate=certificate, key=key) as connection:
        assert xds.query(connection, FIND).status.endswith("Success")
        pki.revoke(town.authority, x509.load_pem_x509_certificate(certificate.read_bytes()), now=now)
        assert refused(lambda: xds.query(connection, FIND)) == ("DMPInvalidCertificate", "certificate-revoked")


class Forger:
    """Stands where the client's assertions stand, and gives others."""

    def __init__(self, connection: Connection, change: Callable[[bytes], bytes]) -> None:
        self._real, self._change = connection.assertions, change

    def about(self, patient: str, *, now: datetime) -> bytes:
        return self._change(self._real.about(patient, now=now))


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (lambda signed: b"", "vihf-missing"),
        (lambda signed: signed.replace(b"normal", b"bris_de_glace", 1), "vihf-digest"),
        (lambda signed: signed.replace(b"rsa-sha256", b"hmac-sha256"), "vihf-algorithm"),
        (lambda signed: signed + signed, "soap-assertion"),
        (lambda signed: b"<a>" + signed + b"</a>", "vihf-missing"),
    ],
    ids=["none", "tampered", "hmac", "two", "hidden"],
)
def test_assertions_that_prove_nothing(town: Town, change: Callable[[bytes], bytes], rule: str) -> None:
    with town.connect() as connection:
        connection.assertions = Forger(connection, change)  # type: ignore[assignment]
        assert refused(lambda: xds.query(connection, FIND))[1] == rule


def test_an_assertion_about_another_patient(town: Town, document: Path) -> None:
    """The signed assertion names one person and the body another: vihf-patient, and nothing is stored."""
    with town.connect() as connection:
        signed = connection.assertions.about(OTHER_PATIENT, now=datetime.now(UTC))
        connection.assertions = Forger(connection, lambda _: signed)  # type: ignore[assignment]
        submission = described(document)
        code, _ = refused(lambda: send_soap(connection, submission, document))
        assert code == "XDSPatientIdDoesNotMatch"
    with town.connect() as connection:
        found = xds.query(connection, FIND).objects.entries
        assert submission.entries[0].unique_id not in {entry.unique_id for entry in found}


def test_speaking_for_a_colleague(town: Town) -> None:
    colleague = town.identity(PHYSICIAN)
    with town.connect(NURSE, sign_certificate=colleague.sign_certificate, sign_key=colleague.sign_key) as connection:
        assert refused(lambda: xds.query(connection, FIND)) == ("DMPIdentityCertificationFailure", "vihf-subject")


def test_an_expired_assertion(town: Town) -> None:
    who = town.identity(NURSE)

    def old(signed: bytes) -> bytes:
        vihf: Vihf = signed_values(signed, certificate=signing_certificate(signed)).vihf
        day = timedelta(days=1)
        yesterday = msgspec.structs.replace(
            vihf,
            issued_at=vihf.issued_at - day,
            authenticated_at=vihf.authenticated_at - day,
            not_before=None,
            not_on_or_after=vihf.issued_at - day / 2,
        )
        return signed_vihf(yesterday, key=who.sign_key.read_bytes(), certificate=who.sign_certificate.read_bytes())

    with town.connect() as connection:
        connection.assertions = Forger(connection, old)  # type: ignore[assignment]
        assert refused(lambda: xds.query(connection, FIND)) == ("DMPIdentityCertificationFailure", "vihf-expired")


def test_a_structure_answers_for_its_users(town: Town, document: Path) -> None:
    submission = described(document)
    with town.connect(HOSPITAL) as connection:
        send_soap(connection, submission, document)
    with town.connect() as connection:
        found = {entry.unique_id for entry in xds.query(connection, FIND).objects.entries}
    assert submission.entries[0].unique_id in found


CDA = """<?xml version="1.0" encoding="UTF-8"?>
<ClinicalDocument xmlns="urn:hl7-org:v3"><typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/>
<id root="{oid}"/><code code="11490-0" codeSystem="2.16.840.1.113883.6.1" displayName="Lettre de liaison"/>
<title>Lettre</title><effectiveTime value="20260314093000+0100"/>
<confidentialityCode code="N" codeSystem="2.16.840.1.113883.5.25"/><languageCode code="fr-FR"/>
<recordTarget><patientRole><id extension="{ins}" root="1.2.250.1.213.1.4.10"/></patientRole></recordTarget>
<author><time value="20260314093000+0100"/><assignedAuthor><id root="1.2.250.1.71.4.2.1" extension="899900000029"/>
<assignedPerson><name><family>RAMEAU</family><given>Solène</given></name></assignedPerson></assignedAuthor></author>
<legalAuthenticator><time value="20260314093000+0100"/><assignedEntity>
<id root="1.2.250.1.71.4.2.1" extension="899900000029"/></assignedEntity></legalAuthenticator>
<documentationOf><serviceEvent><effectiveTime><low value="20260314090000+0100"/></effectiveTime><performer>
<assignedEntity><id root="1.2.250.1.71.4.2.1" extension="899900000029"/><representedOrganization>
<standardIndustryClassCode code="AMBULATOIRE" codeSystem="1.2.250.1.213.1.1.4.9" displayName="Ambulatoire"/>
</representedOrganization></assignedEntity></performer></serviceEvent></documentationOf>
<componentOf><encompassingEncounter><effectiveTime><low value="20260314090000+0100"/></effectiveTime><location>
<healthCareFacility><code code="SA07" codeSystem="1.2.250.1.71.4.2.4" displayName="Cabinet individuel"/>
</healthCareFacility></location></encompassingEncounter></componentOf>
<component><nonXMLBody><text mediaType="text/plain" representation="B64">Qm9uam91cg==</text></nonXMLBody></component>
</ClinicalDocument>"""


@pytest.mark.parametrize(("send", "find", "get"), [("iti41", "iti67", "iti68"), ("iti65", "iti18", "iti43")])
def test_the_commands(town: Town, tmp_path: Path, send: str, find: str, get: str) -> None:
    oid = f"2.25.{uuid4().int}"
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "lettre.xml").write_text(CDA.format(oid=oid, ins=INS), encoding="utf-8")
    (folder / "liste.xml").write_text("<liste/>", encoding="utf-8")
    (folder / "notes.txt").write_text("pas un document", encoding="utf-8")
    common = ("--as", NURSE, "--domain", "ihe")
    fed = town.command("feed", str(folder), *common, "--via", send)
    assert fed.returncode == 1, fed.stderr
    assert "1 accepté, 1 refusé" in fed.stdout
    assert "cda-root" in fed.stdout
    assert "notes.txt" not in fed.stdout
    alone = town.process("feed", str(folder / "lettre.xml"), *common, "--via", send)
    assert (alone.returncode, alone.stderr) == (0, ""), alone.stdout
    found = town.command("find", INS, *common, "--via", find)
    assert found.returncode == 0, found.stderr
    assert oid in found.stdout
    for what, counted in (("--sets", "lot"), ("--folders", "0 classeur")):
        listed = town.command("find", INS, *common, what)
        assert listed.returncode == 0, listed.stderr
        assert counted in listed.stdout
    assert town.command("find", INS, *common, "--sets", "--via", "iti67").returncode == 2
    written = tmp_path / "got.xml"
    got = town.command("get", INS, oid, *common, "--via", get, "-o", str(written))
    assert got.returncode == 0, got.stderr
    assert written.read_bytes() == (folder / "lettre.xml").read_bytes()


def test_commands_that_cannot_be_done(town: Town, tmp_path: Path) -> None:
    output = str(tmp_path / "got")
    nobody, absent = matricule(77), "1.2.3.4"
    for words, code, said in (
        (("find", INS, "--as", "personne"), 2, "0 identities"),
        (("find", INS, "--as", NURSE, "--structure", "19"), 2, "unknown"),
        (("find", nobody, "--as", NURSE, "--domain", "ihe"), 1, "XDSUnknownPatientId"),
        (("get", INS, absent, "--as", NURSE, "--domain", "ihe", "-o", output), 1, "aucun document"),
        (("feed", str(tmp_path / "absent"), "--as", NURSE), 2, "does not exist"),
        (("feed", str(tmp_path), "--as", NURSE), 2, "no document"),
        (("find", INS, "--as", NURSE, "--server", "https://localhost:9"), 3, "carnet serve"),
        (("record", "create", INS, "DEMO", "LÉA", "1980-05-17", "--as", "accueil.chu"), 1, "consent"),
        (("record", "create", INS, "DEMO", "LÉA", "1980-05-17", "--consent", "--as", NURSE), 2, "clerk"),
        (
            ("record", "create", "280053399901100", "D", "L", "1980-05-17", "--consent", "--as", "accueil.chu"),
            1,
            "ins-",
        ),
    ):
        done = town.command(*words)
        assert (done.returncode, said in done.stderr) == (code, True), (words, done.stdout, done.stderr)
    assert not Path(output).exists()
