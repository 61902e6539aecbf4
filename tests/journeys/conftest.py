"""A Carnet of their own for the stories that move clocks, erase records, or take the database away."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from carnet.record.identity.api import ins_key
from tests.conftest import Living, start_carnet, stop_carnet
from tests.journeys.post_office import PostOffice

CLERK = "accueil.chu"


def matricule(number: int, *, born: str = "2800533") -> str:
    """A fictional INS of the test authority with its right key; `born` is sex, year, month and department."""
    digits = f"{born}{number:06d}"
    return digits + ins_key(digits)


@dataclass
class Secluded:
    """A living Carnet that nobody else uses, its commands, and the mail server that it writes to."""

    living: Living
    post: PostOffice

    def command(self, *words: str, answer: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
        """`carnet …` with this copy's environment; `answer` is what somebody types."""
        if not environment:
            return self.living.command(*words, answer=answer)
        return subprocess.run(
            [sys.executable, "-m", "carnet.ops.command", *words],
            env=dict(self.living.environment) | environment,
            input=answer,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )

    def done(self, *words: str, **environment: str) -> str:
        """What a command that succeeds prints."""
        result = self.command(*words, **environment)
        assert result.returncode == 0, (words, result.stdout, result.stderr)
        return result.stdout

    def refused(self, *words: str, answer: str = "", code: int = 1) -> str:
        """What a command that fails prints."""
        result = self.command(*words, answer=answer)
        assert result.returncode == code, (words, result.returncode, result.stdout, result.stderr)
        return result.stderr

    def record(self, action: str, patient: str, *words: str, who: str = CLERK) -> str:
        """`carnet record ACTION` about a patient."""
        return self.done("record", action, patient, "--as", who, *words)

    def stop(self) -> None:
        """Stop it; its home stays."""
        stop_carnet(self.living)

    def start(self) -> None:
        """Start it again on other ports."""
        self.living = start_carnet(self.living.home, CARNET_SMTP_URL=self.post.url)


@pytest.fixture(scope="session")
def secluded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secluded]:
    """A Carnet whose clocks, backups and database a story may do anything with; its keys are not those of `living`."""
    home: Path = tmp_path_factory.mktemp("secluded") / "home"
    post = PostOffice()
    mine = Secluded(start_carnet(home, own=True, CARNET_SMTP_URL=post.url), post)
    yield mine
    mine.stop()
    post.close()
