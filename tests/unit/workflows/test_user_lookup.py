"""Look people up: their chat profile, and the technician list."""

from datetime import datetime, timedelta

import pytest
from support.bot_in_memory import ANA, AWAY, REFUSED, BotInMemory, actor_of

from bot.errors import BotError, NotAuthorized, Unavailable
from bot.freshness import DIRECTORY_FRESH, DIRECTORY_FRESH_FOR_UNLISTED, PROFILE_FRESH, STALE_LIMIT
from bot.i18n import Text
from bot.jobs import WarnAdmins
from bot.model.technician import Actor, Platform
from bot.values import replace

ACCOUNT = actor_of(ANA)
UNKNOWN = Actor(Platform.SLACK, "T1", "UNOBODY")
SECOND = timedelta(seconds=1)


def wait(bot: BotInMemory, time: timedelta) -> None:
    bot.clock.move(seconds=time.total_seconds())


async def read_at(bot: BotInMemory) -> datetime | None:
    async with bot.unit_of_work.read() as tx:
        return await tx.people.directory_read_at()


async def test_profile_is_read_and_stored(bot: BotInMemory) -> None:
    bot.slack.profiles[ACCOUNT] = replace(bot.slack.profiles[ACCOUNT], name="Ana Maria")
    wait(bot, SECOND)
    profile = await bot.workflows.services.users.read_profile(ACCOUNT)
    async with bot.unit_of_work.read() as tx:
        assert await tx.people.profile(ACCOUNT) == (profile, bot.clock())
    assert profile.name == "Ana Maria"


@pytest.mark.parametrize(("age", "reads"), [(PROFILE_FRESH, 0), (PROFILE_FRESH + SECOND, 1)])
async def test_stored_profile_is_read_again_where_it_is_old(
    bot: BotInMemory, age: timedelta, reads: int
) -> None:
    wait(bot, age)
    await bot.workflows.services.users.read_old_profile(ACCOUNT)
    assert bot.slack.calls.count("profile") == reads


async def test_profile_that_is_not_stored_is_read(bot: BotInMemory) -> None:
    bot.slack.profiles[UNKNOWN] = replace(bot.slack.profiles[ACCOUNT], actor=UNKNOWN)
    await bot.workflows.services.users.read_old_profile(UNKNOWN)
    async with bot.unit_of_work.read() as tx:
        assert await tx.people.profile(UNKNOWN) is not None


@pytest.mark.parametrize(
    ("actor", "age"),
    [(ACCOUNT, DIRECTORY_FRESH / 2), (UNKNOWN, DIRECTORY_FRESH_FOR_UNLISTED)],
    ids=["a technician", "somebody else"],
)
async def test_list_is_read_again_sooner_for_somebody_who_is_not_on_it(
    bot: BotInMemory, actor: Actor, age: timedelta
) -> None:
    wait(bot, age - SECOND)
    await bot.workflows.services.users.refresh_technicians_for(actor)
    assert bot.servicedesk.calls == []
    wait(bot, SECOND)
    await bot.workflows.services.users.refresh_technicians_for(actor)
    assert bot.servicedesk.calls == ["technicians"]
    assert await read_at(bot) == bot.clock()


async def test_addresses_of_the_list_are_stored_in_lower_case(bot: BotInMemory) -> None:
    bot.servicedesk.names = {" Ana@Example.com ": "Ana Maria"}
    wait(bot, DIRECTORY_FRESH)
    await bot.workflows.services.users.refresh_technicians()
    async with bot.unit_of_work.read() as tx:
        assert await tx.people.technician_name(ANA.email) == "Ana Maria"


@pytest.mark.parametrize(("age", "is_enough"), [(STALE_LIMIT - SECOND, True), (STALE_LIMIT, False)])
async def test_stored_list_is_enough_for_a_day_while_servicedesk_is_away(
    bot: BotInMemory, age: timedelta, *, is_enough: bool
) -> None:
    wait(bot, age)
    bot.servicedesk.fail_once("technicians", AWAY)
    if is_enough:
        await bot.workflows.services.users.refresh_technicians()
        return
    with pytest.raises(Unavailable):
        await bot.workflows.services.users.refresh_technicians()


async def test_first_list_that_cannot_be_read_is_an_error() -> None:
    bot = BotInMemory()
    bot.servicedesk.fail_once("technicians", AWAY)
    with pytest.raises(Unavailable):
        await bot.workflows.services.users.refresh_technicians()


async def test_list_that_is_read_another_way_is_used_and_reported(bot: BotInMemory) -> None:
    wait(bot, DIRECTORY_FRESH)
    bot.servicedesk.limitation = Text("The scope is missing.")
    await bot.workflows.services.users.refresh_technicians()
    assert await read_at(bot) == bot.clock()
    assert [type(one) for one in bot.jobs] == [WarnAdmins]
    wait(bot, DIRECTORY_FRESH)
    bot.servicedesk.limitation = None
    await bot.workflows.services.users.refresh_technicians()
    assert [one.is_problem for one in bot.jobs if isinstance(one, WarnAdmins)] == [True, False]


@pytest.mark.parametrize(
    ("error", "is_reported"),
    [(NotAuthorized(Text("The scope is missing.")), True), (REFUSED, True), (AWAY, False)],
    ids=lambda one: type(one).__name__ if isinstance(one, BotError) else "",
)
async def test_refused_list_is_reported_though_the_stored_one_is_enough(
    bot: BotInMemory, error: BotError, *, is_reported: bool
) -> None:
    """Nobody else would learn of it before the stored list is too old."""
    wait(bot, DIRECTORY_FRESH)
    bot.servicedesk.fail_once("technicians", error)
    await bot.workflows.services.users.refresh_technicians()
    warnings = [one for one in bot.jobs if isinstance(one, WarnAdmins)]
    assert [str(error.text) in str(Text.from_json(one.text)) for one in warnings] == [True] * is_reported


async def test_refused_list_is_not_asked_for_again_at_once(bot: BotInMemory) -> None:
    """Unless there is no other: then each try may be the one that works."""
    wait(bot, DIRECTORY_FRESH)
    bot.servicedesk.fail_once("technicians", REFUSED)
    for _attempt in range(3):
        await bot.workflows.services.users.refresh_technicians()
    assert bot.servicedesk.calls == ["technicians"]
    wait(bot, DIRECTORY_FRESH / 2)
    await bot.workflows.services.users.refresh_technicians()
    assert bot.servicedesk.calls == ["technicians"] * 2
    assert await read_at(bot) == bot.clock()


async def test_any_stored_list_is_enough_while_the_integration_is_off(bot: BotInMemory) -> None:
    wait(bot, timedelta(days=30))
    await bot.switch(integration=False)
    await bot.workflows.services.users.refresh_technicians()
    assert bot.servicedesk.calls == []


async def test_first_list_is_read_though_the_integration_is_off() -> None:
    bot = BotInMemory()
    await bot.switch(integration=False)
    await bot.workflows.services.users.refresh_technicians()
    assert bot.servicedesk.calls == ["technicians"]
