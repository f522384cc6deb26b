"""Say in one sentence what is wrong with the database, from the error that a statement raised. No value is quoted."""

import sqlite3

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

DATABASE_AWAY = (
    "the database does not answer, or refuses the sign-in; check that it runs, and check TVBOT_DATABASE_URL"
)
_FULL = "the disk is full; free some space for the database"
_READ_ONLY = "the database cannot be written; check the permissions of its file and folder"
_SQLITE_ADVICE = {
    "SQLITE_BUSY": "the database is in use; stop what uses it, or try again",
    "SQLITE_CANTOPEN": "the database cannot be opened; check the folder in TVBOT_DATABASE_URL and its permissions",
    "SQLITE_CORRUPT": "the database file is damaged; restore a backup",
    "SQLITE_FULL": _FULL,
    "SQLITE_IOERR": "the disk of the database does not work; check it",
    "SQLITE_NOTADB": "the file in TVBOT_DATABASE_URL is no SQLite database; name another one",
    "SQLITE_READONLY": _READ_ONLY,
}
_NO_SUCH_DATABASE, _SIGN_IN_CLASS, _CONNECTION_CLASS = "3D000", "28", "08"
_READ_ONLY_STATE = "25006"
_POSTGRESQL_ADVICE = {
    "53100": _FULL,
    _READ_ONLY_STATE: "the database is read-only; connect to the primary server, or make it writable",
    "53300": "PostgreSQL has no free connection; allow more",
}
"""By SQLSTATE: https://www.postgresql.org/docs/current/errcodes-appendix.html."""


def explain_database_error(error: SQLAlchemyError) -> str:
    """Return what is wrong with the database, and what to do."""
    cause = error.orig if isinstance(error, DBAPIError) else error.__cause__
    if isinstance(cause, sqlite3.Error):
        name = getattr(cause, "sqlite_errorname", "") or "unknown"
        kind = next((one for one in _SQLITE_ADVICE if name.startswith(one)), "")
        return _SQLITE_ADVICE.get(kind, f"the database cannot be used ({name}); check TVBOT_DATABASE_URL")
    state = getattr(cause, "sqlstate", None) or ""
    if state in _POSTGRESQL_ADVICE:
        return _POSTGRESQL_ADVICE[state]
    if state == _NO_SUCH_DATABASE:
        return "there is no database of the name in TVBOT_DATABASE_URL; create it"
    if not state or state.startswith((_SIGN_IN_CLASS, _CONNECTION_CLASS)):
        return DATABASE_AWAY
    return f"the database refused a statement ({state}); check the rights of the user in TVBOT_DATABASE_URL"


def is_read_only(error: SQLAlchemyError) -> bool:
    """Return whether PostgreSQL refused a statement because the database is read-only."""
    return (
        getattr(error.orig if isinstance(error, DBAPIError) else None, "sqlstate", None) == _READ_ONLY_STATE
    )
