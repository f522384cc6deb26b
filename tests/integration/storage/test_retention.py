"""Retention: what is stored about people is deleted when they were not seen for the time that is set."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from support.clock import Clock

from bot.commands import CommandRequest, Place, Status
from bot.model import connection
from bot.model.connection import Tokens
from bot.model.ids import CommandKey, Email
from bot.model.secret import Secret
from bot.model.technician import Actor, Platform, Profile
from bot.values import replace
from bot.workflows.retention import delete_old_records
from storage.database import Database
from storage.repositories.teams import TeamsAccount, TeamsConversation
from storage.tables import (
    audit,
    commands,
    connections,
    homes,
    preferences,
    profiles,
    teams_accounts,
    teams_conversations,
)
from storage.unit_of_work import SqlUnitOfWork

KEPT_FOR = timedelta(days=30)
TOKENS = Tokens(Secret("access-7d1f"), Secret("refresh-93ab"), 86400)


@pytest.fixture
async def visited_unit_of_work(sql_unit_of_work: SqlUnitOfWork, clock: Clock) -> SqlUnitOfWork:
    """Tom and Ines used the bot. 29 days later Ines used it again."""
    for name in ("tom", "ines"):
        await _seen(name, sql_unit_of_work, clock)
        async with sql_unit_of_work.write() as tx:
            email = Email(f"{name}@example.test")
            await tx.connections.connect(email, connection.Account(name, name, email), TOKENS, clock())
    clock.move(days=29)
    await _seen("ines", sql_unit_of_work, clock)
    return sql_unit_of_work


async def _seen(name: str, unit_of_work: SqlUnitOfWork, clock: Clock) -> None:
    actor = Actor(Platform.SLACK, "T1", name)
    async with unit_of_work.write() as tx:
        await tx.people.store_profile(Profile(actor, name, Email(f"{name}@example.test")), clock())
        await tx.homes.add(actor)
        await tx.people.choose_pings(Email(f"{name}@example.test"), wanted=False)
        key = f"{name}/{clock()}"
        chat = TeamsConversation("T1", f"chat of {name}", is_personal=True, service_url="https://teams.test")
        await tx.teams.store_conversation(chat, clock())
        await tx.teams.store_conversation(replace(chat, id="everybody's", is_personal=False), clock())
        await tx.teams.store_account(
            TeamsAccount("T1", name, f"29:{name}", chat.id), clock(), personal=chat.id
        )
        await tx.commands.add(CommandRequest(CommandKey(key), actor, Place("C1"), Status()), clock())


async def _left(database: Database, column: "sa.Column[str]") -> list[str]:
    async with database.reader.connect() as connection:
        return sorted((await connection.execute(sa.select(column))).scalars())


async def test_people_are_stored_until_the_retention_ends(
    visited_unit_of_work: SqlUnitOfWork, database: Database, clock: Clock
) -> None:
    """Commands are deleted earlier: as soon as no platform delivers them again."""
    await delete_old_records(clock(), KEPT_FOR, visited_unit_of_work)
    assert await _left(database, profiles.c.user) == ["ines", "tom"]
    assert await _left(database, homes.c.user) == ["ines", "tom"]
    assert await _left(database, preferences.c.email) == ["ines@example.test", "tom@example.test"]
    assert await _left(database, commands.c.user) == ["ines"]
    async with visited_unit_of_work.read() as tx:
        assert await tx.revocations.due(clock()) == []


async def test_unseen_person_is_deleted_and_their_tokens_are_due_for_revocation(
    visited_unit_of_work: SqlUnitOfWork, database: Database, clock: Clock
) -> None:
    """Somebody else's connection of the same age stays, because that person is still seen."""
    clock.move(days=3)
    await delete_old_records(clock(), KEPT_FOR, visited_unit_of_work)
    assert await _left(database, profiles.c.user) == ["ines"]
    assert await _left(database, homes.c.user) == ["ines"]
    assert await _left(database, preferences.c.email) == ["ines@example.test"]
    assert await _left(database, commands.c.user) == []
    assert await _left(database, teams_accounts.c.user) == ["ines"]
    assert await _left(database, teams_conversations.c.id) == ["chat of ines", "everybody's"]
    async with visited_unit_of_work.read() as tx:
        assert [one.technician for one in await tx.revocations.due(clock())] == ["tom@example.test"]
        assert await tx.connections.active(Email("ines@example.test")) is not None
    assert await _left(database, audit.c.action) == ["connection.revoked"]
    assert len(await _left(database, connections.c.id)) == 2
