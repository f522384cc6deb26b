"""Explain why a command failed: one line that says what to do, without any value of the settings."""

import os
from pathlib import Path
from traceback import extract_tb

from sqlalchemy.exc import SQLAlchemyError

from bot.errors import BotError, Unavailable
from storage.database import DatabaseInUse, DatabaseUnusable
from storage.errors import StorageError, WrongKeys
from storage.explain import DATABASE_AWAY, explain_database_error
from storage.vault import Undecipherable, UnknownKey

FAILED, USAGE_ERROR = 1, 2
_PRODUCT = Path(__file__).parents[2]
_IN_USE = "another tvbot has this SQLite database open; stop it, or use PostgreSQL for several"
CHANGED_VALUE = "a stored secret was changed by something else than tvbot; restore a backup"


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
        case UnknownKey() | WrongKeys():
            return str(WrongKeys()), USAGE_ERROR
        case Undecipherable():
            return CHANGED_VALUE, FAILED
        case StorageError():
            return str(error), FAILED
        case Unavailable():
            return DATABASE_AWAY, FAILED
        case BotError():
            return error.log_text, FAILED
        case SQLAlchemyError():
            return explain_database_error(error), FAILED
        case _:
            return f"unexpected error ({type(error).__name__} at {_place(error)}); please report it", FAILED


def system_reason(error: OSError) -> str:
    """Return the system's words for an error. asyncio's own message has the address in it."""
    # A host that is not found has a code of another list, below zero.
    if error.errno is not None and error.errno > 0:
        return os.strerror(error.errno)
    return error.strerror or type(error).__name__


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
