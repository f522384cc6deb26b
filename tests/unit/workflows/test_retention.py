"""Delete what is too old."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from support.bot_in_memory import ANA, BotInMemory, actor_of
from support.memory.unit_of_work import MemoryTransaction

from bot.commands import Auth
from bot.model.audit import Action
from bot.model.daily_sums import Figure
from bot.use_cases.authorize import sign_in_url
from bot.workflows.count_sessions import count_sessions
from bot.workflows.retention import BY, KEEP_COMMANDS, delete_old_records

RETENTION = timedelta(days=90)


async def clean(bot: BotInMemory, retention: timedelta = RETENTION) -> None:
    """Delete what is old, after the sessions were counted, as a round of the sweep does."""
    await count_sessions(bot.unit_of_work)
    await delete_old_records(bot.clock(), retention, bot.unit_of_work)


async def test_session_is_not_deleted_before_it_is_counted(bot: BotInMemory) -> None:
    over = await bot.open_session()
    await bot.end(over.id)
    bot.clock.move(days=RETENTION.days + 1)
    await delete_old_records(bot.clock(), RETENTION, bot.unit_of_work)
    assert [one.id for one in await bot.sessions()] == [over.id]
    await clean(bot)
    assert await bot.sessions() == []


async def test_daily_sums_stay_without_the_technicians(bot: BotInMemory) -> None:
    over = await bot.open_session()
    await bot.end(over.id)
    day = over.created_at.date()
    await count_sessions(bot.unit_of_work)
    async with bot.unit_of_work.read() as tx:
        assert (await tx.daily_sums.totals(day, day))[Figure.TECHNICIAN] == {ANA.email: 1}
    bot.clock.move(days=RETENTION.days + 1)
    await clean(bot)
    async with bot.unit_of_work.read() as tx:
        totals = await tx.daily_sums.totals(day, day)
    assert totals[Figure.TECHNICIAN] == {}
    assert totals[Figure.SESSIONS] == {"remote/nobody": 1}


async def test_session_is_deleted_once_it_is_over_and_old(bot: BotInMemory) -> None:
    over = await bot.open_session()
    await bot.end(over.id)
    still_open = await bot.open_session(another=True)
    bot.clock.move(days=RETENTION.days)
    await clean(bot)
    assert len(await bot.sessions()) == 2
    bot.clock.move(seconds=1)
    await clean(bot)
    assert [one.id for one in await bot.sessions()] == [still_open.id]
    assert (await bot.cards(over.id), await bot.notices(over.id)) == ([], [])


@pytest.mark.parametrize(
    ("retention", "stored_for"), [(RETENTION, KEEP_COMMANDS), (timedelta(days=1), timedelta(days=1))]
)
async def test_command_is_stored_as_long_as_a_platform_repeats_it(
    bot: BotInMemory, retention: timedelta, stored_for: timedelta
) -> None:
    key = await bot.store_command()
    for moved, is_stored in ((stored_for, True), (timedelta(seconds=1), False)):
        bot.clock.move(seconds=moved.total_seconds())
        await clean(bot, retention)
        async with bot.unit_of_work.read() as tx:
            assert (await tx.commands.return_address(key) is not None) is is_stored


async def test_grant_that_has_expired_is_deleted(bot: BotInMemory) -> None:
    async with bot.context(Auth()) as context:
        state = (await sign_in_url(context)).reveal().partition("state=")[2]
    await clean(bot)
    async with bot.unit_of_work.read() as tx:
        assert await tx.states.peek(state, "teamviewer", bot.clock()) is not None
    bot.clock.move(hours=1)
    await clean(bot)
    async with bot.unit_of_work.read() as tx:
        assert await tx.states.peek(state, "teamviewer", bot.clock() - timedelta(hours=1)) is None


async def test_person_who_is_gone_loses_profile_home_and_connection(bot: BotInMemory) -> None:
    await bot.open_home(ANA)
    bot.clock.move(days=RETENTION.days, seconds=1)
    await clean(bot)
    async with bot.unit_of_work.read() as tx:
        assert await tx.people.profile(actor_of(ANA)) is None
        assert await tx.homes.page(after=None, limit=10) == []
        assert len(await tx.revocations.due(bot.clock())) == 1
    assert await bot.connections() == []
    (entry,) = await bot.audited()
    assert (entry.by, entry.action, entry.subject) == (BY, Action.DISCONNECTED, ANA.email)


async def test_connection_of_somebody_who_is_there_stays_stored_however_old(bot: BotInMemory) -> None:
    bot.clock.move(days=RETENTION.days, seconds=1)
    await bot.workflows.services.users.read_profile(actor_of(ANA))
    await clean(bot)
    assert len(await bot.connections()) == 1
    assert await bot.audited() == []


async def test_each_transaction_deletes_a_batch(bot: BotInMemory, monkeypatch: pytest.MonkeyPatch) -> None:
    """One transaction for all would keep every command waiting."""
    monkeypatch.setattr("bot.workflows.retention.BATCH", 2)
    for _number in range(5):
        session = await bot.open_session(another=True)
        await bot.end(session.id)
    bot.clock.move(days=RETENTION.days, seconds=1)
    left: list[int] = []
    write = bot.unit_of_work.write

    @asynccontextmanager
    async def counting_write() -> AsyncIterator[MemoryTransaction]:
        async with write() as tx:
            yield tx
        left.append(len(await bot.sessions()))

    monkeypatch.setattr(bot.unit_of_work, "write", counting_write)
    await clean(bot)
    assert sorted(set(left), reverse=True) == [5, 3, 1, 0]
