"""The configured database, answering: the one that runs, or the embedded one for as long as a command needs it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connections

from carnet.ops import postgres, serve
from carnet.ops.children import Leash
from carnet.ops.database import Embedded


class NotStandingError(Exception):
    """The database cannot be reached nor started; the message says why and what to do."""


@contextmanager
def database(say: Callable[[str], None], *, create: bool = False) -> Iterator[None]:
    """Inside, the database answers. An embedded one that does not run is started, and stopped at the end.

    `create` makes the data folder where there is none. Raises NotStandingError.
    """
    if not settings.CARNET_EMBEDDED_DATABASE:
        yield
        return
    cluster = serve.cluster()
    try:
        if postgres.living_postmaster(cluster) is not None and postgres.answers(cluster):
            yield
            return
        if not create and not (cluster.data / "PG_VERSION").exists():
            raise NotStandingError(f"there is no database in {cluster.data}: is CARNET_HOME the right folder?")
        problem = serve.make_folders(settings.CARNET_HOME, settings.CARNET_RUN)
        if problem:
            raise NotStandingError(problem)
        leash = Leash()
        embedded = Embedded(cluster, leash, say)
        try:
            embedded.start()
            yield
        finally:
            connections.close_all()
            embedded.stop()
            leash.close()
    except postgres.PostgresError as error:
        raise NotStandingError(str(error)) from error
