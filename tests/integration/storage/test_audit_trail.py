"""The trail ends where it was signed: entries cut off, added or signed by somebody else are found, and stay found."""

import pytest
import sqlalchemy as sa
from support.clock import Clock

from bot.model.audit import Action, AuditEntry, AuditHead, AuditRecord, ends_at, first_flaw
from bot.model.ids import OrgId
from bot.unit_of_work import UnitOfWork
from storage.database import Database
from storage.rotation import reseal
from storage.tables import audit, audit_heads
from storage.unit_of_work import SqlUnitOfWork
from storage.vault import Vault, new_key


@pytest.fixture
async def trail(sql_unit_of_work: SqlUnitOfWork, clock: Clock) -> SqlUnitOfWork:
    """A trail of five entries."""
    for _number in range(5):
        await append(sql_unit_of_work, clock)
    return sql_unit_of_work


async def append(unit_of_work: UnitOfWork, clock: Clock) -> None:
    clock.move(seconds=1)
    async with unit_of_work.write() as tx:
        await tx.audit.append(AuditEntry(clock(), "ada@example.test", Action.WIDGET_ON, "all"))


async def is_whole(unit_of_work: UnitOfWork) -> bool:
    async with unit_of_work.read() as tx:
        entries = await tx.audit.all()
        return first_flaw(entries) is None and ends_at(entries, await tx.audit.head())


async def test_a_trail_that_nobody_touched_is_whole(unit_of_work: UnitOfWork, clock: Clock) -> None:
    assert await is_whole(unit_of_work)
    for _number in range(3):
        await append(unit_of_work, clock)
        assert await is_whole(unit_of_work)


@pytest.mark.parametrize("left", [4, 0])
async def test_cut_off_entries_are_found_also_after_new_ones(
    trail: SqlUnitOfWork, database: Database, clock: Clock, left: int
) -> None:
    """The chain alone would not tell; and going on as if nothing had happened does not heal it."""
    async with database.writer.begin() as connection:
        await connection.execute(sa.delete(audit).where(audit.c.number > left))
    assert not await is_whole(trail)
    for _number in range(5):
        await append(trail, clock)
        assert not await is_whole(trail)


async def test_an_entry_that_somebody_else_chained_is_found(
    trail: SqlUnitOfWork, database: Database, clock: Clock
) -> None:
    """Its digest is right, for anybody can compute it; the signature is not theirs to make."""
    async with trail.read() as tx:
        last = (await tx.audit.all())[-1]
    forged = AuditRecord.after(6, last.digest, AuditEntry(clock(), "eve@example.test", Action.ADMIN_GRANTED))
    async with database.writer.begin() as connection:
        await connection.execute(
            sa.insert(audit).values(
                org_id="itdesk",
                number=6,
                at=forged.entry.at,
                by=forged.entry.by,
                action=forged.entry.action.value,
                subject="",
                previous=forged.previous,
                digest=forged.digest,
            )
        )
        await connection.execute(sa.update(audit_heads).values(number=6, digest=forged.digest))
    assert not await is_whole(trail)


async def test_a_removed_signature_is_found_until_an_operator_accepts_the_trail(
    trail: SqlUnitOfWork, database: Database, clock: Clock
) -> None:
    async with database.writer.begin() as connection:
        await connection.execute(sa.delete(audit_heads))
    await append(trail, clock)
    assert not await is_whole(trail)
    async with trail.write() as tx:
        await tx.audit.sign()
    assert await is_whole(trail)
    await append(trail, clock)
    assert await is_whole(trail)


async def test_the_signature_survives_the_rotation_of_keys(database: Database, clock: Clock) -> None:
    old, new = new_key(), new_key()

    async def nothing(*_args: object) -> None:
        return

    def unit_of_work(*keys: str) -> SqlUnitOfWork:
        return SqlUnitOfWork(database, Vault(keys), OrgId("itdesk"), nothing)

    await append(unit_of_work(old), clock)
    assert await is_whole(unit_of_work(new, old))
    assert not await is_whole(unit_of_work(new))
    await append(unit_of_work(new, old), clock)
    await reseal(database, Vault([new, old]))
    assert await is_whole(unit_of_work(new))


async def test_rotation_signs_nothing_that_was_not_signed(trail: SqlUnitOfWork, database: Database) -> None:
    async with database.writer.begin() as connection:
        await connection.execute(sa.update(audit_heads).values(number=3))
    new = new_key()
    await reseal(database, Vault([new]))

    async def nothing(*_args: object) -> None:
        return

    async with SqlUnitOfWork(database, Vault([new]), OrgId("itdesk"), nothing).read() as tx:
        assert await tx.audit.head() is None


def test_an_empty_trail_ends_nowhere() -> None:
    assert ends_at([], None)
    assert not ends_at([], AuditHead(1, "0" * 64))
