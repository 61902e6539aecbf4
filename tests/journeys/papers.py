"""Files that people deposit, and the gestures of a deposit at a browser; what several stories share."""

from __future__ import annotations

import re
import struct
import zlib
from pathlib import Path

from playwright.sync_api import Page, expect


def picture(path: Path, *, size: int = 240) -> Path:
    """A PNG photograph of a sheet of paper, white with grey lines."""
    rows = b"".join(b"\0" + (b"\xee" if row % 24 else b"\x99") * size for row in range(size))
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", size, size, 8, 0, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    )
    body = b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks
    )
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + body)
    return path


def note(path: Path, words: str) -> Path:
    """A text file."""
    path.write_text(words, encoding="utf-8")
    return path


def open_record(page: Page, ins: str) -> str:
    """A professional opens a record by its INS; the record's part of the address."""
    page.goto("/pro/")
    page.get_by_label("Matricule INS du patient").fill(ins)
    page.get_by_role("button", name="Ouvrir").click()
    found = re.search("/pro/dossier/([0-9a-f]{16})/", page.url)
    assert found is not None
    return found[1]


def fill(page: Page, file: Path, kind: str, title: str, day: str = "03/03/2026") -> None:
    """The professional's form."""
    page.get_by_label("Fichier").set_input_files(file)
    page.get_by_label("Sorte de document").fill(kind)
    page.get_by_label("Titre").fill(title)
    page.get_by_label("Date de l’acte").fill(day)


def add(page: Page, file: Path, kind: str, title: str, day: str = "03/03/2026", *, masked: bool = False) -> None:
    """The person adds a file to their own record, up to the page that says it is there."""
    page.goto("/patient/deposer/")
    page.get_by_label("Fichier").set_input_files(file)
    page.get_by_label("De quoi s’agit-il ?").select_option(kind)
    page.get_by_label("Titre").fill(title)
    page.get_by_label("Date du document").fill(day)
    if masked:
        page.get_by_label("Le masquer aux professionnels").check()
    page.get_by_role("button", name="Continuer").click()
    page.get_by_role("button", name="Ajouter à mon carnet").click()
    expect(page.get_by_role("status")).to_have_text("Document ajouté à votre carnet")


def do(page: Page, link: str, button: str) -> None:
    """Choose an act on a document, read what it means, tick where it asks to, and do it."""
    page.get_by_role("link", name=link).click()
    ticks = page.get_by_role("main").get_by_role("checkbox")
    if ticks.count():
        ticks.check()
    page.get_by_role("main").get_by_role("button", name=button).click()
