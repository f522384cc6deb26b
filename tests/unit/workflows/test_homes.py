"""Show people their home."""

from dataclasses import replace

from support.bot_in_memory import ADA, ANA, AWAY, BEN, REFUSED, BotInMemory, actor_of

from bot.commands import OpenForm
from bot.i18n import ChannelRef
from bot.jobs import RefreshHome, ShowHome
from bot.model.card import Audience
from bot.model.switches import Location
from bot.model.technician import Actor, Directory, Platform, Technician
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
    assert [one.command for one in home.buttons] == [OpenForm()]
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
    _home, reader = await bot.workflows._homes._load_home(account, None)
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
