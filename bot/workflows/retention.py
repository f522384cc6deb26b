"""Delete what is too old: commands that no platform repeats, sessions that are over, people who are gone."""

from datetime import datetime, timedelta

from bot.model.audit import Action, AuditEntry
from bot.unit_of_work import UnitOfWork

KEEP_COMMANDS = timedelta(days=2)
BY = "tvbot"
"""The name in the audit log for what the bot does by itself."""


async def delete_old_records(now: datetime, retention: timedelta, unit_of_work: UnitOfWork) -> None:
    """Delete what was over, or last seen, longer ago than ``retention``."""
    before = now - retention
    async with unit_of_work.write() as tx:
        # A command is only stored to recognize a repeat, and no platform repeats after two days.
        await tx.commands.purge(max(before, now - KEEP_COMMANDS))
        await tx.states.purge(now)
        await tx.sessions.purge(before)
        await tx.people.purge(before)
        await tx.homes.purge()
        for connection in await tx.connections.unused(before):
            await tx.revocations.give_up(connection, now)
            account = connection.account.email or connection.account.user_id
            await tx.audit.append(AuditEntry(now, BY, Action.DISCONNECTED, account))
