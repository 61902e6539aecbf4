"""The sheet of access codes on paper: values in, a PDF out. Nothing of it is kept."""

from __future__ import annotations

import io
from datetime import datetime
from pathlib import Path

import segno

from carnet.kernel import printing
from carnet.portals.frame import wording
from carnet.record.access.api import PrintedCodes

_TEMPLATE = Path(__file__).with_name("sheet.typ")


def pdf(codes: PrintedCodes, *, address: str, desk: str, large: bool, demo: bool, printed: datetime) -> bytes:
    """One page: what to do, login, first password, codes, until when; `large` is set in 18 points.

    No health data, no INS; of the person the first given name and an initial, so that two sheets of one printer are
    not exchanged. `address` is where to begin, written and as a QR code; `desk` who printed.
    """
    picture = io.BytesIO()
    segno.make(address, error="m").save(picture, kind="svg", border=0, xmldecl=False)
    return printing.pdf(
        _TEMPLATE,
        {
            "holder": codes.holder,
            "login": codes.sheet.login,
            "password": codes.sheet.password,
            "codes": list(codes.sheet.codes),
            "until": wording.day(codes.sheet.expires_at),
            "printed": wording.moment(printed),
            "desk": desk,
            "address": address,
            "qr": picture.getvalue().decode(),
            "large": large,
            "demo": demo,
        },
        at=printed,
    )
