"""Hand a session over at TeamViewer, or replace it by a new one."""

import pytest
from support.bot_in_memory import ADA, ANA, AWAY, BEN, LOST, PRIVATE, REFUSED, BotInMemory, N
from support.transfers import BENS_ACCOUNT, accept, hand_over, newest_transfer, offer, open_session, run_jobs

from bot.commands import Create, History, ListOpen, OnSession, Transfer, Verb
from bot.errors import NotAllowed
from bot.jobs import MoveSession
from bot.model.audit import Action
from bot.model.card import Audience
from bot.model.session import Session
from bot.model.technician import Technician
from bot.model.transfer import TransferState
from bot.views.links import holds_link
from bot.views.pages import Message, SessionList


async def moved(bot: BotInMemory, session: Session) -> Session:
    """Let Ben accept the session, run every job, and return it."""
    await accept(bot, await offer(bot, session))
    await run_jobs(bot)
    return await bot.session(session.id)


async def test_session_and_all_that_belongs_to_it_is_the_new_technicians(bot: BotInMemory) -> None:
    session = await hand_over(bot)
    assert (session.technician, session.account) == (BEN.email, BENS_ACCOUNT)
    assert session.supporter_link is not None
    assert session.supporter_link.reveal().endswith(BENS_ACCOUNT)
    (handover,) = session.handovers
    assert (handover.former, handover.to_name) == (ANA.email, "Ben")
    assert (await bot.actions())[-1] is Action.SESSION_TRANSFERRED
    for command in (ListOpen(), History()):
        assert [await _count_listed(bot, command, by) for by in (ANA, BEN)] == [0, 1]
    with pytest.raises(NotAllowed):
        await bot.send(OnSession(Verb.ENTER, N), ANA)
    entered = await bot.send(OnSession(Verb.ENTER, N), BEN)
    assert holds_link(entered)
    (mail,) = [one for one in bot.mailer.sent if one.to == BEN.email]
    assert session.supporter_link.reveal() in mail.text


async def _count_listed(bot: BotInMemory, command: ListOpen | History, by: Technician) -> int:
    view = await bot.send(command, by)
    assert isinstance(view, SessionList)
    return len(view.rows)


async def test_former_technician_may_create_a_session_for_the_request_again(bot: BotInMemory) -> None:
    session = await hand_over(bot)
    view = await bot.send(Create(N), ANA)
    assert isinstance(view, Message)
    assert view.is_accepted
    again = await bot.send(Create(N), BEN)
    assert isinstance(again, Message)
    assert not again.is_accepted, "the new technician has one open"
    assert len(await bot.sessions()) == 2
    assert session.id in {one.id for one in await bot.sessions()}


async def test_former_technicians_own_card_loses_the_way_in(bot: BotInMemory) -> None:
    await bot.connect(BEN, BENS_ACCOUNT)
    session = await bot.open_session(place=PRIVATE)
    (card,) = await bot.cards(session.id)
    assert card.audience is Audience.CREATOR
    changed = await moved(bot, session)
    stored = next(one for one in await bot.cards(session.id) if one.message == card.message)
    assert stored.audience is Audience.TECHNICIAN
    assert changed.supporter_link is not None
    assert changed.supporter_link.reveal() not in str(bot.shown(stored))


async def test_session_that_is_assigned_already_is_not_assigned_again(bot: BotInMemory) -> None:
    """The process died after TeamViewer had assigned it."""
    session = await open_session(bot)
    assert session.code is not None
    await bot.teamviewer.assign_session(bot.fakes.tokens, session.code, BENS_ACCOUNT)
    bot.teamviewer.calls.clear()
    changed = await moved(bot, session)
    assert changed.technician == BEN.email
    assert "assign_session" not in bot.teamviewer.calls


@pytest.mark.parametrize("repeats", [1, 2])
async def test_session_that_cannot_be_assigned_is_replaced_once(bot: BotInMemory, repeats: int) -> None:
    session = await open_session(bot)
    bot.teamviewer.fail_once("assign_session", REFUSED)
    await accept(bot, await offer(bot, session))
    jobs = bot.unit_of_work.take_jobs()
    (move,) = [one.job for one in jobs if isinstance(one.job, MoveSession)]
    for _run in range(repeats):
        await bot.run_job(move)
    await run_jobs(bot)
    changed = await bot.session(session.id)
    assert changed.technician == BEN.email
    assert bot.teamviewer.open_codes == {changed.code}
    assert changed.code != session.code
    assert changed.join_token == session.join_token
    assert len(bot.teamviewer.created) == 2


async def test_session_that_may_have_been_created_is_looked_for(bot: BotInMemory) -> None:
    session = await open_session(bot)
    bot.teamviewer.fail_once("assign_session", REFUSED)
    bot.teamviewer.fail_once("create_session", LOST)
    changed = await moved(bot, session)
    assert changed.technician == BEN.email
    assert bot.teamviewer.open_codes == {changed.code}


async def test_move_goes_on_after_teamviewer_was_away(bot: BotInMemory) -> None:
    session = await open_session(bot)
    bot.teamviewer.fail_once("assigned_session", AWAY)
    changed = await moved(bot, session)
    assert changed.technician == BEN.email


async def test_move_that_teamviewer_refuses_leaves_the_session_where_it_is(bot: BotInMemory) -> None:
    session = await open_session(bot)
    bot.teamviewer.fail_once("assign_session", REFUSED)
    bot.teamviewer.fail_once("create_session", REFUSED)
    changed = await moved(bot, session)
    assert (changed.technician, changed.is_moving) == (ANA.email, False)
    assert (await newest_transfer(bot)).state is TransferState.FAILED
    assert bot.teamviewer.open_codes == {session.code}
    said = [str(one.view.text) for one in bot.answers if isinstance(one.view, Message)]
    assert sum("was not handed over" in one for one in said) == 2, "who offered it, and who accepted it"


async def test_move_does_nothing_while_the_integration_is_off(bot: BotInMemory) -> None:
    session = await open_session(bot)
    transfer = await offer(bot, session)
    await accept(bot, transfer)
    await bot.switch(integration=False)
    before = list(bot.teamviewer.calls)
    await run_jobs(bot)
    assert bot.teamviewer.calls == before
    changed = await bot.session(session.id)
    assert (changed.technician, changed.is_moving) == (ANA.email, False)


async def test_sdadmin_who_moved_it_is_answered(bot: BotInMemory) -> None:
    session = await open_session(bot)
    await bot.send(Transfer(N, BEN.email), ADA)
    await run_jobs(bot)
    assert (await bot.session(session.id)).technician == BEN.email
    said = [str(one.view.text) for one in bot.answers if isinstance(one.view, Message)]
    assert any("is with Ben now" in one for one in said)
    assert [one for one in bot.mailer.sent if one.to == BEN.email]
