"""The jobs of planned sessions: each way to mail is tried once, and a failure is answered where it is known."""

import pytest
from support.bot_in_memory import (
    AWAY,
    IN_CHANNEL,
    LOST,
    REFUSED,
    REQUEST,
    BotInMemory,
    N,
)
from support.plans import accept_plan, card_text, plan, plan_of

from bot.jobs import MailPlan, ShowPlan, TellOfPlan
from bot.model.ids import RequestNumber
from bot.model.notice import Channel, NoticeState
from bot.model.plan import PlanNews, PlanState
from bot.model.technician import Platform
from bot.use_cases.plan import remind_of_plan
from bot.values import replace


async def test_request_that_is_unknown_drops_the_plan_with_an_answer(bot: BotInMemory) -> None:
    await plan(bot, number=RequestNumber("404"))
    assert plan_of(bot).state is PlanState.REFUSED
    assert bot.mailer.sent == []
    assert bot.slack.messages == {}
    assert len(bot.answers) == 1


@pytest.mark.parametrize("closed", [{"is_closed": True}, {"is_trashed": True}])
async def test_request_that_is_closed_or_in_the_trash_drops_the_plan(
    bot: BotInMemory, closed: dict[str, bool]
) -> None:
    bot.servicedesk.add_request(replace(REQUEST, **closed))  # type: ignore[arg-type]  # a test names any field
    await plan(bot)
    assert plan_of(bot).state is PlanState.REFUSED


async def test_installation_without_a_mail_server_replies_on_the_request_and_says_what_is_missing(
    bot: BotInMemory,
) -> None:
    bot.mailer.is_configured = False
    await plan(bot)
    (reply,) = bot.servicedesk.replies
    assert "attached file" not in reply.html
    assert "without a calendar file: No mail server is set up." in card_text(bot)
    assert plan_of(bot).mail.channel is Channel.REPLY


async def test_reply_whose_answer_was_lost_is_not_sent_twice(bot: BotInMemory) -> None:
    bot.mailer.is_configured = False
    bot.servicedesk.fail_once("reply", LOST)
    planned = await plan(bot)
    await bot.run_job(MailPlan(planned.id, 0, PlanNews.PLANNED))
    assert len(bot.servicedesk.replies) == 1


async def test_mail_that_every_way_refuses_is_shown_as_not_sent(bot: BotInMemory) -> None:
    bot.mailer.fail_once("send", REFUSED)
    bot.servicedesk.fail_once("reply", REFUSED)
    await plan(bot)
    assert "The e-mail to Rita was not sent." in card_text(bot)
    assert plan_of(bot).mail.state is NoticeState.FAILED


async def test_requester_without_an_address_gets_no_mail_and_the_card_says_why(bot: BotInMemory) -> None:
    bot.servicedesk.add_request(replace(REQUEST, requester=replace(REQUEST.requester, email=None)))
    await plan(bot)
    assert bot.mailer.sent == []
    assert "No e-mail to Rita. The request shows no e-mail address." in card_text(bot)


async def test_chat_that_is_away_gets_the_card_later_and_once(bot: BotInMemory) -> None:
    bot.slack.fail_once("post", AWAY)
    await plan(bot)
    assert len(bot.slack.messages) == 1


async def test_job_of_a_plan_that_is_deleted_does_nothing(bot: BotInMemory) -> None:
    planned = await accept_plan(bot)
    bot.unit_of_work._data.plans.clear()
    bot.unit_of_work.take_jobs()
    for job in (
        ShowPlan(Platform.SLACK, planned.id, posts=True),
        MailPlan(planned.id, 0, PlanNews.PLANNED),
        TellOfPlan(planned.id, PlanNews.REMINDER),
    ):
        await bot.run_job(job)
    assert (bot.mailer.sent, bot.slack.messages) == ([], {})
    assert (N, IN_CHANNEL.channel) == (planned.number, "C1")


async def test_reminder_goes_to_the_known_address_while_servicedesk_is_away(bot: BotInMemory) -> None:
    planned = await plan(bot)
    bot.mailer.sent.clear()
    bot.servicedesk.fail_once("request", AWAY)
    async with bot.unit_of_work.write() as tx:
        await remind_of_plan(planned, tx)
    await bot.run_jobs()
    assert [(one.to, one.event) for one in bot.mailer.sent] == [("rita@example.com", None)]
