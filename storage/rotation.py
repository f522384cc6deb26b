"""Encrypt every stored secret again under the first key, while the bot runs. Nobody has to connect again."""

import asyncio
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model.audit import AuditHead
from storage.database import Database
from storage.repositories.audit import audit_head_text
from storage.sealed_columns import SEALED_COLUMNS, SealedColumn
from storage.tables import audit_heads
from storage.vault import Undecipherable, UnknownKey, Vault

BATCH = 100
"""How many values are encrypted in one transaction. On SQLite the bot cannot write meanwhile, so it must be short."""
PAUSE_SECONDS = 0.02
"""The pause between two transactions, in which the bot writes. It tries every millisecond."""


class Rotation(NamedTuple):
    """What a rotation did: how many values it encrypted again, and how many are still under another key.

    ``damaged`` of those still under another key cannot be decrypted: they were changed, or moved to another row. The
    others were written meanwhile, by a bot whose first key is another one.
    """

    changed: int
    left: int
    damaged: int


class _Batch(NamedTuple):
    last_key: str | None
    changed: int
    damaged: int


async def reencrypt_secrets(database: Database, vault: Vault) -> Rotation:
    """Encrypt every value that is not yet under the first key. Raises UnknownKey.

    After an interruption it is run again: what is encrypted already stays.
    """
    changed = damaged = 0
    for sealed_column in SEALED_COLUMNS:
        batch = _Batch("", 0, 0)
        while batch.last_key is not None:
            async with database.writer.begin() as connection:
                batch = await _reencrypt_batch(connection, vault, sealed_column, after=batch.last_key)
            changed, damaged = changed + batch.changed, damaged + batch.damaged
            await _let_others_write()
    async with database.writer.begin() as connection:
        await _sign_audit_heads_again(connection, vault)
    return Rotation(changed, await _count_values_under_another_key(database, vault), damaged)


async def _let_others_write() -> None:
    await asyncio.sleep(PAUSE_SECONDS)


async def _reencrypt_batch(
    connection: AsyncConnection, vault: Vault, sealed_column: SealedColumn, *, after: str
) -> _Batch:
    """Encrypt the next values of a column, in the order of the rows' keys. The last key is None where there are none."""
    table, key, column, row_name = sealed_column
    query = (
        sa.select(key, column)
        .where(_is_under_another_key(vault, column), key > after)
        .order_by(key)
        .limit(BATCH)
    )
    rows = (await connection.execute(query)).all()
    changed = damaged = 0
    for row_key, value in rows:
        try:
            secret = vault.unseal(value, row_name(row_key))
        except UnknownKey:
            raise
        except Undecipherable:
            damaged += 1
            continue
        # A running bot may have written the row meanwhile. Its value is newer, and under the first key already.
        unchanged = sa.and_(key == row_key, column == value)
        written = await connection.execute(
            sa.update(table).where(unchanged).values({column: vault.seal(secret, row_name(row_key))})
        )
        changed += written.rowcount
    return _Batch(rows[-1][0] if rows else None, changed, damaged)


def _is_under_another_key(vault: Vault, column: sa.Column[bytes]) -> sa.ColumnElement[bool]:
    key_id = sa.func.substr(column, 1, len(vault.first_key_id), type_=sa.LargeBinary)
    return sa.and_(column.is_not(None), key_id != vault.first_key_id)


async def _count_values_under_another_key(database: Database, vault: Vault) -> int:
    left = 0
    async with database.reader.connect() as connection:
        for table, _key, column, _row_name in SEALED_COLUMNS:
            query = sa.select(sa.func.count()).select_from(table).where(_is_under_another_key(vault, column))
            left += (await connection.execute(query)).scalar_one()
    return left


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
