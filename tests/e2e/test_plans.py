"""A session for later: planned, moved, cancelled, and created when its time has come, in both chats."""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import icalendar
from support.bot import RunningBot
from support.chat_user import ChatUser, expect_answer
from support.in_slack import InSlack
from support.in_teams import InTeams
from support.slack_user import SlackUser, until

from bot.model.ids import Email
from bot.model.plan import Plan, PlanState
from bot.model.switches import Switches
from bot.time_zones import find_zone
from bot.values import replace
from sandbox.mail import ReceivedMail

HOUR = timedelta(hours=1)


def in_days(days: int, clock: str = "14:30") -> str:
    """Return a time that many days ahead, as somebody types it."""
    return f"{datetime.now(UTC) + timedelta(days=days):%Y-%m-%d} {clock}"


async def plan(user: ChatUser, at: str = "", subject: str = "VPN fails", words: str = "create") -> str:
    """Plan a session for a new request. Return the number, once the card shows what became of the mail."""
    number = user.slack_user.new_request(subject)
    await user.type(f"{words} {number} --at {at or in_days(2)}")
    await until(lambda: card(user, number, "with a calendar file"))
    return number


def card(user: ChatUser, number: str, saying: str = "") -> Any:
    """Return the message in the channel that shows the planned session, where it says this."""
    return user.card(number, saying)


def mails(user: ChatUser, number: str) -> list[ReceivedMail]:
    """Return the mails that the requester got."""
    return user.environment.mailbox.messages_to(f"ann{number}@example.test")


def event_in(mail: ReceivedMail) -> tuple[str, Any]:
    """Return the method of a mail's calendar file, and its appointment."""
    calendar = icalendar.Calendar.from_ical(mail.calendar)
    (event,) = calendar.walk("VEVENT")
    return str(calendar["METHOD"]), event


async def stored(bot: RunningBot, number: str) -> Plan:
    """Return the planned session of a request."""
    async with bot.database.reader.connect() as connection:
        rows = await connection.exec_driver_sql(f"SELECT id FROM plans WHERE number = '{number}'")  # noqa: S608 - a constant
        (plan_id,) = rows.scalars().all()
    async with bot.unit_of_work.read() as tx:
        found = await tx.plans.get(plan_id)
    assert found is not None
    return found


async def let_begin_in(bot: RunningBot, number: str, **time: float) -> Plan:
    """Let a planned session begin so long from now, as if the time until then was over."""
    while True:
        found = await stored(bot, number)
        starts_at = bot.services.clock() + timedelta(**time)
        remind_at = found.remind_at and starts_at - timedelta(minutes=15)
        changed = replace(found, starts_at=starts_at, remind_at=remind_at, version=found.version + 1)
        async with bot.unit_of_work.write() as tx:
            if await tx.plans.save(changed, known_version=found.version):
                return changed


async def test_planned_session_is_shown_and_the_requester_gets_a_calendar_file(
    connected: ChatUser, bot: RunningBot
) -> None:
    number = await plan(connected)
    planned = await stored(bot, number)
    shown = card(connected, number, "planned for")
    assert "VPN fails" in connected.text(shown)
    assert connected.labels(shown)[:2] == ["Start now", "Move"]
    (mail,) = mails(connected, number)
    assert mail.via == "smtp"
    method, event = event_in(mail)
    assert (method, event["UID"], int(event["SEQUENCE"])) == ("REQUEST", f"{planned.id}@tvbot", 0)
    assert event.start == planned.starts_at
    assert event["ORGANIZER"] == f"mailto:{connected.technician.email}"
    assert event["ATTENDEE"] == f"mailto:ann{number}@example.test"
    assert "planned a session for your request" in mail.text
    await until(lambda: "planned for" in str(connected.environment.servicedesk.notes(number)))
    # Nothing is created before its time, and no link exists yet.
    assert connected.slack_user.sessions(number) == []
    assert "http" not in mail.text
    await connected.ask("list", f"request #{number}")
    await connected.ask("status", "Planned sessions: ")
    await connected.type(f"show {number}")
    await connected.reads(f"Remote session of {connected.technician.name}: planned for")
    await connected.open_home()
    await until(lambda: f"request #{number}" in connected.home())
    async with bot.unit_of_work.read() as tx:
        log = await tx.audit.latest(20)
    assert any(one.entry.action == "plan.made" and f"#{number} " in one.entry.subject for one in log)


async def test_time_is_meant_in_the_persons_own_zone(connected: ChatUser, bot: RunningBot) -> None:
    number = await plan(connected, in_days(3, "14h30"))
    planned = await stored(bot, number)
    assert planned.timezone == "Europe/Paris"
    local = planned.starts_at.astimezone(find_zone("Europe/Paris"))
    assert f"{local:%H:%M}" == "14:30"


async def test_session_is_created_at_its_time_once(connected: ChatUser, bot: RunningBot) -> None:
    number = await plan(connected)
    await let_begin_in(bot, number, seconds=-1)
    await until(lambda: connected.slack_user.sessions(number))
    await until(lambda: card(connected, number, "Waiting for"))
    await bot.settle()
    await bot.sweep()
    await bot.settle()
    (session,) = connected.slack_user.sessions(number)
    assert (await stored(bot, number)).state is PlanState.STARTED
    first, *links = mails(connected, number)
    assert first.calendar
    assert [session.end_customer_link in one.text or "/join/" in one.text for one in links] == [True]
    assert any("has been started" in one for one in connected.bot_messages())


async def test_both_are_reminded_once_before_it_begins(connected: ChatUser, bot: RunningBot) -> None:
    number = await plan(connected)
    await let_begin_in(bot, number, minutes=10)
    await until(lambda: connected.own_chat(f"Your session for request #{number} begins at"))
    await until(lambda: len(mails(connected, number)) == 2)
    await bot.settle()
    await bot.sweep()
    await bot.settle()
    reminder = mails(connected, number)[-1]
    assert "a reminder" in reminder.text
    assert not reminder.calendar
    assert len(mails(connected, number)) == 2
    assert len(connected.own_chat(f"Your session for request #{number} begins at")) == 1
    assert connected.slack_user.sessions(number) == []


async def test_cancelled_session_is_taken_out_of_the_calendar(connected: ChatUser, bot: RunningBot) -> None:
    number = await plan(connected)
    await connected.press(card(connected, number), "Cancel")
    await until(lambda: len(mails(connected, number)) == 2)
    method, event = event_in(mails(connected, number)[-1])
    planned = await stored(bot, number)
    assert (method, event["UID"], int(event["SEQUENCE"])) == ("CANCEL", f"{planned.id}@tvbot", 1)
    assert str(event["STATUS"]) == "CANCELLED"
    shown = await until(lambda: card(connected, number, "was cancelled by Tom Ray"))
    assert connected.labels(shown) == []
    await let_begin_in(bot, number, seconds=-1)
    await bot.sweep()
    await bot.settle()
    assert connected.slack_user.sessions(number) == []


async def test_session_is_started_before_its_time(connected: ChatUser, bot: RunningBot) -> None:
    number = await plan(connected)
    await connected.press(card(connected, number), "Start now")
    await until(lambda: card(connected, number, "Waiting for"))
    await let_begin_in(bot, number, seconds=-1)
    await bot.sweep()
    await bot.settle()
    assert len(connected.slack_user.sessions(number)) == 1


async def test_second_plan_for_the_same_request_offers_to_move(connected: ChatUser, bot: RunningBot) -> None:
    number = await plan(connected)
    first = await stored(bot, number)
    await connected.ask(f"create {number} --at {in_days(4, '9:00')}", "You have planned a session")
    answer = connected.newest_with("Move to the new time")
    await connected.press(answer, "Move to the new time")
    await until(lambda: len(mails(connected, number)) == 2)
    moved = await stored(bot, number)
    assert moved.starts_at > first.starts_at
    method, event = event_in(mails(connected, number)[-1])
    assert (method, event["UID"], int(event["SEQUENCE"])) == ("REQUEST", f"{first.id}@tvbot", 1)
    assert event.start == moved.starts_at
    await until(lambda: "moved to" in str(connected.environment.servicedesk.notes(number)))


async def test_colleague_may_not_change_it_and_an_sdadmin_may(connected: ChatUser, bot: RunningBot) -> None:
    number = await plan(connected)
    await bot.settle()
    before = await stored(bot, number)
    colleague = connected.new_technician()
    shown = card(connected, number)
    for label in ("Cancel", "Start now", "Move"):
        await expect_answer(
            connected,
            "This planned session belongs to Tom Ray",
            partial(connected.press, shown, label, by=colleague),
            by=colleague,
        )
    await bot.settle()
    assert await stored(bot, number) == before
    async with bot.unit_of_work.write() as tx:
        await tx.people.grant_admin(Email(colleague.email))
    await connected.press(shown, "Cancel", by=colleague)
    await until(lambda: connected.own_chat("Ines Moreau has cancelled your planned session"))
    await until(lambda: card(connected, number, "was cancelled by Ines Moreau"))


async def test_session_is_moved_and_cancelled_by_words(connected: ChatUser, bot: RunningBot) -> None:
    """While cards are switched off too: then the answer to a second plan says what to type."""
    number = await plan(connected)
    await connected.ask(f"end {number}", "No session is open for request")
    await connected.ask(f"move {number} --at {in_days(4, '9h00')}", "is now planned for")
    await until(lambda: len(mails(connected, number)) == 2)
    assert event_in(mails(connected, number)[-1])[0] == "REQUEST"
    async with bot.unit_of_work.write() as tx:
        await tx.switches.write(replace(await tx.switches.lock(), widget=False))
    await connected.ask(f"create {number} --à {in_days(5)}", f"move {number} --at")
    await connected.ask(f"annuler {number}", "is cancelled")
    await until(lambda: len(mails(connected, number)) == 3)
    assert event_in(mails(connected, number)[-1])[0] == "CANCEL"
    assert (await stored(bot, number)).state is PlanState.CANCELLED


async def test_session_is_started_by_a_word(connected: ChatUser) -> None:
    number = await plan(connected)
    await connected.type(f"start {number}")
    await until(lambda: card(connected, number, "Waiting for"))
    await until(lambda: any("has been started" in one for one in connected.bot_messages()))
    assert len(connected.slack_user.sessions(number)) == 1


async def test_wrong_time_is_refused_and_nothing_is_planned(connected: ChatUser, bot: RunningBot) -> None:
    number = connected.slack_user.new_request("VPN fails")
    await connected.ask(f"create {number} --at soon", "is not a time that the bot can read")
    await connected.ask(f"create {number} --at 2020-01-01 9:00", "is in the past")
    await connected.ask(f"create {number} --at {in_days(400)}", "too far ahead")
    await connected.ask(f"create {number} --at", "needs a time")
    await bot.settle()
    async with bot.unit_of_work.read() as tx:
        planned = await tx.plans.planned_by(Email(connected.technician.email), limit=5)
    assert planned == []


async def test_request_that_does_not_exist_is_answered_and_not_planned(
    connected: ChatUser, bot: RunningBot
) -> None:
    await connected.type(f"create 99887766 --at {in_days(2)}")
    await connected.reads("99887766")
    await until(lambda: "No request" in connected.seen() or "not planned" in connected.seen())
    await bot.settle()
    async with bot.unit_of_work.read() as tx:
        assert await tx.plans.planned_by(Email(connected.technician.email), limit=5) == []


async def test_switch_that_is_off_at_the_time_lets_nothing_leave(
    connected: ChatUser, bot: RunningBot
) -> None:
    number = await plan(connected)
    async with bot.unit_of_work.write() as tx:
        await tx.switches.write(replace(await tx.switches.lock(), integration=False))
    try:
        await let_begin_in(bot, number, seconds=-1)
        await until(lambda: connected.own_chat("was not created. The TeamViewer integration is switched off"))
        await until(lambda: card(connected, number, "was not created"))
        await bot.settle()
    finally:
        async with bot.unit_of_work.write() as tx:
            await tx.switches.write(Switches())
    await bot.sweep()
    await bot.settle()
    assert connected.slack_user.sessions(number) == []
    assert len(mails(connected, number)) == 1
    assert (await stored(bot, number)).state is PlanState.REFUSED


async def test_refused_mail_goes_out_as_a_reply_and_the_card_says_so(
    connected: ChatUser, bot: RunningBot
) -> None:
    number = connected.slack_user.new_request("VPN fails")
    connected.environment.mailbox.refuse_next(550, "No", at="rcpt")
    await connected.type(f"create {number} --at {in_days(2)}")
    await until(lambda: card(connected, number, "without a calendar file"))
    (mail,) = mails(connected, number)
    assert (mail.via, mail.calendar) == ("reply", "")
    assert "attached file" not in mail.text
    await bot.settle()


async def test_time_is_chosen_in_the_form(connected: ChatUser, bot: RunningBot) -> None:
    number = connected.slack_user.new_request("VPN fails")
    starts_at = (datetime.now(UTC) + timedelta(days=2)).replace(hour=12, minute=30, second=0, microsecond=0)
    local = starts_at.astimezone(find_zone("Europe/Paris"))
    chosen: dict[str, Any] = (
        {"time": int(starts_at.timestamp())}
        if isinstance(connected, InSlack)
        else {"day": f"{local:%Y-%m-%d}", "time": f"{local:%H:%M}"}
    )
    await connected.fill_form(number, number, **chosen)
    await until(lambda: "planned a session" in "".join(one.text for one in mails(connected, number)))
    await bot.settle()
    assert (await stored(bot, number)).starts_at == starts_at
    assert connected.slack_user.sessions(number) == []


async def test_session_is_moved_by_the_form_of_slack(slack_user: SlackUser, bot: RunningBot) -> None:
    user = InSlack(slack_user)
    await user.authorize()
    number = await plan(user)
    first = await stored(bot, number)
    await user.press(card(user, number), "Move")
    slack, presser = user.environment.slack, user.technician.user
    modal = await until(lambda: slack.current_modal(presser))
    chosen = int((first.starts_at + HOUR).timestamp())
    await slack.submit_modal(presser, modal.id, {"time": chosen})
    await until(lambda: len(mails(user, number)) == 2)
    moved = await stored(bot, number)
    assert moved.starts_at == first.starts_at + HOUR
    _method, event = event_in(mails(user, number)[-1])
    assert event.start == moved.starts_at


async def test_session_is_moved_by_the_form_of_teams(slack_user: SlackUser, bot: RunningBot) -> None:
    user = InTeams(slack_user)
    await user.authorize()
    number = await plan(user)
    first = await stored(bot, number)
    await user.press(card(user, number), "Move")
    form = await until(lambda: user.own_chat(f"When is the session for request #{number}?"))
    local = (first.starts_at + HOUR).astimezone(find_zone("Europe/Paris"))
    await user.teams.press(form[-1], "Move", {"day": f"{local:%Y-%m-%d}", "time": f"{local:%H:%M}"})
    await until(lambda: form[-1].deleted)
    await until(lambda: len(mails(user, number)) == 2)
    assert (await stored(bot, number)).starts_at == first.starts_at + HOUR


async def test_moved_session_does_not_begin_at_its_former_time(connected: ChatUser, bot: RunningBot) -> None:
    number = await plan(connected)
    await let_begin_in(bot, number, minutes=20)
    await connected.ask(f"create {number} --at {in_days(4, '9:00')}", "You have planned a session")
    answer = connected.newest_with("Move to the new time")
    await connected.press(answer, "Move to the new time")
    await until(lambda: len(mails(connected, number)) == 2)
    assert (await stored(bot, number)).starts_at > bot.services.clock() + timedelta(days=2)
    await bot.sweep()
    await bot.settle()
    assert connected.slack_user.sessions(number) == []


async def test_several_requests_are_planned_by_one_command(connected: ChatUser, bot: RunningBot) -> None:
    first, second = (connected.slack_user.new_request("VPN fails") for _one in range(2))
    await connected.type(f"create {first} {second} --at {in_days(2)}")
    await until(lambda: mails(connected, first) and mails(connected, second))
    await bot.settle()
    for number in (first, second):
        await let_begin_in(bot, number, seconds=-1)
    await until(lambda: connected.slack_user.sessions(first) and connected.slack_user.sessions(second))
    await bot.settle()
    assert [len(connected.slack_user.sessions(one)) for one in (first, second)] == [1, 1]
