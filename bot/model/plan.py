"""A planned session: one that the bot creates later, at a moment that a technician chose."""

from datetime import datetime, timedelta
from enum import StrEnum

from bot.i18n import Text
from bot.model.ids import CommandKey, Email, OrgId, PlanId, RequestId, RequestNumber
from bot.model.notice import Channel, NoticeState
from bot.model.request import Request
from bot.model.session import Kind
from bot.model.technician import Actor
from bot.values import replace, value_class

REMINDED_BEFORE = timedelta(minutes=15)
"""How long before the planned time the technician and the requester are reminded."""
LATEST_START = timedelta(hours=1)
"""How late a session is still created, if the bot was not running at the planned time."""
LASTS = timedelta(minutes=30)
"""How long the appointment in the calendar is. The session itself may last longer."""


class PlanState(StrEnum):
    """The state of a planned session."""

    PLANNED = "planned"
    STARTED = "started"
    """The session was created, or one was open already. What becomes of it is on its own card."""
    CANCELLED = "cancelled"
    REFUSED = "refused"
    """No session was created: a rule, a switch or the request itself did not allow it."""


class PlanNews(StrEnum):
    """What a person learns about a planned session."""

    PLANNED = "planned"
    MOVED = "moved"
    CANCELLED = "cancelled"
    REMINDER = "reminder"
    REFUSED = "refused"
    """To the technician alone."""
    CLOSED = "closed"
    """To the technician alone: it was cancelled, because its request was closed in ServiceDesk Plus."""
    OPEN_ALREADY = "open"
    """To the technician alone: a session for the request was open at the planned time."""


@value_class
class PlanMail:
    """The newest mail to the requester: how it went out, and what became of it.

    ``channel`` is ``MAIL`` with a calendar file, or ``REPLY`` without one.
    """

    state: NoticeState = NoticeState.PENDING
    channel: Channel = Channel.MAIL
    problem: Text | None = None


@value_class
class PlanPlace:
    """The message that shows a planned session. ``marker`` travels with it, so that it is found after a crash."""

    marker: str
    attempted_at: datetime | None = None
    channel: str = ""
    message: str = ""
    is_private: bool = False


@value_class
class Plan:
    """A planned session.

    Attributes:
        command: The key of the command that planned it. The session is created as if this command asked for it.
        actor: The account that sent the command.
        starts_at: When the session is created.
        timezone: The time zone in which its technician chose that, by its IANA name.
        remind_at: When both are reminded. None: they were, or it was planned too late for that.
        sequence: Grows with each change that the requester's calendar has to learn (RFC 5545, SEQUENCE).
        problem: Why no session was created.
        changed_by: The name of who moved or cancelled it last.
        version: Grows with each stored change.
    """

    id: PlanId
    org_id: OrgId
    number: RequestNumber
    kind: Kind
    technician: Email
    technician_name: str
    command: CommandKey
    actor: Actor
    starts_at: datetime
    timezone: str
    changed_at: datetime
    remind_at: datetime | None = None
    note: str = ""
    another: bool = False
    in_chat: bool = True
    request_id: RequestId | None = None
    subject: str = ""
    requester_name: str = ""
    requester_email: str | None = None
    sequence: int = 0
    state: PlanState = PlanState.PLANNED
    problem: Text | None = None
    changed_by: str = ""
    mail: PlanMail = PlanMail()
    version: int = 1

    @property
    def is_planned(self) -> bool:
        """Whether the session is still to be created."""
        return self.state is PlanState.PLANNED

    @property
    def ends_at(self) -> datetime:
        """When the appointment in the calendar ends."""
        return self.starts_at + LASTS

    def is_due(self, now: datetime) -> bool:
        """Whether the session is to be created now."""
        return self.is_planned and self.starts_at <= now

    def for_request(self, request: Request) -> "Plan":
        """Return the plan with what its request says."""
        return replace(
            self,
            request_id=request.id,
            subject=request.subject,
            requester_name=request.requester.name,
            requester_email=request.requester.email or None,
            version=self.version + 1,
        )

    def for_other_requester(self, request: Request) -> "Plan":
        """Return the plan with the requester whom its request names by now. Nobody has mailed them yet."""
        return replace(self.for_request(request), sequence=self.sequence + 1, mail=PlanMail())

    def moved(self, starts_at: datetime, timezone: str, now: datetime, by: str) -> "Plan":
        """Return the plan for another time."""
        return replace(
            self,
            starts_at=starts_at,
            timezone=timezone,
            remind_at=reminder_for(starts_at, now),
            changed_at=now,
            changed_by=by,
            sequence=self.sequence + 1,
            mail=PlanMail(),
            version=self.version + 1,
        )

    def cancelled(self, now: datetime, by: str) -> "Plan":
        """Return the plan as cancelled."""
        changed = self._over(PlanState.CANCELLED, now)
        return replace(changed, changed_by=by, sequence=self.sequence + 1, mail=PlanMail())

    def started(self, now: datetime) -> "Plan":
        """Return the plan as carried out."""
        return self._over(PlanState.STARTED, now)

    def refused(self, problem: Text, now: datetime) -> "Plan":
        """Return the plan as one that came to nothing."""
        return replace(self._over(PlanState.REFUSED, now), problem=problem)

    def reminded(self) -> "Plan":
        """Return the plan as one whose people were reminded."""
        return replace(self, remind_at=None, version=self.version + 1)

    def mailed(self, mail: PlanMail) -> "Plan":
        """Return the plan with what became of the requester's mail."""
        return replace(self, mail=mail, version=self.version + 1)

    def _over(self, state: PlanState, now: datetime) -> "Plan":
        return replace(self, state=state, remind_at=None, changed_at=now, version=self.version + 1)


def reminder_for(starts_at: datetime, now: datetime) -> datetime | None:
    """Return when people are reminded of a planned session. None where that moment is over."""
    at = starts_at - REMINDED_BEFORE
    return at if at > now else None
