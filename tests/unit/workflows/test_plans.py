"""The card of a planned session, the requester's mails, and the messages to its technician say what is true."""

import pytest
from support.bot_in_memory import (
    ADA,
    ANA,
    IN_CHANNEL,
    LOST,
    PRIVATE,
    REQUEST,
    BotInMemory,
    actor_of,
)
from support.plans import card_of, card_text, plan, plan_of

from bot.commands import CancelPlan, MovePlan, StartPlan, SwitchWidget
from bot.jobs import MailPlan, TellOfPlan
from bot.model.plan import PlanNews
from bot.model.request import Requester
from bot.model.switches import Location
from bot.model.technician import Platform
from bot.use_cases.plan import remind_of_plan
from bot.values import replace
from bot.views.pages import Message

BUTTONS = ["Start now", "Move", "Cancel"]


def labels(view: object) -> list[str]:
    assert isinstance(view, Message)
    return [str(one.label) for one in view.buttons]


async def test_card_shows_time_and_mail_with_its_buttons(bot: BotInMemory) -> None:
    planned = await plan(bot)
    assert labels(card_of(bot)) == BUTTONS
    assert "planned for 25 Nov, 09:00 UTC" in card_text(bot)
    assert REQUEST.subject in card_text(bot)
    assert "E-mail to Rita, with a calendar file" in card_text(bot)
    (mail,) = bot.mailer.sent
    assert mail.event is not None
    assert (mail.event.sequence, mail.event.is_cancelled) == (0, False)
    assert (mail.event.starts_at, mail.event.attendee) == (planned.starts_at, "rita@example.com")
    assert "Wednesday 25 November 2026, 10:00 (Europe/Paris)" in mail.text
    (note,) = [str(one) for one in bot.servicedesk.notes if "planned for" in str(one)]
    assert "E-mail to Rita" in note


async def test_card_in_private_is_posted_to_the_technician_alone(bot: BotInMemory) -> None:
    await plan(bot, place=PRIVATE)
    assert list(bot.slack.private.values()) == [actor_of(ANA)]
    assert labels(card_of(bot)) == BUTTONS


async def test_widget_that_is_off_shows_no_card_and_the_answer_says_it_all(bot: BotInMemory) -> None:
    await bot.switch(hidden=Location.MESSAGE)
    await plan(bot)
    assert bot.slack.messages == {}
    (answer,) = bot.answers
    assert "planned for" in str(answer.view.text)  # type: ignore[union-attr]  # a message


async def test_moved_and_cancelled_plan_changes_the_one_card_and_the_calendar(bot: BotInMemory) -> None:
    planned = await plan(bot)
    await bot.send(MovePlan(planned.id, "in 2 days"))
    await bot.run_jobs()
    assert "26 Nov" in card_text(bot)
    await bot.send(CancelPlan(planned.id))
    await bot.run_jobs()
    assert "was cancelled by Ana" in card_text(bot)
    assert labels(card_of(bot)) == []
    events = [one.event for one in bot.mailer.sent]
    assert [(one.uid, one.sequence, one.is_cancelled) for one in events if one] == [
        (f"{planned.id}@tvbot", 0, False),
        (f"{planned.id}@tvbot", 1, False),
        (f"{planned.id}@tvbot", 2, True),
    ]
    assert len(bot.slack.messages) == 1
    assert len({one.message_id for one in bot.mailer.sent}) == 3


async def test_requester_who_is_known_in_a_chat_reads_their_own_language_and_zone(bot: BotInMemory) -> None:
    account = actor_of(ANA)
    async with bot.unit_of_work.write() as tx:
        stored = await tx.people.profile(account)
        assert stored is not None
        rita = replace(
            stored[0],
            actor=replace(account, user="URITA"),
            email=REQUEST.requester.email,  # type: ignore[arg-type]  # the address of the request
            locale="fr-FR",
            timezone="America/New_York",
        )
        await tx.people.store_profile(rita, bot.clock())
    await plan(bot)
    (mail,) = bot.mailer.sent
    assert "mercredi 25 novembre 2026, 04:00 (America/New_York)" in mail.text
    assert "Bonjour Rita" in mail.text


async def test_reminder_reaches_both_and_changes_no_calendar(bot: BotInMemory) -> None:
    planned = await plan(bot)
    await bot.run_job(MailPlan(planned.id, 0, PlanNews.REMINDER))
    await bot.run_job(TellOfPlan(planned.id, PlanNews.REMINDER))
    assert bot.mailer.sent[-1].event is None
    assert "a reminder" in bot.mailer.sent[-1].text
    (message,) = [bot.slack.messages[posted] for posted in bot.slack.private]
    assert labels(message) == BUTTONS


@pytest.mark.parametrize("over", [CancelPlan, StartPlan])
async def test_what_is_over_is_not_reminded_of(bot: BotInMemory, over: type[CancelPlan | StartPlan]) -> None:
    planned = await plan(bot)
    await bot.send(over(planned.id))
    bot.unit_of_work.take_jobs()
    sent = len(bot.mailer.sent)
    await bot.run_job(MailPlan(planned.id, 0, PlanNews.REMINDER))
    await bot.run_job(TellOfPlan(planned.id, PlanNews.REMINDER))
    assert len(bot.mailer.sent) == sent
    assert bot.slack.private == {}


async def test_card_whose_post_got_no_answer_is_found_again(bot: BotInMemory) -> None:
    bot.slack.fail_once("post", LOST)
    await plan(bot)
    assert len(bot.slack.messages) == 1
    assert "with a calendar file" in card_text(bot)


async def test_card_that_was_deleted_is_not_posted_again(bot: BotInMemory) -> None:
    planned = await plan(bot)
    bot.slack.messages.clear()
    await bot.send(MovePlan(planned.id, "in 2 days"))
    await bot.run_jobs()
    assert bot.slack.messages == {}


async def test_answer_of_a_chat_that_keeps_answers_is_the_card(bot: BotInMemory) -> None:
    await plan(bot, platform=Platform.TEAMS)
    assert labels(card_of(bot, Platform.TEAMS)) == BUTTONS
    assert bot.answers == []


async def test_card_in_a_channel_that_is_shared_later_names_nobody(bot: BotInMemory) -> None:
    planned = await plan(bot)
    bot.slack.shared_channels.add(IN_CHANNEL.channel)
    await bot.send(MovePlan(planned.id, "in 2 days"))
    await bot.run_jobs()
    assert labels(card_of(bot)) == []
    assert "Another organization shares this channel" in card_text(bot)
    assert "planned for" in card_text(bot)
    await bot.send(CancelPlan(planned.id))
    await bot.run_jobs()
    assert "no session is planned" in card_text(bot)
    for hidden in (REQUEST.subject, ANA.name, REQUEST.requester.name):
        assert hidden not in card_text(bot)


async def test_switch_turns_the_buttons_into_words_and_back(bot: BotInMemory) -> None:
    await plan(bot)
    for widget, buttons in ((False, []), (True, BUTTONS)):
        await bot.send(SwitchWidget(on=widget), ADA)
        await bot.run_jobs()
        assert labels(card_of(bot)) == buttons
        assert ("start 101" in card_text(bot)) is not widget


PIA = Requester("Pia", "pia@example.com")


def mailed(bot: BotInMemory) -> list[tuple[str, bool | None]]:
    """Return to whom each mail went, and whether its calendar file cancels the appointment. None: it has no file."""
    return [(one.to, one.event.is_cancelled if one.event else None) for one in bot.mailer.sent]


async def test_new_requester_of_a_moved_session_gets_the_appointment_and_the_former_one_loses_it(
    bot: BotInMemory,
) -> None:
    planned = await plan(bot)
    bot.mailer.sent.clear()
    bot.servicedesk.add_request(replace(REQUEST, requester=PIA))
    await bot.send(MovePlan(planned.id, "in 2 days"))
    await bot.run_jobs()
    assert sorted(mailed(bot)) == [("pia@example.com", False), ("rita@example.com", True)]
    assert "Pia" not in next(one.text for one in bot.mailer.sent if one.to == "rita@example.com")
    assert "E-mail to Pia, with a calendar file" in card_text(bot)
    assert plan_of(bot).requester_email == "pia@example.com"
    # From now on all is as for any other session.
    bot.mailer.sent.clear()
    await bot.send(CancelPlan(planned.id))
    await bot.run_jobs()
    assert mailed(bot) == [("pia@example.com", True)]


async def test_new_requester_is_reminded_and_gets_the_appointment(bot: BotInMemory) -> None:
    planned = await plan(bot)
    bot.mailer.sent.clear()
    bot.servicedesk.add_request(replace(REQUEST, requester=PIA))
    async with bot.unit_of_work.write() as tx:
        await remind_of_plan(planned, tx)
    await bot.run_jobs()
    assert sorted(mailed(bot), key=str) == [
        ("pia@example.com", False),
        ("pia@example.com", None),
        ("rita@example.com", True),
    ]
