"""Every call that must not be repeated goes through one mechanism, ``bot.attempts``: a new one that forgets it fails here."""

import ast
import inspect
from pathlib import Path

import pytest
from support.fakes.mailer import FakeMailer
from support.fakes.service import FakeService
from support.fakes.services import Fakes
from support.repetition import PORTS, REPETITION

import bot
from bot.attempts import attempting
from bot.ports import Mail

MAIL = Mail("ann@example.com", "Subject", "Text", "<p>Text</p>", "<1@tvbot>")
MARKS = {"mark_attempted"}
"""The repositories' methods that mark an attempt."""


def test_every_call_of_an_outside_system_says_whether_it_may_be_repeated() -> None:
    calls = {
        f"{port.__name__}.{name}"
        for port in PORTS
        for name, method in vars(port).items()
        if inspect.iscoroutinefunction(method)
    }
    assert calls == set(REPETITION)


def test_every_fake_knows_its_port() -> None:
    """A fake without the name of its port would check nothing."""
    fakes = [fake for fake in vars(Fakes()).values() if isinstance(fake, FakeService)]
    assert {fake.port for fake in fakes} >= {port.__name__ for port in PORTS}


async def test_fake_refuses_a_call_without_an_attempt() -> None:
    with pytest.raises(AssertionError, match=r"Mailer\.send must be called within attempting"):
        await FakeMailer().send(MAIL)


async def test_fake_takes_a_call_within_an_attempt() -> None:
    mailer = FakeMailer()

    async def mark() -> bool:
        return False

    async def take_back() -> None:
        raise AssertionError("the call has left")

    async with attempting(mark, take_back):
        await mailer.send(MAIL)
    assert mailer.sent == [MAIL]


def test_every_mark_is_made_within_an_attempt() -> None:
    """A mark that is made by hand would stay after a call that never left."""
    found = set()
    for path in (Path(bot.__file__).parent / "workflows").glob("*.py"):
        tree = ast.parse(path.read_text())
        makes_mark = any(isinstance(node, ast.Attribute) and node.attr in MARKS for node in ast.walk(tree))
        if makes_mark and "attempting" not in path.read_text():
            found.add(path.stem)
    # After a restore the marks are made because a call may have been made before the backup.
    assert found == {"settle_restore"}
