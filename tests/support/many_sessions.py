"""Thousands of open sessions, and what is seen of the switch that turns the integration off."""

import asyncio
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.installation_settings import organisation
from adapters.settings import settings_from
from bot.jobs import Job
from bot.model.ids import CommandKey, RequestNumber, SessionCode, new_join_token, new_session_id
from bot.model.session import Session
from bot.values import replace
from storage.database import Database
from storage.tables import cards, switches
from storage.unit_of_work import SqlUnitOfWork
from storage.vault import Vault

TRANSACTION = 500
"""How many sessions are stored in one transaction."""
MISSING = "1234.9"
"""How the address of a message begins that does not exist."""
LOOK_SECONDS = 0.002
"""The pause between two looks at the switch: the table tells nobody that it has changed."""


@dataclass(frozen=True)
class Load:
    """How many sessions are open, and how many of them have a card. The others were created by their mail alone."""

    sessions: int
    cards: int


async def until_switched_off(database: Database) -> None:
    """Wait until the switch is stored as off. Every later reading shows it as off."""
    while True:
        async with database.reader.connect() as connection:
            if (await connection.execute(sa.select(switches.c.integration))).scalar_one_or_none() is False:
                return
        await asyncio.sleep(LOOK_SECONDS)


async def store_sessions(unit_of_work: SqlUnitOfWork, load: Load) -> None:
    """Store more open sessions like the one that is open, in the same TeamViewer account.

    The messages of their cards do not exist, so that each card is deleted when it is refreshed.
    """
    async with unit_of_work.read() as tx:
        (like,) = await tx.sessions.open_page(after=None, limit=1000)
        (card,) = await tx.cards.of_session(like.id)
    for first in range(0, load.sessions, TRANSACTION):
        async with unit_of_work.write() as tx:
            for number in range(first, min(first + TRANSACTION, load.sessions)):
                session = _another(like, number)
                await tx.sessions.open(session, CommandKey(session.id), another=True)
                if number < load.cards:
                    message = f"{MISSING}{session.number}"
                    place = replace(card, session_id=session.id, message=message)
                    await tx.cards.add(place, CommandKey(session.id))


def _another(like: Session, number: int) -> Session:
    return replace(
        like,
        id=new_session_id(),
        number=RequestNumber(str(500_000 + number)),
        code=SessionCode(f"s99-{number:06}"),
        join_token=new_join_token(),
    )


async def until_cards_followed(database: Database) -> None:
    """Wait until every card whose message does not exist was refreshed, and so deleted."""
    while await count_missing_cards(database):
        await asyncio.sleep(0.05)  # the table tells nobody that it has changed


async def count_missing_cards(database: Database) -> int:
    query = sa.select(sa.func.count()).select_from(cards).where(cards.c.message.startswith(MISSING))
    async with database.reader.connect() as connection:
        return (await connection.execute(query)).scalar_one()


def unit_of_work_of(database: Database, settings: dict[str, str]) -> SqlUnitOfWork:
    vault = Vault([settings["TVBOT_SECRET_KEYS"]])
    return SqlUnitOfWork(database, vault, organisation(settings_from(settings)), _enqueue_nothing)


async def _enqueue_nothing(_connection: AsyncConnection, _job: Job, _key: str, _delay_seconds: int) -> None:
    return
