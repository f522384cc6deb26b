"""Say in one sentence what is wrong with the database, from the error that a statement raised. No value is quoted."""

import sqlite3

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

_PRIMARY_CODE = 0xFF
"""SQLite's extended error codes have the kind of error in their lowest byte: https://www.sqlite.org/rescode.html."""
_FULL = "the disk of the database is full: make room on it"
_READ_ONLY = "the database is read-only: make its disk, its folder and its file writable for the bot"
_SQLITE = {
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_READONLY: _READ_ONLY,
    sqlite3.SQLITE_CANTOPEN: "the database file cannot be opened: its disk may be read-only, or the bot may not write in its folder",
    sqlite3.SQLITE_IOERR: "the disk of the database fails to read or write: check the disk",
    sqlite3.SQLITE_CORRUPT: "the database file is damaged: restore a backup",
    sqlite3.SQLITE_NOTADB: "the database file is no SQLite database: restore a backup",
    sqlite3.SQLITE_BUSY: "another process has locked the database for too long",
}
_POSTGRESQL = {"53100": _FULL, "25006": _READ_ONLY, "53300": "PostgreSQL has no free connection: allow more"}
"""By SQLSTATE: https://www.postgresql.org/docs/current/errcodes-appendix.html."""


def explain_database_error(error: SQLAlchemyError) -> str:
    """Return what is wrong with the database, and what to do if that is known."""
    cause = error.orig if isinstance(error, DBAPIError) else None
    code = getattr(cause, "sqlite_errorcode", None)
    known = (
        _SQLITE.get(code & _PRIMARY_CODE)
        if isinstance(code, int)
        else _POSTGRESQL.get(getattr(cause, "sqlstate", None) or "")
    )
    return known or f"the database does not answer ({type(cause or error).__name__})"


def is_read_only(error: SQLAlchemyError) -> bool:
    """Return whether a statement was refused because the database is read-only."""
    return explain_database_error(error) == _READ_ONLY
