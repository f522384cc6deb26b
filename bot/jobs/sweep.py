"""The watch, once a round for the whole cluster: follow open sessions, expire links, rescue what is stuck, tidy up."""

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from datetime import datetime, timedelta

from bot.errors import BotError
from bot.i18n import _
from bot.jobs.create_session import give_up
from bot.jobs.end_session import close
from bot.jobs.introduce import refresh_directory
from bot.jobs.measure import measure_later
from bot.jobs.telling import change
from bot.model.ids import Email, bare_code
from bot.model.session import Session, State
from bot.ports import Sighting, Steps
from bot.world import World

STUCK_AFTER = timedelta(minutes=10)
KEEP_COMMANDS = timedelta(days=2)
AT_ONCE = 4
"""How many accounts are asked at the same time."""


async def sweep(arguments: Mapping[str, str], world: World, steps: Steps) -> None:
    """Look after everything once. What fails for one account is left to the next round, and hinders no other.

    ``up_seconds``: how long the process that asks has been up. Right after a start, work that was interrupted is
    still being taken up, so nothing counts as stuck.
    """
    del steps  # a round is harmless to repeat, and the next one comes by itself
    async with world.books.read() as tx:
        sessions = await tx.sessions.all_open()
        switches = await tx.switches.read()
    now = world.clock()
    for session in sessions:
        if session.is_due(now):
            await _expire(session, world)
    if switches.integration:
        await _follow([one for one in sessions if not one.is_due(now)], world)
        await _quietly(refresh_directory(world))
    if int(arguments.get("up_seconds", "0")) >= STUCK_AFTER.total_seconds():
        await _rescue(sessions, now, world)
    async with world.books.write() as tx:
        await tx.commands.purge(now - KEEP_COMMANDS)
        await tx.states.purge(now)


async def _expire(session: Session, world: World) -> None:
    """The code may stay open at TeamViewer past its time, so it is closed there as well where that can be done."""
    await _quietly(close(session.id, world))
    now = world.clock()
    await change(world, session.id, lambda one: one.expired(now) if one.is_due(now) else None)


async def _follow(sessions: Sequence[Session], world: World) -> None:
    watched: dict[Email, list[Session]] = {}
    for session in sessions:
        if session.code is not None and session.state is not State.CREATING:
            watched.setdefault(session.technician, []).append(session)
    turn = asyncio.Semaphore(AT_ONCE)

    async def follow(technician: Email, theirs: Sequence[Session]) -> None:
        async with turn:
            await _quietly(_follow_account(technician, theirs, world))

    await asyncio.gather(*(follow(technician, theirs) for technician, theirs in watched.items()))


async def _follow_account(technician: Email, sessions: Sequence[Session], world: World) -> None:
    """Compare one account's sessions with TeamViewer's list: one list call, however many sessions."""
    async with world.books.read() as tx:
        connection = await tx.connections.active(technician)
    if connection is None:
        return
    listed = await world.teamviewer.open_sessions(world.tokens(connection))
    by_code = {bare_code(sighting.code): sighting for sighting in listed}
    for session in sessions:
        if session.code is not None:
            await _compare(session, by_code.get(bare_code(session.code)), world)


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

    changed = await change(world, session.id, move)
    if changed is not None and changed.state is State.ENDED:
        await measure_later(changed, world)


async def _rescue(sessions: Sequence[Session], now: datetime, world: World) -> None:
    for session in sessions:
        if session.state is State.CREATING and now - session.created_at > STUCK_AFTER:
            await give_up(session.id, _("It took too long."), world)


async def _quietly(work: Awaitable[None]) -> None:
    try:
        await work
    except BotError:
        return
