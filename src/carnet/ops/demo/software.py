"""The demonstration's software: what may ask for tokens, with its keys."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from carnet.kernel.actor import Actor
from carnet.ops.demo import certificates, client_keys
from carnet.ops.demo import structures as at
from carnet.record.directory import api as directory
from carnet.record.directory.api import Structure
from carnet.wire.oidc import jose

_READS = "system/DocumentReference.rs system/List.rs system/Binary.r"
# Name in tokens, name for people, structure, scopes, whether its tokens must be bound to a certificate.
SOFTWARE: tuple[tuple[str, str, Structure, str, bool], ...] = (
    (
        "logiciel-cabinet",
        "Logiciel de cabinet (démonstration)",
        at.PRACTICE,
        "system/DocumentReference.crus system/List.crs system/Binary.cr",
        True,
    ),
    ("lecture-hopital", "Lecteur de l’hôpital (démonstration)", at.UNIVERSITY_HOSPITAL, _READS, True),
    # For a first try with curl, on the people's port: tokens that no certificate is tied to.
    ("essai-sans-certificat", "Essai sans certificat (démonstration)", at.PRACTICE, _READS, False),
)


def enrol(home: Path, *, actor: Actor) -> None:
    """Write the software in the registry, with keys made in the home at first need."""
    for name, label, structure, scopes, bound in SOFTWARE:
        client_keys.make(home, name)
        key = client_keys.load(home, name)
        client = directory.Client(
            id=name,
            name=label,
            structure=structure.id,
            keys={"keys": [jose.published(key)]},
            scopes=scopes,
            bound=bound,
        )
        problem = directory.write_client(actor=actor, client=client)
        if problem is not None:
            raise ValueError(f"{name}: {problem.rule}")


def listed(home: Path) -> list[dict[str, Any]]:
    """What `identities.json` says of it."""
    return [
        {
            "client_id": name,
            "name": label,
            "structure": structure.id,
            "scopes": scopes,
            "private_key": str(client_keys.path_of(home, name).relative_to(home)),
            "bound": bound,
            **({"tls_certificate": _pair(structure)[0], "tls_key": _pair(structure)[1]} if bound else {}),
        }
        for name, label, structure, scopes, bound in SOFTWARE
    ]


def _pair(structure: Structure) -> tuple[str, str]:
    (certificate, key), _ = certificates.pairs(structure)
    return str(certificate), str(key)
