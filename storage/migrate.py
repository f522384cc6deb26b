"""Brings the schema up to date, or tells whether it is."""

from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from storage.database import Database

_SCRIPTS = Path(__file__).parent / "migrations"
_LOCK = 0x7476626F74  # "tvbot": one process at a time migrates a PostgreSQL database


def upgrade(database: Database, to: str = "head") -> None:
    """Migrate up to a revision. Processes that start together wait for the one that migrates."""
    _run(database, lambda config: command.upgrade(config, to))


def downgrade(database: Database, to: str) -> None:
    """Migrate down to a revision (``base`` is an empty database)."""
    _run(database, lambda config: command.downgrade(config, to))


def is_current(database: Database) -> bool:
    """Whether the schema is the one that this version needs."""
    engine = sa.create_engine(database.sync_url)
    try:
        with engine.connect() as connection:
            heads = set(MigrationContext.configure(connection).get_current_heads())
    finally:
        engine.dispose()
    return heads == set(ScriptDirectory(str(_SCRIPTS)).get_heads())


def _run(database: Database, act: Callable[[Config], None]) -> None:
    engine = sa.create_engine(database.sync_url)
    try:
        with engine.begin() as connection:
            if not database.is_sqlite:
                connection.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            config = Config()
            config.set_main_option("script_location", str(_SCRIPTS))
            config.attributes["connection"] = connection
            act(config)
    finally:
        engine.dispose()
