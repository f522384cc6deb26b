"""Read whether the integration is on, right before each call that leaves: one statement on a connection that is kept for it."""

import sqlite3
from typing import Protocol

import structlog

from bot.errors import database_unavailable
from bot.model.ids import OrgId
from storage.database import Database
from storage.inline_sqlite import BUSY_SECONDS
from storage.switch_row import QUERY_SWITCH, read_switch

log = structlog.get_logger("storage")


class IntegrationSwitch(Protocol):
    """Whether the integration is on, as the last commit says. Nothing is remembered: a process cannot know in time what another one has committed."""

    async def is_on(self) -> bool:
        """Read it. The read begins after the call of this method. Raises Unavailable."""

    async def close(self) -> None:
        """Close the connection."""


def open_integration_switch(database: Database, org_id: OrgId) -> IntegrationSwitch:
    """Return the switch in a database. It connects when it is first read."""
    if database.is_sqlite:
        return _InSqlite(database.url.database or ":memory:", org_id)
    from storage.integration_switch_postgresql import SwitchInPostgresql  # noqa: PLC0415 - psycopg needs 5 MB

    return SwitchInPostgresql(database.sync_url, org_id)


class _InSqlite:
    """Reads inline: it takes about 10 microseconds, and a read never waits for a writer (WAL)."""

    def __init__(self, file: str, org_id: OrgId) -> None:
        self._file = file
        self._org_id = org_id
        self._connection: sqlite3.Connection | None = None

    async def is_on(self) -> bool:
        try:
            row = self._open().execute(f"{QUERY_SWITCH}?", (self._org_id,)).fetchone()
        except sqlite3.Error as error:
            log.warning("the switch cannot be read", error=type(error).__name__)
            raise database_unavailable() from None
        return read_switch(row)

    async def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            # Without transactions of the driver, each SELECT sees what is committed by then.
            self._connection = sqlite3.connect(
                self._file, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            self._connection.execute("PRAGMA query_only=ON")
        return self._connection
