"""Find out whether ``TVBOT_SECRET_KEYS`` fits the database, and whether the database can be written.

The canary is a value that is sealed at the first start. It opens only with the keys of this database.
"""

import sqlalchemy as sa

from bot.model.ids import OrgId
from bot.model.secret import Secret
from storage.database import Database
from storage.errors import WrongKeys
from storage.key_check import require_known_keys
from storage.row_context import RowContext
from storage.sealed_columns import canary_name
from storage.tables import canaries
from storage.vault import Undecipherable, UnknownKey, Vault

_CANARY = Secret("tvbot")


async def check_keys(database: Database, vault: Vault, org_id: OrgId) -> None:
    """Open the canary, and at the first start seal it. Raises WrongKeys."""
    if await has_canary(database, vault, org_id):
        return
    # The database may be older than the canary. Then its other secrets show whether the keys fit.
    try:
        await require_known_keys(database, vault)
    except UnknownKey:
        raise WrongKeys from None
    async with database.writer.begin() as connection:
        await RowContext(connection, org_id, vault).insert_if_absent(
            canaries, org_id=org_id, sealed_canary=vault.seal(_CANARY, canary_name(org_id)), probes=0
        )


async def probe_database(database: Database, vault: Vault, org_id: OrgId) -> None:
    """Write to the database, and open the canary. Raises WrongKeys, SQLAlchemyError."""
    async with database.writer.begin() as connection:
        probed = await connection.execute(
            sa.update(canaries)
            .where(canaries.c.org_id == org_id)
            .values(probes=canaries.c.probes + 1)
            .returning(canaries.c.sealed_canary)
        )
        sealed = probed.scalar_one()
    _open(vault, sealed, canary_name(org_id))


async def has_canary(database: Database, vault: Vault, org_id: OrgId) -> bool:
    """Open the canary without writing. False before the first start, when there is none. Raises WrongKeys, SQLAlchemyError."""
    query = sa.select(canaries.c.sealed_canary).where(canaries.c.org_id == org_id)
    async with database.reader.connect() as connection:
        sealed = (await connection.execute(query)).scalar_one_or_none()
    if sealed is None:
        return False
    _open(vault, sealed, canary_name(org_id))
    return True


def _open(vault: Vault, sealed: bytes, name: str) -> None:
    try:
        vault.unseal(sealed, name)
    except Undecipherable:
        raise WrongKeys from None
