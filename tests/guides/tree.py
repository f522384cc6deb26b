"""A copy of the code in which a guide is followed: with every step, or with one step left out."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
_COPIED = (
    "bot",
    "adapters",
    "storage",
    "sandbox",
    "manifest",
    "tests",
    "benchmarks",
    "chaos",
    "docs",
    "scripts",
)
_FILES = ("pyproject.toml", "README.md")


@dataclass(frozen=True)
class Edit:
    """Insert ``text`` in a file, after or before some text that it has once. With neither, write a new file."""

    path: str
    text: str
    after: str = ""
    before: str = ""


@dataclass(frozen=True)
class Step:
    """One line of a guide: what it changes, and the check that fails where it is left out.

    ``check`` is ``mypy``, or the path of a unit test. ``names`` is what its output then names.
    """

    name: str
    edits: tuple[Edit, ...]
    check: str
    names: str

    @property
    def paths(self) -> set[str]:
        """Return the files that the step changes."""
        return {edit.path for edit in self.edits}


@dataclass(frozen=True)
class Guide:
    """The steps that add something of one kind, and the heading in ``docs/building.md`` that lists them."""

    heading: str
    steps: tuple[Step, ...]

    @property
    def checks(self) -> list[str]:
        """Return the checks of all steps, each once."""
        return list(dict.fromkeys(step.check for step in self.steps))


class Tree:
    """A copy of the code. Edits are undone, so that one copy and one cache of the type check serve every test."""

    def __init__(self, path: Path) -> None:
        self.path = path
        for name in _COPIED:
            shutil.copytree(ROOT / name, path / name, ignore=shutil.ignore_patterns("__pycache__"))
        for name in _FILES:
            shutil.copy2(ROOT / name, path / name)

    @contextmanager
    def edited(self, steps: Sequence[Step]) -> Iterator[None]:
        """Follow some steps, and undo them at the end."""
        before: dict[Path, str | None] = {}
        paths = {self.path / edit.path for step in steps for edit in step.edits}
        new_folders = {path.parent for path in paths if not path.parent.exists()}
        try:
            for edit in (edit for step in steps for edit in step.edits):
                self._apply(edit, before)
            yield
        finally:
            for path, text in before.items():
                if text is None:
                    path.unlink()
                else:
                    path.write_text(text)
            for folder in new_folders:
                shutil.rmtree(folder, ignore_errors=True)

    def _apply(self, edit: Edit, before: dict[Path, str | None]) -> None:
        path = self.path / edit.path
        text = path.read_text() if path.exists() else None
        before.setdefault(path, text)
        anchor = edit.after or edit.before
        if not anchor:
            assert text is None, f"{edit.path} exists already"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(edit.text)
            return
        assert text is not None, f"{edit.path} does not exist"
        assert text.count(anchor) == 1, f"{edit.path} has {anchor!r} {text.count(anchor)} times"
        inserted = anchor + edit.text if edit.after else edit.text + anchor
        path.write_text(text.replace(anchor, inserted))

    def run(self, check: str) -> tuple[bool, str]:
        """Run a check in this tree. Returns whether it passed, and its output."""
        command = [sys.executable, "-m"]
        if check == "mypy":
            command += ["mypy", "--no-color-output", "--no-error-summary"]
        else:
            command += ["pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", check]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
        finished = subprocess.run(
            command, cwd=self.path, env=environment, capture_output=True, text=True, check=False
        )
        return finished.returncode == 0, finished.stdout + finished.stderr
