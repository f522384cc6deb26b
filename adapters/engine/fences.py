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


def jobs_table(database: Database) -> str:
    """Return the name of the engine's table of jobs, as SQL needs it."""
    return "workflow_status" if database.is_sqlite else "dbos.workflow_status"


def engine_for(database: Database) -> sa.Engine | None:
    """Return the SQLite engine for the engine's tables: WAL, few connections. None on PostgreSQL.

    Its own commits do not wait for the disk: what a power cut may take back is that a job was begun or has ended. Such a job
    runs once more, as after a kill. Jobs are enqueued, and outcomes stored, on the bot's own connection, which waits.

    As shipped it uses neither WAL nor a small pool, and its commits then take up to seconds under load.
    """
    if not database.is_sqlite:
        return None
    engine = sa.create_engine(database.sync_url, pool_size=SQLITE_POOL, max_overflow=0, pool_timeout=30)

    @sa.event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        sqlite.configure_connection(connection, writes=True, waits_for_disk=False)
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
        # The bot's jobs notify nobody. By default a thread looks a hundred times a second, and takes Python from the event loop each time.
        notification_coalesce_sec=0.25,
        # It asks each connection before each use, which was a third of the engine's queries (`ping_idle_connections`).
        db_engine_kwargs={"pool_pre_ping": False},
    )
    own = engine_for(database)
    if own is not None:
        settings["system_database_engine"] = own
    return settings


_CANCELLED = "Asyncio task cancelled"
"""The engine warns of each job that a stop leaves to the next process."""


def _is_useful(record: logging.LogRecord) -> bool:
    return not record.getMessage().startswith(_CANCELLED)


def join_log() -> None:
    """Let the engine log through the bot's own handler, which leaves values out. As shipped it has one of its own."""
    logger = logging.getLogger("dbos")
    # The engine adds its handler if there is none. This one writes nothing.
    logger.handlers[:] = [logging.NullHandler()]
    logger.filters[:] = [_is_useful]
    logger.propagate = True
