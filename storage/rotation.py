"""Encrypts every secret anew under the first key: nobody has to connect again."""

from collections.abc import Callable

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model.audit import AuditHead
from storage.database import Database
from storage.repositories.audit import signed_text
from storage.tables import audit_heads, commands, sessions, states, tokens
from storage.vault import Vault

_PLACES: list[tuple[sa.Table, sa.Column[str], sa.Column[bytes], Callable[[str], str]]] = [
    (sessions, sessions.c.id, sessions.c.sealed_requester_phone, lambda key: f"sessions/{key}/phone"),
    (sessions, sessions.c.id, sessions.c.sealed_requester_link, lambda key: f"sessions/{key}/requester_link"),
    (sessions, sessions.c.id, sessions.c.sealed_supporter_link, lambda key: f"sessions/{key}/supporter_link"),
    (sessions, sessions.c.id, sessions.c.sealed_join_token, lambda key: f"sessions/{key}/join_token"),
    (commands, commands.c.key, commands.c.sealed_return_address, lambda key: f"commands/{key}/address"),
    (commands, commands.c.key, commands.c.sealed_answer, lambda key: f"commands/{key}/answer"),
    (tokens, tokens.c.name, tokens.c.sealed_access, lambda key: f"tokens/{key}/access"),
    (tokens, tokens.c.name, tokens.c.sealed_refresh, lambda key: f"tokens/{key}/refresh"),
    (states, states.c.digest, states.c.sealed_payload, lambda key: f"states/{key}"),
]
"""Every sealed column, and the name of the row that its values are bound to."""


async def reseal(database: Database, vault: Vault) -> int:
    """Encrypt what is not yet under the first key. Returns how many values changed. Raises Undecipherable."""
    changed = 0
    async with database.writer.begin() as connection:
        for table, key, column, row in _PLACES:
            found = (await connection.execute(sa.select(key, column).where(column.is_not(None)))).all()
            for name, sealed in found:
                if not vault.is_current(sealed):
                    anew = vault.seal(vault.open(sealed, row(name)), row(name))
                    # What a running bot has written meanwhile stays: it is under the first key already.
                    unchanged = sa.and_(key == name, column == sealed)
                    await connection.execute(sa.update(table).where(unchanged).values({column: anew}))
                    changed += 1
        await _sign_heads(connection, vault)
    return changed


async def _sign_heads(connection: AsyncConnection, vault: Vault) -> None:
    """Sign the heads of audit trails under the first key. One that no key signed stays as it is: it was tampered with."""
    for row in (await connection.execute(sa.select(audit_heads))).all():
        text = signed_text(row.org_id, AuditHead(row.number, row.digest))
        if vault.has_signed(text, row.signature):
            unchanged = sa.and_(
                audit_heads.c.org_id == row.org_id,
                audit_heads.c.number == row.number,
                audit_heads.c.digest == row.digest,
            )
            anew = {audit_heads.c.signature: vault.sign(text)}
            await connection.execute(sa.update(audit_heads).where(unchanged).values(anew))
