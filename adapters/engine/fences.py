"""The engine's configuration, with the reason for each setting that differs from its default."""

import logging
import os
import secrets
from typing import Any

import sqlalchemy as sa
from dbos import DBOSConfig, DBOSPortableJSONSerializer

from storage import sqlite
from storage.database import Database

APPLICATION = "tvbot"
VERSION = "1"
"""Pinned. By default it is a hash of the code, so every edit would strand queued jobs."""
THREADS = 32
"""By default the number of threads is unlimited, and threads are never released."""
POOL = 8
SQLITE_POOL = 4
ONLY_EXECUTOR = "only"

SERIALIZER = DBOSPortableJSONSerializer()
"""Plain JSON. The default is pickle, which is unreadable and unsafe to load."""


def executor_id(database: Database) -> str:
    """Return the name of this process in the engine.

    On SQLite there is one process (a file lock sees to it), so the name is constant and a restart takes its work up
    again. On PostgreSQL every process has a name of its own: with the default, a process that merely starts would
    run the living ones' work a second time.
    """
    return ONLY_EXECUTOR if database.is_sqlite else f"{os.getpid()}-{secrets.token_hex(6)}"


def engine_for(database: Database) -> sa.Engine | None:
    """Return the SQLite engine for the engine's tables: WAL, durable commits, few connections. None on PostgreSQL.

    As shipped it uses neither WAL nor a small pool, and its commits then take up to seconds under load.
    """
    if not database.is_sqlite:
        return None
    engine = sa.create_engine(database.sync_url, pool_size=SQLITE_POOL, max_overflow=0, pool_timeout=30)

    @sa.event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        sqlite.configure_connection(connection, writes=True)
        connection.isolation_level = "IMMEDIATE"

    return engine


def config(database: Database, name: str) -> DBOSConfig:
    """Return the engine's configuration for this process, known to it as ``name``."""
    settings = DBOSConfig(
        name=APPLICATION,
        system_database_url=database.sync_url.render_as_string(hide_password=False),
        application_version=VERSION,
        executor_id=name,
        serializer=SERIALIZER,
        max_executor_threads=THREADS,
        sys_db_pool_size=POOL,
        log_level="WARNING",
        notification_listener_polling_interval_sec=1.0,
    )
    own = engine_for(database)
    if own is not None:
        settings["system_database_engine"] = own
    return settings


class Discreet(logging.Filter):
    """Cuts the engine's log records to one line. Its tracebacks may contain URLs with secrets."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Cut a record to its first line, and remove its traceback."""
        record.msg = str(record.getMessage()).splitlines()[0] if record.getMessage() else ""
        record.args = ()
        record.exc_info = None
        record.exc_text = None
        return True


def quiet_log() -> None:
    """Put the filter on the engine's logger, once."""
    logger = logging.getLogger("dbos")
    if not any(isinstance(one, Discreet) for one in logger.filters):
        logger.addFilter(Discreet())
