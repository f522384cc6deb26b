"""What an older version stored is still understood: jobs in the queues, and commands in the buttons of old messages.

Each line of ``tests/data/stored/`` is a job or a command as some version stored it. A line is never changed, so a field that
is added later needs a default, and none is ever removed.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest

from bot.commands import Command, decode_command
from bot.jobs import Job, decode_job
from bot.values import field_names

STORED = Path(__file__).parents[1] / "data" / "stored"
FILES: dict[str, tuple[Any, Callable[[str], Any]]] = {
    "jobs.jsonl": (Job, decode_job),
    "commands.jsonl": (Command, decode_command),
}
LINES = [
    pytest.param(name, line, id=f"{name}-{json.loads(line)['do']}-{number}")
    for name in FILES
    for number, line in enumerate((STORED / name).read_text(encoding="utf-8").splitlines())
]


@pytest.mark.parametrize(("name", "line"), LINES)
def test_what_a_version_stored_is_still_understood(name: str, line: str) -> None:
    _union, decode = FILES[name]
    stored = json.loads(line)
    value = decode(line)
    assert value.tag == stored.pop("do")
    assert stored.keys() <= set(field_names(value))


@pytest.mark.parametrize("name", FILES)
def test_the_present_form_of_each_is_kept(name: str) -> None:
    """A new job, command or field needs a line with all fields in the file. The older lines stay."""
    union, _decode = FILES[name]
    kept = {
        (stored.pop("do"), frozenset(stored))
        for stored in map(json.loads, (STORED / name).read_text(encoding="utf-8").splitlines())
    }
    present = {(one.tag, frozenset(field_names(one))) for one in get_args(union)}
    assert present - kept == set()
