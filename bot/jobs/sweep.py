"""The watch, once a round for the whole cluster: follow open sessions, expire links, rescue what is stuck, tidy up."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from bot.i18n import _
from bot.jobs.account import connection_of
from bot.jobs.each import for_each, quietly
from bot.jobs.end_session import close
from bot.jobs.introduce import refresh_directory
from bot.jobs.lease import leased
from bot.jobs.measure import look_for_device, measure_later
from bot.jobs.orphans import give_up
from bot.jobs.remind import remind_in_time
from bot.jobs.revoke import revoke_due
from bot.jobs.telling import change
from bot.jobs.tidy import tidy
from bot.model.connection import Connection
from bot.model.ids import bare_code
from bot.model.session import Session, State
from bot.ports import Sighting, Steps
from bot.store import Transaction
from bot.world import World

STUCK_AFTER = timedelta(minutes=10)


async def sweep(arguments: Mapping[str, str], world: World, steps: Steps) -> None:
    """Look after everything once, unless the round before is still at it.

    ``up_seconds``: how long the process that asks has been up. Right after a start, work that was interrupted is
    still being taken up, so nothing counts as stuck.
    """
    del steps  # a round is harmless to repeat, and the next one comes by itself
    async with leased(f"sweep/{world.org_id}", world) as is_mine:
        if is_mine:
            await _look_after_everything(int(arguments.get("up_seconds", "0")), world)


async def _look_after_everything(up_seconds: int, world: World) -> None:
    """What fails for one session or account is left to the next round, and hinders no other."""
    async with world.books.read() as tx:
        sessions = await tx.sessions.all_open()
    now = world.clock()
    due = [one for one in sessions if one.is_due(now)]
    await for_each(due, lambda one: _expire(one, world), name="expire a session")
    await quietly(remind_in_time(world), name="remind of sessions")
    if await _is_on(world):
        # Expired codes too: at TeamViewer they may stay open past their time.
        await for_each(due, lambda one: close(one.id, world), name="close an expired session")
        await _follow([one for one in sessions if not one.is_due(now)], world)
        await revoke_due(world)
        await quietly(refresh_directory(world), name="read the list of technicians")
    if up_seconds >= STUCK_AFTER.total_seconds():
        stuck = [one for one in sessions if _is_stuck(one, now)]
        await for_each(stuck, lambda one: _rescue(one, world), name="rescue a session")
    await quietly(tidy(now, world), name="tidy up")


async def _is_on(world: World) -> bool:
    async with world.books.read() as tx:
        return (await tx.switches.read()).integration


async def _expire(session: Session, world: World) -> None:
    now = world.clock()

    async def also(tx: Transaction) -> None:
        await tx.enqueue(measure_later(session.id))

    await change(world, session.id, lambda one: one.expired(now) if one.is_due(now) else None, also=also)


async def _follow(sessions: Sequence[Session], world: World) -> None:
    watched: dict[str, tuple[Connection, list[Session]]] = {}
    async with world.books.read() as tx:
        for session in sessions:
            connection = await connection_of(session, tx)
            if connection is not None and session.code is not None and session.state is not State.CREATING:
                watched.setdefault(connection.id, (connection, []))[1].append(session)
    await for_each(
        watched.values(), lambda account: _follow_account(*account, world), name="follow an account"
    )


async def _follow_account(connection: Connection, sessions: Sequence[Session], world: World) -> None:
    """Compare one account's sessions with TeamViewer's list: one list call, however many sessions.

    A session that is not on the list is asked for by its code before it counts as ended: an end is final here.
    Whether the integration is on is looked at for each account: switched off in the middle, the rest is left alone.
    """
    if not await _is_on(world):
        return
    source = world.tokens(connection)
    listed = {bare_code(one.code): one for one in await world.teamviewer.open_sessions(source)}
    for session in sessions:
        if session.code is None:
            continue
        sighting = listed.get(bare_code(session.code))
        if sighting is None and await world.teamviewer.is_open(source, session.code):
            continue
        await _compare(session, sighting, world)


async def _compare(session: Session, sighting: Sighting | None, world: World) -> None:
    now = world.clock()

    def move(standing: Session) -> Session | None:
        if not standing.state.is_open:
            return None
        if sighting is None:
            return standing.ended(now, by=None)
        if sighting.is_online and standing.state is State.WAITING:
            return standing.joined(now)
        if not sighting.is_online and standing.state is State.CONNECTED:
            return standing.left(now)
        return None

    async def also(tx: Transaction) -> None:
        if sighting is None:
            await tx.enqueue(measure_later(session.id))
        elif sighting.is_online:
            await tx.enqueue(look_for_device(session))

    await change(world, session.id, move, also=also)


def _is_stuck(session: Session, now: datetime) -> bool:
    return session.state is State.CREATING and now - session.created_at > STUCK_AFTER


async def _rescue(session: Session, world: World) -> None:
    await give_up(session.id, _("It took too long."), world)
