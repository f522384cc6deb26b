"""Forget what is kept no longer: commands that no platform repeats, sessions that are over, people who are gone."""

from datetime import datetime, timedelta

from bot.model.audit import Action, AuditEntry
from bot.services import Services

KEEP_COMMANDS = timedelta(days=2)
BY = "tvbot"
"""Who the audit trail says it was."""


async def tidy(now: datetime, services: Services) -> None:
    """Forget what was over, or last seen, before the time of keeping."""
    before = now - services.retention
    async with services.unit_of_work.write() as tx:
        await tx.commands.purge(max(before, now - KEEP_COMMANDS))
        await tx.states.purge(now)
        await tx.sessions.purge(before)
        await tx.people.purge(before)
        await tx.homes.purge()
        for connection in await tx.connections.unused(before):
            await tx.revocations.give_up(connection, now)
            whose = connection.account.email or connection.account.user_id
            await tx.audit.append(AuditEntry(now, BY, Action.DISCONNECTED, whose))
