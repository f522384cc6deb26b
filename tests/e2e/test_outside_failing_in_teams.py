"""Faults around Teams: with the outside away what only looks goes on; where Teams itself fails nothing is done twice."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Never

import pytest
from support.bot import RunningBot
from support.slack_user import SlackUser, until
from support.teams_user import TeamsUser, plain

from adapters.teams.chat import TeamsChat
from adapters.teams.incoming.activity import TeamsActivity
from adapters.teams.posted_cards import PostedCards
from bot.errors import database_unavailable
from sandbox.faults import Fault
from sandbox.teams import TeamsMessage
from storage.unit_of_work import SqlUnitOfWork


@pytest.fixture
async def teams(slack_user: SlackUser, bot: RunningBot) -> TeamsUser:
    """A connected technician in Teams."""
    teams = TeamsUser.of_slack_user(slack_user)
    await teams.authorize()
    return teams


@pytest.fixture(params=[Fault.DROP, Fault.SERVER_ERROR, Fault.SLOW], ids=str)
async def away(teams: TeamsUser, request: pytest.FixtureRequest) -> AsyncIterator[tuple[str, TeamsUser]]:
    """A technician with an open session, and TeamViewer and ServiceDesk Plus away."""
    number, _session = await teams.create()
    outside = (teams.environment.teamviewer.faults, teams.environment.servicedesk.faults)
    for faults in outside:
        faults.plan("*", request.param, times=None, seconds=4)
    yield number, teams
    for faults in outside:
        faults.clear()


async def test_what_only_looks_is_answered_while_the_outside_is_away(away: tuple[str, TeamsUser]) -> None:
    """In words, at the press of a button, and in the overview; Teams waits five seconds for an invoke, and no longer."""
    number, teams = away
    for words, said in (
        ("list", "Your open sessions"),
        (f"history {number}", f"Sessions of request #{number}"),
        ("help", "Commands"),
        ("status", "connected as Tom Ray"),
        ("home", "Overview"),
    ):
        await teams.say(words, where=teams.personal)
        await teams.reads(said)
    card = await until(lambda: teams.card(number, "Enter"))
    for delivery in (
        await teams.press(card, "Get link"),
        await teams.environment.teams.refresh_card(teams.technician.teams, card, "manual"),
    ):
        assert not delivery.error
    await until(lambda: teams.card(number, "select and copy", where=teams.personal))


async def test_what_searches_says_what_is_wrong_while_the_outside_is_away(
    away: tuple[str, TeamsUser],
) -> None:
    """The form offers the number that was typed; the search box says in a sentence why there is nothing."""
    number, teams = away
    teams_tenant, person = teams.environment.teams, teams.technician.teams
    url = f"{teams.environment.servicedesk.web_url}/app/itdesk/ui/requests/1/details"
    await teams.say(f"{url} or {url}0, like #{number}", mention=False)
    message = teams.channel.messages[-1]
    picked, nothing, found, opened, pasted = await asyncio.gather(
        teams_tenant.search_choices(person, None, number, "requests", conversation=teams.personal),
        teams_tenant.search_choices(person, None, "VPN", "requests", conversation=teams.personal),
        teams_tenant.query_extension(person, teams.channel, "searchRequests", "VPN"),
        teams_tenant.open_dialog(person, teams.channel, "createSession", message),
        teams_tenant.preview_link(person, teams.channel, url),
    )
    assert picked.shown == [{"title": f"#{number}", "value": number}]
    assert nothing.shown == []
    assert found.shown["type"] == "message"
    assert found.shown["text"].startswith("ServiceDesk Plus ")
    assert found.shown["text"].count(".") == 1
    assert number in str(opened.shown)
    assert not pasted.error


@pytest.fixture
def quick_teams(monkeypatch: pytest.MonkeyPatch, quick_retries: None) -> None:
    """Let the connector pause briefly, too."""
    monkeypatch.setattr("adapters.teams.transport.connector.FIRST_DELAY_SECONDS", 0.05)


# The first to be sent is the typing sign, the second the card.
PASSING_SENDS = [
    (Fault.RATE_LIMIT, 3),
    (Fault.SERVER_ERROR, 2),
    (Fault.HTML, 2),
    (Fault.SLOW, 2),
    (Fault.DROP, 2),
]
PASSING_UPDATES = [
    (Fault.RATE_LIMIT, 1),
    (Fault.SERVER_ERROR, 9),
    (Fault.DROP, 2),
    (Fault.DROP_AFTER_COMMIT, 2),
]


@pytest.mark.parametrize(("fault", "times"), PASSING_SENDS, ids=str)
async def test_what_passes_at_teams_is_retried_and_done_once(
    teams: TeamsUser, bot: RunningBot, fault: Fault, times: int, quick_teams: None
) -> None:
    """One TeamViewer session, one mail, one note, one card in the thread that says where it is."""
    faults = teams.environment.teams.faults
    await bot.settle()  # what is sent for earlier tests would take the faults
    faults.plan("activities.send", fault, times=times, seconds=0.5)
    try:
        number, _session = await teams.create()
    finally:
        faults.clear()
    assert ("activities.send", fault) in faults.injected
    await until(lambda: teams.card(number, "E-mail to Ann Lee: sent"))
    once(teams, number)
    assert [one for one in teams.channel.messages if one.sender == "bot"] == cards(teams, number)
    assert len(cards(teams, number)) == 1


@pytest.mark.parametrize(("fault", "times"), PASSING_UPDATES, ids=str)
async def test_update_that_passes_at_teams_is_retried_and_done_once(
    teams: TeamsUser, fault: Fault, times: int, quick_teams: None
) -> None:
    """The card shows the end, and there is no second one."""
    number, _session = await teams.create()
    faults = teams.environment.teams.faults
    faults.plan("activities.update", fault, times=times)
    try:
        await teams.say(f"end {number}")
        await until(lambda: teams.card(number, "Ended by"))
    finally:
        faults.clear()
    assert ("activities.update", fault) in faults.injected
    assert len(teams.slack_user.sessions(number)) == 1
    assert len(cards(teams, number)) == 1


async def test_card_whose_answer_is_lost_is_named_by_the_client_that_shows_it(
    teams: TeamsUser, bot: RunningBot, quick_teams: None
) -> None:
    """Teams cannot be asked whether a message was accepted. But the refresh of its creator's client names the message."""
    number = teams.slack_user.new_request()
    await bot.settle()  # what is sent for earlier tests would take the faults
    # The first to be sent is the typing sign, the second the card.
    teams.environment.teams.faults.plan("activities.send", Fault.DROP_AFTER_COMMIT, times=2)
    await teams.say(f"create {number}")
    await until(lambda: teams.card(number, "E-mail to Ann Lee: sent"))
    await until(lambda: teams.environment.servicedesk.notes(number))
    await bot.settle()
    once(teams, number)
    # A refresh that comes after the next try retires the first message.
    await until(lambda: len(cards(teams, number)) == 1)


async def test_second_card_after_a_lost_answer_replaces_the_first_one_when_somebody_opens_it(
    teams: TeamsUser, bot: RunningBot, quick_teams: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody's client shows the channel at first, so the bot does not know of the first card, and posts a second one."""
    monkeypatch.setattr(teams.environment.teams, "auto_refresh", False)
    number = teams.slack_user.new_request()
    first, second = await lose_the_answer(teams, bot, f"create {number}", number)
    await until(lambda: "Waiting for" in plain(str(second.cards)))
    await until(lambda: "E-mail to Ann Lee: sent" in plain(str(second.cards)))
    await until(lambda: teams.environment.servicedesk.notes(number))
    once(teams, number)
    assert first.past_contents == [], "the bot does not know of it"
    await teams.environment.teams.refresh_card(teams.technician.teams, first)
    await until(lambda: "is further down now" in plain(str(first.cards) + first.text))
    assert cards(teams, number) == [second]


@pytest.mark.parametrize("command", ["create", "outage"])
async def test_view_that_one_person_has_of_a_card_still_tells_of_its_post(
    teams: TeamsUser,
    bot: RunningBot,
    quick_teams: None,
    monkeypatch: pytest.MonkeyPatch,
    command: str,
) -> None:
    """The bot stops after it has answered a client, and before it has stored what that client told of the message.

    From then on the person sees only what the client was answered with.
    """
    monkeypatch.setattr(teams.environment.teams, "auto_refresh", False)
    number = teams.slack_user.new_request()
    first, second = await lose_the_answer(teams, bot, f"{command} {number}", number)
    await bot.settle()
    told: list[str] = []

    async def stop(_self: PostedCards, activity: TeamsActivity) -> None:
        told.append(activity.reply_to)

    with monkeypatch.context() as stopped:
        stopped.setattr(PostedCards, "settle", stop)
        await teams.environment.teams.refresh_card(teams.technician.teams, first)
        await until(lambda: told == [first.id])
    assert first.personal_cards
    await teams.environment.teams.refresh_card(teams.technician.teams, first)
    await until(lambda: "is further down now" in plain(str(first.cards) + first.text))
    assert cards(teams, number) == [second]


async def lose_the_answer(
    teams: TeamsUser, bot: RunningBot, words: str, number: str
) -> tuple[TeamsMessage, TeamsMessage]:
    """Type a command, and lose the answer to the post of its card. Return both cards about the request."""
    await bot.settle()  # what is sent for earlier tests would take the faults
    # The first to be sent is the typing sign, the second the card.
    teams.environment.teams.faults.plan("activities.send", Fault.DROP_AFTER_COMMIT, times=2)
    await teams.say(words)
    await until(lambda: len(cards(teams, number)) == 2)
    first, second = cards(teams, number)
    return first, second


def once(teams: TeamsUser, number: str) -> None:
    """One session, one mail to each, one note."""
    assert len(teams.slack_user.sessions(number)) == 1
    assert len(teams.environment.mailbox.messages_to(f"ann{number}@example.test")) == 1
    assert len(teams.environment.servicedesk.notes(number)) == 1


def cards(teams: TeamsUser, number: str) -> list[TeamsMessage]:
    """The messages about a request that show a card in the channel."""
    return [one for one in teams.channel.messages if one.cards and f"#{number}" in plain(str(one.cards))]


async def test_refusal_that_the_database_delays_is_delivered_as_soon_as_it_is_back(
    teams: TeamsUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database restarts: the command is not stored, its refusal is written, and then its delivery fails too."""
    monkeypatch.setattr("bot.outage.PAUSES_SECONDS", (0.05,) * 1000)
    await teams.create()  # from now on the bot knows the channel without its database
    attempts: list[str] = []

    def fail_to_write(_unit_of_work: SqlUnitOfWork) -> AbstractAsyncContextManager[Never]:
        raise database_unavailable()

    async def fail_to_look(_chat: TeamsChat, _tenant: str, channel: str) -> bool:
        attempts.append(channel)
        raise database_unavailable()

    refusal = "The bot’s own database does not answer."
    with monkeypatch.context() as away:
        away.setattr(SqlUnitOfWork, "write", fail_to_write)
        away.setattr(TeamsChat, "is_shared_outside", fail_to_look)
        assert (await teams.say(f"create {teams.slack_user.new_request()}")).status == 202
        await until(lambda: sum(one.startswith(teams.channel.id) for one in attempts) > 3)
        assert refusal not in teams.seen()
    await teams.reads(refusal)
