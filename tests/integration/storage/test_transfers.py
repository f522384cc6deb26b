"""Stored transfers: one runs at a time for a session, and what they leave open is found."""

from datetime import timedelta

from support.clock import Clock
from support.sessions import make_session

from bot.model.card import Audience, Card
from bot.model.handover import Handover
from bot.model.ids import CommandKey, Email, SessionCode, SessionId, TransferId, new_join_token
from bot.model.private_message import PrivateMessage
from bot.model.session import Session
from bot.model.technician import Actor, Platform
from bot.model.transfer import Leftover, Party, Transfer, TransferState
from bot.unit_of_work import UnitOfWork
from bot.values import replace

ANA, BEN = Party(Email("ana@example.com"), "Ana"), Party(Email("ben@example.com"), "Ben")


async def store_session(unit_of_work: UnitOfWork, name: str = "1", **more: object) -> Session:
    """Store a session of Ana's that a transfer can belong to."""
    values: dict[str, object] = {
        "id": SessionId(name),
        "join_token": new_join_token(),
        "technician": ANA.email,
    }
    session = replace(make_session(), **(values | more))  # type: ignore[arg-type]  # a test names any field
    async with unit_of_work.write() as tx:
        await tx.sessions.open(session, CommandKey(f"create {name}"), another=False)
    return session


def transfer_of(session: Session, clock: Clock, name: str = "t1") -> Transfer:
    """Return a new offer."""
    return Transfer(
        TransferId(name),
        session.id,
        ANA,
        BEN,
        by=ANA,
        command=CommandKey("c"),
        offered_at=clock(),
        former_account="u1",
        former_code=SessionCode("s12-345-678"),
    )


async def test_transfer_is_read_as_it_was_stored(unit_of_work: UnitOfWork, clock: Clock) -> None:
    offer = transfer_of(await store_session(unit_of_work), clock)
    moving = offer.moving(CommandKey("accept")).in_account("u2")
    async with unit_of_work.write() as tx:
        assert await tx.transfers.add(offer)
        assert await tx.transfers.get(offer.id) == offer
        assert await tx.transfers.save(moving, known_state=TransferState.OFFERED)
        assert not await tx.transfers.save(offer, known_state=TransferState.OFFERED)
    async with unit_of_work.read() as tx:
        assert await tx.transfers.get(offer.id) == moving
        assert await tx.transfers.get(TransferId("unknown")) is None


async def test_message_of_an_offer_is_stored_and_an_earlier_attempt_is_known(
    unit_of_work: UnitOfWork, clock: Clock
) -> None:
    offer = transfer_of(await store_session(unit_of_work), clock)
    message = PrivateMessage(Actor(Platform.TEAMS, "tenant", "29:ben"), "a:conversation", "1764400000")
    async with unit_of_work.write() as tx:
        await tx.transfers.add(offer)
        assert await tx.transfers.offer_message(offer.id) is None
        assert await tx.transfers.mark_offer_attempted(offer.id, clock()) is None
        first = clock()
        clock.move(minutes=1)
        assert await tx.transfers.mark_offer_attempted(offer.id, clock()) == first
        await tx.transfers.unmark_offer_attempted(offer.id)
        assert await tx.transfers.mark_offer_attempted(offer.id, clock()) is None
        await tx.transfers.store_offer_message(offer.id, message)
        await tx.transfers.save(offer.settled(TransferState.DECLINED), known_state=TransferState.OFFERED)
    async with unit_of_work.read() as tx:
        assert await tx.transfers.offer_message(offer.id) == message


async def test_one_transfer_of_a_session_runs_at_a_time(unit_of_work: UnitOfWork, clock: Clock) -> None:
    first, other = await store_session(unit_of_work), await store_session(unit_of_work, "2", number="102")
    offer = transfer_of(first, clock)
    async with unit_of_work.write() as tx:
        assert await tx.transfers.add(offer)
        assert not await tx.transfers.add(offer)
        assert not await tx.transfers.add(transfer_of(first, clock, "t2"))
        assert await tx.transfers.add(transfer_of(other, clock, "t3"))
        assert await tx.transfers.running_of(first.id) == offer
        assert {one.id for one in await tx.transfers.running()} == {"t1", "t3"}
        declined = offer.settled(TransferState.DECLINED)
        assert await tx.transfers.save(declined, known_state=TransferState.OFFERED)
        assert await tx.transfers.running_of(first.id) is None
        assert await tx.transfers.add(transfer_of(first, clock, "t2"))


async def test_attempt_is_marked_once(unit_of_work: UnitOfWork, clock: Clock) -> None:
    offer = transfer_of(await store_session(unit_of_work), clock)
    async with unit_of_work.write() as tx:
        await tx.transfers.add(offer)
        assert not await tx.transfers.was_attempted(offer.id)
        assert not await tx.transfers.mark_attempted(offer.id, clock())
        assert await tx.transfers.mark_attempted(offer.id, clock())
        assert await tx.transfers.was_attempted(offer.id)
        await tx.transfers.unmark_attempted(offer.id)
        assert not await tx.transfers.was_attempted(offer.id)


async def test_leftover_is_due_until_it_is_closed(unit_of_work: UnitOfWork, clock: Clock) -> None:
    session = await store_session(unit_of_work)
    offer, now = transfer_of(session, clock), clock()
    left = Leftover(offer.id, session.id, ANA.email, "u1", SessionCode("s12-345-678"), now)
    async with unit_of_work.write() as tx:
        await tx.transfers.add(offer)
        assert await tx.transfers.leftover_of(offer.id) is None
        await tx.transfers.store_leftover(left, close_after=now)
        assert await tx.transfers.due_leftovers(now) == [left]
        assert await tx.transfers.leftover_of(offer.id) == left
        await tx.transfers.postpone_leftover(offer.id, now + timedelta(minutes=5))
        assert await tx.transfers.due_leftovers(now) == []
        assert await tx.transfers.needs_account(ANA.email, "u1")
        assert not await tx.transfers.needs_account(ANA.email, "u9")
        await tx.transfers.delete_leftover(offer.id)
        assert not await tx.transfers.needs_account(ANA.email, "u1")
        unknown_code = replace(left, code=None)
        await tx.transfers.store_leftover(unknown_code, close_after=now)
        assert await tx.transfers.due_leftovers(now) == [unknown_code]


async def test_former_account_is_needed_while_the_session_moves(
    unit_of_work: UnitOfWork, clock: Clock
) -> None:
    offer = transfer_of(await store_session(unit_of_work), clock)
    async with unit_of_work.write() as tx:
        await tx.transfers.add(offer)
        assert not await tx.transfers.needs_account(ANA.email, "u1")
        await tx.transfers.save(offer.moving(None), known_state=TransferState.OFFERED)
        assert await tx.transfers.needs_account(ANA.email, "u1")


async def test_handed_over_session_frees_the_slot_and_takes_the_new_one_if_it_is_free(
    unit_of_work: UnitOfWork, clock: Clock
) -> None:
    session = await store_session(unit_of_work)
    handover = Handover(ANA.email, "Ana", "Ben", clock())
    moved = replace(
        session,
        technician=BEN.email,
        technician_name="Ben",
        handovers=(handover,),
        version=session.version + 1,
    )
    moving = replace(moved, moving_to="Ben")
    async with unit_of_work.write() as tx:
        assert await tx.sessions.save(moving, known=session)
        assert (await tx.sessions.get(session.id)) == moving
        assert await tx.sessions.save(moved, known=moving)
        await tx.sessions.move_to_technician(moved, CommandKey("accept"))
        assert await tx.sessions.command_key(session.id) == "accept"
        assert await tx.sessions.get(session.id) == moved
    anas = await store_session(unit_of_work, "2")
    bens = make_session(id=SessionId("3"), join_token=new_join_token(), technician=BEN.email)
    async with unit_of_work.write() as tx:
        assert (await tx.sessions.get(anas.id)) == anas, "her slot was free again"
        assert (await tx.sessions.open(bens, CommandKey("c3"), another=False)).id == session.id
        # A second one that Ben gets has no slot: he has one for the request already.
        second = replace(anas, technician=BEN.email, version=anas.version + 1)
        assert await tx.sessions.save(second, known=anas)
        await tx.sessions.move_to_technician(second, CommandKey("accept 2"))


async def test_audience_of_a_card_is_changed(unit_of_work: UnitOfWork) -> None:
    session = await store_session(unit_of_work)
    card = Card(session.id, Platform.SLACK, "T1", "D1", "m1", Audience.CREATOR, "en", "UTC")
    other = replace(card, message="m2")
    async with unit_of_work.write() as tx:
        for one in (card, other):
            await tx.cards.add(one, CommandKey("c"))
        changed = await tx.cards.change_audience(card, Audience.TECHNICIAN)
        assert changed == replace(card, audience=Audience.TECHNICIAN)
        assert set(await tx.cards.of_session(session.id)) == {changed, other}
