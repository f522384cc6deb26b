"""Bring every place that shows a session up to date: its cards, and its creator's home."""

from collections.abc import Mapping

from bot.model.ids import Email, SessionId
from bot.ports import Steps
from bot.services import Services
from bot.workflows.home import refresh_homes
from bot.workflows.replies import show_everywhere


async def follow_session(arguments: Mapping[str, str], services: Services, steps: Steps) -> None:
    """Show a session on all its cards, and in its creator's home."""
    session_id = SessionId(arguments["session"])
    await steps.run("show it", lambda: _show(session_id, services))


async def _show(session_id: SessionId, services: Services) -> None:
    await show_everywhere(services, session_id)
    async with services.unit_of_work.read() as tx:
        session = await tx.sessions.get(session_id)
    if session is not None:
        await refresh_homes(services, session.technician)


async def refresh_every_home(arguments: Mapping[str, str], services: Services, steps: Steps) -> None:
    """Show every opened home anew, after a switch was moved."""
    del arguments
    await steps.run("show the homes", lambda: refresh_homes(services, None))


async def refresh_homes_of(arguments: Mapping[str, str], services: Services, steps: Steps) -> None:
    """Show a technician's opened homes anew."""
    await steps.run("show the home", lambda: refresh_homes(services, Email(arguments["technician"])))
