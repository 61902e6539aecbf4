"""What a realm remembers while its process lives: codes, tokens, sessions. One lock; nothing outlives the process."""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from carnet.kernel import clock

CODE_SECONDS = 60
TOKEN_SECONDS = 300
SESSION_SECONDS = 4 * 3600
_MOST = 10_000


@dataclass(slots=True)
class Session:
    """A browser that signed in to the provider: who, since when, and the clients that were told."""

    sid: str
    person: str
    since: int
    clients: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Code:
    """An authorization code, in the terms of Authlib."""

    code: str
    client_id: str
    redirect_uri: str
    scope: str
    nonce: str
    code_challenge: str
    code_challenge_method: str
    person: str
    sid: str
    auth_time: int

    def get_redirect_uri(self) -> str:
        """Where the answer went."""
        return self.redirect_uri

    def get_scope(self) -> str:
        """What was asked for."""
        return self.scope

    def get_nonce(self) -> str:
        """What the client will find again in the id_token."""
        return self.nonce

    def get_auth_time(self) -> int:
        """When the person signed in."""
        return self.auth_time

    def get_acr(self) -> str:
        """The level of the demonstration's people, always the same."""
        return "eidas1"

    def get_amr(self) -> list[str]:
        """How: by choosing oneself in a list, which is no real method."""
        return ["demo"]


@dataclass(frozen=True, slots=True)
class Token:
    """What an access token opens."""

    client_id: str
    person: str
    sid: str
    scope: str
    thumbprint: str


Value = TypeVar("Value")


class Shelf(Generic[Value]):
    """Values by random names, for a while."""

    def __init__(self, seconds: int) -> None:
        self._seconds = seconds
        self._lock = threading.Lock()
        self._values: OrderedDict[str, tuple[float, Value]] = OrderedDict()

    def put(self, name: str, value: Value) -> None:
        """Keep a value."""
        with self._lock:
            self._values[name] = clock.now().timestamp() + self._seconds, value
            while len(self._values) > _MOST:
                self._values.popitem(last=False)

    def get(self, name: str) -> Value | None:
        """A value that is still kept."""
        with self._lock:
            found = self._values.get(name)
        return found[1] if found and found[0] > clock.now().timestamp() else None

    def take(self, name: str) -> Value | None:
        """A value, once."""
        with self._lock:
            found = self._values.pop(name, None)
        return found[1] if found and found[0] > clock.now().timestamp() else None

    def known(self, name: str) -> bool:
        """Whether a name was added and is still kept."""
        with self._lock:
            found = self._values.get(name)
        return found is not None and found[0] > clock.now().timestamp()

    def add(self, name: str) -> bool:
        """Whether a name comes for the first time."""
        with self._lock:
            known = self._values.get(name)
            if known and known[0] > clock.now().timestamp():
                return False
            self._values[name] = clock.now().timestamp() + self._seconds, None  # type: ignore[assignment]
            return True


@dataclass(slots=True)
class Memory:
    """Everything of one realm."""

    codes: Shelf[Code] = field(default_factory=lambda: Shelf(CODE_SECONDS))
    tokens: Shelf[Token] = field(default_factory=lambda: Shelf(TOKEN_SECONDS))
    sessions: Shelf[Session] = field(default_factory=lambda: Shelf(SESSION_SECONDS))
    ended: Shelf[None] = field(default_factory=lambda: Shelf(TOKEN_SECONDS))
    assertions: Shelf[None] = field(default_factory=lambda: Shelf(TOKEN_SECONDS * 2))


def living(memory: Memory, token: str) -> Token | None:
    """What a token opens, None once its session has ended."""
    found = memory.tokens.get(token)
    return found if found is not None and not memory.ended.known(found.sid) else None


def name() -> str:
    """A name that cannot be guessed."""
    return secrets.token_urlsafe(32)
