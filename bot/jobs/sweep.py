"""The watch, once a round for the whole cluster: follow open sessions, expire links, rescue what is stuck, tidy up."""

import asyncio
import secrets
from collections.abc import Awaitable, Mapping, Sequence
from datetime import datetime, timedelta

from bot.errors import BotError
from bot.i18n import _
from bot.jobs.account import connection_of
from bot.jobs.end_session import close
from bot.jobs.introduce import refresh_directory
from bot.jobs.measure import look_for_device, measure_later
from bot.jobs.orphans import give_up
from bot.jobs.telling import change
from bot.model.connection import Connection
from bot.model.ids import bare_code
from bot.model.session import Session, State
from bot.ports import Sighting, Steps
from bot.store import Transaction
from bot.world import World

STUCK_AFTER = timedelta(minutes=10)
KEEP_COMMANDS = timedelta(days=2)
LONGEST_ROUND = timedelta(minutes=5)
"""How long a round may take before the next begins all the same."""
AT_ONCE = 4
"""How many accounts are asked at the same time."""


async def sweep(arguments: Mapping[str, str], world: World, steps: Steps) -> None:
    """Look after everything once, unless the round before is still at it.

    ``up_seconds``: how long the process that asks has been up. Right after a start, work that was interrupted is
    still being taken up, so nothing counts as stuck.
    """
    del steps  # a round is harmless to repeat, and the next one comes by itself
    owner, lease = secrets.token_hex(8), f"sweep/{world.org_id}"
    now = world.clock()
    async with world.books.write() as tx:
        if not await tx.tokens.lease(lease, owner, now, now + LONGEST_ROUND):
            return
    try:
        await _look_after_everything(int(arguments.get("up_seconds", "0")), world)
    finally:
        async with world.books.write() as tx:
            await tx.tokens.release(lease, owner)


async def _look_after_everything(up_seconds: int, world: World) -> None:
    """What fails for one account is left to the next round, and hinders no other."""
    async with world.books.read() as tx:
        sessions = await tx.sessions.all_open()
        switches = await tx.switches.read()
    now = world.clock()
    due = [one for one in sessions if one.is_due(now)]
    for session in due:
        await _expire(session, world)
    if switches.integration:
        await _close_all(due, world)
        await _follow([one for one in sessions if not one.is_due(now)], world)
        await _quietly(refresh_directory(world))
    if up_seconds >= STUCK_AFTER.total_seconds():
        await _rescue(sessions, now, world)
    async with world.books.write() as tx:
        await tx.commands.purge(now - KEEP_COMMANDS)
        await tx.states.purge(now)
        await tx.sessions.purge(now - world.retention)


async def _expire(session: Session, world: World) -> None:
    now = world.clock()

    async def also(tx: Transaction) -> None:
        await tx.enqueue(measure_later(session.id))

    await change(world, session.id, lambda one: one.expired(now) if one.is_due(now) else None, also=also)


async def _close_all(sessions: Sequence[Session], world: World) -> None:
    """Close expired codes: at TeamViewer they may stay open past their time."""
    turn = asyncio.Semaphore(AT_ONCE)

    async def one(session: Session) -> None:
        async with turn:
            await _quietly(close(session.id, world))

    await asyncio.gather(*(one(session) for session in sessions))


async def _follow(sessions: Sequence[Session], world: World) -> None:
    watched: dict[str, tuple[Connection, list[Session]]] = {}
    async with world.books.read() as tx:
        for session in sessions:
            connection = await connection_of(session, tx)
            if connection is not None and session.code is not None and session.state is not State.CREATING:
                watched.setdefault(connection.id, (connection, []))[1].append(session)
    turn = asyncio.Semaphore(AT_ONCE)

    async def follow(connection: Connection, theirs: Sequence[Session]) -> None:
        async with turn:
            await _quietly(_follow_account(connection, theirs, world))

    await asyncio.gather(*(follow(connection, theirs) for connection, theirs in watched.values()))


async def _follow_account(connection: Connection, sessions: Sequence[Session], world: World) -> None:
    """Compare one account's sessions with TeamViewer's list: one list call, however many sessions.

    A session that is not on the list is asked for by its code before it counts as ended: an end is final here.
    """
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


async def _rescue(sessions: Sequence[Session], now: datetime, world: World) -> None:
    for session in sessions:
        if session.state is State.CREATING and now - session.created_at > STUCK_AFTER:
            await give_up(session.id, _("It took too long."), world)


async def _quietly(work: Awaitable[None]) -> None:
    try:
        await work
    except BotError:
        return
