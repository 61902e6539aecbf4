"""What the tests about the house share: where it stands, its files, its drawn order, and a place to break rules."""

from __future__ import annotations

import configparser
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import django
import pytest

ROOT = Path(__file__).resolve().parents[2]
_TEXT = {"", ".cfg", ".css", ".csv", ".html", ".ini", ".js", ".json", ".md", ".py", ".sh", ".sql", ".svg", ".toml"}
_TEXT |= {".txt", ".wsdl", ".xml", ".xsd", ".xsl", ".yaml", ".yml"}
_NOT_OURS = {".git", ".venv", "var", "node_modules", "__pycache__", ".hypothesis", "build", "dist"}


@dataclass(frozen=True)
class House:
    """A tree laid out as ours: the real one, or one that a test built to break a rule."""

    root: Path

    @property
    def package(self) -> Path:
        """The folder of the `carnet` package."""
        return self.root / "src" / "carnet"

    def modules(self) -> list[Path]:
        """Every Python file of the package."""
        return sorted(path for path in self.package.rglob("*.py") if "__pycache__" not in path.parts)

    def capabilities(self) -> list[Path]:
        """Every capability: a folder of record, care or region."""
        return sorted(
            init.parent for room in ("record", "care", "region") for init in self.package.glob(f"{room}/*/__init__.py")
        )

    def name(self, path: Path) -> str:
        """How a failure names a file: relative to the root, with slashes."""
        return path.relative_to(self.root).as_posix()

    def files(self) -> list[Path]:
        """Every text file under version control; every one that looks like ours where git does not answer."""
        answer = subprocess.run(["git", "ls-files", "-z"], cwd=self.root, capture_output=True, text=True, check=False)
        if answer.returncode == 0 and answer.stdout and (self.root / ".git").exists():
            paths = [self.root / name for name in answer.stdout.split("\0") if name]
        else:
            paths = [p for p in self.root.rglob("*") if not _NOT_OURS & set(p.relative_to(self.root).parts)]
        return sorted(path for path in paths if path.is_file() and path.suffix in _TEXT)

    def ranks(self) -> dict[str, int]:
        """Rooms and capabilities of record by height, 0 the lowest, as `.importlinter` draws them."""
        drawn = configparser.ConfigParser(comment_prefixes=("#",))
        drawn.read(self.root / ".importlinter", encoding="utf-8")

        def lines(contract: str) -> list[list[str]]:
            layers = drawn[f"importlinter:contract:{contract}"]["layers"].split("\n")
            return [line.replace("(", "").replace(")", "").replace("|", " ").split() for line in layers if line]

        ordered: list[list[str]] = []
        for line in reversed(lines("floors")):
            ordered.append([f"carnet.{room}" for room in line])
            if "record" in line:
                ordered.extend([f"carnet.record.{name}" for name in inner] for inner in reversed(lines("record")))
        return {name: height for height, line in enumerate(ordered) for name in line}


@pytest.fixture(scope="session", autouse=True)
def applications() -> None:
    """Load Django's applications: these tests read models and addresses, and no database is started for them."""
    django.setup()


@pytest.fixture(scope="session")
def house() -> House:
    """The real tree."""
    return House(ROOT)


@pytest.fixture
def build(tmp_path: Path) -> Callable[[dict[str, str]], House]:
    """Build a small tree: `build({"src/carnet/record/x/api.py": "…"})`."""

    def build_tree(files: dict[str, str]) -> House:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return House(tmp_path)

    return build_tree
