"""Builds the Teams package as an operator does, and opens it as Teams does."""

import json
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator

from adapters.cli.main import run

DATA = Path(__file__).parents[1] / "data"
URL = "https://tvbot.example.com"
APP_ID = "12345678-90ab-cdef-1234-567890abcdef"


def manifest_teams(monkeypatch: pytest.MonkeyPatch, *options: str) -> int:
    """Run ``tvbot manifest teams``; its exit code."""
    monkeypatch.setattr(sys, "argv", ["tvbot", "manifest", "teams", *options])
    with pytest.raises(SystemExit) as ended:
        run()
    return int(ended.value.code or 0)


class Package:
    """A package as Teams opens it."""

    def __init__(self, file: Path) -> None:
        with zipfile.ZipFile(file) as archive:
            assert archive.testzip() is None
            self.files = {name: archive.read(name) for name in archive.namelist()}

    def json(self, name: str) -> Any:
        """A file, read as JSON."""
        return json.loads(self.files[name])

    @property
    def manifest(self) -> Any:
        """The manifest."""
        return self.json("manifest.json")

    def sentences(self, language: str) -> dict[str, str]:
        """What a language's file says, under the paths of the manifest."""
        file = self.json(f"{language}.json")
        return {path: said for path, said in file.items() if not path.startswith("$")}


class Builder:
    """Runs the command as an operator does, in a folder without settings."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
        self._monkeypatch = monkeypatch
        self.file = folder / "teams.zip"
        monkeypatch.chdir(folder)

    def __call__(self, *options: str) -> Package:
        given = ("--url", URL, "--app-id", APP_ID, "--out", str(self.file), *options)
        assert manifest_teams(self._monkeypatch, *given) == 0
        return Package(self.file)


def problems(schema: str, document: Any) -> list[str]:
    """What a schema of Microsoft's finds wrong."""
    rules = json.loads((DATA / schema).read_text(encoding="utf-8"))
    return [error.message for error in Draft4Validator(rules).iter_errors(document)]
