"""Keep the lists of assigned requests, so that ServiceDesk Plus is asked seldom and a home is shown without it."""

from datetime import timedelta

import pytest
from support.bot_in_memory import ANA, AWAY, BEN, REFUSED, BotInMemory, N

from bot.errors import BotError, Unavailable
from bot.i18n import Text
from bot.workflows.assigned_requests import KEEP, MOST_TECHNICIANS, AssignedRequestLists

FRESH = timedelta(seconds=30)


@pytest.fixture
def lists(bot: BotInMemory) -> AssignedRequestLists:
    """The lists, with one request of Ana's to read."""
    bot.servicedesk.assigned[ANA.email] = [N]
    return AssignedRequestLists(bot.servicedesk, bot.clock)


def numbers(lists: AssignedRequestLists) -> list[str]:
    """Return the numbers of Ana's requests, as far as they are known."""
    known = lists.find(ANA.email)
    assert known is not None
    return [one.number for one in known.assigned.requests]


async def test_list_is_due_until_it_was_read_and_again_when_it_is_old(
    bot: BotInMemory, lists: AssignedRequestLists
) -> None:
    assert lists.is_due(ANA.email, FRESH)
    await lists.read(ANA.email)
    assert numbers(lists) == [N]
    assert not lists.is_due(ANA.email, FRESH)
    assert lists.is_due(BEN.email, FRESH)
    bot.clock.move(seconds=30)
    assert lists.is_due(ANA.email, FRESH)


@pytest.mark.parametrize("problem", [AWAY, REFUSED])
async def test_older_list_stays_with_the_reason_while_it_cannot_be_read(
    bot: BotInMemory, lists: AssignedRequestLists, problem: BotError
) -> None:
    await lists.read(ANA.email)
    bot.clock.move(minutes=5)
    bot.servicedesk.fail_once("assigned_requests", problem)
    await lists.read(ANA.email)
    known = lists.find(ANA.email)
    assert known is not None
    assert (numbers(lists), str(known.problem)) == ([N], str(problem.text))
    assert known.read_at == bot.clock() - timedelta(minutes=5)
    # It is asked again after a minute, and then the problem is forgotten.
    assert not lists.is_due(ANA.email, FRESH)
    bot.clock.move(minutes=1)
    assert lists.is_due(ANA.email, FRESH)
    await lists.read(ANA.email)
    read = lists.find(ANA.email)
    assert read is not None
    assert read.problem is None


async def test_pause_that_servicedesk_asks_for_holds_for_every_technician(
    bot: BotInMemory, lists: AssignedRequestLists
) -> None:
    bot.servicedesk.fail_once("assigned_requests", Unavailable(Text("Too many."), retry_after=300))
    await lists.read(ANA.email)
    await lists.read(BEN.email)
    assert bot.servicedesk.calls.count("assigned_requests") == 1
    for technician in (ANA, BEN):
        assert not lists.is_due(technician.email, FRESH)
    bot.clock.move(minutes=5)
    await lists.read(BEN.email)
    assert bot.servicedesk.calls.count("assigned_requests") == 2


async def test_answer_to_an_earlier_call_does_not_replace_a_newer_one(
    bot: BotInMemory, lists: AssignedRequestLists
) -> None:
    async def close_and_read_again() -> None:
        bot.clock.move(seconds=1)
        bot.servicedesk.assigned.clear()
        await lists.read(ANA.email)

    bot.servicedesk.before_return["assigned_requests"] = close_and_read_again
    await lists.read(ANA.email)
    assert numbers(lists) == []


async def test_very_old_list_is_not_shown_any_more(bot: BotInMemory, lists: AssignedRequestLists) -> None:
    await lists.read(ANA.email)
    bot.clock.move(seconds=KEEP.total_seconds())
    known = lists.find(ANA.email)
    assert known is not None
    assert (known.read_at, numbers(lists)) == (None, [])
    assert lists.is_due(ANA.email, FRESH)


async def test_lists_take_no_more_room_than_for_a_few_thousand_technicians(
    lists: AssignedRequestLists,
) -> None:
    for place in range(MOST_TECHNICIANS + 1):
        await lists.read(type(ANA.email)(f"{place}@example.com"))
    assert lists.find(type(ANA.email)("0@example.com")) is None
    assert len(lists._lists) == MOST_TECHNICIANS
