"""Measure how long the integration takes to be off, with many open sessions.

    sh scripts/bench kill_switch [--sessions 20000] [--cards 2000] [--database URL]

An SDAdmin types ``admin disable`` while the rounds ask TeamViewer about the sessions every second. It prints the seconds
from the command to its first answer and to the commit of the switch (the account is looked at again in between), from the
commit to the last call that arrived at TeamViewer or ServiceDesk Plus, and to the last card that shows it. A call that had
left before the commit may arrive after it.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path

from rows import AtMost, Row
from support.bot import BotProcess, settings_for
from support.in_slack import InSlack
from support.many_sessions import (
    Load,
    store_sessions,
    unit_of_work_of,
    until_cards_followed,
    until_switched_off,
)
from support.slack_user import SlackUser, until

from sandbox.environment import Environment
from sandbox.faults import Fault
from storage.database import Database

LIMIT_SECONDS = 0.1
"""Within this time of the commit the last call has arrived."""
SESSIONS = 20_000
PATIENCE_SECONDS = 600.0
WATCH_SECONDS = 5.0
"""How long it is watched whether another call arrives."""


async def _last_arrival(environment: Environment, committed: float) -> float:
    """Watch the calls, and return the seconds from the commit to the last one that arrived after it. 0 if none did."""

    def count() -> int:
        return len(environment.teamviewer.calls) + len(environment.servicedesk.calls)

    arrived, last = count(), 0.0
    while time.perf_counter() - committed < WATCH_SECONDS:
        await asyncio.sleep(0.001)
        if count() != arrived:
            arrived, last = count(), time.perf_counter() - committed
    return last


async def measure(load: Load, database_url: str | None) -> float:
    """Measure once. Return the seconds from the commit to the last call."""
    environment = Environment()
    await environment.start()
    # Whatever ends the benchmark, its bot ends with it.
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        user = InSlack(SlackUser.new(environment))
        settings = settings_for(
            environment,
            database_url or f"sqlite:///{folder}/tvbot.db",
            TVBOT_ADMINS=user.technician.email,
        )
        environment.set_bot_url(settings["TVBOT_PUBLIC_URL"])
        bot = BotProcess(settings, Path(folder) / "log", "serve")
        stack.push_async_callback(bot.kill)
        await bot.start()
        await user.authorize()
        await user.create()
        await bot.stop()
        database = Database(settings["TVBOT_DATABASE_URL"])
        stack.push_async_callback(database.close)
        await store_sessions(unit_of_work_of(database, settings), load)
        # TeamViewer does not know the stored sessions. It must not say so, or they would be over.
        environment.teamviewer.faults.plan("sessions.get", Fault.SERVER_ERROR, times=None)
        asked = environment.teamviewer.count_calls("sessions.get")
        await bot.start()
        await until(
            lambda: environment.teamviewer.count_calls("sessions.get") > asked, timeout=PATIENCE_SECONDS
        )
        off = asyncio.create_task(until_switched_off(database))
        typed = time.perf_counter()
        await user.slack_user.type("admin disable")
        answered = time.perf_counter() - typed
        await off
        committed = time.perf_counter()
        last = await _last_arrival(environment, committed)
        await until_cards_followed(database)
        followed = time.perf_counter() - committed
        print(f"{load.sessions} open sessions, {load.cards} cards")
        print(f"command to first answer  {answered * 1000:8.0f} ms")
        print(f"command to commit        {(committed - typed) * 1000:8.0f} ms")
        print(f"commit to last call      {last * 1000:8.0f} ms")
        print(f"commit to last card      {followed:8.1f} s")
    await environment.stop()
    print(
        f"off within {LIMIT_SECONDS * 1000:.0f} ms of the commit: {'yes' if last <= LIMIT_SECONDS else 'NO'}"
    )
    return last


async def measure_rows() -> list[Row]:
    """Measure for the table, with fewer cards: they are all refreshed before the end."""
    last = await measure(Load(SESSIONS, 200), None)
    work = f"`admin disable`, {SESSIONS:,} open sessions: commit to last call"
    return [Row(work, last * 1000, "ms", AtMost(LIMIT_SECONDS * 1000))]


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--sessions", type=int, default=SESSIONS)
    options.add_argument("--cards", type=int, default=2_000)
    options.add_argument("--database")
    given = options.parse_args()
    sys.exit(asyncio.run(measure(Load(given.sessions, given.cards), given.database)) > LIMIT_SECONDS)
