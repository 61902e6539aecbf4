"""Somebody enters a record in an emergency: its person and their médecin traitant have a mail within the minute.

A real mail server, a real worker; the mails say that something happened, and nothing of whom, what or where.
"""

from __future__ import annotations

import json
import time
from html import unescape

from tests.journeys.conftest import Secluded

PATIENT, TREATING, STRANGER = "marcel.demo-chene", "camille.aubier", "ismael.tremblaie"
MAILBOX, SECONDS = "personne.prevenue@example.org", 60
_ENTER = f"""
import json
from carnet.kernel.actor import Purpose
from carnet.record.access import api as access
from carnet.record.directory import api as directory
from carnet.record.documents import api as documents
from carnet.record.identity import api as identity
patient, treating, stranger = (
    directory.actor_of_login(login=login, proof="password+totp") for login in ("{PATIENT}", "{TREATING}", "{STRANGER}")
)
assert isinstance(access.choose(actor=patient, domain="fr", email="{MAILBOX}"), access.Controlled)
named = access.name_treating(actor=patient, domain="fr", person=treating.person)
assert isinstance(named, access.Controlled), named
whose = identity.patient_of(actor=patient, record_id=patient.record_id)
found = documents.find(actor=patient, domain="fr", patient_id="", query=documents.DocumentQuery())
entered = access.enter_in_emergency(
    actor=stranger, domain="fr", patient_id=identity.format_cx(whose.identifier), purpose=Purpose.BREAK_GLASS,
    unable=True, danger=True, reason="anaesthesia", detail="choc au bloc",
)
assert isinstance(entered, access.Entered), entered
read = documents.find(
    actor=stranger, domain="fr", patient_id=identity.format_cx(whose.identifier), query=documents.DocumentQuery()
)
place = directory.structure(stranger.structure)
print(json.dumps({{
    "secrets": [
        whose.identifier.value, whose.traits.birth_name, whose.traits.first_given, stranger.name, stranger.person,
        stranger.specialty, place.name, place.id, place.kind, "choc au bloc", "anesthésie", "sédatée",
        *(entry.title for entry in found.entries), *(entry.type_code.display for entry in found.entries),
    ],
    "mailbox": directory.professional(treating.person).email,
    "read": len(read.entries),
}}))
"""


def test_the_notice_of_an_emergency_arrives_in_a_minute_without_health_data(secluded: Secluded) -> None:
    began = time.monotonic()
    done = secluded.living.python(_ENTER)
    assert done.returncode == 0, done.stdout + done.stderr
    said = json.loads(done.stdout)
    assert said["read"] > 0
    for who, address in (("the person", MAILBOX), ("their médecin traitant", said["mailbox"])):
        at, message, raw = secluded.post.wait(address, "Carnet : un événement à lire", SECONDS)
        print(f"notice to {who}: {at - began:.1f} s, {message['Subject']!r}")
        assert at - began < SECONDS
        assert message["To"] == address
        text = unescape(f"{message['Subject']}\n{message.get_content()}").lower()
        for secret in filter(None, said["secrets"]):
            assert secret.lower() not in text, secret
            assert secret.encode() not in raw, secret
        assert "Carnet" in message["Subject"]
