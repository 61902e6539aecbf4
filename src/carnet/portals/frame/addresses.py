"""What addresses hold: a record as an opaque number, never an identifier of the person; a provider by its word."""

from __future__ import annotations


class RecordConverter:
    """`<record:record_id>`: a record id as 16 hexadecimal digits, so that every address has one form."""

    regex = "[0-9a-f]{16}"

    def to_python(self, value: str) -> int:
        """The record id."""
        return int(value, 16)

    def to_url(self, value: int) -> str:
        """Its form in an address."""
        return f"{value:016x}"


class ProviderConverter:
    """`<provider:name>`: the word of an identity provider in our addresses."""

    regex = "psc|franceconnect"

    def to_python(self, value: str) -> str:
        """The word."""
        return value

    def to_url(self, value: str) -> str:
        """The same."""
        return value


def record_reference(record_id: int) -> str:
    """A record as addresses, sessions and forms name it."""
    return RecordConverter().to_url(record_id)
