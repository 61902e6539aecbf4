"""A mutual TLS connection to one server and one domain; errors of the network said in one way."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from carnet.client.errors import Refused, Unreachable
from carnet.client.identity import Assertions, Identity, Software, tls_context
from carnet.wire.errors import Malformed

# Answers other than documents: metadata of a few thousand entries.
MAX_ANSWER = 64 * 1024 * 1024
# Where a demonstration shows this exchange to its caller.
EXCHANGE = "X-Carnet-Exchange"
_TIMEOUT = httpx.Timeout(60, connect=5)


class Connection:
    """Opens on `base` (`https://host:port`), in `domain` (empty: the server's default one), as `identity`.

    `clock` gives aware times for the assertions. Use it as a context manager. One thread at a time.
    """

    def __init__(
        self,
        base: str,
        *,
        identity: Identity,
        authority: Path,
        software: Software,
        domain: str = "",
        purpose: str = "normal",
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.base = base.rstrip("/") + (f"/d/{domain}" if domain else "")
        self.assertions = Assertions(identity, software, purpose=purpose)
        self.now = clock
        # The environment's proxies are not ours to trust with health data.
        self._http = httpx.Client(
            verify=tls_context(identity, authority),
            timeout=_TIMEOUT,
            trust_env=False,
            headers={"User-Agent": f"{software.name}/{software.version}"},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the connections that are kept open."""
        self._http.close()

    @contextmanager
    def exchange(
        self,
        method: str,
        address: str,
        *,
        content: bytes | Iterator[bytes] | None = None,
        headers: dict[str, str] | None = None,
        parameters: Sequence[tuple[str, str]] = (),
    ) -> Iterator[httpx.Response]:
        """One request; the answer is read inside the block, as a stream or with `whole`. Raises Unreachable."""
        try:
            with self._http.stream(
                method,
                address,
                content=content,
                headers=headers,
                params=httpx.QueryParams(list(parameters)) if parameters else None,
            ) as response:
                try:
                    yield response
                except Refused as error:
                    address = response.headers.get(EXCHANGE, "")
                    error.exchange = address if address.isprintable() else ""
                    raise
        except httpx.HTTPError as error:
            raise Unreachable(f"{httpx.URL(address).netloc.decode()}: {error or type(error).__name__}") from error


def whole(response: httpx.Response) -> bytes:
    """The body of an answer that is not a document; raises Malformed (`answer-size`) over MAX_ANSWER bytes."""
    pieces, size = [], 0
    for chunk in response.iter_bytes():
        pieces.append(chunk)
        size += len(chunk)
        if size > MAX_ANSWER:
            raise Malformed(
                "answer-size", "La réponse dépasse la taille acceptée.", found=str(size), expected=f"<= {MAX_ANSWER}"
            )
    return b"".join(pieces)
