"""The trail ends where it was signed: entries cut off, added or signed by somebody else are found, and stay found."""

import pytest
import sqlalchemy as sa

from bot.model.audit import Action, Entry, Head, Kept, ends_at, first_flaw
from bot.model.ids import OrgId
from storage.books import SqlBooks
from storage.database import Database
from storage.rotation import reseal
from storage.tables import audit, audit_heads
from storage.vault import Vault, new_key


@pytest.fixture
async def trail(books: SqlBooks, clock) -> SqlBooks:
    """A trail of five entries."""
    for _number in range(5):
        await append(books, clock)
    return books


async def append(books: SqlBooks, clock) -> None:
    clock.move(seconds=1)
    async with books.write() as tx:
        await tx.audit.append(Entry(clock(), "ada@example.test", Action.WIDGET_ON, "all"))


async def is_whole(books: SqlBooks) -> bool:
    async with books.read() as tx:
        entries = await tx.audit.all()
        return first_flaw(entries) is None and ends_at(entries, await tx.audit.head())


async def test_a_trail_that_nobody_touched_is_whole(books: SqlBooks, clock) -> None:
    assert await is_whole(books)
    for _number in range(3):
        await append(books, clock)
        assert await is_whole(books)


@pytest.mark.parametrize("left", [4, 0])
async def test_cut_off_entries_are_found_also_after_new_ones(
    trail: SqlBooks, database: Database, clock, left: int
) -> None:
    """The chain alone would not tell; and going on as if nothing had happened does not heal it."""
    async with database.writer.begin() as connection:
        await connection.execute(sa.delete(audit).where(audit.c.number > left))
    assert not await is_whole(trail)
    for _number in range(5):
        await append(trail, clock)
        assert not await is_whole(trail)


async def test_an_entry_that_somebody_else_chained_is_found(
    trail: SqlBooks, database: Database, clock
) -> None:
    """Its digest is right, for anybody can compute it; the signature is not theirs to make."""
    async with trail.read() as tx:
        last = (await tx.audit.all())[-1]
    forged = Kept.after(6, last.digest, Entry(clock(), "eve@example.test", Action.ADMIN_GRANTED))
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
    trail: SqlBooks, database: Database, clock
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


async def test_the_signature_survives_the_rotation_of_keys(database: Database, clock) -> None:
    old, new = new_key(), new_key()

    async def nothing(*_args) -> None:
        return

    def books(*keys: str) -> SqlBooks:
        return SqlBooks(database, Vault(keys), OrgId("itdesk"), nothing)

    await append(books(old), clock)
    assert await is_whole(books(new, old))
    assert not await is_whole(books(new))
    await append(books(new, old), clock)
    await reseal(database, Vault([new, old]))
    assert await is_whole(books(new))


async def test_rotation_signs_nothing_that_was_not_signed(trail: SqlBooks, database: Database) -> None:
    async with database.writer.begin() as connection:
        await connection.execute(sa.update(audit_heads).values(number=3))
    new = new_key()
    await reseal(database, Vault([new]))

    async def nothing(*_args) -> None:
        return

    async with SqlBooks(database, Vault([new]), OrgId("itdesk"), nothing).read() as tx:
        assert await tx.audit.head() is None


def test_an_empty_trail_ends_nowhere() -> None:
    assert ends_at([], None)
    assert not ends_at([], Head(1, "0" * 64))
