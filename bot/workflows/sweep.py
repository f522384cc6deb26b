"""Look after every open session, once a round for the whole cluster: poll, expire, remind, rescue, revoke, delete."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.freshness import DIRECTORY_FRESH
from bot.i18n import _
from bot.installation import Installation
from bot.jobs import RefreshTechnicians, Sweep
from bot.model.connection import Connection
from bot.model.ids import Email, SessionId, bare_code
from bot.model.session import Session, State
from bot.pauses import LeftAlone
from bot.ports import Clock, SessionStatus
from bot.unit_of_work import Transaction, UnitOfWork
from bot.workflows.after_end import enqueue_work_after_end
from bot.workflows.bounded_gather import AT_ONCE, bounded_gather, gather_to_the_end, run_and_log_failure
from bot.workflows.connection_reports import ReportReader
from bot.workflows.count_sessions import count_sessions
from bot.workflows.end_session import SessionEnder
from bot.workflows.expiry_reminder import enqueue_due_reminders
from bot.workflows.former_sessions import FormerSessionCloser
from bot.workflows.lease import leased
from bot.workflows.monthly_report import MonthlyReporter
from bot.workflows.orphaned_sessions import OrphanCloser
from bot.workflows.record_schedule import enqueue_due_records
from bot.workflows.remote_sessions import RemoteSessions
from bot.workflows.retention import delete_old_records
from bot.workflows.revoke_connections import ConnectionRevoker
from bot.workflows.session_changes import SessionChanges, session_connection
from bot.workflows.start_plans import remind_of_due_plans, start_due_plans
from bot.workflows.transfer_leftovers import LeftoverCloser
from bot.workflows.unfinished_refreshes import RefreshFinisher

STUCK_AFTER = timedelta(minutes=10)
PAGE = 200
"""How many sessions are read at once."""
SPREAD = timedelta(seconds=5)
"""Time over which the calls for many accounts are spread: a third of the time between two rounds by default."""
LONGEST_PAUSE = timedelta(seconds=0.05)
FEW_ACCOUNTS = 20
"""So many accounts are polled without pauses."""
WATCHED_AFTER_END = timedelta(hours=24)
"""How long an ended session is looked at while TeamViewer still shows the requester there."""


class Sweeper:
    """Makes one round. What fails for one session or account is left to the next round, and stops no other."""

    def __init__(
        self,
        *,
        unit_of_work: UnitOfWork,
        sessions: SessionChanges,
        remote: RemoteSessions,
        ender: SessionEnder,
        reports: ReportReader,
        orphans: OrphanCloser,
        former: FormerSessionCloser,
        leftovers: LeftoverCloser,
        revoker: ConnectionRevoker,
        refreshes: RefreshFinisher,
        reporter: MonthlyReporter,
        installation: Installation,
        clock: Clock,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._sessions = sessions
        self._remote = remote
        self._ender = ender
        self._reports = reports
        self._orphans = orphans
        self._former = former
        self._leftovers = leftovers
        self._revoker = revoker
        self._refreshes = refreshes
        self._reporter = reporter
        self._installation = installation
        self._clock = clock
        self._left_alone = LeftAlone(clock)

    async def sweep(self, up_seconds: int) -> None:
        """Make a round, unless another process is at it.

        ``up_seconds`` is how long the process has been up. Right after a start, interrupted work is still being
        resumed, so no session counts as stuck.
        """
        async with leased(f"sweep/{self._installation.org_id}", self._unit_of_work, self._clock) as is_mine:
            if is_mine:
                await self._make_round(up_seconds)
                async with self._unit_of_work.write() as tx:
                    await tx.rounds.complete(self._clock())

    async def _make_round(self, up_seconds: int) -> None:
        sessions = await self._read_open_sessions()
        now = self._clock()
        due = [session for session in sessions if session.is_due(now)]
        await bounded_gather(due, self._expire, name="expire a session")
        reminders = enqueue_due_reminders(self._unit_of_work, self._clock)
        await run_and_log_failure(reminders, name="remind of sessions")
        # Also while the integration is off: what it refuses is said then.
        plans = start_due_plans(self._unit_of_work, self._installation, self._clock)
        await run_and_log_failure(plans, name="create planned sessions")
        plan_reminders = remind_of_due_plans(self._unit_of_work, self._clock)
        await run_and_log_failure(plan_reminders, name="remind of planned sessions")
        if await self._is_on():
            # ServiceDesk Plus must not delay what is asked of TeamViewer.
            await run_and_log_failure(self._enqueue_technicians(), name="read the technicians")
            # At the same time: an account that hangs must not keep the sessions of others from being followed.
            not_due = [session for session in sessions if not session.is_due(now)]
            await gather_to_the_end(
                self._follow(not_due, now), self._close_and_revoke(due), self._refreshes.finish_refreshes()
            )
            records = enqueue_due_records(self._unit_of_work, self._clock)
            await run_and_log_failure(records, name="write missing records")
        # A session in "creating" may belong to a job that the engine has not resumed yet.
        if up_seconds >= STUCK_AFTER.total_seconds():
            stuck = [session for session in sessions if _is_stuck(session, now)]
            await bounded_gather(stuck, self._give_up, name="rescue a session")
            await run_and_log_failure(self._former.abandon_stuck(), name="give up renewals")
        await run_and_log_failure(count_sessions(self._unit_of_work), name="count sessions")
        await run_and_log_failure(self._reporter.enqueue_due(), name="post the monthly report")
        cleanup = delete_old_records(now, self._installation.retention, self._unit_of_work)
        await run_and_log_failure(cleanup, name="delete old records")

    async def _read_open_sessions(self) -> Sequence[Session]:
        sessions: list[Session] = []
        last: SessionId | None = None
        while True:
            async with self._unit_of_work.read() as tx:
                page = await tx.sessions.open_page(after=last, limit=PAGE)
            sessions += page
            if len(page) < PAGE:
                return sessions
            last = page[-1].id
            # On SQLite a read does not wait, so commands would get no answer before the last page.
            await asyncio.sleep(0)

    async def _follow(self, sessions: Sequence[Session], now: datetime) -> None:
        """Compare open sessions, and those that ended while somebody was there, with TeamViewer."""
        await self._poll(sessions)
        await self._watch_ended_sessions(now)

    async def _close_and_revoke(self, expired: Sequence[Session]) -> None:
        """Close what is over, then revoke what was given up: what is over may be closed with it."""
        await self._orphans.close_due()
        await self._former.close_due()
        await self._leftovers.close_due()
        await bounded_gather(expired, self._look_who_is_there, name="look at an expired session")
        await self._revoker.revoke_due()

    async def _is_on(self) -> bool:
        async with self._unit_of_work.read() as tx:
            return (await tx.switches.read()).integration

    async def _expire(self, session: Session) -> None:
        now = self._clock()

        async def close_and_report(tx: Transaction) -> None:
            # At TeamViewer it may stay open past its time.
            await tx.sessions.set_close_after(session.id, now)
            await enqueue_work_after_end(session.id, now, tx)

        await self._sessions.change(
            session.id,
            lambda current: current.expired(now) if current.is_due(now) else None,
            also=close_and_report,
        )

    async def _watch_ended_sessions(self, now: datetime) -> None:
        """Find out whether the requester has left the sessions that ended while TeamViewer showed them there."""
        async with self._unit_of_work.read() as tx:
            over = await tx.sessions.over_but_online(now - WATCHED_AFTER_END)
        await bounded_gather(over, self._look_who_is_there, name="look at an ended session")

    async def _look_who_is_there(self, session: Session) -> None:
        async with self._unit_of_work.read() as tx:
            connection = await session_connection(session, tx)
        if connection is None or self._left_alone.remaining(connection.id):
            return
        with self._left_alone.asking(connection.id):
            await self._ender.look_who_is_there(session.id)

    async def _enqueue_technicians(self) -> None:
        now = self._clock()
        async with self._unit_of_work.write() as tx:
            read_at = await tx.people.directory_read_at()
            if read_at is None or now - read_at >= DIRECTORY_FRESH / 2:
                # One try a minute, however often the sweep runs.
                key = f"technicians:{now.isoformat(timespec='minutes')}"
                await tx.enqueue(RefreshTechnicians(), key=key)

    async def _poll(self, sessions: Sequence[Session]) -> None:
        """Compare sessions with TeamViewer, account by account."""
        by_account: dict[tuple[Email, str | None], list[Session]] = {}
        for session in sessions:
            # A session without a code is still being created: its own job looks after it.
            if session.code is not None and session.state is not State.CREATING:
                by_account.setdefault((session.technician, session.account), []).append(session)
        accounts: dict[str, tuple[Connection, list[Session]]] = {}
        async with self._unit_of_work.read() as tx:
            for followed in by_account.values():
                connection = await session_connection(followed[0], tx)
                await asyncio.sleep(0)  # as above: answers come first
                if connection is not None:
                    accounts.setdefault(connection.id, (connection, []))[1].extend(followed)
        pause = pause_between(len(accounts)).total_seconds()

        async def poll_and_pause(account: tuple[Connection, list[Session]]) -> None:
            try:
                await self._poll_account(*account)
            finally:
                # A round over many accounts would else take the whole processor, and TeamViewer would get all calls at once.
                await asyncio.sleep(pause)

        await bounded_gather(accounts.values(), poll_and_pause, name="poll an account")

    async def _poll_account(self, connection: Connection, sessions: Sequence[Session]) -> None:
        """Compare one account's sessions with TeamViewer's list: one call, however many sessions.

        A session that is not on the list is asked for by its code before it counts as ended, because an end is final
        here. Where the requester is there, the account's reports show whether they are connected. The switch is read for
        each account: once it is off, the remaining accounts are left alone.
        """
        # Rounds are more frequent than what TeamViewer asks for after too many calls.
        if self._left_alone.remaining(connection.id) or not await self._is_on():
            return
        with self._left_alone.asking(connection.id):
            await self._ask_account(connection, sessions)

    async def _ask_account(self, connection: Connection, sessions: Sequence[Session]) -> None:
        listed = {bare_code(one.code): one for one in await self._remote.list_open_sessions(connection)}
        with_requester: list[Session] = []
        for session in sessions:
            if session.code is None:
                continue
            entry = listed.get(bare_code(session.code))
            status = (
                SessionStatus(is_open=True, is_online=entry.is_online)
                if entry
                else await self._remote.read_status(connection, session.code)
            )
            current = await self._apply_status(session, status)
            if current is not None and current.state.is_live and current.arrived_at is not None:
                with_requester.append(current)
        if with_requester:
            await self._reports.read_account(connection, with_requester)

    async def _apply_status(self, session: Session, status: SessionStatus) -> Session | None:
        now = self._clock()

        async def enqueue_work(tx: Transaction) -> None:
            if not status.is_open:
                await enqueue_work_after_end(session.id, now, tx)

        return await self._sessions.change_where_needed(
            session, lambda current: _with_status(current, session, status, now), also=enqueue_work
        )

    async def _give_up(self, session: Session) -> None:
        await self._orphans.fail_session(session.id, _("It took too long."))


def pause_between(accounts: int) -> timedelta:
    """Return how long a slot pauses after each of so many accounts. All pauses of a round together fit into ``SPREAD``."""
    if accounts <= FEW_ACCOUNTS:
        return timedelta(0)
    return min(LONGEST_PAUSE, SPREAD * AT_ONCE / accounts)


def _with_status(session: Session, asked: Session, status: SessionStatus, now: datetime) -> Session | None:
    """Return the session as TeamViewer shows it, or None where nothing changed.

    ``asked`` is the session as it was when TeamViewer was asked. One that changes hands meanwhile is in another account, or
    has another code: what TeamViewer says of the former ones is no longer about it.
    """
    if not session.state.is_live or session.is_moving:
        return None
    if (session.account, session.code) != (asked.account, asked.code):
        return None
    open_or_ended = session if status.is_open else session.ended(now, by=None)
    changed = open_or_ended.seen(is_online=status.is_online, at=now)
    return None if changed is session else changed


def _is_stuck(session: Session, now: datetime) -> bool:
    return session.state is State.CREATING and now - session.created_at > STUCK_AFTER


async def sweep(job: Sweep, *, sweeper: Sweeper) -> None:
    """Make one round. It has no steps: a round is harmless to repeat, and the next one comes anyway."""
    await sweeper.sweep(job.up_seconds)
