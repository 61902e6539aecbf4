"""Who acts, in which structure, for what purpose, by which proof.

An entrance turns a certificate, an assertion, a token or a session into an `Actor`
(`carnet.record.directory.api`); every public function of the record takes it, keyword-only.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ActorKind(StrEnum):
    """What sort of person or machine acts; stored in the journal under these words."""

    PROFESSIONAL = "professional"
    CLERK = "clerk"
    STRUCTURE = "structure"
    PATIENT = "patient"
    DELEGATE = "delegate"
    SYSTEM = "system"


class Purpose(StrEnum):
    """Access mode of the VIHF (TRE_R248, 1.2.250.1.213.1.1.4.248)."""

    NORMAL = "normal"
    BREAK_GLASS = "bris_de_glace"
    REGULATION = "centre_15"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """A proven identity at work.

    `person` is a PS_IdNat (8 + RPPS), for a patient `patient:<record_id>`, for a delegate the name that
    the directory gives them, for a machine its own name.
    `structure` is a Struct_IdNat (1 + FINESS, 3 + SIRET, 4 + RPPS + rank…), empty for a patient.
    `profession` is a TRE_G15 code (10 = médecin), `specialty` a TRE_R01 one (SM26).
    `proof` names how the identity was proven: `vihf`, `certificate`, `password+totp`, `process`.
    `record_id` is the patient's own record, for a delegate (representative, caregiver, heir) the record that they act
    in, None for everybody else. `secret` asks for a secret connection: representatives of a minor do not see the trace
    (VIHF, confidentiality-code).
    """

    kind: ActorKind
    person: str
    structure: str = ""
    name: str = ""
    structure_name: str = ""
    profession: str = ""
    specialty: str = ""
    purpose: Purpose = Purpose.NORMAL
    proof: str
    software: str = ""
    record_id: int | None = None
    secret: bool = False
