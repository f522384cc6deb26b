"""Look a request up and show its panel."""

import pytest
from support.bot_in_memory import ANA, AWAY, BEN, REQUEST, BotInMemory, N, expect_current_cards
from support.plans import plan

from bot.commands import OnPlan, PlanVerb, Show
from bot.errors import BotError, NotFound
from bot.i18n import Text
from bot.jobs import PostCard
from bot.model.card import Audience
from bot.model.switches import Location
from bot.model.technician import Platform, Technician
from bot.values import replace
from bot.views.pages import Message, RequestPanel, View
from bot.views.parts import LinkButton, Tone
from bot.views.plain import in_plain_text
from bot.views.wording import request_status
from bot.workflows.show_request import load_panel


async def show(bot: BotInMemory, by: Technician = ANA, platform: Platform = Platform.SLACK) -> View:
    """Ask for a request, run the jobs, and return the answer."""
    await bot.send(Show(N), by=by, platform=platform)
    await bot.run_jobs()
    return bot.answers[-1].view


@pytest.mark.parametrize(("by", "audience"), [(ANA, Audience.CREATOR), (BEN, Audience.TECHNICIAN)])
async def test_panel_shows_the_way_in_to_the_creator_alone(
    bot: BotInMemory, by: Technician, audience: Audience
) -> None:
    await bot.open_session()
    view = await show(bot, by)
    assert isinstance(view, RequestPanel)
    assert view.request == REQUEST
    (card,) = view.cards
    assert card.audience is audience
    assert bool([one for one in card.buttons if isinstance(one, LinkButton)]) is (by is ANA)


@pytest.mark.parametrize("field", ["is_closed", "is_trashed"])
async def test_request_that_takes_no_sessions_offers_none(bot: BotInMemory, field: str) -> None:
    changes: dict[str, bool] = {field: True}
    bot.servicedesk.add_request(replace(REQUEST, **changes))  # type: ignore[arg-type]  # one of two flags
    view = await show(bot)
    assert isinstance(view, RequestPanel)
    assert [str(one.label) for one in view.buttons] == ["History"]
    is_trashed = field == "is_trashed"
    assert str(request_status(view.request)) == ("Open, in the trash" if is_trashed else "Open")


async def test_sessions_get_cards_of_their_own_where_answers_stay(bot: BotInMemory) -> None:
    session = await bot.open_session()
    await bot.open_session(another=True)
    view = await show(bot, BEN, Platform.TEAMS)
    assert isinstance(view, RequestPanel)
    assert view.cards == ()
    assert len(bot.teams.messages) == 2
    await bot.end(session.id)
    await bot.run_jobs()
    await expect_current_cards(bot, session.id)


async def test_cards_are_enqueued_once_for_a_command(bot: BotInMemory) -> None:
    session = await bot.open_session()
    await bot.send(Show(N), platform=Platform.TEAMS, key="k1")
    (queued,) = bot.unit_of_work.take_jobs()
    await bot.run_job(queued.job)
    await bot.run_job(queued.job)
    assert [one.key for one in bot.queue if isinstance(one.job, PostCard)] == [f"show_card:{session.id}:k1"]


async def test_panel_is_in_words_while_the_widget_is_off_for_messages(bot: BotInMemory) -> None:
    await bot.open_session()
    await bot.switch(hidden=Location.MESSAGE)
    for platform in Platform:
        view = await show(bot, platform=platform)
        assert isinstance(view, Message)
        assert view.buttons == ()
    assert bot.teams.messages == {}


@pytest.mark.parametrize("error", [NotFound(Text("No such request.")), AWAY], ids=["unknown", "away"])
async def test_request_that_cannot_be_read_is_answered_with_the_reason(
    bot: BotInMemory, error: BotError
) -> None:
    bot.servicedesk.fail_once("request", error)
    view = await show(bot)
    assert view == Message(error.text, Tone.PROBLEM)


async def test_panel_names_the_planned_sessions_and_a_preview_does_not(bot: BotInMemory) -> None:
    await plan(bot)
    view = await show(bot, BEN)
    assert isinstance(view, RequestPanel)
    assert [str(one) for one in view.planned] == ["Remote session of Ana: planned for 25 Nov, 09:00 UTC."]
    in_words = in_plain_text(view)
    assert isinstance(in_words, Message)
    assert view.planned[0] in in_words.details
    assert (await load_panel(REQUEST, None, bot.unit_of_work)).planned == []
    await bot.send(OnPlan(PlanVerb.CANCEL, N))
    view = await show(bot, BEN)
    assert isinstance(view, RequestPanel)
    assert view.planned == []
