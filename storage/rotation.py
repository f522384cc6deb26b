"""Encrypt every stored secret again under the first key. Nobody has to connect again."""

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model.audit import AuditHead
from storage.database import Database
from storage.repositories.audit import audit_head_text
from storage.sealed_columns import SEALED_COLUMNS, SealedColumn
from storage.tables import audit_heads
from storage.vault import Vault


async def reencrypt_secrets(database: Database, vault: Vault) -> int:
    """Encrypt every value that is not yet under the first key. Returns how many changed. Raises Undecipherable."""
    changed = 0
    async with database.writer.begin() as connection:
        for sealed_column in SEALED_COLUMNS:
            changed += await _reencrypt_column(connection, vault, sealed_column)
        await _sign_audit_heads_again(connection, vault)
    return changed


async def _reencrypt_column(connection: AsyncConnection, vault: Vault, sealed_column: SealedColumn) -> int:
    table, key, column, row_name = sealed_column
    rows = (await connection.execute(sa.select(key, column).where(column.is_not(None)))).all()
    outdated = [(row_key, value) for row_key, value in rows if not vault.is_under_first_key(value)]
    for row_key, value in outdated:
        reencrypted = vault.seal(vault.unseal(value, row_name(row_key)), row_name(row_key))
        # A running bot may have written the row meanwhile. Its value is newer, and under the first key already.
        unchanged = sa.and_(key == row_key, column == value)
        await connection.execute(sa.update(table).where(unchanged).values({column: reencrypted}))
    return len(outdated)


async def _sign_audit_heads_again(connection: AsyncConnection, vault: Vault) -> None:
    """Sign the heads of the audit logs under the first key.

    A head without a valid signature was tampered with. It stays as it is, so that ``tvbot audit verify`` reports it.
    """
    for row in (await connection.execute(sa.select(audit_heads))).all():
        text = audit_head_text(row.org_id, AuditHead(row.number, row.digest))
        if vault.is_signature_valid(text, row.signature):
            unchanged = sa.and_(
                audit_heads.c.org_id == row.org_id,
                audit_heads.c.number == row.number,
                audit_heads.c.digest == row.digest,
            )
            signed = {audit_heads.c.signature: vault.sign(text)}
            await connection.execute(sa.update(audit_heads).where(unchanged).values(signed))
