"""The page of a report: its figures equal a slow count of the sessions, and it costs the same beside a million of them."""

import csv
import io
import itertools
import json
import statistics
import time
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
import sqlalchemy as sa
from support.bot_in_memory import ADA, BotInMemory
from support.generated_year import BEGIN, GeneratedYear
from support.stored_session import SESSION

from adapters.web.report import ReportPages
from adapters.web.server import WebServer, new_application
from bot.model.daily_sums import Figure, SumKey, round_wait
from bot.model.ids import CommandKey, OrgId
from bot.model.notice import NoticeState, Recipient
from bot.model.secret import new_token
from bot.model.technician import Directory
from bot.unit_of_work import UnitOfWork
from bot.values import replace
from bot.workflows.count_sessions import count_sessions
from storage.database import Database
from storage.migrate import upgrade_schema
from storage.tables import sessions
from storage.unit_of_work import SqlUnitOfWork
from storage.vault import Vault, new_key

MILLION = 1_000_000
ROUNDS = 15
FLAT = 2.0
"""How much more the page may cost beside a million sessions than beside a thousand."""


class Pages:
    """The pages of reports over a database."""

    def __init__(self, unit_of_work: UnitOfWork, clock: datetime, address: str) -> None:
        self.unit_of_work = unit_of_work
        self._now = clock
        self._address = address
        self._grant = ""

    async def grant(self, first: date, last: date) -> None:
        """Let Ada open the report of some days."""
        self._grant = new_token(32)
        until = self._now + timedelta(hours=1)
        payload = {"reader": ADA.email, "first": str(first), "last": str(last), "until": until.isoformat()}
        async with self.unit_of_work.write() as tx:
            await tx.states.put(self._grant, "report", json.dumps(payload), until)

    async def get(self, path: str = "") -> str:
        """Return the page, or what is below it."""
        url = f"{self._address}/report/{self._grant}{path}"
        async with aiohttp.ClientSession() as browser, browser.get(url) as answer:
            assert answer.status == 200
            return await answer.text()

    async def figures(self) -> dict[tuple[str, str], str]:
        """Return the figures of the download."""
        rows = list(csv.reader(io.StringIO(await self.get("/figures.csv"))))
        return {(table, row): amount for table, row, amount in rows[1:]}


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    upgrade_schema(database)
    yield database
    await database.close()


@pytest.fixture
async def pages(database: Database) -> AsyncIterator[Pages]:
    async def nothing(*_arguments: object) -> None:
        return

    bot = BotInMemory()
    unit_of_work = SqlUnitOfWork(database, Vault([new_key()]), OrgId("itdesk"), nothing)
    async with unit_of_work.write() as tx:
        await tx.people.store_directory(Directory({ADA.email: ADA.name}, bot.clock()))
        await tx.people.grant_admin(ADA.email)
    app = new_application()
    ReportPages(replace(bot.services, unit_of_work=unit_of_work)).add_routes(app)
    server = WebServer(app, "127.0.0.1", 0)
    await server.start()
    yield Pages(unit_of_work, bot.clock(), f"http://127.0.0.1:{server.port}")
    await server.stop()


def months() -> list[tuple[date, date]]:
    """Return the first and the last day of each month of the generated year."""
    firsts = [date(BEGIN.year, month, 1) for month in range(1, 13)] + [date(BEGIN.year + 1, 1, 1)]
    return [(first, following - timedelta(days=1)) for first, following in itertools.pairwise(firsts)]


def slow_figures(year: GeneratedYear, first: date, last: date) -> dict[tuple[str, str], str]:
    """Return the figures of a month, counted session by session."""
    found: Counter[tuple[str, str]] = Counter()
    waits: list[int] = []
    for session in year.sessions:
        day = session.created_at.date()
        if session.state.is_open or not first <= day <= last:
            continue
        began = [one.started_at for one in session.connections]
        if session.entered_at:
            began.append(session.entered_at)
        was_there = session.arrived_at or session.left_at
        result = "connected" if began else "joined" if was_there else "nobody"
        found["result", "failed" if session.state == "failed" else result] += 1
        found["summary", "sessions"] += 1
        found["kind", session.kind.value] += 1
        found["day", str(day)] += 1
        found["technician", session.technician] += 1
        found["summary", "connected_seconds"] += session.connected_seconds or 0
        if session.rating:
            found["rating", "helpful" if session.rating.was_helpful else "not_helpful"] += 1
        if began and session.state != "failed":
            waits.append(int((min(began) - session.created_at).total_seconds()))
        for notice in year.notices:
            if notice.session_id == session.id and notice.recipient is Recipient.REQUESTER:
                found["delivery", f"{notice.channel.value}/{notice.state.value}"] += 1
    slow = {key: str(amount) for key, amount in found.items()}
    if waits:
        slow["summary", "median_wait_seconds"] = str(statistics.median_low(waits))
    return slow


async def test_figures_of_each_month_equal_a_slow_count(pages: Pages) -> None:
    """All of them, also the median. It is rounded down, as each wait is."""
    year = GeneratedYear(23, SESSION)
    await year.store(360, pages.unit_of_work, at_once=90)
    with_waits = 0
    for first, last in months():
        await pages.grant(first, last)
        shown = await pages.figures()
        slow = slow_figures(year, first, last)
        median, slow_median = (
            figures.pop(("summary", "median_wait_seconds"), "") for figures in (shown, slow)
        )
        assert {key: amount for key, amount in shown.items() if amount != "0"} == {
            key: amount for key, amount in slow.items() if amount != "0"
        }
        assert bool(median) == bool(slow_median)
        if slow_median:
            with_waits += 1
            assert int(median) == round_wait(int(slow_median))
    assert with_waits > 6


def sums_of_a_busy_month(last: date) -> Counter[SumKey]:
    """Return sums of every kind for 30 days."""
    labels = {
        Figure.SESSIONS: ["remote/connected", "remote/nobody", "pilot/joined", "pilot/failed"],
        Figure.TECHNICIAN: [f"tech{number}@example.test" for number in range(50)],
        Figure.WAIT: [str(wait) for wait in range(0, 600, 10)],
        Figure.CONNECTED: ["remote", "pilot"],
        Figure.DELIVERY: [f"reply/{state.value}" for state in NoticeState],
        Figure.RATING: ["yes", "no"],
    }
    days = [last - timedelta(days=place) for place in range(30)]
    return Counter(
        {SumKey(day, figure, one): 9 for day in days for figure, names in labels.items() for one in names}
    )


async def store_one_session(unit_of_work: UnitOfWork) -> None:
    """Store a session that is over and counted."""
    async with unit_of_work.write() as tx:
        await tx.sessions.open(SESSION, CommandKey("key"), another=True)
        assert await tx.sessions.save(SESSION.ended(BEGIN, by=None), known=SESSION)
    await count_sessions(unit_of_work)


def multiply_session(path: Path, begin: int, end: int) -> None:
    """Store the one session so many times more. What is sealed in the copies is never read."""
    different = {
        "id": "printf('%032x', i)",
        "number": "i % 50000",
        "technician": "printf('tech%d@example.test', i % 50)",
        "command_key": "printf('%032x', i)",
        "join_digest": "printf('%032x', i)",
    }
    names = [column.name for column in sessions.columns]
    values = ", ".join(different.get(name, f"one.{name}") for name in names)
    statement = (
        f"WITH RECURSIVE n(i) AS (SELECT {begin} UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {end}) "  # noqa: S608 - constants
        f"INSERT INTO sessions ({', '.join(names)}) SELECT {values} FROM n, "
        f"(SELECT * FROM sessions WHERE id = '{SESSION.id}') AS one"
    )
    engine = sa.create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        connection.execute(sa.text(statement))
    engine.dispose()


async def median_ms(pages: Pages) -> float:
    """Return the median of the processor time of the page, in milliseconds."""
    took = []
    for _round in range(ROUNDS):
        began = time.process_time()
        page = await pages.get()
        took.append((time.process_time() - began) * 1000)
        assert "Download as CSV" in page
    return statistics.median(took)


@pytest.mark.long
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_page_costs_the_same_beside_a_million_sessions(
    pages: Pages, database: Database, tmp_path: Path
) -> None:
    """And no statement of it reads the sessions."""
    last = datetime(2026, 6, 30, tzinfo=UTC).date()
    async with pages.unit_of_work.write() as tx:
        await tx.daily_sums.add(sums_of_a_busy_month(last))
    await pages.grant(last - timedelta(days=29), last)
    statements: list[str] = []
    path = tmp_path / "tvbot.db"
    await store_one_session(pages.unit_of_work)
    multiply_session(path, 1, 1000)
    few = await median_ms(pages)
    multiply_session(path, 1000, MILLION)

    def record(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        statements.append(statement)

    sa.event.listen(database.reader.sync_engine, "before_cursor_execute", record)
    many = await median_ms(pages)
    async with database.reader.connect() as connection:
        assert (await connection.exec_driver_sql("SELECT count(*) FROM sessions")).scalar_one() == MILLION
    assert any("FROM daily_sums" in one for one in statements)
    assert not [one for one in statements[:-1] if "sessions" in one.replace("daily_sums", "")]
    assert many < FLAT * few, f"{many:.1f} ms beside a million, {few:.1f} ms beside a thousand"
