"""Measure what a round of the watch costs: open sessions are compared with TeamViewer, account by account.

    sh scripts/bench watch [--sessions 5000] [--accounts 250] [--rounds 3] [--database URL]

Nothing changes at TeamViewer, as in most rounds. It prints the bot's processor time for one round without what it needs
anyway, the time that a bare client needs for the same calls, and the slowest answer of a page that costs nothing,
asked for every 5 ms during one more round.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from asyncio.subprocess import PIPE
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from processes import processor_seconds
from rows import AtMost, Peer, Row
from support.bot import BotProcess, settings_for
from support.slack_user import until

from adapters.installation_settings import organisation
from adapters.settings import settings_from
from bot.model.connection import Account, Tokens
from bot.model.ids import CommandKey, Email, RequestNumber, SessionCode, new_join_token, new_session_id
from bot.model.secret import Secret
from bot.model.session import Kind, Session, State
from sandbox.environment import Environment
from storage.database import Database
from storage.migrate import upgrade_schema
from storage.unit_of_work import SqlUnitOfWork
from storage.vault import Vault

SESSIONS, ACCOUNTS, ROUNDS = 5_000, 250, 3
LIST = "sessions.list"
EVERY_SECONDS = 15
"""The interval of the rounds: the product's default."""
SETTLE_SECONDS = 3
"""How long the bot is left alone after its start."""
IDLE_SECONDS = 15
"""How long it is measured then, without any session. The system counts processor time in hundredths of a second."""
_LONG = 300
"""Seconds that a round may take."""


_ASK = """
import select, sys, time, urllib.request
slowest = 0.0
while not select.select([sys.stdin], [], [], 0.005)[0]:
    begun = time.perf_counter()
    urllib.request.urlopen(sys.argv[1]).read()
    slowest = max(slowest, time.perf_counter() - begun)
print(slowest)
"""

_PEER = """
import aiohttp, asyncio, sys, time
async def list_all():
    tokens = sys.stdin.read().split()
    async with aiohttp.ClientSession() as client:
        begun = time.process_time()
        for token in tokens:
            await (await client.get(sys.argv[1], headers={"Authorization": f"Bearer {token}"})).json()
        print(time.process_time() - begun)
asyncio.run(list_all())
"""


@dataclass(frozen=True)
class Load:
    """How many sessions are open, in how many accounts, and how many rounds are measured."""

    sessions: int
    accounts: int
    rounds: int


@dataclass(frozen=True)
class Round:
    """A round in seconds: its processor time, that of its calls by a bare client, and the slowest answer meanwhile."""

    cpu: float
    bare_cpu: float
    slowest_answer: float


async def _enqueue_nothing(*_arguments: object) -> None:
    return


async def _fill(
    environment: Environment, database_url: str, settings: dict[str, str], load: Load
) -> list[str]:
    """Store connected technicians with their open sessions, here and at TeamViewer. Return the access tokens."""
    database = Database(database_url)
    upgrade_schema(database)
    org_id = organisation(settings_from(settings))
    unit_of_work = SqlUnitOfWork(database, Vault([settings["TVBOT_SECRET_KEYS"]]), org_id, _enqueue_nothing)
    now = datetime.now(UTC)
    tokens = []
    for number in range(load.accounts):
        address = f"technician{number}@example.test"
        account = environment.teamviewer.add_account(address, f"Technician {number}")
        access, refresh = environment.teamviewer.issue_tokens(address)
        tokens.append(access)
        async with unit_of_work.write() as tx:
            issued = Tokens(Secret(access), Secret(refresh), environment.teamviewer.options.expires_in)
            connected = Account(account.userid, account.name, Email(address))
            await tx.connections.connect(Email(address), connected, issued, now)
            for index in range(number, load.sessions, load.accounts):
                there = environment.teamviewer.open_session(address)
                session = Session(
                    id=new_session_id(),
                    org_id=org_id,
                    number=RequestNumber(str(100_000 + index)),
                    kind=Kind.REMOTE,
                    technician=Email(address),
                    technician_name=account.name,
                    join_token=new_join_token(),
                    created_at=now,
                    state=State.WAITING,
                    account=account.userid,
                    code=SessionCode(there.code),
                    requester_link=Secret(f"https://get.example.test/{there.code}"),
                    supporter_link=Secret(f"https://start.example.test/{there.code}"),
                    valid_until=now + timedelta(hours=24),
                )
                await tx.sessions.open(session, CommandKey(session.id), another=True)
    await database.close()
    return tokens


class _Asker:
    """Asks for a page every 5 ms, in a process of its own, which the simulated TeamViewer does not delay."""

    def __init__(self, url: str) -> None:
        self._url = url

    async def start(self) -> None:
        """Begin to ask."""
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", _ASK, self._url, stdin=PIPE, stdout=PIPE
        )

    async def stop(self) -> float:
        """Stop, and return the time that the slowest answer took, in seconds."""
        output, _errors = await self._process.communicate(b"")
        return float(output)


async def _until_rounds(environment: Environment, rounds: int, load: Load) -> None:
    await until(lambda: environment.teamviewer.count_calls(LIST) >= rounds * load.accounts, timeout=_LONG)


async def _idle_share(settings: dict[str, str], log: Path) -> float:
    """Return the share of a core that a bot takes on an empty database. A round would be counted too, beside many sessions."""
    bot = BotProcess(settings, log, "serve")
    try:
        await bot.start()
        await asyncio.sleep(SETTLE_SECONDS)
        before = processor_seconds(bot.pid)
        await asyncio.sleep(IDLE_SECONDS)
        return (processor_seconds(bot.pid) - before) / IDLE_SECONDS
    finally:
        await bot.stop()


async def _bare_client_seconds(environment: Environment, tokens: list[str]) -> float:
    """Return the processor time that the list calls of one round take by themselves, in seconds."""
    peer = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _PEER, f"{environment.teamviewer.api_url}/sessions", stdin=PIPE, stdout=PIPE
    )
    output, _errors = await peer.communicate("\n".join(tokens).encode())
    return float(output)


async def measure(database_url: str | None, load: Load) -> Round:
    """Fill a database and TeamViewer, and measure some rounds."""
    environment = Environment()
    await environment.start()
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        url = database_url or f"sqlite:///{folder}/tvbot.db"
        settings = settings_for(environment, url, TVBOT_POLL_SECONDS=str(EVERY_SECONDS))
        environment.set_bot_url(settings["TVBOT_PUBLIC_URL"])
        idle = await _idle_share(settings, Path(folder) / "idle")
        tokens = await _fill(environment, url, settings, load)
        bot = BotProcess(settings, Path(folder) / "log", "serve")
        stack.push_async_callback(bot.clean_up)
        await bot.start()
        await _until_rounds(environment, 1, load)
        # From the middle of one pause to the middle of another, so that every round counts as a whole.
        await asyncio.sleep(EVERY_SECONDS / 2)
        began, cpu = time.monotonic(), processor_seconds(bot.pid)
        calls = environment.teamviewer.count_calls(LIST)
        await _until_rounds(environment, 1 + load.rounds, load)
        await asyncio.sleep(EVERY_SECONDS / 2)
        anyway = idle * (time.monotonic() - began)
        cpu = (processor_seconds(bot.pid) - cpu - anyway) / load.rounds
        calls = (environment.teamviewer.count_calls(LIST) - calls) // load.rounds
        asker = _Asker(f"{settings['TVBOT_PUBLIC_URL']}/healthz")
        await asker.start()
        await _until_rounds(environment, 2 + load.rounds, load)
        slowest = await asker.stop()
        await bot.stop()
        bare = await _bare_client_seconds(environment, tokens)
        print(f"{load.sessions} open sessions of {load.accounts} accounts, on {url.partition(':')[0]}")
        print(
            f"  a round: {calls} calls, {cpu:.2f} s of processor time; the calls alone, by a bare client: {bare:.2f} s"
        )
        print(f"  share of a core, a round every {EVERY_SECONDS} s: {cpu / EVERY_SECONDS:.1%}")
        print(f"  without any session: {idle:.1%}")
        print(f"  slowest answer during a round: {slowest * 1000:.0f} ms")
    await environment.stop()
    return Round(cpu, bare, slowest)


async def measure_rows() -> list[Row]:
    """Measure for the table."""
    measured = await measure(None, Load(SESSIONS, ACCOUNTS, ROUNDS))
    work = f"watch, {SESSIONS:,} open sessions of {ACCOUNTS} accounts"
    share = measured.cpu / EVERY_SECONDS * 100
    peer = Peer("the same calls", measured.bare_cpu / EVERY_SECONDS * 100)
    return [
        Row(f"{work}: share of a core", share, "%", AtMost(5), peer, measured.cpu * 1000),
        Row(f"{work}: slowest answer", measured.slowest_answer * 1000, "ms", AtMost(50)),
    ]


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--sessions", type=int, default=SESSIONS)
    options.add_argument("--accounts", type=int, default=ACCOUNTS)
    options.add_argument("--rounds", type=int, default=ROUNDS)
    options.add_argument("--database")
    given = options.parse_args()
    asyncio.run(measure(given.database, Load(given.sessions, given.accounts, given.rounds)))
