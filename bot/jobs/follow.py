"""Bring every place that shows a session up to date: its cards, and its creator's home."""

from collections.abc import Mapping

from bot.jobs.home import refresh_homes
from bot.jobs.telling import show_everywhere
from bot.model.ids import Email, SessionId
from bot.ports import Steps
from bot.world import World


async def follow_session(arguments: Mapping[str, str], world: World, steps: Steps) -> None:
    """Show a session on all its cards, and in its creator's home."""
    session_id = SessionId(arguments["session"])
    await steps.run("show it", lambda: _show(session_id, world))


async def _show(session_id: SessionId, world: World) -> None:
    await show_everywhere(world, session_id)
    async with world.books.read() as tx:
        session = await tx.sessions.get(session_id)
    if session is not None:
        await refresh_homes(world, session.technician)


async def refresh_every_home(arguments: Mapping[str, str], world: World, steps: Steps) -> None:
    """Show every opened home anew, after a switch was moved."""
    del arguments
    await steps.run("show the homes", lambda: refresh_homes(world, None))


async def refresh_homes_of(arguments: Mapping[str, str], world: World, steps: Steps) -> None:
    """Show a technician's opened homes anew."""
    await steps.run("show the home", lambda: refresh_homes(world, Email(arguments["technician"])))
