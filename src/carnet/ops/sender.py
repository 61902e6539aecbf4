"""Who `carnet feed`, `find` and `get` speak as, and to which server: the demonstration's identities file."""

from __future__ import annotations

import argparse
import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

from django.conf import settings

from carnet.client.connection import Connection
from carnet.client.identity import Identity, Software
from carnet.wire.saml.names import PROFESSION_SYSTEM, SECTION_SYSTEM
from carnet.wire.saml.vihf import Mode, Role

# The second role that the VIHF asks of a profession: savoir-faire (TRE_R01), section of the register (TRE_G05).
_SECOND_ROLES = {"10": "1.2.250.1.71.4.2.5", "21": SECTION_SYSTEM}
_MACHINE = Role("AUTOMATE", "1.2.250.1.213.1.1.4.6", "Automate")
_TEST_INS = "1.2.250.1.213.1.4.10"
# The INS has 13 characters and a key of 2; anything else is taken as a whole CX.
_INS_LENGTH = 15


class WrongUse(Exception):  # noqa: N818 it names what happened
    """The command cannot start as it was asked; the message says what to change."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What the three commands have in common."""
    parser.add_argument(
        "--as",
        dest="identity",
        required=True,
        metavar="WHO",
        help="a professional (login, PS_IdNat or family name) or a structure (Struct_IdNat) of identities.json",
    )
    parser.add_argument("--structure", default="", help="Struct_IdNat where the professional acts (default: the first)")
    parser.add_argument("--domain", default="", help="affinity domain (default: the server's own, fr)")
    parser.add_argument("--server", default="", metavar="URL", help="default: this copy, https://localhost:TLS_PORT")
    parser.add_argument(
        "--identities",
        type=Path,
        metavar="FILE",
        help="default: $CARNET_HOME/demo/identities.json; paths in it are relative to the folder above its own",
    )


def open_connection(arguments: argparse.Namespace) -> Connection:
    """A connection as the chosen identity; raises WrongUse."""
    file = arguments.identities or settings.CARNET_HOME / "demo" / "identities.json"
    try:
        known = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise WrongUse(f"{file} cannot be read ({error}). Start `carnet serve` once, or give --identities.") from error
    home = file.resolve().parent.parent
    server = arguments.server or f"https://localhost:{settings.CARNET_TLS_PORT}"
    return Connection(
        server,
        identity=choose(known, arguments.identity, structure=arguments.structure, home=home),
        authority=home / known["authority"],
        software=Software(name="Carnet", version=version("carnet"), homologation="CARNET-DEMO"),
        domain=arguments.domain,
    )


def choose(known: dict[str, Any], who: str, *, structure: str, home: Path) -> Identity:
    """The identity called `who`; raises WrongUse naming those there are."""
    for organisation in known["structures"]:
        if organisation["id"] == who:
            return _organisation(organisation, home)
    wanted = who.casefold()
    found = [
        one
        for one in known["professionals"]
        if wanted in (one["login"].casefold(), one["id"], one["family"].casefold())
    ]
    if len(found) != 1:
        names = ", ".join(one["login"] for one in known["professionals"])
        raise WrongUse(f"--as {who}: {len(found)} identities have this name. Professionals: {names}.")
    person = found[0]
    place = structure or person["structures"][0]
    organisation = next((one for one in known["structures"] if one["id"] == place), None)
    if organisation is None:
        raise WrongUse(f"--structure {place}: unknown. {person['login']} works at {', '.join(person['structures'])}.")
    roles = [Role(person["profession"], PROFESSION_SYSTEM)]
    if person["specialty"] and person["profession"] in _SECOND_ROLES:
        roles.append(Role(person["specialty"], _SECOND_ROLES[person["profession"]]))
    return Identity(
        person=person["id"],
        name=f"{person['family']} {person['given']}",
        structure=place,
        sector=organisation["sector"],
        roles=tuple(roles),
        certificate=home / person["certificate"],
        key=home / person["key"],
        sign_certificate=home / person["sign_certificate"],
        sign_key=home / person["sign_key"],
    )


def _organisation(organisation: dict[str, Any], home: Path) -> Identity:
    return Identity(
        person=organisation["id"],
        name=f"Carnet, commande, {organisation['name']}",
        structure=organisation["id"],
        sector=organisation["sector"],
        roles=(_MACHINE,),
        mode=Mode.INDIRECT,
        certificate=home / organisation["tls_certificate"],
        key=home / organisation["tls_key"],
        sign_certificate=home / organisation["sign_certificate"],
        sign_key=home / organisation["sign_key"],
    )


def patient(text: str) -> str:
    """The CX of a patient: a matricule INS of 15 characters is taken as a test one, any other text is a CX already."""
    bare = "".join(text.split())
    return f"{bare}^^^&{_TEST_INS}&ISO^NH" if len(bare) == _INS_LENGTH and "^" not in bare else text.strip()
