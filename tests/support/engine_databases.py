"""Databases of each kind with the engine's tables, for what the event loop does of the engine's work."""

import itertools
from pathlib import Path

from dbos._sys_db import SystemDatabase
from support import postgres

from adapters.engine.fences import SERIALIZER, engine_for
from adapters.engine.queue import JobQueue
from storage.database import Database

KINDS = ("sqlite", "postgresql")
_numbers = itertools.count()


def new_engine_database(kind: str, postgres_server: str, folder: Path) -> Database:
    """Return a new database of one of ``KINDS``."""
    url = f"sqlite:///{folder}/tvbot.db"
    if kind == "postgresql":
        url = postgres.new_database(postgres_server, f"engine{next(_numbers)}")
    database = Database(url)
    database.prepare_files()
    JobQueue.migrate(database)
    return database


def open_system(database: Database) -> SystemDatabase:
    """Return the engine's part of a database, as a process has it that was launched."""
    system = SystemDatabase.create(
        system_database_url=database.sync_url.render_as_string(hide_password=False),
        engine_kwargs={},
        engine=engine_for(database),
        schema=None,
        serializer=SERIALIZER,
        executor_id=None,
    )
    # SQLAlchemy knows the name of the schema when it has connected.
    with system.engine.connect():
        return system
