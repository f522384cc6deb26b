"""End the open sessions of a request that was closed in ServiceDesk Plus."""

import pytest
from support.bot_in_memory import REQUEST, BotInMemory, N
from support.plans import card_text, plan, plan_of

from bot.jobs import EndSession, MailPlan, TellOfPlan
from bot.model.plan import PlanNews, PlanState
from bot.use_cases.request_closed import BY, end_sessions_of_closed_request, read_reference
from bot.values import replace


async def close(bot: BotInMemory, reference: str = REQUEST.id) -> int:
    return await end_sessions_of_closed_request(reference, bot.unit_of_work, bot.clock())


@pytest.mark.parametrize(
    ("given", "reference"),
    [
        (REQUEST.id, REQUEST.id),
        (int(REQUEST.id), REQUEST.id),
        ("101", "101"),
        (101, "101"),
        (" #101 ", "101"),
        ("##101##", "101"),
        ("IT-101", "101"),
        ("$REQUEST_ID", None),
        ("", None),
        ("٣", None),
        (None, None),
        (True, None),
        (1.0, None),
        ([101], None),
        ("9" * 31, None),
    ],
)
def test_reference_is_the_digits_of_an_id_or_a_number(given: object, reference: str | None) -> None:
    assert read_reference(given) == reference


@pytest.mark.parametrize("reference", [REQUEST.id, N, f"0{N}"])
async def test_sessions_are_found_by_the_long_id_and_by_the_display_number(
    bot: BotInMemory, reference: str
) -> None:
    await bot.open_session()
    assert await close(bot, reference) == 1


async def test_session_whose_request_is_not_looked_up_yet_is_found_by_its_number(bot: BotInMemory) -> None:
    await bot.accept_session()
    assert await close(bot, N) == 1


async def test_every_open_session_of_the_request_is_ended(bot: BotInMemory) -> None:
    first, second = await bot.open_session(), await bot.open_session(another=True)
    assert await close(bot) == 2
    assert {one for one in bot.jobs if isinstance(one, EndSession)} == {
        EndSession(first.id, BY, BY),
        EndSession(second.id, BY, BY),
    }


async def test_sessions_of_other_requests_and_ended_ones_are_left_alone(bot: BotInMemory) -> None:
    session = await bot.open_session()
    assert await close(bot, "900000000000000999") == 0
    assert await close(bot, "10") == 0
    await bot.change(session.id, lambda one: replace(one.ended(bot.clock(), None)))
    bot.unit_of_work.take_jobs()
    assert await close(bot) == 0
    assert bot.jobs == []


async def test_nothing_is_ended_while_the_integration_is_off(bot: BotInMemory) -> None:
    await bot.open_session()
    await bot.switch(integration=False)
    assert await close(bot) == 0
    assert bot.jobs == []


async def test_repeated_hook_enqueues_a_job_of_its_own(bot: BotInMemory) -> None:
    await bot.open_session()
    await close(bot)
    bot.clock.move(seconds=1)
    await close(bot)
    assert len({one.key for one in bot.queue if isinstance(one.job, EndSession)}) == 2


async def test_session_of_a_closed_request_is_ending_at_once(bot: BotInMemory) -> None:
    session = await bot.open_session()
    await close(bot)
    assert (await bot.session(session.id)).is_ending


@pytest.mark.parametrize("reference", [REQUEST.id, N, f"0{N}"])
async def test_planned_sessions_are_cancelled_and_both_people_learn_of_it(
    bot: BotInMemory, reference: str
) -> None:
    planned = await plan(bot)
    assert await close(bot, reference) == 1
    assert await close(bot, reference) == 0
    assert {MailPlan(planned.id, 1, PlanNews.CANCELLED), TellOfPlan(planned.id, PlanNews.CLOSED)} <= set(
        bot.jobs
    )
    await bot.run_jobs()
    assert (plan_of(bot).state, plan_of(bot).changed_by) == (PlanState.CANCELLED, BY)
    assert "was cancelled by ServiceDesk Plus" in card_text(bot)
    event = bot.mailer.sent[-1].event
    assert event is not None
    assert event.is_cancelled


async def test_planned_session_of_another_request_and_while_the_integration_is_off_stays(
    bot: BotInMemory,
) -> None:
    planned = await plan(bot)
    assert await close(bot, "102") == 0
    await bot.switch(integration=False)
    assert await close(bot) == 0
    assert plan_of(bot) == planned
