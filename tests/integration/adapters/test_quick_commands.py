"""`serve` and `worker` start without the library that reads command lines, and do what it would have done."""

import sys

import pytest
from typer.testing import CliRunner

from adapters.cli import loading
from adapters.cli.commands import app
from adapters.cli.main import SERVING, run


@pytest.mark.parametrize("arguments", list(SERVING))
def test_command_line_is_run_as_the_library_would_read_it(
    arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[tuple[bool, bool]] = []

    def start(*, serves: bool, works: bool) -> None:
        started.append((serves, works))

    monkeypatch.setattr(loading, "load_bot", lambda: start)
    monkeypatch.setattr(sys, "argv", ["tvbot", *arguments])
    with pytest.raises(SystemExit) as ended:
        run()
    assert ended.value.code == 0
    assert CliRunner().invoke(app, arguments).exit_code == 0
    assert started == [SERVING[arguments]] * 2


def test_other_options_are_left_to_the_library(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["tvbot", "serve", "--help"])
    with pytest.raises(SystemExit) as ended:
        run()
    assert ended.value.code == 0
    assert "--no-worker" in capsys.readouterr().out
