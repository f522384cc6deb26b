"""Where commands came from: whose private conversation a channel is, and what created a session."""

from datetime import timedelta

from support.clock import Clock
from support.sessions import make_session

from bot.commands import CommandRequest, ListOpen, Place
from bot.model.ids import CommandKey, SessionId
from bot.model.secret import Secret
from bot.model.technician import Actor, Platform
from bot.unit_of_work import UnitOfWork

ANA, BEN = Actor(Platform.SLACK, "T1", "UANA"), Actor(Platform.SLACK, "T1", "UBEN")


async def test_sender_of_a_private_conversation_is_found(unit_of_work: UnitOfWork, clock: Clock) -> None:
    async with unit_of_work.write() as tx:
        for key, actor, place in (
            ("1", ANA, Place("C1")),
            ("2", ANA, Place("DANA", is_private=True)),
            ("3", BEN, Place("DBEN", is_private=True)),
            ("4", ANA, Place("DANA", is_private=True)),
        ):
            await tx.commands.add(CommandRequest(CommandKey(key), actor, place, ListOpen()), clock())
    async with unit_of_work.read() as tx:
        assert await tx.commands.private_sender(Platform.SLACK, "T1", "DANA") == ANA
        assert await tx.commands.private_sender(Platform.SLACK, "T1", "DBEN") == BEN
        assert await tx.commands.private_sender(Platform.SLACK, "T1", "C1") is None, "a channel is nobody's"
        assert await tx.commands.private_sender(Platform.SLACK, "T2", "DANA") is None, "another workspace"
        assert await tx.commands.private_sender(Platform.TEAMS, "T1", "DANA") is None


async def test_command_that_created_a_session_is_found(unit_of_work: UnitOfWork, clock: Clock) -> None:
    session, key = make_session(), CommandKey("1")
    async with unit_of_work.write() as tx:
        asked = CommandRequest(
            key, ANA, Place("C1"), ListOpen(), return_address=Secret("https://answer.test")
        )
        await tx.commands.add(asked, clock())
        await tx.sessions.open(session, key, another=False)
    async with unit_of_work.read() as tx:
        found = await tx.commands.origin_of(session.id)
        assert found == await tx.commands.return_address(key)
        assert found is not None
        assert found.actor == ANA
        assert await tx.commands.origin_of(SessionId("another")) is None
    async with unit_of_work.write() as tx:
        await tx.commands.purge(clock() + timedelta(seconds=1), limit=10)
        assert await tx.commands.origin_of(session.id) == found, "its session is open"
        assert await tx.sessions.save(session.ended(clock(), by=None), known=session)
        await tx.commands.purge(clock() + timedelta(seconds=1), limit=10)
        assert await tx.commands.origin_of(session.id) is None, "the command is no longer stored"
