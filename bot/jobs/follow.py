"""Bring every card of a session up to date."""

from collections.abc import Mapping

from bot.jobs.telling import show_everywhere
from bot.model.ids import SessionId
from bot.ports import Steps
from bot.world import World


async def follow_session(arguments: Mapping[str, str], world: World, steps: Steps) -> None:
    """Show a session on all its cards."""
    await steps.run("show the cards", lambda: show_everywhere(world, SessionId(arguments["session"])))
