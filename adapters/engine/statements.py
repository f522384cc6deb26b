"""Let the engine build each statement that enqueues or ends a job once. As shipped it builds them again for every job.

It keeps them only on PostgreSQL, and only for its own connections. A job is enqueued on a connection of the bot's.
"""

from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from dbos._sys_db import SystemDatabase

METHOD = "_execute_prepared"
"""The engine's method that each of these statements goes through. It has no public name, so a test looks whether it is there."""


def keep_statements() -> None:
    """Change the engine's class, once, so that it keeps the statements that it has built."""
    as_shipped = getattr(SystemDatabase, METHOD)
    if getattr(as_shipped, "keeps_statements", False):
        return
    built: WeakKeyDictionary[SystemDatabase, dict[tuple[str, tuple[str, ...]], sa.Executable]]
    built = WeakKeyDictionary()

    def execute(
        database: SystemDatabase,
        connection: Any,
        name: str,
        values: dict[str, Any],
        build: Callable[[], sa.Executable],
        **options: Any,
    ) -> Any:
        def build_once() -> sa.Executable:
            # A name and the names of the values decide what is built: the engine keeps its own by the same.
            key = (name, tuple(values))
            kept = built.setdefault(database, {})
            if key not in kept:
                kept[key] = build()
            return kept[key]

        return as_shipped(database, connection, name, values, build_once, **options)

    execute.keeps_statements = True  # type: ignore[attr-defined]  # a mark of ours
    setattr(SystemDatabase, METHOD, execute)
