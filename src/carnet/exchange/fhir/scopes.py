"""What a token must allow for each thing that is served: one line a handler, and nothing without its line.

A caller without a token (a certificate alone) has no scopes and is not narrowed.
"""

from __future__ import annotations

from carnet.exchange.login.bearer import Caller
from carnet.kernel.actor import ActorKind
from carnet.wire.oidc.scopes import Scope, allows

# Handler (module and function) -> (resource type, letters of `cruds`) that it takes, all of them.
NEEDED: dict[str, tuple[tuple[str, str], ...]] = {
    "flux03_update_metadata.by_id": (("DocumentReference", "u"),),
    "flux03_update_metadata.by_identifier": (("DocumentReference", "u"),),
    "iti105_simplified_publish.publish": (("DocumentReference", "c"),),
    "iti20_record_audit_event.record": (("AuditEvent", "c"),),
    "iti65_provide_document_bundle.provide": (("DocumentReference", "c"), ("List", "c"), ("Binary", "c")),
    "iti66_find_document_lists.read": (("List", "r"),),
    "iti66_find_document_lists._find": (("List", "s"),),
    "iti67_find_document_references.history": (("DocumentReference", "r"),),
    "iti67_find_document_references.read": (("DocumentReference", "r"),),
    "iti67_find_document_references.read_version": (("DocumentReference", "r"),),
    "iti67_find_document_references._find": (("DocumentReference", "s"),),
    "iti81_retrieve_audit_events._find": (("AuditEvent", "s"),),
    "iti68_retrieve_document._retrieve": (("Binary", "r"),),
}
# Whose rights a scope speaks of (SMART App Launch 2.2): those of who calls.
_CONTEXTS = {ActorKind.STRUCTURE: "system", ActorKind.PATIENT: "patient", ActorKind.DELEGATE: "patient"}


def missing(caller: Caller, handler: str) -> str:
    """The first scope that the caller's token lacks for a handler (`system/List.s`), empty when it lacks none."""
    if caller.scopes is None:
        return ""
    context = _CONTEXTS.get(caller.actor.kind, "user")
    for resource, letters in NEEDED.get(handler, (("*", "cruds"),)):
        needed = Scope(context, resource, letters)
        if not allows(caller.scopes, needed):
            return needed.written
    return ""


def name_of(handler: object) -> str:
    """A handler's name in `NEEDED`."""
    module = str(getattr(handler, "__module__", "")).rpartition(".")[2]
    return f"{module}.{getattr(handler, '__name__', '')}"
