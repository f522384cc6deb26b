"""Changes of a planned session while outside systems are asked are not lost."""

from support.bot_in_memory import REQUEST, BotInMemory
from support.plans import accept_plan, card_text, plan, plan_of

from bot.commands import CancelPlan, MovePlan
from bot.model.notice import NoticeState
from bot.model.plan import PlanState
from bot.model.request import Requester
from bot.values import replace


async def test_plan_cancelled_while_its_request_is_looked_up_stays_cancelled(bot: BotInMemory) -> None:
    planned = await accept_plan(bot)

    async def cancel() -> None:
        await bot.send(CancelPlan(planned.id))

    bot.servicedesk.before_return["request"] = cancel
    await bot.run_jobs()
    assert plan_of(bot).state is PlanState.CANCELLED
    assert bot.mailer.sent == []
    assert bot.slack.messages == {}


async def test_plan_moved_while_its_card_is_posted_ends_with_a_current_card(bot: BotInMemory) -> None:
    planned = await accept_plan(bot)

    async def move() -> None:
        await bot.send(MovePlan(planned.id, "in 3 days"))

    bot.slack.before_return["post"] = move
    await bot.run_jobs()
    assert "27 Nov" in card_text(bot)
    assert len(bot.slack.messages) == 1


async def test_plan_moved_while_its_mail_is_sent_gets_a_mail_of_its_own(bot: BotInMemory) -> None:
    planned = await accept_plan(bot)

    async def move() -> None:
        await bot.send(MovePlan(planned.id, "in 3 days"))
        assert plan_of(bot).mail.state is NoticeState.PENDING

    bot.mailer.before_return["send"] = move
    await bot.run_jobs()
    events = [one.event for one in bot.mailer.sent if one.event]
    assert [one.sequence for one in events] == [0, 1]
    assert plan_of(bot).mail.state is NoticeState.SENT


async def test_plan_cancelled_while_its_reply_is_sent_gets_a_reply_of_its_own(bot: BotInMemory) -> None:
    bot.mailer.is_configured = False
    planned = await accept_plan(bot)

    async def cancel() -> None:
        await bot.send(CancelPlan(planned.id))

    bot.servicedesk.before_return["reply"] = cancel
    await bot.run_jobs()
    assert len(bot.servicedesk.replies) == 2
    assert "is cancelled" in bot.servicedesk.replies[-1].html
    assert plan_of(bot).state is PlanState.CANCELLED


async def test_plan_cancelled_while_its_requester_is_looked_up_stays_cancelled(bot: BotInMemory) -> None:
    """The person who got the appointment gets the mail that cancels it. The new requester gets none."""
    planned = await plan(bot)
    bot.mailer.sent.clear()
    bot.servicedesk.add_request(replace(REQUEST, requester=Requester("Pia", "pia@example.com")))
    await bot.send(MovePlan(planned.id, "in 3 days"))

    async def cancel() -> None:
        await bot.send(CancelPlan(planned.id))

    bot.servicedesk.before_return["request"] = cancel
    await bot.run_jobs()
    assert plan_of(bot).state is PlanState.CANCELLED
    assert [(one.to, one.event.is_cancelled if one.event else None) for one in bot.mailer.sent] == [
        ("rita@example.com", True)
    ]
