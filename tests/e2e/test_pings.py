"""The creator of a session is notified in each chat they use: the requester is there, or left without having been helped."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from support.bot import RunningBot
from support.chat_user import ChatUser
from support.in_slack import InSlack
from support.in_teams import InTeams
from support.slack_user import SlackUser, until
from support.teams_user import mentions

from bot.model.ids import Email, RequestNumber
from bot.values import replace
from sandbox.teams import Conversation, TeamsMessage

IS_THERE = "Ann Lee is there, for request"
LEFT = "and nobody was seen to connect"


@pytest.fixture
async def other(connected: ChatUser) -> ChatUser:
    """The same technician in the other chat, where the bot has met them."""
    other: ChatUser = (
        InTeams(connected.slack_user) if isinstance(connected, InSlack) else InSlack(connected.slack_user)
    )
    await other.type("status")
    await other.reads("You are Tom Ray")
    return other


@pytest.fixture
def _departures_are_reported_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.workflows.arrivals.DEPARTURE_AFTER_SECONDS", 0)


def join(user: ChatUser, session: Any) -> None:
    user.environment.teamviewer.join_session(session.code)


def leave(user: ChatUser, session: Any) -> None:
    user.environment.teamviewer.leave_session(session.code)


async def test_arrival_is_announced_in_the_thread_of_the_card_and_in_the_other_chat(
    connected: ChatUser, other: ChatUser, bot: RunningBot
) -> None:
    number, session = await connected.create()
    card = connected.card(number)
    join(connected, session)
    (ping,) = await until(lambda: connected.pings(IS_THERE))
    assert f"#{number}" in connected.text(ping)
    assert connected.thread_of(ping) == connected.thread_of(card)
    (own,) = await until(lambda: other.own_chat(IS_THERE))
    assert other.link_buttons(own) == [session.supporter_link, session.webclient_supporter_link]
    await bot.settle()
    assert [connected.own_chat(IS_THERE), other.pings(IS_THERE)] == [[], []]


async def test_enter_in_the_thread_shows_its_presser_alone_the_way_in_and_is_evidence(
    connected: ChatUser,
) -> None:
    colleague = connected.new_technician()
    await connected.authorize(colleague)
    number, session = await connected.create()
    join(connected, session)
    (ping,) = await until(lambda: connected.pings(IS_THERE))
    assert connected.link_buttons(ping) == []
    await connected.press(ping, "Enter")
    await until(lambda: session.supporter_link in connected.seen())
    await until(lambda: connected.card(number, "Connected with Ann Lee"))
    for way_in in (session.supporter_token, "IndexByol"):
        assert way_in not in connected.channel_text()
        assert way_in not in connected.ever_seen(colleague)


@pytest.mark.long
async def test_requester_who_is_back_soon_is_announced_once_and_not_reported_as_gone(
    connected: ChatUser, bot: RunningBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.workflows.arrivals.DEPARTURE_AFTER_SECONDS", 3)
    number, session = await connected.create()
    for _arrival in range(2):
        join(connected, session)
        await until(lambda: connected.card(number, "Ann Lee is there"))
        leave(connected, session)
        await until(lambda: connected.card(number, "Waiting again"))
    join(connected, session)
    await until(lambda: connected.card(number, "Ann Lee is there"))
    await _until_departures_ran(bot, number, 2)
    assert len(connected.pings(IS_THERE)) == 1
    assert connected.pings(LEFT) == []


async def _until_departures_ran(bot: RunningBot, number: str, count: int) -> None:
    """Wait until this many pings of departures from a request's session have run."""
    async with bot.unit_of_work.read() as tx:
        (session,) = await tx.sessions.open_of_request(RequestNumber(number))
    ran = sa.text("SELECT count(*) FROM workflow_status WHERE status = 'SUCCESS' AND workflow_uuid LIKE :key")
    async with asyncio.timeout(30):
        while True:
            async with bot.database.reader.connect() as connection:
                if (await connection.execute(ran, {"key": f"departure:{session.id}:%"})).scalar() == count:
                    return
            await asyncio.sleep(0.05)  # the engine's tables tell nobody that they have changed


@pytest.mark.usefixtures("_departures_are_reported_at_once")
async def test_departure_without_help_is_reported_with_reinvite(connected: ChatUser, other: ChatUser) -> None:
    number, session = await connected.create()
    join(connected, session)
    await until(lambda: connected.pings(IS_THERE))
    leave(connected, session)
    (ping,) = await until(lambda: connected.pings(LEFT))
    assert f"Ann Lee left request #{number} after " in connected.text(ping)
    assert "Enter" not in connected.labels(ping)
    await until(lambda: other.own_chat(LEFT))
    await connected.press(ping, "Resend link")
    mailbox = connected.environment.mailbox
    await until(lambda: len(mailbox.messages_to(f"ann{number}@example.test")) == 2)


@pytest.mark.usefixtures("_departures_are_reported_at_once")
@pytest.mark.parametrize("evidence", ["enter", "running report", "report after the end"])
async def test_departure_of_a_requester_who_was_helped_is_not_reported(
    connected: ChatUser, bot: RunningBot, monkeypatch: pytest.MonkeyPatch, evidence: str
) -> None:
    options = connected.environment.teamviewer.options
    monkeypatch.setattr(options, "running_reported", evidence == "running report")
    number, session = await connected.create()
    join(connected, session)
    await until(lambda: connected.pings(IS_THERE))
    if evidence == "enter":
        await connected.type(f"enter {number}")
        await until(lambda: connected.card(number, "Connected with Ann Lee"))
    else:
        connected.environment.teamviewer.connect_session(session.code)
    if evidence == "running report":
        await until(lambda: connected.card(number, "Connected with Ann Lee"))
    leave(connected, session)
    await until(lambda: connected.card(number, "Waiting again"))
    await bot.settle()
    assert connected.pings(LEFT) == []


async def test_notify_off_in_one_chat_holds_in_both_until_it_is_on_again(
    connected: ChatUser, other: ChatUser, bot: RunningBot
) -> None:
    await connected.ask("notify off", "You are no longer notified")
    await other.ask("status", "You are not notified")
    number, session = await connected.create()
    join(connected, session)
    await until(lambda: connected.card(number, "Ann Lee is there"))
    await bot.settle()
    assert [connected.pings(IS_THERE), other.own_chat(IS_THERE)] == [[], []]
    await other.ask("prévenir on", "From now on you are notified")
    _number, session = await connected.create()
    join(connected, session)
    await until(lambda: connected.pings(IS_THERE))


async def test_home_has_the_switch(connected: ChatUser, bot: RunningBot) -> None:
    await connected.open_home()
    await until(lambda: "🔔 You are notified" in connected.home())
    await connected.press(connected.home_message(), "Do not notify me")
    await until(lambda: "🔕 You are not notified" in connected.home())
    await connected.press(connected.home_message(), "Notify me")
    await until(lambda: "🔔 You are notified" in connected.home())
    async with bot.unit_of_work.read() as tx:
        assert await tx.people.wants_pings(Email(connected.technician.email))


async def test_ping_is_in_the_language_of_its_reader(
    connected: ChatUser, other: ChatUser, bot: RunningBot
) -> None:
    connected.technician.teams.locale = "fr-FR"
    async with bot.unit_of_work.write() as tx:
        for profile in await tx.people.profiles_of(Email(connected.technician.email)):
            await tx.people.store_profile(replace(profile, locale="fr-FR"), bot.services.clock())
    number, session = await _create_in_french(connected)
    join(connected, session)
    await until(lambda: connected.pings(f"Ann Lee est là, pour la demande #{number}."))
    await until(lambda: other.own_chat("Ann Lee est là"))


async def _create_in_french(user: ChatUser) -> tuple[str, Any]:
    number = user.slack_user.new_request()
    await user.type(f"créer {number}")
    await until(lambda: user.environment.servicedesk.notes(number))
    return number, user.slack_user.sessions(number)[0]


async def test_without_a_card_in_the_channel_the_own_chat_is_used(
    connected: ChatUser, bot: RunningBot
) -> None:
    """An SDAdmin hides the cards. The ping comes in words, with the link, to its reader alone."""
    _number, session = await connected.create()
    async with bot.unit_of_work.write() as tx:
        switches = await tx.switches.lock()
        await tx.switches.write(replace(switches, widget=False))
    join(connected, session)
    (own,) = await until(lambda: connected.own_chat(IS_THERE))
    assert session.supporter_link in connected.text(own)
    assert connected.labels(own) == []
    assert connected.pings(IS_THERE) == []


async def test_session_from_a_group_chat_is_announced_behind_its_card(slack_user: SlackUser) -> None:
    """Group chats of Teams have no threads."""
    user = InTeams(slack_user)
    await user.authorize()
    chat = user.environment.teams.add_group_chat([user.technician.teams])
    number = slack_user.new_request()
    await user.teams.say(f"create {number}", where=chat)
    await until(lambda: user.environment.servicedesk.notes(number))
    join(user, slack_user.sessions(number)[0])
    ping = await until(lambda: _mentioning(user, chat))
    assert f"Ann Lee is there, for request #{number}" in user.text(ping)
    assert user.own_chat(IS_THERE) == []


def _mentioning(user: InTeams, conversation: Conversation) -> TeamsMessage | None:
    mine = user.technician.teams.aad_id
    return next((one for one in conversation.messages if mine in mentions(one)), None)


async def test_session_from_a_dialog_is_announced_in_a_thread_of_its_card(slack_user: SlackUser) -> None:
    """Teams does not name a thread with a dialog, so the card begins one."""
    user = InTeams(slack_user)
    await user.authorize()
    number = slack_user.new_request()
    form = {"tv_form": {}, "request": number, "kind": "remote", "note": ""}
    teams_tenant, person = user.environment.teams, user.technician.teams
    await teams_tenant.open_dialog(person, user.teams.channel, "createSession")
    await teams_tenant.submit_dialog(person, user.teams.channel, "createSession", form)
    await until(lambda: user.environment.servicedesk.notes(number))
    card = user.card(number)
    assert card is not None
    join(user, slack_user.sessions(number)[0])
    (ping,) = await until(lambda: user.pings(IS_THERE))
    assert ping.thread == card.id


async def test_creator_who_left_the_channel_is_notified_in_their_own_chat(slack_user: SlackUser) -> None:
    """Teams mentions members of a conversation only."""
    user = InTeams(slack_user)
    await user.authorize()
    _number, session = await user.create()
    user.teams.channel.members.remove(user.technician.teams)
    join(user, session)
    await until(lambda: user.own_chat(IS_THERE))
    assert user.pings(IS_THERE) == []


async def test_press_of_the_link_in_slack_is_evidence_and_gets_no_answer(
    slack_user: SlackUser, bot: RunningBot
) -> None:
    """Slack reports the press of a button that opens an address. The presser looks at the browser."""
    user = InSlack(slack_user)
    await user.authorize()
    number, session = await user.create()
    join(user, session)
    await until(lambda: user.card(number, "Ann Lee is there"))
    await bot.settle()
    slack, presser = slack_user.environment.slack, slack_user.technician.user
    ready = user.newest_with("Enter session")
    assert user.labels(ready) == ["Enter session", "Enter in the browser"]
    before = len(slack.ephemerals(presser)), len(slack.dm_messages(presser))
    await user.press(ready, "Enter in the browser")
    await until(lambda: user.card(number, "Connected with Ann Lee"))
    await bot.settle()
    assert (len(slack.ephemerals(presser)), len(slack.dm_messages(presser))) == before


@pytest.mark.parametrize("age", [timedelta(), timedelta(hours=2)], ids=["known", "looked up again"])
async def test_answer_to_enter_in_a_thread_of_slack_appears_in_that_thread(
    slack_user: SlackUser, bot: RunningBot, age: timedelta
) -> None:
    """Also when the bot looks the presser up first, and answers later."""
    user = InSlack(slack_user)
    await user.authorize()
    _number, session = await user.create()
    join(user, session)
    (ping,) = await until(lambda: user.pings(IS_THERE))
    async with bot.unit_of_work.write() as tx:
        for profile in await tx.people.profiles_of(Email(user.technician.email)):
            await tx.people.store_profile(profile, bot.services.clock() - age)
    shown = slack_user.environment.slack
    before = len(shown.ephemerals(user.technician.user))
    await user.press(ping, "Enter")
    await until(lambda: session.supporter_link in str(shown.ephemerals(user.technician.user)[before:][-1:]))
    answers = shown.ephemerals(user.technician.user)[before:]
    assert {one.thread_ts for one in answers} == {user.thread_of(ping)}


async def test_technician_without_an_installation_enters_in_the_browser(connected: ChatUser) -> None:
    """The link is in the creator's card, the answer of ``enter``, and the technician's mail. The requester has none."""
    number, session = await connected.create()
    shown = [link for one in await connected.show(number) for link in connected.link_buttons(one)]
    assert session.webclient_supporter_link in shown
    mailbox = connected.environment.mailbox
    own = await until(
        lambda: [
            one for one in mailbox.messages_to(connected.technician.email) if f"#{number}" in one.subject
        ]
    )
    assert session.webclient_supporter_link in own[0].text
    assert "IndexByol" not in str(mailbox.messages_to(f"ann{number}@example.test"))
    assert "IndexByol" not in str(connected.environment.servicedesk.conversation(number))
    assert "IndexByol" not in connected.channel_text()


@pytest.mark.parametrize(("given", "is_offered"), [("remote", False), ("all", True)])
async def test_pilot_session_is_entered_in_the_browser_only_where_teamviewer_gives_a_link(
    connected: ChatUser, monkeypatch: pytest.MonkeyPatch, given: str, *, is_offered: bool
) -> None:
    monkeypatch.setattr(connected.environment.teamviewer.options, "web_client", given)
    number, session = await connected.create("pilot")
    shown = [link for one in await connected.show(number) for link in connected.link_buttons(one)]
    assert session.supporter_link in shown
    assert (session.webclient_supporter_link in shown) is is_offered
