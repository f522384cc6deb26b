"""A database that does not take what the event loop wants to store of jobs."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from adapters.engine.loop_connection import LoopConnection
from adapters.engine.loop_connection_in_postgresql import LoopConnectionInPostgresql
from adapters.engine.loop_connection_in_sqlite import LoopConnectionInSqlite
from storage import inline_sqlite


@contextmanager
def broken(connection: LoopConnection, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the server have ended the connection, or the file be locked for longer than anybody waits."""
    if isinstance(connection, LoopConnectionInPostgresql):
        assert connection._connection is not None
        terminate = f"SELECT pg_terminate_backend({connection._connection.info.backend_pid})"
        url = connection.url.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(url, autocommit=True) as other:
            other.execute(terminate)
        yield
        return
    assert isinstance(connection, LoopConnectionInSqlite)
    locked = sqlite3.connect(connection._file)
    locked.execute("BEGIN IMMEDIATE")
    with monkeypatch.context() as patch:
        patch.setattr(inline_sqlite, "BUSY_SECONDS", 0)
        yield
    locked.close()
