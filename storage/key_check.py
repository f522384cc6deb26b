"""Check that the configured keys are those that the database was written with."""

import sqlalchemy as sa

from bot.model.audit import AuditHead
from storage.database import Database
from storage.repositories.audit import audit_head_text
from storage.sealed_columns import SEALED_COLUMNS
from storage.tables import audit_heads
from storage.vault import UnknownKey, Vault

_KEY_ID_BYTES = 4


async def require_known_keys(database: Database, vault: Vault) -> None:
    """Check the key of every stored secret. Raises UnknownKey if one of them is not configured."""
    async with database.reader.connect() as connection:
        for table, _key, column, _row_name in SEALED_COLUMNS:
            key_id = sa.func.substr(column, 1, _KEY_ID_BYTES)
            query = sa.select(key_id).select_from(table).where(column.is_not(None)).distinct()
            for (found,) in (await connection.execute(query)).all():
                if not vault.has_key_of(bytes(found)):
                    raise UnknownKey(f"a value in {table.name}.{column.name} is under another key")


async def has_unfit_signature(database: Database, vault: Vault) -> bool:
    """Return whether the audit log has a signature that was made with none of the configured keys, or was changed."""
    async with database.reader.connect() as connection:
        heads = (await connection.execute(sa.select(audit_heads))).all()
    return any(
        not vault.is_signature_valid(
            audit_head_text(head.org_id, AuditHead(head.number, head.digest)), head.signature
        )
        for head in heads
    )
