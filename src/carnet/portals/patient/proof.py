"""A person checks their journal at home: what is proved and what is not, and the copy to take away."""

from __future__ import annotations

import json
import zipfile
from io import BytesIO

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from carnet.kernel import clock
from carnet.kernel.actor import Actor, ActorKind
from carnet.portals.frame.freshness import fresh_proof
from carnet.portals.frame.methods import READING
from carnet.portals.frame.session import for_actor
from carnet.record.documents import api as documents
from carnet.record.journal import api as journal

_READ_ME = """Vérifier mon journal

1. Ouvrez verifier.html dans un navigateur récent : la page vérifie la copie qu’elle contient, sans réseau.
2. Ou, avec Python 3.9 ou plus : python3 verify_journal.py journal.json
   Avec une copie plus ancienne : python3 verify_journal.py journal.json --avec ancien-journal.json
   Le programme tient en un fichier, que vous pouvez lire ou faire lire.

Comparez l’empreinte de la clé avec celle que publie le service.
Gardez cette copie : comparée à une plus récente, elle montre toute ligne retirée depuis.
Elle contient les noms de ceux qui ont consulté votre carnet : rangez-la comme un document de santé.
"""


@for_actor(ActorKind.PATIENT, *READING)
def explained(request: HttpRequest, actor: Actor) -> HttpResponse:
    """What the copy proves, in words."""
    return render(request, "patient/verify.html", {"actor": actor, "keys": journal.public_keys(actor=actor)})


@for_actor(ActorKind.PATIENT, "GET")
@fresh_proof
def copy(_request: HttpRequest, actor: Actor) -> HttpResponse:
    """The copy with what checks it, as a ZIP; the name of the file holds no identity."""
    told = json.dumps(documents.journal_proof(actor=actor), ensure_ascii=False, separators=(",", ":"))
    files = journal.verifiers(actor=actor)
    page = files["verifier.html"].decode()
    # In a script element of JSON, only a closing tag could end it.
    files["verifier.html"] = page.replace(">COPY<", ">" + told.replace("<", "\\u003c") + "<", 1).encode()
    files |= {"journal.json": told.encode(), "LISEZ-MOI.txt": _READ_ME.encode()}
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as media:
        for name, data in files.items():
            media.writestr(name, data)
    answer = HttpResponse(archive.getvalue(), content_type="application/zip")
    answer["Content-Disposition"] = f'attachment; filename="journal-{clock.now():%Y%m%d}.zip"'
    answer["Cache-Control"] = "no-store, private"
    return answer
