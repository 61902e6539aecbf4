"""A fresh record of a living Carnet, fed through its doors with documents that some may see and others not."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import httpx
import msgspec

from carnet.client import fhir, xds
from carnet.kernel import ids
from carnet.ops import sender
from carnet.wire.xds.iti18_stored_query import GetDocuments
from carnet.wire.xds.model import Code, DocumentEntry
from tests.attacks.intruder import Intruder, token
from tests.journeys.feeders import submission
from tests.portals import lives

# Two physicians of the hospital that made the record, and a dentist from elsewhere.
AUTHOR, COLLEAGUE, OTHER = "helene.liege", "idriss.bourgeon", "zoe.laurier"
_MASKS = "1.2.250.1.213.1.1.4.13"


@dataclass
class Victim:
    """The record and its documents by the masks they carry: "" (none), MASQUE_PS, INVISIBLE_PATIENT."""

    intruder: Intruder
    folder: Path
    ins: str = field(init=False)
    cx: str = field(init=False)
    documents: dict[str, DocumentEntry] = field(default_factory=dict)
    _sessions: dict[str, httpx.Client] = field(default_factory=dict)

    def __post_init__(self) -> None:
        digits = f"2800533{secrets.randbelow(10**6):06d}"
        self.ins = f"{digits}{97 - int(digits) % 97:02d}"
        self.cx = sender.patient(self.ins)
        done = lives.command(
            self.intruder.living, "record", "create", self.ins, "DEMO-VICTIME", "LÉA", "1980-05-17", "--consent",
            "--as", "accueil.chu",
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        for mask in ("", "MASQUE_PS", "INVISIBLE_PATIENT"):
            self.documents[mask] = self.feed(mask)

    @property
    def record(self) -> str:
        """The record as pages write it in their addresses: its documents' ids say it."""
        uuid = UUID(self.documents[""].entry_uuid)
        return f"{ids.record_of(uuid):016x}"

    def feed(self, mask: str = "", *, content: bytes = b"<ClinicalDocument/>", **values: object) -> DocumentEntry:
        """One document of the hospital; what was registered."""
        sent = submission(self.intruder.person(AUTHOR), self.cx, f"2.25.{secrets.randbits(110)}")
        entry = sent.entries[0]
        codes = entry.confidentiality_codes + ((Code(mask, _MASKS),) if mask else ())
        entry = msgspec.structs.replace(entry, confidentiality_codes=codes, **values)
        path = self.folder / secrets.token_hex(4)
        path.write_bytes(content)
        with self.intruder.connect(AUTHOR) as connection:
            xds.provide(connection, msgspec.structs.replace(sent, entries=(entry,)), {"document": path})
            asked = GetDocuments(unique_ids=(entry.unique_id,))
            return xds.query(connection, asked, patient=self.cx).objects.entries[0]

    def found_by(self, who: str) -> set[str]:
        """The uniqueIds that somebody's FHIR search lists, page after page of one."""
        with self.intruder.connect(who) as connection:
            return {one.entry.unique_id for one in fhir.search(connection, patient=self.cx, parameters={"_count": "1"})}

    def authorise(self, who: str) -> None:
        """A professional declares, in a browser, to have the person's agreement."""
        client = self.session(who)
        form = client.get("/pro/")
        opened = client.post("/pro/", data={"ins": self.ins, "csrfmiddlewaretoken": token(form)})
        page = client.get(opened.headers["location"])
        sent = {"agreed": "on", "csrfmiddlewaretoken": token(page)}
        assert client.post(opened.headers["location"], data=sent).status_code == 302

    def session(self, who: str) -> httpx.Client:
        """The browser of somebody, signed in once: a code serves once."""
        if who not in self._sessions:
            self._sessions[who], _ = self.intruder.sign_in(self.intruder.person(who))
        return self._sessions[who]

    def close(self) -> None:
        """Close the browsers."""
        for client in self._sessions.values():
            client.close()
