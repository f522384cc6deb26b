"""Back up a database while the bot uses it, and restore it. SQLite here, PostgreSQL in ``storage.postgresql_tools``.

A backup is a copy of one moment, and only its owner may read it. It appears under its name when it is complete. A
restored database has a mark. The next start finds it (``storage.restored``), because the outside world went on.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from storage import postgresql_tools
from storage.database import Database, DatabaseInUse
from storage.errors import BackupError
from storage.private_files import create_private
from storage.restored import MARK


def back_up(database: Database, file: Path) -> None:
    """Write a backup to a new file. Raises BackupError."""
    if file.exists():
        raise BackupError(f"{file} exists already: choose another name")
    with _errors_as_backup_errors(), _completed_file(file) as part:
        if database.is_sqlite:
            _back_up_sqlite(_file_of(database), part)
        else:
            postgresql_tools.dump(database.sync_url, part)


def restore(database: Database, file: Path) -> None:
    """Replace the database by a backup. No tvbot may use it meanwhile. Raises BackupError.

    Interrupted, it leaves the database as it was. On SQLite the replaced file stays, under another name.
    """
    if not file.is_file():
        raise BackupError(f"there is no file {file}")
    with _errors_as_backup_errors():
        if database.is_sqlite:
            _restore_sqlite(database, file)
        else:
            postgresql_tools.load(
                database.sync_url, file, [f"CREATE TABLE IF NOT EXISTS {MARK} (restored integer)"]
            )


def replaced_file(database: Database) -> Path:
    """Return where the SQLite file stays that a restore replaced."""
    return Path(f"{_file_of(database)}.before-restore")


def _back_up_sqlite(source: Path, part: Path) -> None:
    if not source.exists():
        raise BackupError(f"there is no database {source}: check TVBOT_DATABASE_URL")
    with closing(sqlite3.connect(source)) as connection, closing(sqlite3.connect(part)) as copy:
        connection.backup(copy)
        # One file that needs no other one beside it.
        copy.execute("PRAGMA journal_mode=DELETE")
        _require_sound(copy, part)


def _restore_sqlite(database: Database, file: Path) -> None:
    target = _file_of(database)
    try:
        database.lock_file()
    except DatabaseInUse:
        raise BackupError("a tvbot has this SQLite database open: stop it first") from None
    with _completed_file(target) as part:
        read_only = f"{file.absolute().as_uri()}?mode=ro"
        with closing(sqlite3.connect(read_only, uri=True)) as backup, closing(sqlite3.connect(part)) as copy:
            backup.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
            _require_sound(copy, file)
            copy.execute(f"CREATE TABLE IF NOT EXISTS {MARK} (restored integer)")
            copy.commit()
        if target.exists():
            _empty_log(target)
            replaced = replaced_file(database)
            replaced.unlink(missing_ok=True)
            # A second name, not a new one: at no moment is there no database.
            replaced.hardlink_to(target)


def _empty_log(file: Path) -> None:
    """Write SQLite's log into the database. Left beside another database, it would damage that one."""
    # A damaged database may be the reason for the restore.
    with suppress(sqlite3.DatabaseError), closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for suffix in ("-wal", "-shm", "-journal"):
        Path(f"{file}{suffix}").unlink(missing_ok=True)


def _require_sound(connection: sqlite3.Connection, file: Path) -> None:
    (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if found != "ok" or "alembic_version" not in tables:
        raise BackupError(f"{file} is no database of tvbot, or it is damaged")


@contextmanager
def _completed_file(file: Path) -> Iterator[Path]:
    """Yield a file that only its owner may read. It gets its name at the end, when it is on the disk."""
    part = Path(f"{file}.part")
    part.unlink(missing_ok=True)
    create_private(part)
    try:
        yield part
        _flush(part)
        part.replace(file)
        _flush(file.absolute().parent)
    finally:
        part.unlink(missing_ok=True)


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _errors_as_backup_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise BackupError(f"cannot use {error.filename}: {error.strerror}") from None
    except sqlite3.DatabaseError as error:
        raise BackupError(f"SQLite cannot copy the database: {error}") from None


def _file_of(database: Database) -> Path:
    return Path(database.url.database or "")
