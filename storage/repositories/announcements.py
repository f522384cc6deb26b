"""What the SDAdmins were told about the bot's secrets."""

from datetime import datetime

import sqlalchemy as sa

from storage.row_context import RowContext
from storage.tables import announcements


class SqlAnnouncementRepository:
    """Stores each announcement while what it says is true, for all processes."""

    def __init__(self, row_context: RowContext) -> None:
        self._context = row_context

    async def add(self, about: str, now: datetime) -> bool:
        """Store an announcement. Return False if it is stored already."""
        return await self._context.insert_if_absent(
            announcements, org_id=self._context.org_id, about=about, announced_at=now
        )

    async def remove(self, about: str) -> bool:
        """Remove an announcement that is no longer true. Return False if there is none."""
        removed = await self._context.connection.execute(
            sa.delete(announcements).where(
                announcements.c.org_id == self._context.org_id, announcements.c.about == about
            )
        )
        return bool(removed.rowcount)
