"""Run the migrations with Alembic. Import this module only where something is to be migrated: see ``storage.revisions``."""

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from storage import revisions


def run_upgrade(connection: sa.Connection, to: str) -> None:
    """Migrate up to a revision, in the transaction of ``connection``."""
    command.upgrade(migration_config(connection), to)


def run_downgrade(connection: sa.Connection, to: str) -> None:
    """Migrate down to a revision, in the transaction of ``connection``."""
    command.downgrade(migration_config(connection), to)


def migration_config(connection: sa.Connection) -> Config:
    """Return Alembic's configuration, to run migrations in the transaction of ``connection``."""
    config = Config()
    # ``%`` has a meaning in the configuration, and may be in the name of a folder.
    config.set_main_option("script_location", str(revisions.MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
