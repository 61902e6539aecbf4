"""Which set brought an object: a membership that says nothing more is no row.

Every entry, folder and folder membership names the submission that brought it (`submission`). The HasMember
association from that set to it (TF-3 §4.2.2.1) is therefore known without being stored, and so is its id: the id of
the object with 60 bits turned over. The same turn leads back, and both ids live in the same record.
"""

from __future__ import annotations

from uuid import UUID

from carnet.wire.xds.model import Association, AssociationType

ORIGINAL, REFERENCE = "Original", "Reference"

# The random bits of our ids (`carnet.kernel.ids`), every second one.
_TURN = 0x555555555555555


def member_id(object_id: UUID) -> UUID:
    """The id of the association from a set to the object it brought; and back."""
    return UUID(int=object_id.int ^ _TURN)


def membership(set_id: UUID, object_id: UUID, *, original: bool = True) -> Association:
    """The association from a set to an object it brought; `original` for an entry, which alone has a status."""
    return Association(
        entry_uuid=f"urn:uuid:{member_id(object_id)}",
        type=AssociationType.HAS_MEMBER,
        source=f"urn:uuid:{set_id}",
        target=f"urn:uuid:{object_id}",
        set_status=ORIGINAL if original else "",
    )
