"""Accept a new session, or retry one that failed."""

import pytest
from support.bot_in_memory import ANA, BEN, BotInMemory, N

from bot.commands import Create, OnSession, Retry, Verb
from bot.errors import NotAllowed, NotAuthorized, NotFound
from bot.i18n import Text
from bot.jobs import CreateSession
from bot.model.ids import CommandKey, SessionId
from bot.model.session import Kind, State
from bot.views.pages import Message
from bot.views.parts import Button, Tone
from bot.views.session import SessionCard

UNKNOWN = SessionId("none")


@pytest.mark.parametrize("kind", list(Kind))
async def test_accepted_session_is_stored_and_enqueued(bot: BotInMemory, kind: Kind) -> None:
    view = await bot.send(Create(N, kind, "second floor"), key="k1")
    (session,) = await bot.sessions()
    assert (session.state, session.kind, session.note) == (State.CREATING, kind, "second floor")
    assert (session.number, session.technician, session.technician_name) == (N, ANA.email, ANA.name)
    (queued,) = bot.queue
    assert queued.job == CreateSession(session.id, CommandKey("k1"))
    assert queued.key == f"create:{session.id}:1"
    assert isinstance(view, Message)
    assert (view.tone, view.is_accepted) == (Tone.WAIT, True)
    assert await bot.audited() == []


async def test_same_command_twice_makes_one_session(bot: BotInMemory) -> None:
    await bot.send(Create(N), key="k1")
    await bot.send(Create(N), key="k1")
    assert len(await bot.sessions()) == 1
    assert len(bot.queue) == 1


async def test_creation_with_the_integration_off_is_refused(bot: BotInMemory) -> None:
    await bot.switch(integration=False)
    with pytest.raises(NotAllowed):
        await bot.send(Create(N))
    assert (await bot.sessions(), bot.jobs) == ([], [])


async def test_creation_without_a_connection_is_refused(bot: BotInMemory) -> None:
    with pytest.raises(NotAuthorized):
        await bot.send(Create(N), by=BEN)
    assert await bot.sessions() == []


async def test_creation_with_a_session_open_offers_another(bot: BotInMemory) -> None:
    existing = await bot.open_session()
    view = await bot.send(Create(N, note="again"))
    assert isinstance(view, Message)
    commands = [one.command for one in view.buttons if isinstance(one, Button)]
    assert OnSession(Verb.END, existing.id) in commands
    assert commands[-1] == Create(N, note="again", another=True)
    assert (len(await bot.sessions()), bot.jobs) == (1, [])


async def test_another_session_is_accepted_when_asked_for(bot: BotInMemory) -> None:
    await bot.open_session()
    await bot.send(Create(N, another=True))
    assert len(await bot.sessions()) == 2


async def test_session_of_another_kind_is_accepted(bot: BotInMemory) -> None:
    await bot.open_session()
    await bot.send(Create(N, Kind.PILOT))
    assert len(await bot.sessions()) == 2


async def test_session_of_another_technician_does_not_prevent_creation(bot: BotInMemory) -> None:
    await bot.connect(BEN, "u2")
    await bot.open_session()
    await bot.send(Create(N), by=BEN)
    assert len(await bot.sessions()) == 2


async def test_session_after_an_ended_one_is_accepted(bot: BotInMemory) -> None:
    await bot.end((await bot.open_session()).id)
    await bot.send(Create(N))
    assert len(await bot.sessions()) == 2


async def fail(bot: BotInMemory) -> SessionId:
    """Store a session that could not be created, and return its id."""
    session = await bot.accept_session(Kind.PILOT, note="second floor")
    await bot.change(session.id, lambda one: one.failed(Text("TeamViewer said no.")))
    bot.unit_of_work.take_jobs()
    return session.id


async def test_retry_of_a_failed_session_accepts_the_same_session_again(bot: BotInMemory) -> None:
    failed = await fail(bot)
    await bot.send(Retry(failed))
    (again,) = [one for one in await bot.sessions() if one.id != failed]
    assert (again.number, again.kind, again.note) == (N, Kind.PILOT, "second floor")
    assert isinstance(bot.jobs[0], CreateSession)


async def test_retry_of_a_session_that_is_not_failed_shows_it(bot: BotInMemory) -> None:
    session = await bot.open_session()
    view = await bot.send(Retry(session.id))
    assert isinstance(view, SessionCard)
    assert view.state is State.WAITING
    assert len(await bot.sessions()) == 1


async def test_retry_of_an_unknown_session_is_refused(bot: BotInMemory) -> None:
    with pytest.raises(NotFound):
        await bot.send(Retry(UNKNOWN))


async def test_retry_of_a_session_of_somebody_else_is_refused(bot: BotInMemory) -> None:
    with pytest.raises(NotAllowed):
        await bot.send(Retry(await fail(bot)), by=BEN)


async def test_retry_with_the_integration_off_is_refused(bot: BotInMemory) -> None:
    failed = await fail(bot)
    await bot.switch(integration=False)
    with pytest.raises(NotAllowed):
        await bot.send(Retry(failed))
