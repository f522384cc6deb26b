"""The commands that only read."""

from datetime import timedelta

import pytest
from support.bot_in_memory import ADA, ANA, BEN, CHANNEL, PRIVATE, BotInMemory, N, actor_of

from bot.command_syntax import COMMAND_TABLE
from bot.commands import (
    Auth,
    Command,
    Hello,
    Help,
    History,
    ListOpen,
    Logout,
    Notify,
    OnSession,
    OpenForm,
    Place,
    Show,
    ShowCard,
    Status,
    Verb,
)
from bot.commands import ShowHome as AskForHome
from bot.errors import Misunderstood, NotAllowed, NotFound
from bot.jobs import ReadReports, ShowHome, ShowRequest
from bot.model.card import Audience
from bot.model.ids import CommandKey, JoinToken, RequestNumber, SessionId
from bot.model.session import Session, State
from bot.model.session_connection import SessionConnection
from bot.model.technician import Platform, Technician
from bot.use_cases.queries import PAGE
from bot.values import replace
from bot.views.pages import HelpPage, Message, SessionList, StatusPage
from bot.views.parts import Button, LinkButton, Tone
from bot.views.session import SessionCard


async def test_help_lists_every_command(bot: BotInMemory) -> None:
    view = await bot.send(Help())
    assert isinstance(view, HelpPage)
    assert len(view.rows) == len(COMMAND_TABLE)


async def test_help_explains_one_command(bot: BotInMemory) -> None:
    view = await bot.send(Help("create"))
    assert isinstance(view, HelpPage)
    assert all(str(words.words).startswith("create 123") for words, _summary in view.rows)
    assert [option for option, _summary in view.options] == [
        "--pilot",
        "--at",
        "--another",
        "--no-chat",
        "--note",
    ]


async def test_help_for_an_unknown_word_is_refused(bot: BotInMemory) -> None:
    with pytest.raises(Misunderstood):
        await bot.send(Help("nonsense"))


async def test_status_of_a_connected_technician_offers_to_disconnect(bot: BotInMemory) -> None:
    await bot.open_session()
    view = await bot.send(Status())
    assert isinstance(view, StatusPage)
    assert view.connection is not None
    assert (view.technician, view.open_sessions) == (ANA, 1)
    buttons = [one for one in view.buttons if isinstance(one, Button)]
    assert [one.command for one in buttons] == [Notify(on=False), Logout(sure=True)]
    assert buttons[-1].question is not None, "a session is open, so the button asks first"


async def test_button_to_disconnect_asks_nothing_while_no_session_is_open(bot: BotInMemory) -> None:
    view = await bot.send(Status())
    assert isinstance(view, StatusPage)
    last = view.buttons[-1]
    assert isinstance(last, Button)
    assert (last.command, last.question) == (Logout(), None)


@pytest.mark.parametrize(("technician", "first"), [(ANA, OpenForm()), (BEN, Auth())])
async def test_greeting_offers_what_can_be_done_first(
    bot: BotInMemory, technician: Technician, first: Command
) -> None:
    view = await bot.send(Hello(), by=technician)
    assert isinstance(view, Message)
    assert view.tone is Tone.GOOD
    assert [one.command for one in view.buttons if isinstance(one, Button)] == [first, AskForHome(), Help()]
    # Somebody who is connected is not sent to the sign-in.
    assert ("Begin with" in str(view.details[0])) is (first == Auth())


async def test_help_explains_a_command_once_and_adds_its_other_examples(bot: BotInMemory) -> None:
    view = await bot.send(Help("create"))
    assert isinstance(view, HelpPage)
    assert [summary is None for _words, summary in view.rows] == [False] + [True] * (len(view.rows) - 1)


async def test_status_of_a_technician_without_a_connection_offers_to_connect(bot: BotInMemory) -> None:
    await bot.switch(integration=False)
    view = await bot.send(Status(), by=BEN)
    assert isinstance(view, StatusPage)
    assert (view.connection, view.switches.integration, view.open_sessions) == (None, False, 0)
    assert [one.command for one in view.buttons if isinstance(one, Button)] == [Auth(), Notify(on=False)]


async def test_own_open_sessions_are_listed_with_their_way_in(bot: BotInMemory) -> None:
    session = await bot.open_session()
    await bot.end((await bot.open_session(another=True)).id)
    view = await bot.send(ListOpen())
    assert isinstance(view, SessionList)
    (row,) = view.rows
    assert [one.command for one in row.buttons] == [OnSession(Verb.ENTER, session.id)]
    assert (view.is_personal, list(view.notes)) == (True, [])


async def test_list_without_sessions_says_so_and_that_the_integration_is_off(bot: BotInMemory) -> None:
    await bot.open_session()
    await bot.switch(integration=False)
    view = await bot.send(ListOpen(), by=BEN)
    assert isinstance(view, SessionList)
    assert (list(view.rows), len(view.notes)) == ([], 1)


async def store_sessions(bot: BotInMemory, count: int) -> list[SessionId]:
    """Store ended sessions of Ana, the newest first, and return their ids."""
    pattern = await bot.open_session()
    await bot.end(pattern.id)
    pattern = await bot.session(pattern.id)
    async with bot.unit_of_work.write() as tx:
        await tx.sessions.delete(pattern.id)
        for number in range(count):
            one = replace(
                pattern,
                id=SessionId(f"s{number:03}"),
                join_token=JoinToken(f"j{number}"),
                created_at=bot.clock() - timedelta(minutes=number),
            )
            await tx.sessions.open(one, CommandKey(f"k{number}"), another=True)
    return [SessionId(f"s{number:03}") for number in range(count)]


async def test_history_of_oneself_is_personal(bot: BotInMemory) -> None:
    await bot.open_session()
    mine, theirs = await bot.send(History()), await bot.send(History(), by=BEN)
    assert isinstance(mine, SessionList)
    assert isinstance(theirs, SessionList)
    assert (len(mine.rows), mine.is_personal, list(theirs.rows)) == (1, True, [])


async def test_history_of_a_request_is_for_everybody(bot: BotInMemory) -> None:
    await bot.open_session()
    view = await bot.send(History(N), by=BEN)
    other = await bot.send(History(RequestNumber("999")), by=BEN)
    assert isinstance(view, SessionList)
    assert isinstance(other, SessionList)
    assert (len(view.rows), view.is_personal, list(other.rows)) == (1, False, [])


async def test_history_of_somebody_else_is_for_admins(bot: BotInMemory) -> None:
    await bot.open_session()
    with pytest.raises(NotAllowed):
        await bot.send(History(of=ANA.email), by=BEN)
    view = await bot.send(History(of=ANA.email), by=ADA)
    assert isinstance(view, SessionList)
    assert (len(view.rows), view.is_personal) == (1, True)


async def test_history_of_oneself_by_name_needs_no_role(bot: BotInMemory) -> None:
    await bot.open_session()
    view = await bot.send(History(of=ANA.email))
    assert isinstance(view, SessionList)
    assert len(view.rows) == 1


async def test_full_page_of_history_has_no_button_for_older_ones(bot: BotInMemory) -> None:
    await store_sessions(bot, PAGE)
    view = await bot.send(History())
    assert isinstance(view, SessionList)
    assert (len(view.rows), list(view.buttons)) == (PAGE, [])


async def test_button_for_older_sessions_continues_after_the_last_one(bot: BotInMemory) -> None:
    ids = await store_sessions(bot, PAGE + 1)
    view = await bot.send(History())
    assert isinstance(view, SessionList)
    (button,) = view.buttons
    assert button.command == History(page=2, after=ids[PAGE - 1])
    older = await bot.send(button.command)
    assert isinstance(older, SessionList)
    assert (len(older.rows), list(older.buttons)) == (1, [])


async def test_history_with_the_integration_off_says_so(bot: BotInMemory) -> None:
    await bot.switch(integration=False)
    view = await bot.send(History())
    assert isinstance(view, SessionList)
    assert len(view.notes) == 1


async def test_request_is_looked_up_by_a_job(bot: BotInMemory) -> None:
    view = await bot.send(Show(N), key="k1")
    (queued,) = bot.queue
    assert queued.job == ShowRequest(Platform.SLACK, N, ANA.email, CommandKey("k1"))
    assert queued.key == "show_request:k1"
    assert isinstance(view, Message)
    assert view.tone is Tone.WAIT


async def test_request_with_the_integration_off_is_refused(bot: BotInMemory) -> None:
    await bot.switch(integration=False)
    with pytest.raises(NotAllowed):
        await bot.send(Show(N))
    assert bot.jobs == []


@pytest.mark.parametrize(
    ("by", "audience"), [(ANA, Audience.CREATOR), (BEN, Audience.SHARED), (ADA, Audience.SHARED)]
)
async def test_card_shows_the_way_in_to_its_creator_alone(
    bot: BotInMemory, by: Technician, audience: Audience
) -> None:
    session = await bot.open_session()
    view = await bot.send(ShowCard(session.id), by=by)
    assert isinstance(view, SessionCard)
    assert view.audience is audience
    links = [one for one in view.buttons if isinstance(one, LinkButton)]
    assert bool(links) is (by is ANA)
    assert (view.requester_link is not None) is (by is ANA)


async def test_card_with_the_integration_off_holds_no_way_in(bot: BotInMemory) -> None:
    session = await bot.open_session()
    await bot.switch(integration=False)
    view = await bot.send(ShowCard(session.id))
    assert isinstance(view, SessionCard)
    assert not [one for one in view.buttons if isinstance(one, LinkButton)]


async def test_card_of_an_ended_session_is_shown(bot: BotInMemory) -> None:
    session = await bot.open_session()
    await bot.end(session.id)
    view = await bot.send(ShowCard(session.id))
    assert isinstance(view, SessionCard)
    assert view.state is State.ENDED


async def test_card_of_an_unknown_session_is_refused(bot: BotInMemory) -> None:
    with pytest.raises(NotFound):
        await bot.send(ShowCard(SessionId("none")))


@pytest.mark.parametrize(
    ("platform", "place", "tone"),
    [
        (Platform.SLACK, CHANNEL, Tone.PLAIN),
        (Platform.TEAMS, PRIVATE, Tone.WAIT),
        (Platform.TEAMS, CHANNEL, Tone.PLAIN),
    ],
    ids=["a tab", "a message here", "a message elsewhere"],
)
async def test_home_is_shown_by_a_job(bot: BotInMemory, platform: Platform, place: Place, tone: Tone) -> None:
    view = await bot.send(AskForHome(), place=place, platform=platform)
    assert bot.jobs == [ShowHome(actor_of(ANA, platform), as_new_message=True)]
    assert isinstance(view, Message)
    assert view.tone is tone


async def over_without_report(bot: BotInMemory, *, joined: bool = True) -> Session:
    """Return a session that is over, and whose connected time was not reported."""
    session = await bot.open_session()
    if joined:
        await bot.change(session.id, lambda one: one.seen(is_online=True, at=bot.clock()))
    await bot.end(session.id)
    bot.unit_of_work.take_jobs()
    return await bot.session(session.id)


@pytest.mark.parametrize("command", [History(N), History()], ids=["of a request", "mine"])
async def test_history_reads_missing_reports_in_the_background_once_an_hour(
    bot: BotInMemory, command: History
) -> None:
    session = await over_without_report(bot)
    for _look in range(2):
        await bot.send(command)
    (queued,) = bot.queue
    assert (queued.job, queued.delay_seconds) == (ReadReports(session.id), 0)
    bot.clock.move(hours=1)
    await bot.send(command)
    assert [one.job for one in bot.queue] == [ReadReports(session.id)] * 2


async def test_history_reads_the_reports_of_the_sessions_on_its_page_alone(bot: BotInMemory) -> None:
    pattern = await over_without_report(bot)
    async with bot.unit_of_work.write() as tx:
        for number in range(PAGE + 1):
            one = replace(
                pattern,
                id=SessionId(f"s{number:03}"),
                join_token=JoinToken(f"j{number}"),
                created_at=bot.clock() - timedelta(minutes=number + 1),
            )
            await tx.sessions.open(one, CommandKey(f"k{number}"), another=True)
    view = await bot.send(History())
    assert isinstance(view, SessionList)
    assert len(bot.jobs) == PAGE
    (older,) = view.buttons
    await bot.send(older.command)
    assert len(bot.jobs) == PAGE + 2


@pytest.mark.parametrize("why", ["open", "not joined", "reported", "off"])
async def test_history_reads_no_report_that_is_not_missing(bot: BotInMemory, why: str) -> None:
    session = await (
        bot.open_session() if why == "open" else over_without_report(bot, joined=why != "not joined")
    )
    if why == "open":
        await bot.change(session.id, lambda one: one.seen(is_online=True, at=bot.clock()))
    if why == "reported":
        end = session.created_at + timedelta(minutes=5)
        connection = SessionConnection("1", session.created_at, end)
        await bot.change(session.id, lambda one: one.reported([connection], bot.clock()))
    await bot.switch(integration=why != "off")
    bot.unit_of_work.take_jobs()
    await bot.send(History(N))
    assert bot.jobs == []


async def test_history_shows_the_time_and_the_rating_as_teamviewer_reported_them(bot: BotInMemory) -> None:
    session = await over_without_report(bot)
    end = session.created_at + timedelta(minutes=5)
    connections = [SessionConnection("1", session.created_at, end, rating=4, comment="Quick.")]
    await bot.change(session.id, lambda one: one.reported(connections, bot.clock()))
    view = await bot.send(History(N))
    assert isinstance(view, SessionList)
    (row,) = view.rows
    assert [str(line) for line in row.outcome] == ["Connected for 5 min", "Requester’s rating: 4"]
