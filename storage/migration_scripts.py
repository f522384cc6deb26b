"""The migrations in their order, and the revision that a database is at."""

from pathlib import Path

import sqlalchemy as sa
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from storage.errors import SchemaUnusable

_FOLDER = Path(__file__).parent / "migrations"


def migration_config(connection: sa.Connection) -> Config:
    """Return Alembic's configuration, to run migrations in the transaction of ``connection``."""
    config = Config()
    # ``%`` has a meaning in the configuration, and may be in the name of a folder.
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def current_revision(connection: sa.Connection) -> str | None:
    """Return the revision that the database is at. None: no migration has finished."""
    return MigrationContext.configure(connection).get_current_revision()


def newest_revision() -> str | None:
    """Return the revision that this version needs."""
    return _scripts().get_current_head()


def next_revision(current: str | None) -> str | None:
    """Return the revision after ``current``. None: there is none. Raises SchemaUnusable for an unknown revision."""
    revisions = [script.revision for script in _scripts().walk_revisions()][::-1]
    if current is None:
        return revisions[0]
    if current not in revisions:
        raise SchemaUnusable(
            "the database belongs to another version of tvbot; install the version that migrated it last"
        )
    following = revisions[revisions.index(current) + 1 :]
    return following[0] if following else None


def _scripts() -> ScriptDirectory:
    return ScriptDirectory(str(_FOLDER))
