"""The bot that ``creates.py`` measures, as a process of its own. The settings come from the environment.

    python benchmarks/creates_server.py [--count]

With ``--count`` it counts SQL statements and commits, and answers at ``/counts`` how many there were. Counting costs time.
"""

import asyncio
import sys

import sqlalchemy as sa
from aiohttp import web

from adapters.bootstrap import Bot
from adapters.cli.loading import leave_loaded_alone
from adapters.settings import load_settings
from adapters.worker_thread import WorkerThread


class Counts:
    """How many SQL statements and commits there were in this process, on every connection."""

    def __init__(self) -> None:
        self._counts = {"statements": 0, "commits": 0}
        sa.event.listen(sa.Engine, "before_cursor_execute", self._note_statement)
        sa.event.listen(sa.Engine, "commit", self._note_commit)

    def _note_statement(self, *_arguments: object) -> None:
        self._counts["statements"] += 1

    def _note_commit(self, _connection: sa.Connection) -> None:
        self._counts["commits"] += 1

    async def show(self, _request: web.Request) -> web.Response:
        """Answer the counts as JSON."""
        return web.json_response(self._counts)


async def _serve(*, counts: bool) -> None:
    counted = Counts() if counts else None

    def extend(app: web.Application) -> None:
        if counted is not None:
            app.router.add_get("/counts", counted.show)

    settings = load_settings()
    worker = WorkerThread(lambda: Bot(settings, serves=False, is_prepared=True))
    await Bot(settings, works=False, worker=worker, extend=extend).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    # As `serve` does.
    leave_loaded_alone()
    asyncio.run(_serve(counts="--count" in sys.argv[1:]))
