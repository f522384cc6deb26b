"""What the unit of work in memory stores."""

import copy
from collections import Counter
from dataclasses import dataclass, field, fields  # noqa: TID251 - the rows are no values, because they change
from datetime import datetime
from typing import Any

from bot.authorizations import StoredTokens
from bot.commands import CommandRequest
from bot.jobs import Job
from bot.model.audit import AuditHead, AuditRecord
from bot.model.card import Card, PostAttempt
from bot.model.chat_invitation import ChatInvitation
from bot.model.connection import Connection
from bot.model.daily_sums import SumKey
from bot.model.delivery import DeliverySource
from bot.model.effect import Effect
from bot.model.ids import (
    CommandKey,
    Email,
    NoticeId,
    OutageId,
    PlanId,
    RenewalId,
    RequestNumber,
    SessionId,
    TransferId,
)
from bot.model.invitation import Invitation
from bot.model.limitation import KnownLimitation, Limitation
from bot.model.membership import Membership
from bot.model.notice import Notice
from bot.model.outage import Outage, Refusal
from bot.model.plan import Plan, PlanPlace
from bot.model.policy import Origin, Rule
from bot.model.private_message import PrivateMessage
from bot.model.renewal import Renewal
from bot.model.session import Session
from bot.model.session_record import SessionRecord
from bot.model.switches import Switches
from bot.model.technician import Actor, Directory, Platform, Profile
from bot.model.transfer import Leftover, Transfer
from bot.values import replace


@dataclass(frozen=True, slots=True)
class QueuedJob:
    """A job as it was enqueued."""

    job: Job
    key: str
    delay_seconds: int


@dataclass
class SessionRow:
    """A session. Its ``slot`` names the request, technician and kind while it is open: each slot is taken once."""

    session: Session
    command_key: CommandKey
    slot: str | None
    attempted_at: datetime | None = None
    reminded_at: datetime | None = None
    close_after: datetime | None = None
    is_uncounted: bool = False
    counted: Counter[SumKey] = field(default_factory=Counter)


@dataclass
class RenewalRow:
    """A renewal, when TeamViewer was asked, and when it is asked to close what the renewal has left."""

    renewal: Renewal
    attempted_at: datetime | None = None
    close_after: datetime | None = None


@dataclass
class TransferRow:
    """A transfer with the message of its offer, and what it left open at TeamViewer, with when that is to be closed."""

    transfer: Transfer
    attempted_at: datetime | None = None
    offer_attempted_at: datetime | None = None
    offer_message: PrivateMessage | None = None
    leftover: Leftover | None = None
    close_after: datetime | None = None


@dataclass
class PlanRow:
    """A planned session, and the message that shows it."""

    plan: Plan
    place: PlanPlace


@dataclass
class SessionRecordRow:
    """A record of a session, and who may write it now (the lease)."""

    record: SessionRecord
    lease_owner: str | None = None
    lease_until: datetime | None = None


@dataclass
class CommandRow:
    """A command, its stored answer, and when it ran (``heard_at``)."""

    request: CommandRequest
    received_at: datetime
    answer: str | None = None
    heard_at: datetime | None = None
    effect: Effect | None = None


@dataclass
class ConnectionRow:
    """A connection. ``revoke_after`` is set while it is not in use: not confirmed yet, or given up."""

    connection: Connection
    revoke_after: datetime | None


@dataclass
class TokensRow:
    """The tokens of one account, and who may renew them now (the lease)."""

    tokens: StoredTokens = field(default_factory=lambda: StoredTokens(None, None, None))
    lease_owner: str | None = None
    lease_until: datetime | None = None


@dataclass
class Data:
    """Everything that is stored. A transaction works on a copy, which replaces the original at the commit."""

    sessions: dict[SessionId, SessionRow] = field(default_factory=dict)
    renewals: dict[RenewalId, RenewalRow] = field(default_factory=dict)
    transfers: dict[TransferId, TransferRow] = field(default_factory=dict)
    plans: dict[PlanId, PlanRow] = field(default_factory=dict)
    notices: dict[NoticeId, Notice] = field(default_factory=dict)
    chat_invitations: dict[NoticeId, ChatInvitation] = field(default_factory=dict)
    outages: dict[OutageId, Outage] = field(default_factory=dict)
    outage_refusals: dict[tuple[OutageId, RequestNumber], Refusal] = field(default_factory=dict)
    session_records: dict[SessionId, SessionRecordRow] = field(default_factory=dict)
    cards: list[Card] = field(default_factory=list)
    card_commands: dict[tuple[str, ...], CommandKey] = field(default_factory=dict)
    invitations: dict[tuple[SessionId, Email], Invitation] = field(default_factory=dict)
    queued_refreshes: set[str] = field(default_factory=set)
    post_attempts: dict[tuple[SessionId, CommandKey, bool], PostAttempt] = field(default_factory=dict)
    commands: dict[str, CommandRow] = field(default_factory=dict)
    profiles: dict[Actor, tuple[Profile, datetime]] = field(default_factory=dict)
    addresses: dict[Actor, Email] = field(default_factory=dict)
    directory: Directory | None = None
    admins: set[Email] = field(default_factory=set)
    preferences: dict[Email, bool] = field(default_factory=dict)
    connections: dict[str, ConnectionRow] = field(default_factory=dict)
    tokens: dict[str, TokensRow] = field(default_factory=dict)
    switches: Switches = field(default_factory=Switches)
    states: dict[str, tuple[str, str, datetime]] = field(default_factory=dict)
    audit: list[AuditRecord] = field(default_factory=list)
    audit_head: AuditHead | None = None
    limitations: dict[Limitation, KnownLimitation] = field(default_factory=dict)
    daily_sums: dict[SumKey, int] = field(default_factory=dict)
    rules: dict[int, Rule | None] = field(default_factory=dict)
    origins: dict[SessionId, Origin] = field(default_factory=dict)
    homes: list[Actor] = field(default_factory=list)
    memberships: dict[tuple[Platform, str, str], tuple[Membership, datetime]] = field(default_factory=dict)
    deliveries: dict[DeliverySource, datetime] = field(default_factory=dict)
    announcements: dict[str, datetime] = field(default_factory=dict)
    round_number: int = 0
    round_began_at: datetime | None = None
    round_completed_at: datetime | None = None
    reported_month: str | None = None
    jobs: dict[str, QueuedJob] = field(default_factory=dict)
    job_keys: set[str] = field(default_factory=set)

    def copy(self) -> "Data":
        """Return a copy that can be changed. Values are shared: they are frozen, except the rows above."""
        copied = {
            one.name: copy.copy(getattr(self, one.name))
            for one in fields(self)  # the containers, one level deep
        }
        data = Data(**copied)
        for stored in (
            data.sessions,
            data.renewals,
            data.transfers,
            data.session_records,
            data.commands,
            data.connections,
            data.tokens,
        ):
            _copy_values(stored)
        return data

    def with_liveness(self, connection: Connection) -> Connection:
        """Return a connection that says whether TeamViewer's token for it is stored."""
        stored = self.tokens.get(connection.token_name)
        is_alive = stored is not None and stored.tokens.access is not None
        return replace(connection, is_alive=is_alive)


def _copy_values(stored: dict[Any, Any]) -> None:
    for key, value in stored.items():
        stored[key] = copy.copy(value)
