"""What a parser answers when the bytes are not what the standard says."""

from __future__ import annotations


class Malformed(ValueError):  # noqa: N818 - says what the message is
    """The message cannot be read as what it claims to be.

    `rule` is a stable name, `text` a French sentence without patient data; `field`, `found`, `expected`
    and `source` (standard and section) explain it to whoever sent it and are never logged.
    """

    def __init__(
        self, rule: str, text: str, *, field: str = "", found: str = "", expected: str = "", source: str = ""
    ) -> None:
        super().__init__(f"{rule}: {text}")
        self.rule = rule
        self.text = text
        self.field = field
        self.found = found
        self.expected = expected
        self.source = source
