"""Load a session, and change it so that everything that shows it follows."""

from support.bot_in_memory import ANA, BotInMemory

from bot.commands import Logout
from bot.jobs import CheckDeparture, PingArrival, RefreshCard
from bot.model.ids import SessionId
from bot.model.notice import NoticeState
from bot.model.session import Session, State
from bot.model.shown_session import ShownSession
from bot.model.switches import Location
from bot.model.technician import Platform
from bot.unit_of_work import Transaction
from bot.values import replace
from bot.workflows.session_changes import SessionChanges

UNKNOWN = SessionId("none")


def changes(bot: BotInMemory) -> SessionChanges:
    return SessionChanges(bot.unit_of_work)


async def shown(bot: BotInMemory, session: Session) -> ShownSession:
    found = await changes(bot).load_shown(session.id)
    assert found is not None
    return found


async def test_change_is_stored_with_the_refresh_of_its_cards(bot: BotInMemory) -> None:
    session = await bot.open_session()
    changed = await changes(bot).change(session.id, lambda one: one.seen(is_online=True, at=bot.clock()))
    assert changed == await bot.session(session.id)
    assert changed is not None
    assert changed.state is State.PRESENT
    (card,) = await bot.cards(session.id)
    assert bot.queue[0].job == RefreshCard(card)


async def test_further_change_needs_no_second_refresh_until_the_first_one_begins(bot: BotInMemory) -> None:
    session = await bot.open_session()
    await changes(bot).change(session.id, lambda one: one.seen(is_online=True, at=bot.clock()))
    await changes(bot).change(session.id, lambda one: one.seen(is_online=False, at=bot.clock()))
    (card,) = await bot.cards(session.id)
    assert bot.jobs.count(RefreshCard(card)) == 1
    await bot.run_job(RefreshCard(card))
    await changes(bot).change(session.id, lambda one: one.seen(is_online=True, at=bot.clock()))
    assert bot.jobs.count(RefreshCard(card)) == 2


async def test_change_that_no_card_shows_refreshes_none(bot: BotInMemory) -> None:
    session = await bot.open_session()
    await changes(bot).change(
        session.id, lambda one: one.seen(is_online=True, at=bot.clock()), refreshes_cards=False
    )
    (card,) = await bot.cards(session.id)
    assert RefreshCard(card) not in bot.jobs


async def test_arrival_and_departure_are_stored_with_their_pings(bot: BotInMemory) -> None:
    session = await bot.open_session()
    at = bot.clock()
    await changes(bot).change(session.id, lambda one: one.seen(is_online=True, at=at))
    arrivals = [PingArrival(platform, session.id, at) for platform in Platform]
    assert [one for one in bot.jobs if isinstance(one, PingArrival)] == arrivals
    await changes(bot).change(session.id, lambda one: one.seen(is_online=False, at=at))
    assert CheckDeparture(session.id, at) in bot.jobs


async def test_session_that_is_to_stay_as_it_is_is_returned(bot: BotInMemory) -> None:
    session = await bot.open_session()
    assert await changes(bot).change(session.id, lambda _one: None) == session
    assert bot.jobs == []


async def test_unknown_session_is_neither_loaded_nor_changed(bot: BotInMemory) -> None:
    assert await changes(bot).change(UNKNOWN, lambda one: one.seen(is_online=True, at=bot.clock())) is None
    assert await changes(bot).load(UNKNOWN) is None
    assert await changes(bot).load_shown(UNKNOWN) is None
    assert await changes(bot).load_to_close(UNKNOWN) is None
    async with bot.unit_of_work.read() as tx:
        assert await tx.commands.origin_of(UNKNOWN) is None


async def test_what_belongs_to_a_change_is_written_with_it_or_not_at_all(bot: BotInMemory) -> None:
    session = await bot.open_session()
    written: list[SessionId] = []

    async def also(_tx: Transaction) -> None:
        written.append(session.id)

    await changes(bot).change(session.id, lambda _one: None, also=also)
    assert written == []
    await changes(bot).change(session.id, lambda one: one.seen(is_online=True, at=bot.clock()), also=also)
    assert written == [session.id]


async def test_change_is_tried_again_after_a_version_conflict(bot: BotInMemory) -> None:
    session = await bot.open_session()
    seen: list[int] = []

    def move(current: Session) -> Session:
        seen.append(current.version)
        # The first try states a version that is not the stored one, as after a conflict.
        wrong = replace(current.seen(is_online=True, at=bot.clock()), id=UNKNOWN)
        return wrong if len(seen) == 1 else current.seen(is_online=True, at=bot.clock())

    changed = await changes(bot).change(session.id, move)
    assert changed is not None
    assert (changed.state, len(seen)) == (State.PRESENT, 2)


async def test_session_is_loaded_with_the_account_that_it_lives_in(bot: BotInMemory) -> None:
    session = await bot.open_session()
    await bot.connect(ANA, "u2")
    accepted = await bot.accept_session(another=True)
    loaded, fresh = await changes(bot).load(session.id), await changes(bot).load(accepted.id)
    assert loaded is not None
    assert loaded.connection is not None
    assert fresh is not None
    assert fresh.connection is not None
    assert (loaded.connection.account.user_id, fresh.connection.account.user_id) == ("u1", "u2")


async def test_session_is_closed_with_a_connection_that_was_given_up_and_for_nothing_else(
    bot: BotInMemory,
) -> None:
    session = await bot.open_session()
    await bot.send(Logout(sure=True))
    loaded, to_close = await changes(bot).load(session.id), await changes(bot).load_to_close(session.id)
    assert loaded is not None
    assert loaded.connection is None
    assert to_close is not None
    assert to_close.connection is not None


async def test_state_changes_with_everything_that_a_card_shows(bot: BotInMemory) -> None:
    session = await bot.open_session()
    states = [(await shown(bot, session)).state]
    await bot.change(session.id, lambda one: one.seen(is_online=True, at=bot.clock()))
    states.append((await shown(bot, session)).state)
    (notice, *_others) = await bot.notices(session.id)
    async with bot.unit_of_work.write() as tx:
        await tx.notices.save(replace(notice, state=NoticeState.UNSURE), known_state=notice.state)
    states.append((await shown(bot, session)).state)
    await bot.switch(hidden=Location.MESSAGE)
    states.append((await shown(bot, session)).state)
    assert len(set(states)) == 4


async def test_place_of_a_card_is_not_part_of_the_state(bot: BotInMemory) -> None:
    session = await bot.open_session()
    before = await shown(bot, session)
    (card,) = await bot.cards(session.id)
    async with bot.unit_of_work.write() as tx:
        await tx.cards.delete(card)
    after = await shown(bot, session)
    assert (after, after.state) == (before, before.state)
