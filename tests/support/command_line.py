"""Runs ``tvbot`` in this process, and lists all of its commands."""

import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import typer.main
from support.logging_to import captured_log

from adapters.cli.commands import app
from adapters.cli.main import run

Tvbot = Callable[..., tuple[int, str, str]]
VALUES = {"--url": "https://tvbot.example.com", "--app-id": "5f1b0000-0000-4000-8000-000000000001"}
"""What a required option is given. Any other required parameter gets the name of a file."""


def new_tvbot(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Tvbot:
    """Return a function that runs ``tvbot`` with arguments. It returns the exit code, the output and the errors."""

    def call(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["tvbot", *arguments])
        # A command configures the log of its process, and this process has other tests.
        with captured_log("error", "console"), pytest.raises(SystemExit) as ended:
            run()
        printed = capsys.readouterr()
        return int(ended.value.code or 0), printed.out, printed.err

    return call


def every_command() -> list[tuple[str, ...]]:
    """Return each command of the command line, with values for what it requires."""
    return list(_commands(typer.main.get_command(app), ()))


def _commands(command: Any, words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    if hasattr(command, "commands"):
        for name, inner in command.commands.items():
            yield from _commands(inner, (*words, name))
        return
    required = [parameter for parameter in command.params if parameter.required]
    given: list[str] = []
    for parameter in required:
        name = parameter.opts[0]
        value = VALUES.get(name, "file")
        given += [name, value] if name.startswith("-") else [value]
    yield (*words, *given)
