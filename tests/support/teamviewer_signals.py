"""Random histories of a session at TeamViewer, and an independent account of what they have shown so far."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hypothesis import strategies as st
from support.bot_in_memory import AWAY, BotInMemory

from bot.commands import OnSession, Verb
from bot.errors import NotFound
from bot.jobs import Job, ReadReports, Sweep
from bot.model.ids import SessionCode
from bot.model.session import Session
from bot.model.session_connection import SessionConnection
from bot.ports import ConnectionReport
from bot.values import replace

SIGNALS = st.sampled_from(
    (
        "comes",
        "leaves",
        "connects",
        "disconnects",
        "is reported",
        "reports fail",
        "reports are gone",
        "technician enters",
        "is closed there",
        "is ended here",
        "expires",
        "reports are read",
        "time passes",
    )
)


@dataclass
class SignalledSession:
    """A session with what is true of it at TeamViewer, and what TeamViewer has answered about it so far.

    The bot learns something only when it asks. So a claim is judged by the answers, never by the truth.
    """

    bot: BotInMemory
    session: Session
    online: bool = False
    is_open: bool = True
    connections: list[SessionConnection] = field(default_factory=list)
    reported: set[str] = field(default_factory=set)
    was_shown_there: bool = False
    has_entered: bool = False
    arrivals: int = 0
    arrival_began_at: datetime | None = None
    left_at: datetime | None = None
    was_entered_in_arrival: bool = False
    departures_without_help: int = 0

    @property
    def code(self) -> SessionCode:
        assert self.session.code is not None
        return self.session.code

    @property
    def is_shown_online(self) -> bool:
        return self.code in self.bot.teamviewer.shown_online

    @property
    def shown_connections(self) -> list[SessionConnection]:
        return [one.connection for one in self.bot.teamviewer.shown_reports.values()]

    @property
    def is_shown_running(self) -> bool:
        return any(one.ended_at is None for one in self.shown_connections)

    @property
    def was_helped_in_arrival(self) -> bool:
        """Whether an entry, or a connection that TeamViewer has shown, belongs to the requester's last arrival."""
        began = self.arrival_began_at
        return self.was_entered_in_arrival or any(
            began is not None and (one.ended_at is None or one.ended_at >= began)
            for one in self.shown_connections
        )

    @property
    def is_shown_there(self) -> bool:
        return self.is_shown_online or self.is_shown_running

    async def receive(self, signal: str) -> None:  # noqa: C901, PLR0912 - one case a signal
        """Let something happen at TeamViewer or here, then let the bot look and do its work."""
        now = self.bot.clock()
        match signal:
            case "comes" if self.is_open:
                self.online = True
            case "leaves":
                self.online = False
                self._end_connections(now)
            case "connects" if self.online and all(one.ended_at for one in self.connections):
                number = f"{len(self.connections)}"
                self.connections.append(SessionConnection(number, now, None, f"PC-{number}"))
            case "disconnects":
                self._end_connections(now)
            case "is reported":
                self.reported = {one.id for one in self.connections}
            case "reports are gone":
                self.reported = set()
            case "reports fail":
                self.bot.teamviewer.fail_once("connection_reports", AWAY)
            case "technician enters":
                self.has_entered |= await self._type(Verb.ENTER) and self.is_shown_there
            case "is closed there":
                self.is_open = False
            case "is ended here":
                await self._type(Verb.END)
            case "expires":
                await self.bot.set_expiry(self.session.id, timedelta())
            case "reports are read":
                await self._look(ReadReports(self.session.id))
            case "time passes":
                self.bot.clock.move(minutes=3)
        self.bot.clock.move(seconds=15)
        await self._look(Sweep(up_seconds=0))

    def _end_connections(self, now: datetime) -> None:
        self.connections = [replace(one, ended_at=one.ended_at or now) for one in self.connections]

    async def _type(self, verb: Verb) -> bool:
        """Type a command for the session. Return False where it is refused, because the session is over."""
        try:
            await self.bot.send(OnSession(verb, self.session.id))
        except NotFound:
            return False
        return True

    async def _look(self, job: Job) -> None:
        teamviewer = self.bot.teamviewer
        teamviewer.online = {self.code} if self.online else set()
        if not self.is_open:
            teamviewer.open_codes.discard(self.code)
        teamviewer.reports = [
            ConnectionReport(self.code, one) for one in self.connections if one.id in self.reported
        ]
        was_there = self.is_shown_there
        await self.bot.run_job(job)
        await self.bot.run_jobs()
        self.is_open = self.is_open and self.code in teamviewer.open_codes
        await self._count_arrival(was_there=was_there)
        self.was_shown_there |= self.is_shown_there or bool(self.shown_connections)
        self.has_entered &= self.is_shown_there

    async def _count_arrival(self, *, was_there: bool) -> None:
        """Count an arrival that was shown since the last look. A return within two minutes belongs to the one before."""
        now = self.bot.clock()
        self.was_entered_in_arrival |= self.has_entered
        if was_there and not self.is_shown_there:
            self.left_at = now
            self.departures_without_help += not self.was_helped_in_arrival
        is_live = (await self.bot.session(self.session.id)).state.is_live
        if was_there or not self.is_shown_there or not is_live:
            return
        if self.left_at is None or now - self.left_at > timedelta(minutes=2):
            self.arrivals += 1
            self.arrival_began_at = now
            self.was_entered_in_arrival = False
