"""Accept the end of a session: it counts at once."""

from collections.abc import Awaitable, Callable

import pytest
from support.bot_in_memory import ADA, ANA, REQUEST, BotInMemory, N, expect_current_cards

from bot.commands import Create, ListOpen, OnSession, Status, Verb
from bot.errors import NotConfirmed
from bot.jobs import CreateSession, EndSession, ReportClosedRequest
from bot.model.audit import Action
from bot.model.card import Audience
from bot.model.ids import SessionId
from bot.model.session import ENDED_BY_SERVICEDESK, ORPHAN_AFTER, Kind, Session, State
from bot.unit_of_work import Sessions
from bot.use_cases.ending import accept_end
from bot.views.pages import Message, SessionList, StatusPage
from bot.views.session import make_session_card
from bot.workflows.show_request import load_panel


async def ending(bot: BotInMemory) -> Session:
    """Open a session, and accept its end. Its job has not run."""
    session = await bot.open_session()
    await bot.send(OnSession(Verb.END, session.id))
    return await bot.session(session.id)


async def test_create_right_after_an_accepted_end_makes_a_new_session(bot: BotInMemory) -> None:
    """The end has not reached TeamViewer yet."""
    first = await ending(bot)
    view = await bot.send(Create(N))
    assert isinstance(view, Message)
    assert view.is_accepted
    assert [type(one) for one in bot.jobs if isinstance(one, EndSession | CreateSession)] == [
        EndSession,
        CreateSession,
    ]
    await bot.run_jobs()
    states = {one.id: one.state for one in await bot.sessions()}
    assert states.pop(first.id) is State.ENDED
    assert list(states.values()) == [State.WAITING]
    assert len(bot.teamviewer.open_codes) == 1


async def test_card_says_that_the_session_is_being_ended_until_teamviewer_confirms_it(
    bot: BotInMemory,
) -> None:
    session = await ending(bot)
    assert session.state is State.WAITING
    for audience in Audience:
        card = make_session_card(session, await bot.notices(session.id), audience)
        assert str(card.state_text) == "Ending…"
        assert (list(card.buttons), card.requester_link) == ([], None)
    await bot.run_jobs()
    await expect_current_cards(bot, session.id)
    ended = await bot.session(session.id)
    assert str(make_session_card(ended, [], Audience.SHARED).state_text) == "Ended by Ana"


async def test_list_and_request_show_that_the_session_is_being_ended(bot: BotInMemory) -> None:
    await ending(bot)
    listed, status = await bot.send(ListOpen()), await bot.send(Status())
    assert isinstance(listed, SessionList)
    ((row),) = listed.rows
    assert (str(row.state_text), list(row.buttons)) == ("Ending…", [])
    assert isinstance(status, StatusPage)
    assert status.open_sessions == 0
    panel = await load_panel(REQUEST, ANA.email, bot.unit_of_work)
    assert [str(card.state_text) for card in panel.cards] == ["Ending…"]


async def test_session_that_is_being_created_ends_without_waiting_for_teamviewer(bot: BotInMemory) -> None:
    session = await bot.accept_session(Kind.PILOT)
    await bot.send(OnSession(Verb.END, session.id), by=ADA)
    ended = await bot.session(session.id)
    assert (ended.state, ended.ended_by) == (State.ENDED, "Ada")
    assert await bot.actions() == [Action.SESSION_ENDED]
    assert not [one for one in bot.jobs if isinstance(one, EndSession)]
    await bot.run_jobs()
    assert bot.teamviewer.calls == []
    async with bot.unit_of_work.read() as tx:
        assert await tx.sessions.due_to_close(bot.clock() + ORPHAN_AFTER) == []


async def test_technician_is_told_why_a_session_ended_that_was_being_created(bot: BotInMemory) -> None:
    """Its request was closed in ServiceDesk Plus before TeamViewer had created it."""
    session = await bot.accept_session()
    job = EndSession(session.id, by=ENDED_BY_SERVICEDESK, email=ENDED_BY_SERVICEDESK)
    async with bot.unit_of_work.write() as tx:
        await accept_end(job, tx, bot.clock(), key="k1")
    assert [one for one in bot.jobs if isinstance(one, ReportClosedRequest)] == [
        ReportClosedRequest(session.id)
    ]


async def test_session_that_teamviewer_was_asked_for_is_closed_there_after_its_end(bot: BotInMemory) -> None:
    session = await bot.accept_session()
    async with bot.unit_of_work.write() as tx:
        await tx.sessions.mark_attempted(session.id, "u1", bot.clock())
    await bot.send(OnSession(Verb.END, session.id))
    async with bot.unit_of_work.read() as tx:
        due = await tx.sessions.due_to_close(bot.clock() + ORPHAN_AFTER)
    assert [one.id for one in due] == [session.id]


async def test_second_end_enqueues_its_own_job_and_changes_nothing(bot: BotInMemory) -> None:
    session = await ending(bot)
    await bot.send(OnSession(Verb.END, N))
    assert await bot.session(session.id) == session
    assert len([one for one in bot.jobs if isinstance(one, EndSession)]) == 2
    await bot.run_jobs()
    assert await bot.actions() == [Action.SESSION_CREATED, Action.SESSION_ENDED]


@pytest.mark.parametrize("is_stored", [True, False])
async def test_session_that_is_over_or_gone_is_left_as_it_is(bot: BotInMemory, *, is_stored: bool) -> None:
    session = await bot.open_session()
    await bot.end(session.id)
    bot.unit_of_work.take_jobs()
    job = EndSession(session.id if is_stored else SessionId("none"), "Ana", ANA.email)
    async with bot.unit_of_work.write() as tx:
        left = await accept_end(job, tx, bot.clock(), key="k1")
    assert left == (await bot.session(session.id) if is_stored else None)
    assert bot.jobs == []


Save = Callable[..., Awaitable[bool]]


@pytest.mark.parametrize("conflicts", [1, 5])
async def test_end_that_conflicts_with_another_change_is_tried_again(
    bot: BotInMemory, monkeypatch: pytest.MonkeyPatch, conflicts: int
) -> None:
    session = await bot.open_session()
    async with bot.unit_of_work.write() as tx:
        save: Save = tx.sessions.save
        left = [False] * conflicts

        async def save_after_conflicts(changed: Session, *, known: Session) -> bool:
            return left.pop() if left else await save(changed, known=known)

        sessions: Sessions = tx.sessions
        monkeypatch.setattr(sessions, "save", save_after_conflicts)
        job = EndSession(session.id, "Ana", ANA.email)
        if conflicts == 1:
            assert (await accept_end(job, tx, bot.clock(), key="k1")) is not None
            return
        with pytest.raises(NotConfirmed):
            await accept_end(job, tx, bot.clock(), key="k1")
