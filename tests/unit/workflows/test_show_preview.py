"""Show a request's panel below a link to it."""

import pytest
from support.bot_in_memory import ANA, AWAY, REFUSED, REQUEST, BotInMemory, actor_of

from bot.commands import Create, History
from bot.errors import BotError
from bot.jobs import ShowPreview
from bot.model.card import Audience
from bot.model.ids import RequestId
from bot.model.pasted_link import PastedLink
from bot.model.switches import Location
from bot.model.technician import Actor, Directory, Platform
from bot.values import replace
from bot.views.parts import LinkButton

LINK = PastedLink(REQUEST.url, "C1", "m9", "", "")
UNKNOWN = Actor(Platform.SLACK, "T1", "UNOBODY")


async def preview(bot: BotInMemory, actor: Actor | None = None, request: RequestId = REQUEST.id) -> None:
    await bot.run_job(ShowPreview(actor or actor_of(ANA), request, LINK))


async def test_preview_shows_the_request_and_its_sessions_without_a_way_in(bot: BotInMemory) -> None:
    await bot.open_session()
    await preview(bot)
    panel = bot.slack.previews[REQUEST.url]
    assert panel.request == REQUEST
    (card,) = panel.cards
    assert (card.audience, card.requester_link) == (Audience.SHARED, None)
    assert not [one for one in card.buttons if isinstance(one, LinkButton)]
    commands = [one.command for one in panel.buttons]
    assert [type(one) for one in commands] == [Create, Create, History]


async def test_preview_of_a_closed_request_offers_no_new_session(bot: BotInMemory) -> None:
    bot.servicedesk.add_request(replace(REQUEST, is_closed=True))
    await preview(bot)
    assert [one.command for one in bot.slack.previews[REQUEST.url].buttons] == [History(REQUEST.number)]


@pytest.mark.parametrize("off", ["integration", "widget", "place"])
async def test_no_preview_is_shown_where_previews_are_switched_off(bot: BotInMemory, off: str) -> None:
    await bot.switch(
        integration=off != "integration",
        widget=off != "widget",
        hidden=Location.UNFURL if off == "place" else None,
    )
    await preview(bot)
    assert (bot.slack.calls, bot.servicedesk.calls) == ([], [])


async def test_no_preview_is_shown_to_somebody_who_is_no_technician(bot: BotInMemory) -> None:
    async with bot.unit_of_work.write() as tx:
        await tx.people.store_directory(Directory({}, bot.clock()))
    await preview(bot)
    assert (bot.slack.previews, bot.servicedesk.calls) == ({}, [])


async def test_no_preview_is_shown_to_somebody_who_cannot_be_looked_up(bot: BotInMemory) -> None:
    await preview(bot, UNKNOWN)
    assert bot.slack.previews == {}


@pytest.mark.parametrize("error", [AWAY, REFUSED], ids=["away", "refused"])
async def test_no_preview_is_shown_of_a_request_that_cannot_be_read(
    bot: BotInMemory, error: BotError
) -> None:
    bot.servicedesk.fail_once("request_by_id", error)
    await preview(bot)
    assert bot.slack.previews == {}


async def test_no_preview_is_shown_of_an_unknown_request(bot: BotInMemory) -> None:
    await preview(bot, request=RequestId("1"))
    assert bot.slack.previews == {}


async def test_preview_that_the_platform_refuses_raises_nothing(bot: BotInMemory) -> None:
    bot.slack.fail_once("unfurl", REFUSED)
    await preview(bot)
    assert bot.slack.previews == {}
