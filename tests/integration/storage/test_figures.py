"""What is counted for operators, on both databases, and how the rows are found."""

from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from support.stored_session import NOW, REMOTE, SESSION, TOM

from bot.model.connection import Account, Tokens
from bot.model.ids import CommandKey, NoticeId, OrgId, SessionId, new_join_token
from bot.model.notice import Channel, Notice, NoticeState, Recipient
from bot.model.secret import Secret
from bot.values import replace
from storage import figures
from storage.database import Database
from storage.figures import Figures, read_figures
from storage.migrate import upgrade_schema
from storage.tables import tokens
from storage.unit_of_work import SqlUnitOfWork

ORG = OrgId("itdesk")
OLD = NOW - timedelta(hours=2)


async def open_session(unit_of_work: SqlUnitOfWork, name: str, at: datetime, *, is_over: bool) -> None:
    """Store a session with one mail that was sent. It waits for its requester, or is over."""
    new = replace(SESSION, id=SessionId(name), join_token=new_join_token(), created_at=at)
    async with unit_of_work.write() as tx:
        await tx.sessions.open(new, CommandKey(f"key-{name}"), another=True)
        waiting = new.opened(REMOTE)
        await tx.sessions.save(waiting, known=new)
        if is_over:
            await tx.sessions.save(waiting.ended(at, by="Tom"), known=waiting)
        notice = Notice(NoticeId(name), new.id, Recipient.REQUESTER, Channel.MAIL, NoticeState.SENT, at)
        await tx.notices.add(notice)


async def test_sessions_notices_and_tokens_are_counted_by_state(
    database: Database, sql_unit_of_work: SqlUnitOfWork
) -> None:
    assert await read_figures(database, ORG, NOW) == Figures({}, {}, {}, {})
    await open_session(sql_unit_of_work, "new", NOW, is_over=False)
    await open_session(sql_unit_of_work, "old", OLD, is_over=False)
    await open_session(sql_unit_of_work, "over", NOW, is_over=True)
    await open_session(sql_unit_of_work, "old-over", OLD, is_over=True)
    async with sql_unit_of_work.write() as tx:
        for number, seconds in enumerate((3600, 60)):
            account, new = Account(f"u{number}", "Tom", TOM), Tokens(Secret("a" * 20), None, seconds)
            await tx.connections.connect(TOM, account, new, NOW)
    found = await read_figures(database, ORG, NOW)
    assert found.open_sessions == {"waiting": 2}
    assert found.recent_sessions == {"waiting": 1, "ended": 1}
    assert found.recent_notices == {("mail", "sent"): 2}
    assert found.tokens == {("teamviewer", "valid"): 1, ("teamviewer", "ending"): 1}

    ended = await read_figures(database, ORG, NOW + timedelta(minutes=30))
    assert ended.tokens == {("teamviewer", "valid"): 1, ("teamviewer", "ended"): 1}
    async with database.writer.begin() as connection:
        await connection.execute(sa.update(tokens).values(sealed_access=None))
    assert (await read_figures(database, ORG, NOW)).tokens == {("teamviewer", "lost"): 2}
    assert await read_figures(database, OrgId("other"), NOW) == Figures({}, {}, {}, {})


async def test_sessions_and_their_notices_are_found_by_an_index(tmp_path: Path) -> None:
    """SQLite says how it finds its rows. PostgreSQL has the same indices."""
    sqlite_database = Database(f"sqlite:///{tmp_path}/tvbot.db")
    upgrade_schema(sqlite_database)
    queries = [*figures._RECENT_SESSIONS, *figures._RECENT_NOTICES, figures._OPEN_SESSIONS]
    async with sqlite_database.reader.connect() as connection:
        for query in queries:
            text = query.compile(dialect=connection.dialect)
            values = [ORG if name == "of_org" else "2026-01-01" for name in text.positiontup or ()]
            plan = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", tuple(values))
            steps = [row.detail for row in plan]
            assert steps
            assert not [step for step in steps if step.startswith("SCAN")], steps
    await sqlite_database.close()
