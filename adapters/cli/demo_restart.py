"""A demo on a database of an earlier one: the simulated systems are new, and know nothing of what the database holds."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from adapters import logs
from adapters.bootstrap import Bot
from adapters.clock import utc_now
from adapters.installation_settings import organisation
from adapters.settings import Settings
from bot.authorizations import StoredTokens
from bot.model.ids import Email
from storage.restored import MARK

_PAGE = 200


async def end_earlier_run(settings: Settings, file: Path, technicians: Sequence[str]) -> None:
    """Cancel the jobs of the earlier demo, end its sessions and forget its connections and tokens. History and audit trail stay.

    Raises DatabaseInUse, DatabaseUnusable, StorageError.
    """
    # Of a restored database too, the outside systems know nothing: its start cancels every job.
    with sqlite3.connect(file) as database:
        database.execute(f"CREATE TABLE IF NOT EXISTS {MARK} (restored integer)")
    database.close()
    logs.configure_logging("error", "console")
    # Without routes and jobs, so that nothing is asked at the systems before it is ended.
    bot = Bot(settings, serves=False, works=False)
    try:
        await bot.start()
        await _end_sessions(bot)
        await _forget_connections(bot, technicians)
        await _forget_servicedesk_token(bot)
    finally:
        await bot.stop()
        logs.configure_logging("warning", "console")


async def _end_sessions(bot: Bot) -> None:
    async with bot.unit_of_work.write() as tx:
        while page := await tx.sessions.open_page(after=None, limit=_PAGE):
            for session in page:
                await tx.sessions.save(session.ended(utc_now(), by=None), known=session)


async def _forget_connections(bot: Bot, technicians: Sequence[str]) -> None:
    async with bot.unit_of_work.write() as tx:
        for technician in technicians:
            if (connection := await tx.connections.active(Email(technician))) is not None:
                await tx.connections.deactivate(connection)


async def _forget_servicedesk_token(bot: Bot) -> None:
    """The new ServiceDesk Plus refuses it, and the first calls would fail."""
    async with bot.unit_of_work.write() as tx:
        await tx.tokens.store(f"servicedesk/{organisation(bot.settings)}", StoredTokens(None, None, None))
