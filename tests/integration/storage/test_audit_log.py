"""The audit log ends where it was signed: removed, added and forged records are found, and stay found."""

import pytest
import sqlalchemy as sa
from support.clock import Clock

from bot.model.audit import Action, AuditEntry, AuditHead, AuditRecord, ends_at, first_flaw
from bot.model.ids import OrgId
from bot.unit_of_work import UnitOfWork
from storage.database import Database
from storage.rotation import reencrypt_secrets
from storage.tables import audit, audit_heads
from storage.unit_of_work import SqlUnitOfWork
from storage.vault import Vault, new_key


@pytest.fixture
async def five_records(sql_unit_of_work: SqlUnitOfWork, clock: Clock) -> SqlUnitOfWork:
    """An audit log of five records."""
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


async def test_untouched_log_is_whole(unit_of_work: UnitOfWork, clock: Clock) -> None:
    assert await is_whole(unit_of_work)
    for _number in range(3):
        await append(unit_of_work, clock)
        assert await is_whole(unit_of_work)


@pytest.mark.parametrize("left", [4, 0])
async def test_removed_records_are_found_even_after_new_ones(
    five_records: SqlUnitOfWork, database: Database, clock: Clock, left: int
) -> None:
    """The chain alone does not show a removed end, and appending must not hide it."""
    async with database.writer.begin() as connection:
        await connection.execute(sa.delete(audit).where(audit.c.number > left))
    assert not await is_whole(five_records)
    for _number in range(5):
        await append(five_records, clock)
        assert not await is_whole(five_records)


async def test_record_added_without_the_key_is_found(
    five_records: SqlUnitOfWork, database: Database, clock: Clock
) -> None:
    """Anybody can compute a correct digest, but only the bot can sign the head."""
    async with five_records.read() as tx:
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
    assert not await is_whole(five_records)


async def test_removed_signature_is_found_until_an_operator_accepts_the_log(
    five_records: SqlUnitOfWork, database: Database, clock: Clock
) -> None:
    async with database.writer.begin() as connection:
        await connection.execute(sa.delete(audit_heads))
    await append(five_records, clock)
    assert not await is_whole(five_records)
    async with five_records.write() as tx:
        await tx.audit.sign()
    assert await is_whole(five_records)
    await append(five_records, clock)
    assert await is_whole(five_records)


async def test_signature_is_valid_after_key_rotation(database: Database, clock: Clock) -> None:
    old, new = new_key(), new_key()

    async def nothing(*_args: object) -> None:
        return

    def unit_of_work(*keys: str) -> SqlUnitOfWork:
        return SqlUnitOfWork(database, Vault(keys), OrgId("itdesk"), nothing)

    await append(unit_of_work(old), clock)
    assert await is_whole(unit_of_work(new, old))
    assert not await is_whole(unit_of_work(new))
    await append(unit_of_work(new, old), clock)
    await reencrypt_secrets(database, Vault([new, old]))
    assert await is_whole(unit_of_work(new))


@pytest.mark.usefixtures("five_records")
async def test_key_rotation_does_not_sign_an_unsigned_head(database: Database) -> None:
    async with database.writer.begin() as connection:
        await connection.execute(sa.update(audit_heads).values(number=3))
    new = new_key()
    await reencrypt_secrets(database, Vault([new]))

    async def nothing(*_args: object) -> None:
        return

    async with SqlUnitOfWork(database, Vault([new]), OrgId("itdesk"), nothing).read() as tx:
        assert await tx.audit.head() is None


def test_empty_log_has_no_head() -> None:
    assert ends_at([], None)
    assert not ends_at([], AuditHead(1, "0" * 64))
