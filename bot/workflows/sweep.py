"""The watch, once a round for the whole cluster: follow open sessions, expire links, rescue what is stuck, tidy up."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from bot.i18n import _
from bot.model.connection import Connection
from bot.model.ids import bare_code
from bot.model.session import Session, State
from bot.ports import OpenSession, Steps
from bot.services import Services
from bot.unit_of_work import Transaction
from bot.workflows.bounded_gather import bounded_gather, run_and_log_failure
from bot.workflows.end_session import close
from bot.workflows.expiry_reminder import enqueue_due_reminders
from bot.workflows.identify_user import refresh_directory
from bot.workflows.lease import leased
from bot.workflows.orphaned_sessions import give_up
from bot.workflows.record_duration import find_device_job, measure_session_job
from bot.workflows.replies import change
from bot.workflows.retention import tidy
from bot.workflows.revoke_connections import revoke_due
from bot.workflows.session_connection import session_connection

STUCK_AFTER = timedelta(minutes=10)


async def sweep(arguments: Mapping[str, str], services: Services, steps: Steps) -> None:
    """Look after everything once, unless the round before is still at it.

    ``up_seconds``: how long the process that asks has been up. Right after a start, work that was interrupted is
    still being taken up, so nothing counts as stuck.
    """
    del steps  # a round is harmless to repeat, and the next one comes by itself
    async with leased(f"sweep/{services.org_id}", services) as is_mine:
        if is_mine:
            await _look_after_everything(int(arguments.get("up_seconds", "0")), services)


async def _look_after_everything(up_seconds: int, services: Services) -> None:
    """What fails for one session or account is left to the next round, and hinders no other."""
    async with services.unit_of_work.read() as tx:
        sessions = await tx.sessions.all_open()
    now = services.clock()
    due = [one for one in sessions if one.is_due(now)]
    await bounded_gather(due, lambda one: _expire(one, services), name="expire a session")
    await run_and_log_failure(enqueue_due_reminders(services), name="remind of sessions")
    if await _is_on(services):
        # Expired codes too: at TeamViewer they may stay open past their time.
        await bounded_gather(due, lambda one: close(one.id, services), name="close an expired session")
        await _follow([one for one in sessions if not one.is_due(now)], services)
        await revoke_due(services)
        await run_and_log_failure(refresh_directory(services), name="read the list of technicians")
    if up_seconds >= STUCK_AFTER.total_seconds():
        stuck = [one for one in sessions if _is_stuck(one, now)]
        await bounded_gather(stuck, lambda one: _rescue(one, services), name="rescue a session")
    await run_and_log_failure(tidy(now, services), name="tidy up")


async def _is_on(services: Services) -> bool:
    async with services.unit_of_work.read() as tx:
        return (await tx.switches.read()).integration


async def _expire(session: Session, services: Services) -> None:
    now = services.clock()

    async def also(tx: Transaction) -> None:
        await tx.enqueue(measure_session_job(session.id))

    await change(services, session.id, lambda one: one.expired(now) if one.is_due(now) else None, also=also)


async def _follow(sessions: Sequence[Session], services: Services) -> None:
    watched: dict[str, tuple[Connection, list[Session]]] = {}
    async with services.unit_of_work.read() as tx:
        for session in sessions:
            connection = await session_connection(session, tx)
            if connection is not None and session.code is not None and session.state is not State.CREATING:
                watched.setdefault(connection.id, (connection, []))[1].append(session)
    await bounded_gather(
        watched.values(), lambda account: _follow_account(*account, services), name="follow an account"
    )


async def _follow_account(connection: Connection, sessions: Sequence[Session], services: Services) -> None:
    """Compare one account's sessions with TeamViewer's list: one list call, however many sessions.

    A session that is not on the list is asked for by its code before it counts as ended: an end is final here.
    Whether the integration is on is looked at for each account: switched off in the middle, the rest is left alone.
    """
    if not await _is_on(services):
        return
    source = services.tokens(connection)
    listed = {bare_code(one.code): one for one in await services.teamviewer.open_sessions(source)}
    for session in sessions:
        if session.code is None:
            continue
        sighting = listed.get(bare_code(session.code))
        if sighting is None and await services.teamviewer.is_open(source, session.code):
            continue
        await _compare(session, sighting, services)


async def _compare(session: Session, sighting: OpenSession | None, services: Services) -> None:
    now = services.clock()

    def move(current: Session) -> Session | None:
        if not current.state.is_open:
            return None
        if sighting is None:
            return current.ended(now, by=None)
        if sighting.is_online and current.state is State.WAITING:
            return current.joined(now)
        if not sighting.is_online and current.state is State.CONNECTED:
            return current.left(now)
        return None

    async def also(tx: Transaction) -> None:
        if sighting is None:
            await tx.enqueue(measure_session_job(session.id))
        elif sighting.is_online:
            await tx.enqueue(find_device_job(session))

    await change(services, session.id, move, also=also)


def _is_stuck(session: Session, now: datetime) -> bool:
    return session.state is State.CREATING and now - session.created_at > STUCK_AFTER


async def _rescue(session: Session, services: Services) -> None:
    await give_up(session.id, _("It took too long."), services)
