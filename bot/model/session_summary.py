"""All that is known of a session except its links and other secrets, and what follows from that."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.i18n import Text
from bot.model.handover import Handover
from bot.model.ids import (
    Email,
    OrgId,
    OutageId,
    RequestId,
    SessionCode,
    bare_code,
)
from bot.model.listed_session import ListedSession
from bot.model.rating import RATE_WITHIN, Rating
from bot.model.session_connection import SessionConnection, connected_seconds
from bot.model.session_state import State
from bot.values import value_class

_CLOCK_DIFFERENCE = timedelta(minutes=1)
"""How much TeamViewer's clock may differ from ours."""


@value_class(kw_only=True)
class SessionSummary(ListedSession):
    """All that is known of a session except its links and other secrets.

    ``account`` is the TeamViewer account that holds the session.

    The evidence for its state: ``is_online`` is what TeamViewer said last, ``connections`` are its reports, and
    ``entered_at`` is when the technician last entered while the requester was there. ``arrived_at`` is since when the
    requester is there, and remains once the session is over.

    ``arrival_began_at`` identifies the requester's last arrival. A return within ``SAME_ARRIVAL`` belongs to it.

    ``rating`` is what the requester answered on the join page.

    ``former_codes`` are the codes that the session had before it was renewed, the oldest first.
    ``in_chat``: its requester is invited in a chat too.
    ``handovers`` says who had it before, the oldest first.
    ``outage`` names the outage that it was created for. Then the outage's card shows it, and it has no first card of its own.
    """

    org_id: OrgId
    technician: Email
    version: int = 1
    note: str = ""
    request_id: RequestId | None = None
    request_url: str = ""
    account: str | None = None
    valid_until: datetime | None = None
    is_online: bool = False
    arrival_began_at: datetime | None = None
    arrived_at: datetime | None = None
    entered_at: datetime | None = None
    connections: tuple[SessionConnection, ...] = ()
    ended_at: datetime | None = None
    problem: Text | None = None
    rating: Rating | None = None
    former_codes: tuple[SessionCode, ...] = ()
    in_chat: bool = False
    handovers: tuple[Handover, ...] = ()
    outage: OutageId | None = None

    @property
    def creator_name(self) -> str:
        """The name of the technician who created it. Another one may have it now."""
        return self.handovers[0].former_name if self.handovers else self.technician_name

    @property
    def is_entered(self) -> bool:
        """Whether the technician entered since the requester is there."""
        if self.arrived_at is None or self.entered_at is None:
            return False
        return self.entered_at >= self.arrived_at

    @property
    def running_connection(self) -> SessionConnection | None:
        """The newest connection that TeamViewer reports without an end."""
        return next((one for one in reversed(self.connections) if one.ended_at is None), None)

    @property
    def connected_since(self) -> datetime | None:
        """Since when people are connected, as far as that is known. None unless the state is ``CONNECTED``."""
        if self.state is not State.CONNECTED:
            return None
        running = self.running_connection
        return running.started_at if running else self.entered_at

    @property
    def connected_seconds(self) -> int | None:
        """How long people were connected, by TeamViewer's reports. None where they name no finished connection."""
        return connected_seconds(self.connections)

    @property
    def device(self) -> str | None:
        """The device that the requester joined from last, if a report names it."""
        return next((one.device for one in reversed(self.connections) if one.device), None)

    @property
    def rated_connection(self) -> SessionConnection | None:
        """The newest connection that the requester rated."""
        return next((one for one in reversed(self.connections) if one.rating is not None), None)

    @property
    def lacks_reports(self) -> bool:
        """Whether the session is over and was joined, and no report has said how long people were connected."""
        return self.state.is_over and self.was_joined and self.connected_seconds is None

    @property
    def was_joined(self) -> bool:
        """Whether anything shows that the requester was ever there."""
        return self.arrived_at is not None or self.left_at is not None or bool(self.connections)

    @property
    def was_helped(self) -> bool:
        """Whether anything shows that people were connected during the requester's last arrival."""
        began = self.arrival_began_at
        if began is None:
            return False
        was_entered = self.entered_at is not None and self.entered_at >= began
        earliest = began - _CLOCK_DIFFERENCE
        return was_entered or any(
            one.ended_at is None or one.ended_at >= earliest for one in self.connections
        )

    def is_due(self, now: datetime) -> bool:
        """Whether the link has expired."""
        return self.state.is_open and self.valid_until is not None and self.valid_until <= now

    def may_be_rated(self, now: datetime) -> bool:
        """Whether the requester may rate the session: they were there, it ended lately, and they did not do so before."""
        if not self.state.is_over or not self.was_joined or self.rating is not None or self.ended_at is None:
            return False
        return now < self.ended_at + RATE_WITHIN

    @property
    def codes(self) -> Sequence[SessionCode]:
        """Every code that the session has or had, the newest first."""
        current = () if self.code is None else (self.code,)
        return (*current, *reversed(self.former_codes))

    def has_code(self, code: SessionCode) -> bool:
        """Whether the session has a code, or had it before it was renewed. Two spellings of one code are the same."""
        return any(bare_code(one) == bare_code(code) for one in self.codes)

    def is_called(self, reference: str) -> bool:
        """Whether ``reference`` names this session: by its request's number, or by one of its codes without dashes."""
        return reference == self.number or any(bare_code(one) == reference for one in self.codes)
