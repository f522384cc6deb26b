"""The kill switch works however many sessions are open: it is off at once, and every card follows."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection
from support.bot import BotProcess, RunningBot, settings_for
from support.in_slack import InSlack
from support.slack_user import SlackUser, until

from adapters.bootstrap import organisation
from adapters.settings import settings_from
from bot.jobs import Job
from bot.model.ids import CommandKey, Email, RequestNumber, SessionCode, new_join_token, new_session_id
from bot.model.session import Session
from bot.workflows.refresh_cards import BATCH
from sandbox.environment import Environment
from sandbox.faults import Fault
from storage.database import Database
from storage.tables import cards
from storage.unit_of_work import SqlUnitOfWork
from storage.vault import Vault

LONG = 300
"""Seconds that all cards may take on a busy machine."""
TRANSACTION = 500
"""How many sessions are stored in one transaction."""
MISSING = "1234.9"
"""How the address of a message begins that does not exist."""


@dataclass(frozen=True)
class Load:
    """How many sessions are open, and how many of them have a card. The others were created by their mail alone."""

    sessions: int
    cards: int


async def test_every_card_follows_the_switch_in_batches(slack_user: SlackUser, bot: RunningBot) -> None:
    """In Slack alone, because Teams' limit for one channel makes it slow."""
    admin = InSlack(slack_user)
    await admin.authorize()
    async with bot.unit_of_work.write() as tx:
        await tx.people.grant_admin(Email(admin.technician.email))
    number, _session = await admin.create()
    # TeamViewer does not know the stored sessions. It must not say so, or they would be over.
    admin.environment.teamviewer.faults.plan("sessions.get", Fault.SERVER_ERROR, times=None)
    await _store_sessions(bot.unit_of_work, Load(sessions=2 * BATCH, cards=BATCH + 10))
    await admin.type("admin disable")
    await until(lambda: admin.link_buttons(admin.card(number)) == [])
    async with asyncio.timeout(LONG):
        while await _count_missing_cards(bot.database):
            await asyncio.sleep(0.05)  # the table tells nobody that it has changed


@pytest.mark.long
async def test_integration_is_off_at_once_and_every_card_follows(
    own_environment: Environment,
    tmp_path: Path,
    bot_process: Callable[..., BotProcess],
    database_url: str,
) -> None:
    """The rounds ask TeamViewer about the open sessions every second. After the answer nobody asks it any more."""
    user = InSlack(SlackUser.new(own_environment))
    settings = settings_for(own_environment, database_url, TVBOT_ADMINS=user.technician.email)
    own_environment.set_bot_url(settings["TVBOT_PUBLIC_URL"])
    bot = bot_process(settings, tmp_path / "log", "serve")
    await bot.start()
    await user.authorize()
    await user.create()
    assert await bot.stop() == 0
    database = Database(database_url)
    await _store_sessions(_unit_of_work(database, settings), Load(sessions=20_000, cards=2_000))
    teamviewer = own_environment.teamviewer
    # TeamViewer does not know the stored sessions. It must not say so, or they would be over.
    teamviewer.faults.plan("sessions.get", Fault.SERVER_ERROR, times=None)
    asked = teamviewer.count_calls("sessions.get")
    await bot.start()
    await until(lambda: teamviewer.count_calls("sessions.get") > asked, timeout=LONG)

    await user.ask("admin disable", "The integration is switched off. Nothing reaches TeamViewer")
    # What was sent before the switch moved has arrived by the time of a second answer.
    await user.ask("auth", "is switched off. Ask your SDAdmin")
    calls = list(teamviewer.calls)
    async with asyncio.timeout(LONG):
        while await _count_missing_cards(database):
            assert teamviewer.calls == calls
            await asyncio.sleep(0.05)  # the table tells nobody that it has changed
    assert teamviewer.calls == calls
    await database.close()
    assert await bot.stop() == 0
    assert "Traceback" not in bot.log()


async def _store_sessions(unit_of_work: SqlUnitOfWork, load: Load) -> None:
    """Store more open sessions like the one that is open, in the same TeamViewer account.

    The messages of their cards do not exist, so that each card is deleted when it is refreshed.
    """
    async with unit_of_work.read() as tx:
        (like,) = await tx.sessions.all_open()
        (card,) = await tx.cards.of_session(like.id)
    for first in range(0, load.sessions, TRANSACTION):
        async with unit_of_work.write() as tx:
            for number in range(first, min(first + TRANSACTION, load.sessions)):
                session = _another(like, number)
                await tx.sessions.open(session, CommandKey(session.id), another=True)
                if number < load.cards:
                    message = f"{MISSING}{session.number}"
                    await tx.cards.add(replace(card, session_id=session.id, message=message))


def _another(like: Session, number: int) -> Session:
    return replace(
        like,
        id=new_session_id(),
        number=RequestNumber(str(500_000 + number)),
        code=SessionCode(f"s99-{number:06}"),
        join_token=new_join_token(),
    )


async def _count_missing_cards(database: Database) -> int:
    query = sa.select(sa.func.count()).select_from(cards).where(cards.c.message.startswith(MISSING))
    async with database.reader.connect() as connection:
        return (await connection.execute(query)).scalar_one()


def _unit_of_work(database: Database, settings: dict[str, str]) -> SqlUnitOfWork:
    vault = Vault([settings["TVBOT_SECRET_KEYS"]])
    return SqlUnitOfWork(database, vault, organisation(settings_from(settings)), _enqueue_nothing)


async def _enqueue_nothing(_connection: AsyncConnection, _job: Job, _key: str, _delay_seconds: int) -> None:
    return
