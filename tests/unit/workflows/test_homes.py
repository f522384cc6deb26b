"""Show people their home."""

import pytest
from support.bot_in_memory import (
    ADA,
    ANA,
    AWAY,
    BEN,
    CHANNEL,
    PRIVATE,
    REFUSED,
    REQUEST,
    BotInMemory,
    N,
    actor_of,
)

from bot.commands import Create, OpenForm, OpenOutageForm
from bot.i18n import ChannelRef
from bot.jobs import RefreshAllHomes, RefreshHome, ShowHome
from bot.model.card import Audience
from bot.model.ids import CommandKey, RequestNumber
from bot.model.membership import Membership
from bot.model.session import Kind
from bot.model.switches import Location
from bot.model.technician import Actor, Directory, Platform, Technician
from bot.values import replace
from bot.views.assigned import requests_left_out
from bot.views.home import HomePage
from bot.views.parts import LinkButton
from bot.workflows.homes import RECENT

UNKNOWN = Actor(Platform.SLACK, "T1", "UNOBODY")


async def show(
    bot: BotInMemory, technician: Technician = ANA, platform: Platform = Platform.SLACK
) -> HomePage:
    """Open somebody's home, and return it."""
    account = actor_of(technician, platform)
    await bot.run_job(ShowHome(account))
    return (bot.slack if platform is Platform.SLACK else bot.teams).homes[account]


async def test_home_shows_status_open_sessions_and_recent_ones(bot: BotInMemory) -> None:
    over = await bot.open_session()
    await bot.end(over.id)
    await bot.open_session()
    home = await show(bot)
    assert home.status is not None
    assert home.status.technician == ANA
    (card,) = home.cards
    assert card.audience is Audience.CREATOR
    assert [one for one in card.buttons if isinstance(one, LinkButton)]
    assert [one.state.is_open for one in home.recent] == [False]
    assert [one.command for one in home.buttons] == [OpenForm(), OpenOutageForm()]
    assert (home.refusal, home.administration, home.administered_in) == (None, None, None)


async def test_home_shows_a_few_sessions_of_each_kind(bot: BotInMemory) -> None:
    for number in range(2 * (RECENT + 2)):
        session = await bot.open_session(another=True)
        if number % 2:
            await bot.end(session.id)
    home = await show(bot)
    assert (len(home.cards), len(home.recent), home.more) == (RECENT, RECENT, 2)


async def test_home_with_a_few_open_sessions_says_of_no_more(bot: BotInMemory) -> None:
    await bot.open_session()
    assert (await show(bot)).more == 0


async def test_home_without_a_connection_offers_no_new_session(bot: BotInMemory) -> None:
    assert list((await show(bot, BEN)).buttons) == []


async def test_home_with_the_integration_off_offers_no_new_session_and_no_way_in(bot: BotInMemory) -> None:
    await bot.open_session()
    await bot.switch(integration=False)
    home = await show(bot)
    (card,) = home.cards
    assert not [one for one in card.buttons if isinstance(one, LinkButton)]
    assert list(home.buttons) == []


async def test_home_switched_off_says_so_and_keeps_the_administration(bot: BotInMemory) -> None:
    await bot.switch(hidden=Location.HOME)
    technician, admin = await show(bot), await show(bot, ADA)
    assert technician.refusal is not None
    assert (technician.status, technician.administration) == (None, None)
    assert admin.refusal is not None
    assert admin.administration is not None


async def test_home_of_an_admin_names_the_channels_for_administration() -> None:
    bot = BotInMemory(admin_channels={"C9": ChannelRef("C9")})
    await bot.start()
    home = await show(bot, ADA)
    assert home.administration is None
    assert "C9" in str(home.administered_in)


async def test_home_of_somebody_who_is_no_technician_says_why(bot: BotInMemory) -> None:
    bot.servicedesk.names.clear()
    async with bot.unit_of_work.write() as tx:
        await tx.people.store_directory(Directory({}, bot.clock()))
    home = await show(bot)
    assert home.refusal is not None
    assert home.status is None


async def test_home_of_somebody_who_cannot_be_looked_up_says_why(bot: BotInMemory) -> None:
    await bot.run_job(ShowHome(UNKNOWN))
    assert bot.slack.homes[UNKNOWN].refusal is not None


async def test_home_is_in_the_language_of_its_reader(bot: BotInMemory) -> None:
    account = actor_of(ANA)
    async with bot.unit_of_work.write() as tx:
        await tx.people.store_profile(replace(bot.slack.profiles[account], locale="fr"), bot.clock())
    _home, reader = await bot.workflows.services.homes._load_home(account, None, requests_left_out())
    assert reader.language == "fr"


async def test_opened_home_is_refreshed_from_then_on(bot: BotInMemory) -> None:
    await show(bot)
    async with bot.unit_of_work.read() as tx:
        assert await tx.homes.of_technician(ANA.email) == [actor_of(ANA)]


async def test_home_is_shown_from_what_is_stored_while_servicedesk_is_away(bot: BotInMemory) -> None:
    bot.clock.move(hours=2)
    bot.servicedesk.fail_once("technicians", AWAY)
    assert (await show(bot)).status is not None


async def test_old_profile_is_read_again_and_a_fresh_one_is_not(bot: BotInMemory) -> None:
    await show(bot)
    assert bot.slack.calls.count("profile") == 0
    bot.clock.move(hours=2)
    await show(bot)
    assert bot.slack.calls.count("profile") == 1


async def test_home_that_was_asked_for_comes_as_a_new_message(bot: BotInMemory) -> None:
    await bot.run_job(ShowHome(actor_of(ANA, Platform.TEAMS), as_new_message=True))
    await bot.run_job(RefreshHome(actor_of(ANA, Platform.TEAMS)))
    assert len(bot.teams.new_homes) == 1
    assert bot.teams.calls.count("publish_home") == 2


async def test_home_that_the_platform_refuses_raises_nothing(bot: BotInMemory) -> None:
    bot.slack.fail_once("publish_home", REFUSED)
    await bot.run_job(ShowHome(actor_of(ANA)))
    assert bot.slack.homes == {}


# The requests that are assigned to the reader


def rows_of(home: HomePage) -> list[str]:
    """Return the numbers of the requests that a home shows."""
    assert home.requests is not None
    return [row.number for row in home.requests.rows]


def notes_of(home: HomePage) -> list[str]:
    """Return what a home says about the list of requests."""
    assert home.requests is not None
    return [str(note) for note in home.requests.notes]


async def open_with_requests(bot: BotInMemory, technician: Technician = ANA) -> HomePage:
    """Open somebody's home, wait until their requests are read, and return it."""
    await bot.finish_job(ShowHome(actor_of(technician)))
    return bot.slack.homes[actor_of(technician)]


def assign(bot: BotInMemory, count: int, technician: Technician = ANA) -> None:
    """Assign requests with the numbers from 101 on to somebody."""
    numbers = [RequestNumber(str(101 + place)) for place in range(count)]
    for number in numbers:
        bot.servicedesk.add_request(replace(REQUEST, number=number))
    bot.servicedesk.assigned[technician.email] = numbers


async def test_opened_home_does_not_wait_for_the_requests(bot: BotInMemory) -> None:
    assign(bot, 1)
    home = await show(bot)
    assert "assigned_requests" not in bot.servicedesk.calls
    assert (rows_of(home), notes_of(home)) == ([], ["Your requests are being read…"])
    await bot.run_jobs()
    assert rows_of(bot.slack.homes[actor_of(ANA)]) == ["101"]


async def test_request_has_a_button_that_starts_a_session(bot: BotInMemory) -> None:
    assign(bot, 1)
    home = await open_with_requests(bot)
    assert home.requests is not None
    (row,) = home.requests.rows
    assert (row.subject, row.requester_name, row.url) == (REQUEST.subject, "Rita", REQUEST.url)
    assert row.button is not None
    assert row.button.command == Create(RequestNumber("101"), Kind.REMOTE)
    assert row.state_text is None
    assert notes_of(home) == []


async def test_home_shows_the_requests_of_its_reader_alone(bot: BotInMemory) -> None:
    assign(bot, 2)
    home = await open_with_requests(bot, BEN)
    assert (rows_of(home), notes_of(home)) == ([], ["No open request is assigned to you."])


async def test_request_with_an_open_session_shows_its_state_instead_of_the_button(bot: BotInMemory) -> None:
    assign(bot, 1)
    await bot.open_session()
    home = await open_with_requests(bot)
    assert home.requests is not None
    (row,) = home.requests.rows
    assert (str(row.state_text), row.button) == ("Waiting for Rita", None)


async def test_request_has_no_button_without_a_connection(bot: BotInMemory) -> None:
    assign(bot, 1, BEN)
    home = await open_with_requests(bot, BEN)
    assert home.requests is not None
    assert [row.button for row in home.requests.rows] == [None]


async def test_home_shows_five_requests_and_how_many_more_there_are(bot: BotInMemory) -> None:
    assign(bot, 6)
    home = await open_with_requests(bot)
    assert (len(rows_of(home)), notes_of(home)) == (5, ["1 more is assigned to you."])
    bot.clock.move(minutes=1)
    bot.servicedesk.has_more_assigned = True
    assert notes_of(await open_with_requests(bot)) == ["At least 1 more is assigned to you."]


@pytest.mark.parametrize("count", [0, 5])
async def test_home_does_not_say_that_there_are_no_more_requests_where_not_all_were_read(
    bot: BotInMemory, count: int
) -> None:
    assign(bot, count)
    bot.servicedesk.has_more_assigned = True
    home = await open_with_requests(bot)
    assert notes_of(home) == ["There may be more, which are older: see ServiceDesk Plus."]


async def test_home_says_why_there_are_no_requests_while_servicedesk_is_away(bot: BotInMemory) -> None:
    bot.servicedesk.fail_once("assigned_requests", AWAY)
    home = await open_with_requests(bot)
    assert (rows_of(home), notes_of(home)) == ([], ["Your requests cannot be shown. It is away."])


async def test_home_shows_the_requests_that_were_read_before_servicedesk_was_away(bot: BotInMemory) -> None:
    assign(bot, 1)
    await open_with_requests(bot)
    bot.clock.move(minutes=1)
    bot.servicedesk.fail_once("assigned_requests", AWAY)
    home = await open_with_requests(bot)
    assert rows_of(home) == ["101"]
    (note,) = notes_of(home)
    assert note.startswith("As of ")
    assert note.endswith(". It is away.")


async def test_requests_are_not_read_again_for_every_change_of_a_session(bot: BotInMemory) -> None:
    await bot.open_home(ANA)
    for _change in range(3):
        await bot.run_job(RefreshHome(actor_of(ANA)))
    assert bot.servicedesk.calls.count("assigned_requests") == 1


async def test_refresh_of_every_home_reads_no_requests(bot: BotInMemory) -> None:
    await bot.open_home(ANA)
    await bot.finish_job(RefreshAllHomes(CommandKey("change")))
    assert "assigned_requests" not in bot.servicedesk.calls
    home = bot.slack.homes[actor_of(ANA)]
    assert notes_of(home) == ["To see your requests, open the overview again."]


@pytest.mark.parametrize("hidden", [None, Location.HOME])
async def test_requests_are_neither_read_nor_shown_with_a_switch_off(
    bot: BotInMemory, hidden: Location | None
) -> None:
    await bot.switch(integration=hidden is not None, hidden=hidden)
    assert (await open_with_requests(bot)).requests is None
    assert "assigned_requests" not in bot.servicedesk.calls


async def test_requests_are_not_read_for_somebody_who_is_no_technician(bot: BotInMemory) -> None:
    async with bot.unit_of_work.write() as tx:
        await tx.people.store_directory(Directory({}, bot.clock()))
    await bot.finish_job(ShowHome(actor_of(ANA)))
    await bot.run_job(ShowHome(UNKNOWN))
    assert "assigned_requests" not in bot.servicedesk.calls


async def test_list_that_was_read_long_ago_says_when(bot: BotInMemory) -> None:
    assign(bot, 1)
    await open_with_requests(bot)
    bot.clock.move(minutes=15)
    await bot.run_job(RefreshHome(actor_of(ANA), requests_older_than=None))
    (as_of,) = notes_of(bot.slack.homes[actor_of(ANA)])
    assert as_of.startswith("As of ")


# What a technician does first


def steps_done(home: HomePage) -> list[bool]:
    """Return which of the first steps are marked as done."""
    return [step.is_done for step in home.first_steps]


async def test_each_first_step_is_done_on_evidence_and_then_the_list_is_gone(bot: BotInMemory) -> None:
    assert steps_done(await show(bot, BEN)) == [False, False, False]
    assert steps_done(await show(bot, ANA)) == [True, False, False]
    session = await bot.open_session(place=PRIVATE)
    assert steps_done(await show(bot, ANA)) == [True, True, False]
    await bot.end(session.id)
    await bot.open_session(place=CHANNEL)
    assert steps_done(await show(bot, ANA)) == []
    # Where the bot is used in a channel, that step is done for everybody. What each does alone is not.
    assert steps_done(await show(bot, BEN)) == [False, False, True]


async def test_event_of_the_bot_in_a_channel_is_evidence_until_it_is_removed(bot: BotInMemory) -> None:
    for is_member in (True, False):
        async with bot.unit_of_work.write() as tx:
            await tx.memberships.store(
                Membership(Platform.SLACK, actor_of(ANA).tenant, "C9", is_member), bot.clock()
            )
        assert steps_done(await show(bot, ANA)) == [True, False, is_member]


async def test_session_that_could_not_be_created_is_no_first_step(bot: BotInMemory) -> None:
    bot.teamviewer.fail_once("create_session", REFUSED)
    await bot.send(Create(N, Kind.REMOTE))
    await bot.run_jobs()
    assert not (await show(bot)).first_steps[1].is_done


async def test_done_step_has_a_sign_and_a_word(bot: BotInMemory) -> None:
    done, to_do, _last = (await show(bot)).first_steps
    assert str(done.marked_text) == "☑️ Done: Connect your TeamViewer account."
    assert str(to_do.marked_text).startswith("⬜ Create a session")


async def test_status_comes_first_only_while_something_is_missing(bot: BotInMemory) -> None:
    assert (await show(bot, BEN)).has_status_first
    assert not (await show(bot, ANA)).has_status_first
    await bot.switch(integration=False)
    assert (await show(bot, ANA)).has_status_first
