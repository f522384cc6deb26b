"""Kill the upgrade of a new SQLite database after its statements. Run as a program, because it forks.

``python -m support.killed_upgrades FOLDER EVERY`` kills after each ``EVERY``-th statement, prints how many upgrades were
killed, and ends with an error if one of them left anything in the database.
"""

import os
import signal
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from storage.database import Database
from storage.migrate import is_schema_current, upgrade_schema


def _killed_upgrades(folder: Path, every: int) -> Iterator[Path]:
    """Yield the database after each kill. Ends when an upgrade has fewer statements."""
    statement = every
    while True:
        file = folder / f"{statement}.db"
        if not _was_killed(file, statement):
            assert is_schema_current(Database(f"sqlite:///{file}"))
            return
        yield file
        statement += every


def _was_killed(file: Path, statement: int) -> bool:
    child = os.fork()
    if child == 0:
        _kill_after(statement, file)
        upgrade_schema(Database(f"sqlite:///{file}"))
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


def _kill_after(statement: int, file: Path) -> None:
    seen = 0

    @sa.event.listens_for(sa.Engine, "after_cursor_execute")
    def _count(connection: sa.Connection, *_arguments: Any) -> None:
        nonlocal seen
        seen += connection.engine.url.database == str(file)
        if seen == statement:
            os.kill(os.getpid(), signal.SIGKILL)


def main(folder: Path, every: int) -> None:
    """Kill upgrades, and upgrade the last database to its end."""
    killed = 0
    for file in _killed_upgrades(folder, every):
        connection = sqlite3.connect(file)
        left = [name for (name,) in connection.execute("SELECT name FROM sqlite_master")]
        connection.close()
        assert left == [], f"killed after statement {(killed + 1) * every}, the upgrade left {left}"
        killed += 1
    upgrade_schema(Database(f"sqlite:///{file}"))
    assert is_schema_current(Database(f"sqlite:///{file}"))
    sys.stdout.write(f"{killed}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
