"""Commands that only read: each says so itself, and none of them writes anything."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import get_args

import pytest
from support.bot_in_memory import ADA, ANA, PRIVATE, BotInMemory, N, actor_of
from support.memory.unit_of_work import MemoryUnitOfWork

from bot.command_dispatcher import CommandDispatcher
from bot.commands import (
    AdminHelp,
    AdminStatus,
    Command,
    CommandRequest,
    Hello,
    Help,
    ListAdmins,
    ListOpen,
    OpenPolicyForm,
    ReportOutage,
    ShowAuditLog,
    ShowCard,
    ShowOutageCard,
    ShowOutageLinks,
    ShowPolicy,
    Status,
    TryRule,
)
from bot.model.ids import CommandKey, SessionId, derive_outage_id
from bot.unit_of_work import Transaction
from bot.values import replace
from bot.views.pages import Message, View
from bot.views.parts import Reader, Tone

READING: tuple[Command, ...] = (
    Hello(),
    Help(),
    Help("create"),
    Status(),
    ListOpen(),
    ListOpen(2),
    ShowCard(SessionId("known")),
    ShowOutageLinks(derive_outage_id(CommandKey("outage"))),
    ShowOutageCard(derive_outage_id(CommandKey("outage"))),
    AdminHelp(),
    AdminStatus(),
    ListAdmins(),
    ShowAuditLog(),
    ShowPolicy(),
    OpenPolicyForm(),
    TryRule("no pilot"),
)
"""Every command that only reads."""


class ReadOnlyUnitOfWork:
    """A unit of work that refuses to write."""

    def __init__(self, unit_of_work: MemoryUnitOfWork) -> None:
        self._unit_of_work = unit_of_work

    def write(self) -> AbstractAsyncContextManager[Transaction]:
        raise AssertionError("a command that only reads opened a transaction to write")

    accept = write

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Transaction]:
        before = self._unit_of_work._data.copy()
        async with self._unit_of_work.read() as tx:
            yield tx
        assert self._unit_of_work._data == before, "a command that only reads changed what is stored"


class Views:
    """An answer format that returns the view itself."""

    def render(self, view: View, reader: Reader) -> View:
        del reader
        return view

    def dump(self, answer: View) -> str:
        raise AssertionError(f"the answer of a command that only reads was stored: {answer!r}")

    def load(self, stored: str) -> View:
        raise AssertionError(f"the answer of a command that only reads was stored: {stored}")


def test_every_command_says_whether_it_only_reads() -> None:
    silent = {one.__name__ for one in get_args(Command) if "only_reads" not in vars(one)}
    assert not silent
    reading = {one for one in get_args(Command) if one.only_reads}
    assert reading == {type(command) for command in READING}, "READING must name the commands that only read"


@pytest.mark.parametrize("command", READING, ids=repr)
async def test_command_that_only_reads_writes_nothing_and_is_answered(
    command: Command, bot: BotInMemory
) -> None:
    session = await bot.open_session(by=ANA)
    if isinstance(command, ShowCard):
        command = ShowCard(session.id)
    if isinstance(command, ShowOutageLinks | ShowOutageCard):
        await bot.connect(ADA, "u2")
        await bot.send(ReportOutage((N,)), by=ADA, key="outage")
        await bot.run_jobs()
    services = replace(bot.services, unit_of_work=ReadOnlyUnitOfWork(bot.unit_of_work))
    request = CommandRequest(CommandKey("k1"), actor_of(ADA), PRIVATE, command)
    for _delivery in range(2):
        view = await CommandDispatcher(services).dispatch(request, Views(), is_looked_at=True)
        is_refusal = isinstance(view, Message) and view.tone in {Tone.REFUSED, Tone.PROBLEM}
        assert not is_refusal, view


@pytest.mark.parametrize("command", READING, ids=repr)
async def test_refusal_of_a_command_that_only_reads_writes_nothing(
    command: Command, bot: BotInMemory
) -> None:
    """Neither the list of technicians nor a switch that is off makes a reading command write."""
    await bot.switch(integration=False)
    services = replace(bot.services, unit_of_work=ReadOnlyUnitOfWork(bot.unit_of_work))
    request = CommandRequest(CommandKey("k1"), actor_of(ANA), PRIVATE, command)
    assert await CommandDispatcher(services).dispatch(request, Views(), is_looked_at=True)
