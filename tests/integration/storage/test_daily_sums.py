"""The daily sums equal a slow count of all sessions, whenever and however often the sessions changed."""

from collections import Counter
from datetime import timedelta

import pytest
from support.clock import Clock
from support.generated_year import BEGIN, DAYS, GeneratedYear, stored_sums
from support.stored_session import SESSION

from bot.model.daily_sums import Figure
from bot.model.ids import CommandKey
from bot.unit_of_work import UnitOfWork
from bot.workflows.count_sessions import count_sessions


async def test_daily_sums_of_a_generated_year_equal_a_slow_count(unit_of_work: UnitOfWork) -> None:
    year = GeneratedYear(7, SESSION)
    await year.store(100, unit_of_work)
    counted = year.slow_count()
    assert {key.figure for key in counted} == set(Figure)
    assert await stored_sums(unit_of_work) == counted
    async with unit_of_work.read() as tx:
        totals = await tx.daily_sums.totals(BEGIN.date(), BEGIN.date() + timedelta(days=DAYS))
    by_label = Counter[tuple[Figure, str]]()
    for key, amount in counted.items():
        by_label[key.figure, key.label] += amount
    assert {
        (figure, label): n for figure, labels in totals.items() for label, n in labels.items()
    } == by_label


@pytest.mark.long
async def test_daily_sums_of_a_full_year_equal_a_slow_count(unit_of_work: UnitOfWork) -> None:
    year = GeneratedYear(11, SESSION)
    await year.store(1500, unit_of_work, at_once=250)
    assert await stored_sums(unit_of_work) == year.slow_count()


async def test_session_that_changes_while_it_is_counted_is_counted_the_next_time(
    unit_of_work: UnitOfWork, clock: Clock
) -> None:
    async with unit_of_work.write() as tx:
        await tx.sessions.open(SESSION, CommandKey("key"), another=False)
        ended = SESSION.ended(clock(), by=None)
        assert await tx.sessions.save(ended, known=SESSION)
    changed = ended.seen(is_online=True, at=clock())
    async with unit_of_work.write() as tx:
        assert await tx.sessions.save(changed, known=ended)
        assert await tx.daily_sums.claim(ended) is None
    await count_sessions(unit_of_work)
    async with unit_of_work.read() as tx:
        assert await tx.daily_sums.uncounted(limit=5) == []
        day = SESSION.created_at.date()
        assert sum((await tx.daily_sums.totals(day, day))[Figure.SESSIONS].values()) == 1


async def test_open_session_is_not_counted(unit_of_work: UnitOfWork) -> None:
    async with unit_of_work.write() as tx:
        await tx.sessions.open(SESSION, CommandKey("key"), another=False)
    await count_sessions(unit_of_work)
    assert await stored_sums(unit_of_work) == Counter()
