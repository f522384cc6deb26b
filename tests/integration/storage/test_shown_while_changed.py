"""A card or a home that is stored while its session is being changed: the one waits for the other, so the change is shown.

A change enqueues the refresh of what is stored. What is stored meanwhile reads the session after that.
"""

import asyncio
from collections.abc import Awaitable, Callable

from support.clock import Clock

from bot.coalesced_refreshes import enqueue_refreshes
from bot.model.card import Audience, Card
from bot.model.ids import CommandKey, Email, OrgId, RequestNumber, SessionId, new_join_token, new_session_id
from bot.model.session import Kind, Session
from bot.model.technician import Actor, Platform
from bot.unit_of_work import Transaction
from bot.values import replace
from storage.unit_of_work import SqlUnitOfWork

Wait = Callable[[], Awaitable[None]]
TOM = Email("tom@example.test")
COMMAND = CommandKey("k1")


async def stored_session(unit_of_work: SqlUnitOfWork, clock: Clock) -> Session:
    new = Session(
        id=new_session_id(),
        org_id=OrgId("itdesk"),
        number=RequestNumber("101"),
        kind=Kind.REMOTE,
        technician=TOM,
        technician_name="Tom Ray",
        join_token=new_join_token(),
        created_at=clock(),
    )
    async with unit_of_work.write() as tx:
        return await tx.sessions.open(new, COMMAND, another=False)


async def change(session: Session, tx: Transaction) -> None:
    """Change a session as workflows do: what shows it is read after its row is written."""
    changed = replace(session, subject="VPN fails", version=session.version + 1)
    assert await tx.sessions.save(changed, known=session)
    await enqueue_refreshes(session, tx)


async def subject_of(session_id: SessionId, unit_of_work: SqlUnitOfWork) -> str:
    async with unit_of_work.read() as tx:
        found = await tx.sessions.get(session_id)
    assert found is not None
    return found.subject


async def test_card_stored_during_a_change_shows_it(
    postgres_unit_of_work: SqlUnitOfWork, wait_for_blocked_transaction: Wait, clock: Clock
) -> None:
    session = await stored_session(postgres_unit_of_work, clock)
    card = Card(session.id, Platform.SLACK, "T1", "C1", "m1", Audience.SHARED, "en", "UTC")

    async def store_card() -> str:
        async with postgres_unit_of_work.write() as tx:
            await tx.sessions.lock(session.id)
            await tx.cards.add(card, COMMAND)
        return await subject_of(session.id, postgres_unit_of_work)

    async with postgres_unit_of_work.write() as tx:
        await change(session, tx)
        storing = asyncio.create_task(store_card())
        await wait_for_blocked_transaction()
    assert await storing == "VPN fails"


async def test_home_opened_during_a_change_shows_it(
    postgres_unit_of_work: SqlUnitOfWork, wait_for_blocked_transaction: Wait, clock: Clock
) -> None:
    session = await stored_session(postgres_unit_of_work, clock)

    async def open_home() -> str:
        async with postgres_unit_of_work.write() as tx:
            await tx.homes.add(Actor(Platform.SLACK, "T1", "U1"))
        return await subject_of(session.id, postgres_unit_of_work)

    async with postgres_unit_of_work.write() as tx:
        await change(session, tx)
        opening = asyncio.create_task(open_home())
        await wait_for_blocked_transaction()
    assert await opening == "VPN fails"


async def test_home_opened_while_a_session_is_locked_for_its_notices_waits_too(
    postgres_unit_of_work: SqlUnitOfWork, wait_for_blocked_transaction: Wait, clock: Clock
) -> None:
    session = await stored_session(postgres_unit_of_work, clock)
    done: list[str] = []

    async def open_home() -> None:
        async with postgres_unit_of_work.write() as tx:
            await tx.homes.add(Actor(Platform.SLACK, "T1", "U1"))
        done.append("opened")

    async with postgres_unit_of_work.write() as tx:
        assert await tx.sessions.lock(session.id) == session
        opening = asyncio.create_task(open_home())
        await wait_for_blocked_transaction()
        done.append("changed")
    await opening
    assert done == ["changed", "opened"]
