"""What a client learns when something is not done: the server's own explanation, or why there was none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from carnet.wire.errors import Malformed


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """One thing that is wrong, as the server said it: `code` is the protocol's (XDSPatientIdDoesNotMatch…),
    `rule` the server's name for the rule when it gave one."""

    code: str = ""
    rule: str = ""
    text: str = ""
    field: str = ""
    found: str = ""
    expected: str = ""

    def __str__(self) -> str:
        parts = [self.rule or self.code, self.text]
        if self.field and f"[champ : {self.field}]" not in self.text:
            parts.append(f"[{self.field}]")
        if self.found or self.expected:
            parts.append(f"(reçu : {self.found or 'rien'}; attendu : {self.expected or 'autre chose'})")
        return " ".join(part for part in parts if part)


class Refused(RuntimeError):  # noqa: N818 it names what happened
    """The server answered no: a SOAP fault, a RegistryResponse that failed, an OperationOutcome.

    `exchange` is the address of a page that shows the message and the answer, empty when the server keeps none.
    """

    def __init__(self, explanations: Sequence[Explanation], *, status: int = 0) -> None:
        self.explanations = tuple(explanations) or (Explanation(code=f"HTTP {status}", text="refusé sans explication"),)
        self.status = status
        self.exchange = ""
        super().__init__("; ".join(map(str, self.explanations)))

    @property
    def lines(self) -> tuple[str, ...]:
        """What to tell the user: each explanation, then where the exchange can be looked at."""
        told = tuple(map(str, self.explanations))
        return (*told, f"Échange : {self.exchange}") if self.exchange else told


class Unreachable(ConnectionError):  # noqa: N818 it names what happened
    """No answer that could be read: no connection, TLS refused, time out, not the protocol that was asked."""


def unreadable(error: Malformed, *, status: int) -> Unreachable:
    """The answer is not what the protocol says."""
    return Unreachable(f"The answer (HTTP {status}) cannot be read: {error.rule}: {error.text}")
