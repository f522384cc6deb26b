"""Migrate the schema, and check whether it is current."""

from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from storage.database import Database

_SCRIPTS = Path(__file__).parent / "migrations"
_LOCK_KEY = 0x7476626F74
"""Key of the PostgreSQL advisory lock: the letters "tvbot"."""


def upgrade_schema(database: Database, to: str = "head") -> None:
    """Migrate up to a revision. Processes that start together wait for the one that migrates."""
    _run_alembic(database, lambda config: command.upgrade(config, to))


def downgrade_schema(database: Database, to: str) -> None:
    """Migrate down to a revision. The revision ``base`` is an empty database."""
    _run_alembic(database, lambda config: command.downgrade(config, to))


def is_schema_current(database: Database) -> bool:
    """Return whether the schema is the one that this version needs. Raises DatabaseUnusable."""
    database.prepare_files()
    engine = sa.create_engine(database.sync_url)
    try:
        with engine.connect() as connection:
            heads = set(MigrationContext.configure(connection).get_current_heads())
    finally:
        engine.dispose()
    return heads == set(ScriptDirectory(str(_SCRIPTS)).get_heads())


def _run_alembic(database: Database, run_command: Callable[[Config], None]) -> None:
    database.prepare_files()
    engine = sa.create_engine(database.sync_url)
    try:
        with engine.begin() as connection:
            # SQLite needs no such lock: its file belongs to one process.
            if not database.is_sqlite:
                connection.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK_KEY})
            config = Config()
            # ``%`` has a meaning in the configuration, and may be in the name of a folder.
            config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
            config.attributes["connection"] = connection
            run_command(config)
    finally:
        engine.dispose()
