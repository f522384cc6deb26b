"""Whose private conversation a channel is, by the commands that came from it."""

from support.clock import Clock

from bot.commands import CommandRequest, ListOpen, Place
from bot.model.ids import CommandKey
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
