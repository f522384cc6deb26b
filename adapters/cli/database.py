"""Open the database for a command of the operator."""

from adapters import logs
from adapters.cli.failures import CommandFailed
from adapters.settings import Settings
from storage.database import Database
from storage.migrate import is_schema_current

BEHIND = "the schema is behind: run `tvbot db upgrade`"


def open_database(settings: Settings) -> Database:
    """Return the database. The command's own output says what happened, so that only errors are logged."""
    logs.configure_logging("error", "console")
    return Database(settings.database_url)


def open_current_database(settings: Settings) -> Database:
    """Return the database if its schema is the one of this version.

    Raises CommandFailed, DatabaseUnusable, SQLAlchemyError.
    """
    database = open_database(settings)
    if not is_schema_current(database):
        raise CommandFailed(BEHIND)
    return database
