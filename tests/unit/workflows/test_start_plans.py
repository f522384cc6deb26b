"""The sweep creates what is due, and reminds of what begins soon. What fails for one plan does not stop the others."""

from support.bot_in_memory import BotInMemory
from support.plans import accept_plan, plan, plan_of, plans_of

from bot.jobs import MailPlan, Sweep, TellOfPlan
from bot.model.ids import RequestNumber
from bot.model.plan import PlanNews, PlanState


async def test_round_reminds_first_and_creates_the_session_at_its_time(bot: BotInMemory) -> None:
    planned = await plan(bot)
    bot.clock.move(hours=23, minutes=45)
    await bot.run_job(Sweep(up_seconds=0))
    about = [one for one in bot.jobs if isinstance(one, TellOfPlan | MailPlan)]
    assert {one.news for one in about} == {PlanNews.REMINDER}
    assert await bot.sessions() == []
    bot.clock.move(minutes=15)
    await bot.run_job(Sweep(up_seconds=0))
    assert plan_of(bot).state is PlanState.STARTED
    assert len(await bot.sessions()) == 1
    assert planned.id == plan_of(bot).id


async def test_plan_that_is_not_due_is_left_alone(bot: BotInMemory) -> None:
    planned = await plan(bot)
    await bot.run_job(Sweep(up_seconds=0))
    assert plan_of(bot) == planned


async def test_plan_that_is_refused_does_not_stop_the_next_one(bot: BotInMemory) -> None:
    await accept_plan(bot, "in 20 min")
    await accept_plan(bot, "in 80 min", number=RequestNumber("102"))
    bot.clock.move(minutes=81)
    await bot.run_job(Sweep(up_seconds=0))
    assert [one.state for one in plans_of(bot)] == [PlanState.REFUSED, PlanState.STARTED]
