"""The rows that ``answers.py`` puts into the bot's database: a connected technician, and open sessions."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.jobs import Job
from bot.model.connection import Account, Tokens
from bot.model.ids import CommandKey, Email, OrgId, RequestNumber, SessionCode, new_join_token, new_session_id
from bot.model.request import Requester
from bot.model.secret import Secret
from bot.model.session import Kind, RemoteSession, Session
from bot.model.technician import Actor, Directory, Platform, Profile
from bot.values import replace
from storage.database import Database
from storage.tables import sessions
from storage.unit_of_work import SqlUnitOfWork
from storage.vault import Vault

TECHNICIAN = Email("tom@example.test")
OTHER = Email("ines@example.test")
USER = "U1"
ORG = OrgId("default")


@asynccontextmanager
async def open_storage(settings: dict[str, str]) -> AsyncIterator[SqlUnitOfWork]:
    """Open the database of a bot that runs, from this process."""
    database = Database(settings["TVBOT_DATABASE_URL"])

    async def enqueue_nothing(_connection: AsyncConnection, _job: Job, _key: str, _delay: int) -> None:
        return

    try:
        yield SqlUnitOfWork(database, Vault([settings["TVBOT_SECRET_KEYS"]]), ORG, enqueue_nothing)
    finally:
        await database.close()


async def add_technician(unit_of_work: SqlUnitOfWork, tenant: str) -> None:
    """Store a technician who is on the list and has connected an account: nobody has to be looked up."""
    now = datetime.now(UTC)
    profile = Profile(Actor(Platform.SLACK, tenant, USER), "Tom Ray", TECHNICIAN)
    tokens = Tokens(Secret("a" * 40), Secret("r" * 40), 86_400)
    async with unit_of_work.write() as tx:
        await tx.people.store_profile(profile, now)
        await tx.people.store_directory(Directory({TECHNICIAN: "Tom Ray", OTHER: "Ines Moreau"}, now))
        await tx.connections.connect(TECHNICIAN, Account("u1", "Tom Ray", TECHNICIAN), tokens, now)


async def add_open_sessions(
    unit_of_work: SqlUnitOfWork, count: int, technician: Email, *, first_number: int
) -> None:
    """Store open sessions, each for a request of its own: ``first_number`` and the next ones."""
    now = datetime.now(UTC)
    for place in range(0, count, 500):
        async with unit_of_work.write() as tx:
            for number in range(first_number + place, first_number + min(place + 500, count)):
                session = Session(
                    id=new_session_id(),
                    org_id=ORG,
                    number=RequestNumber(str(number)),
                    kind=Kind.REMOTE,
                    technician=technician,
                    technician_name="Tom Ray",
                    join_token=new_join_token(),
                    created_at=now,
                    subject="VPN fails",
                    requester=Requester("Ann Lee", "ann@example.test", Secret("+33612345678")),
                )
                await tx.sessions.open(session, CommandKey(f"c{number}"), another=False)
                opened = session.opened(_remote_session(number))
                await tx.sessions.save(replace(opened, account="u1"), known=session)


def _remote_session(number: int) -> RemoteSession:
    code = f"{number:08d}"
    return RemoteSession(
        SessionCode(f"s{code[:2]}-{code[2:5]}-{code[5:]}"),
        Secret(f"https://get.teamviewer.com/s{code}"),
        Secret(f"https://get.teamviewer.com/s{code}-AbCdEfGhIjKl"),
        None,
        Secret(f"https://start.teamviewer.com/s{code}?servicequeuetoken=AbCdEfGhIjKl"),
    )


async def empty_log(unit_of_work: SqlUnitOfWork) -> None:
    """Move the rows out of SQLite's write-ahead log, which the next commits would have to do else."""
    async with unit_of_work._database.writer.connect() as connection:  # noqa: SLF001 - no use case does this
        await connection.exec_driver_sql("COMMIT")
        await connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        await connection.exec_driver_sql("BEGIN")


async def delete_sessions(unit_of_work: SqlUnitOfWork) -> None:
    """Delete every session."""
    async with unit_of_work._database.writer.begin() as connection:  # noqa: SLF001 - no use case does this
        await connection.execute(sa.delete(sessions))
