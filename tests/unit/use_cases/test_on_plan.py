"""Start, move and cancel a planned session by a typed word, and what the words for open sessions say about it."""

from collections.abc import Sequence

import pytest
from support.bot_in_memory import ADA, ANA, BEN, BotInMemory, N
from support.plans import AT, accept_plan, plan, plan_of, plans_of

from bot.commands import (
    CancelPlan,
    Command,
    Invite,
    Leave,
    MovePlan,
    OnPlan,
    OnSession,
    OpenInviteForm,
    OpenPlanForm,
    OpenTransferForm,
    PlanSession,
    PlanVerb,
    StartPlan,
    Transfer,
    Uninvite,
    Verb,
)
from bot.errors import NotAllowed, NotFound
from bot.i18n import Language
from bot.model.plan import PlanState
from bot.model.session import Kind
from bot.views.pages import Message
from bot.views.plain import in_plain_text
from bot.views.plan import make_plan_card
from bot.views.plan_form import PlanForm

NO_OPEN_SESSION: Sequence[Command] = (
    *(OnSession(verb, N) for verb in Verb),
    Transfer(N, BEN.email),
    OpenTransferForm(N),
    Invite(N, BEN.email),
    OpenInviteForm(N),
    Uninvite(N),
    Leave(N),
)


async def test_session_is_started_by_a_word(bot: BotInMemory) -> None:
    await plan(bot)
    await bot.send(OnPlan(PlanVerb.START, N))
    assert plan_of(bot).state is PlanState.STARTED
    assert len(await bot.sessions()) == 1


async def test_session_is_moved_by_a_word(bot: BotInMemory) -> None:
    before = await plan(bot)
    await bot.send(OnPlan(PlanVerb.MOVE, N, "in 2 days"))
    assert plan_of(bot).starts_at > before.starts_at
    assert len(plans_of(bot)) == 1


async def test_word_without_a_time_opens_the_form(bot: BotInMemory) -> None:
    await plan(bot)
    assert isinstance(await bot.send(OnPlan(PlanVerb.MOVE, N)), PlanForm)


async def test_session_is_cancelled_by_a_word(bot: BotInMemory) -> None:
    await plan(bot)
    await bot.send(OnPlan(PlanVerb.CANCEL, N))
    assert plan_of(bot).state is PlanState.CANCELLED


@pytest.mark.parametrize("verb", PlanVerb)
async def test_word_of_a_colleague_is_refused(bot: BotInMemory, verb: PlanVerb) -> None:
    planned = await plan(bot)
    with pytest.raises(NotAllowed, match="belongs to"):
        await bot.send(OnPlan(verb, N, "in 2 days"), BEN)
    assert plan_of(bot) == planned


async def test_sdadmin_moves_and_cancels_by_a_word_and_does_not_start(bot: BotInMemory) -> None:
    await plan(bot)
    with pytest.raises(NotAllowed):
        await bot.send(OnPlan(PlanVerb.START, N), ADA)
    await bot.send(OnPlan(PlanVerb.MOVE, N, "in 2 days"), ADA)
    await bot.send(OnPlan(PlanVerb.CANCEL, N), ADA)
    assert (plan_of(bot).state, plan_of(bot).changed_by) == (PlanState.CANCELLED, "Ada")


async def test_own_session_is_meant_before_that_of_a_colleague(bot: BotInMemory) -> None:
    first = await plan(bot)
    await bot.connect(ADA, "u3")
    own = await accept_plan(bot, by=ADA)
    await bot.send(OnPlan(PlanVerb.CANCEL, N), ADA)
    states = {one.id: one.state for one in plans_of(bot)}
    assert states == {first.id: PlanState.PLANNED, own.id: PlanState.CANCELLED}


@pytest.mark.parametrize(
    ("verb", "at", "command"),
    [
        (PlanVerb.START, "", StartPlan),
        (PlanVerb.MOVE, "in 2 days", MovePlan),
        (PlanVerb.MOVE, "", OpenPlanForm),
        (PlanVerb.CANCEL, "", CancelPlan),
    ],
)
async def test_word_asks_which_of_several_is_meant(
    bot: BotInMemory, verb: PlanVerb, at: str, command: type[Command]
) -> None:
    await bot.send(PlanSession(N, AT))
    await bot.send(PlanSession(N, AT, Kind.PILOT))
    planned = plans_of(bot)
    answer = await bot.send(OnPlan(verb, N, at))
    assert isinstance(answer, Message)
    assert [type(one.command) for one in answer.buttons] == [command, command]
    assert plans_of(bot) == planned


async def test_word_says_that_none_is_planned(bot: BotInMemory) -> None:
    with pytest.raises(NotFound, match="create 101"):
        await bot.send(OnPlan(PlanVerb.CANCEL, N))


async def test_word_says_that_the_session_is_open(bot: BotInMemory) -> None:
    await bot.open_session()
    with pytest.raises(NotFound, match="end 101"):
        await bot.send(OnPlan(PlanVerb.CANCEL, N))


@pytest.mark.parametrize("command", NO_OPEN_SESSION, ids=repr)
async def test_words_for_an_open_session_name_the_planned_one(bot: BotInMemory, command: Command) -> None:
    planned = await plan(bot)
    with pytest.raises(NotFound) as own:
        await bot.send(command)
    assert "start 101" in str(own.value.text)
    assert "cancel 101" in str(own.value.text)
    with pytest.raises(NotFound) as others:
        await bot.send(command, BEN)
    assert f"{ANA.name} has planned one" in str(others.value.text)
    assert plan_of(bot) == planned


async def test_card_in_plain_text_says_what_to_type(bot: BotInMemory) -> None:
    """While cards are switched off, a planned session can still be started, moved and cancelled."""
    view = in_plain_text(make_plan_card(await plan(bot)))
    assert isinstance(view, Message)
    lines = "\n".join(Language("en").say(one) for one in view.details)
    for words in ("start 101", "move 101", "cancel 101"):
        assert words in lines
