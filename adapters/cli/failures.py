"""Explain why a command failed: one line that says what to do, without any value of the settings."""

import os
import sqlite3
from pathlib import Path
from traceback import extract_tb

from alembic.util import CommandError
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from bot.errors import BotError, Unavailable
from storage.database import DatabaseInUse, DatabaseUnusable
from storage.vault import Undecipherable, UnknownKey

FAILED, USAGE_ERROR = 1, 2
_PRODUCT = Path(__file__).parents[2]
_AWAY = (
    "the database does not answer, or refuses the sign-in; check that it runs, and check TVBOT_DATABASE_URL"
)
_IN_USE = "another tvbot has this SQLite database open; stop it, or use PostgreSQL for several"
_WRONG_KEY = "TVBOT_SECRET_KEYS: lacks the key that stored secrets are encrypted under; add the key that was used before"
_NEWER = "the database belongs to another version of tvbot; install the version that migrated it last"
_SQLITE_ADVICE = {
    "SQLITE_BUSY": "the database is in use; stop what uses it, or try again",
    "SQLITE_CANTOPEN": "the database cannot be opened; check the folder in TVBOT_DATABASE_URL and its permissions",
    "SQLITE_CORRUPT": "the database file is damaged; restore a backup",
    "SQLITE_FULL": "the disk is full; free some space for the database",
    "SQLITE_IOERR": "the disk of the database does not work; check it",
    "SQLITE_NOTADB": "the file in TVBOT_DATABASE_URL is no SQLite database; name another one",
    "SQLITE_READONLY": "the database cannot be written; check the permissions of its file and folder",
}
_NO_SUCH_DATABASE, _SIGN_IN_CLASS, _CONNECTION_CLASS = "3D000", "28", "08"


class CommandFailed(Exception):
    """A command cannot do its work. The message says why, and what to do."""

    def __init__(self, message: str, exit_code: int = FAILED) -> None:
        super().__init__(message)
        self.exit_code = exit_code


def explain_failure(error: BaseException) -> tuple[str, int]:  # noqa: PLR0911 - one case a kind of error
    """Return what to tell the operator, and the exit code."""
    match error:
        case CommandFailed():
            return str(error), error.exit_code
        case DatabaseInUse():
            return _IN_USE, FAILED
        case DatabaseUnusable():
            return f"the file or folder in TVBOT_DATABASE_URL cannot be used ({error})", FAILED
        case UnknownKey():
            return _WRONG_KEY, USAGE_ERROR
        case Undecipherable():
            return "a stored secret was changed by something else than tvbot; restore a backup", FAILED
        case CommandError():
            return _NEWER, FAILED
        case Unavailable():
            return _AWAY, FAILED
        case BotError():
            return error.log_text, FAILED
        case SQLAlchemyError():
            return _explain_database(error), FAILED
        case _:
            return f"unexpected error ({type(error).__name__} at {_place(error)}); please report it", FAILED


def system_reason(error: OSError) -> str:
    """Return the system's words for an error. asyncio's own message has the address in it."""
    # A host that is not found has a code of another list, below zero.
    if error.errno is not None and error.errno > 0:
        return os.strerror(error.errno)
    return error.strerror or type(error).__name__


def _explain_database(error: SQLAlchemyError) -> str:
    cause = error.orig if isinstance(error, DBAPIError) else error.__cause__
    if isinstance(cause, sqlite3.Error):
        name = getattr(cause, "sqlite_errorname", "") or "unknown"
        kind = next((one for one in _SQLITE_ADVICE if name.startswith(one)), "")
        return _SQLITE_ADVICE.get(kind, f"the database cannot be used ({name}); check TVBOT_DATABASE_URL")
    state = getattr(cause, "sqlstate", None) or ""
    if state == _NO_SUCH_DATABASE:
        return "there is no database of the name in TVBOT_DATABASE_URL; create it"
    if not state or state.startswith((_SIGN_IN_CLASS, _CONNECTION_CLASS)):
        return _AWAY
    return f"the database refused a statement ({state}); check the rights of the user in TVBOT_DATABASE_URL"


def _place(error: BaseException) -> str:
    """Return the file and line of the product's code where an error came from."""
    frames = extract_tb(error.__traceback__)
    own = [
        one
        for one in frames
        if _PRODUCT in Path(one.filename).parents and "site-packages" not in one.filename
    ]
    last = (own or frames)[-1]
    return f"{Path(last.filename).name}:{last.lineno}"
