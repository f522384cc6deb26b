"""The bot's tables.

Every row has ``org_id``, the organisation (a ServiceDesk Plus portal) that it belongs to; only ``replicas`` has none.
A text that comes from outside is of type ``Text``: for one long name PostgreSQL would refuse the whole row.
A column ``sealed_…`` holds a secret, encrypted by the vault and bound to its row. ``platform``, ``tenant`` and ``user``
together name one chat account.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from bot.model.session import State


class UtcDateTime(TypeDecorator[datetime]):
    """A point in time. In Python it always has the zone UTC, although SQLite stores no zone."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's
        return value.astimezone(UTC) if value is not None else None

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None]:
        # Not process_result_value: a list of sessions has a hundred of these values, and most of them are None.
        read: Callable[[Any], Any] | None = self.impl_instance.result_processor(dialect, coltype)

        def process(value: Any) -> datetime | None:
            if value is None:
                return None
            moment: datetime = value if read is None else read(value)
            return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)

        return process


metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("org_id", sa.String(64), nullable=False),
    sa.Column("number", sa.String(20), nullable=False),  # the request's display number
    sa.Column("kind", sa.String(10), nullable=False),  # `remote` or `pilot`
    # `creating`, `waiting`, `connected`, `ended`, `expired` or `failed`
    sa.Column("state", sa.String(10), nullable=False),
    # grows with each change; a save compares it with the version that was read
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("command_key", sa.Text, nullable=False),  # the command that created the session
    # request, technician and kind of an open session whose end nobody asked for; unique, so that there is one
    sa.Column("slot", sa.Text),
    sa.Column("technician", sa.Text, nullable=False),  # the creator's e-mail address
    sa.Column("technician_name", sa.Text, nullable=False),
    sa.Column("note", sa.Text, nullable=False, default=""),
    # the requester is invited in a chat too
    sa.Column("in_chat", sa.Boolean, nullable=False, default=False, server_default=sa.false()),
    # ServiceDesk Plus's own long id; none until the request was looked up
    sa.Column("request_id", sa.String(30)),
    sa.Column("request_url", sa.Text, nullable=False, default=""),
    sa.Column("subject", sa.Text, nullable=False, default=""),
    sa.Column("requester_name", sa.Text),
    sa.Column("requester_email", sa.Text),
    sa.Column("sealed_requester_phone", sa.LargeBinary),
    sa.Column("account", sa.String(64)),  # the TeamViewer account that holds the session
    sa.Column("code", sa.String(20)),  # the session code, for example s12-345-678
    sa.Column(
        "bare_code", sa.String(20)
    ),  # the code in lower case, without dashes, to find the session by it
    # SHA-256 of the join token, to find the session of a join page
    sa.Column("join_digest", sa.String(64), nullable=False, unique=True),
    sa.Column("sealed_join_token", sa.LargeBinary, nullable=False),
    sa.Column("sealed_requester_link", sa.LargeBinary),
    sa.Column("sealed_supporter_link", sa.LargeBinary),
    # the technician's link to TeamViewer in the browser, where TeamViewer gives one
    sa.Column("sealed_web_client_link", sa.LargeBinary),
    sa.Column("valid_until", UtcDateTime),  # when the links expire
    sa.Column("created_at", UtcDateTime, nullable=False),
    # when TeamViewer was first asked to create it; from then on it is looked for before another attempt
    sa.Column("attempted_at", UtcDateTime),
    # what TeamViewer said last: whether the requester is there
    sa.Column("is_online", sa.Boolean, nullable=False, default=False),
    sa.Column(
        "arrival_began_at", UtcDateTime
    ),  # when the requester's last arrival began, short absences included
    sa.Column("arrived_at", UtcDateTime),  # since when the requester is there
    sa.Column("entered_at", UtcDateTime),  # when the technician entered while the requester was there
    sa.Column("left_at", UtcDateTime),  # when the requester left last
    sa.Column(
        "stayed_seconds", sa.Integer, nullable=False, default=0
    ),  # how long the requester had been there
    sa.Column("connections", sa.Text, nullable=False, default="[]"),  # what TeamViewer reports, as JSON
    sa.Column("ending_since", UtcDateTime),  # when its end was asked for
    sa.Column("ended_at", UtcDateTime),
    sa.Column("ended_by", sa.Text),  # who ended it
    # it is over here, and TeamViewer may still have it open: when TeamViewer is asked to close it
    sa.Column("close_after", UtcDateTime),
    sa.Column("problem", sa.Text),  # why it failed or is delayed, as JSON of a translatable text
    sa.Column("reminded_at", UtcDateTime),  # when the technician was reminded of the expiry
    sa.Column("rating", sa.Text),  # what the requester answered on the join page, as JSON
    # the codes that it had before it was renewed, as JSON, the oldest first
    sa.Column("former_codes", sa.Text, nullable=False, default="[]", server_default="[]"),
    sa.Column("renewed_at", UtcDateTime),  # when it was last renewed
    sa.Column("moving_to", sa.Text),  # the name of the technician whom it is being handed over to
    # who had it before, until when, as JSON, the oldest first
    sa.Column("handovers", sa.Text, nullable=False, default="[]", server_default="[]"),
    # it is over, and has changed since it was counted in the daily sums
    sa.Column("is_uncounted", sa.Boolean, nullable=False, default=False, server_default=sa.false()),
    sa.Column("counted", sa.Text),  # what was counted of it, as JSON
    sa.UniqueConstraint("org_id", "slot"),
    sa.Index("ix_sessions_request", "org_id", "number", "created_at", "id"),
    sa.Index("ix_sessions_technician", "org_id", "technician", "created_at", "id"),
    sa.Index("ix_sessions_close_after", "org_id", "close_after"),
)
"""Sessions: one row for each session that a technician asked for, until its retention ends."""

_OPEN_STATES: list[sa.ColumnElement[str]] = [
    sa.literal_column(f"'{state}'") for state in State if state.is_open
]
IS_OPEN = sessions.c.state.in_(_OPEN_STATES)
"""Whether a session is open.

The states are literals: a partial index serves only a query with the very condition of the index, and not one with bind
parameters in it. Few sessions are open among a million, so what asks for open ones has a partial index.
"""
IS_OVER = sessions.c.state.not_in(_OPEN_STATES)
"""Whether a session is not open any more. The opposite of ``IS_OPEN``, for an index of its own."""
IS_ONLINE = sa.text("is_online")
"""Whether TeamViewer showed the requester there. As text, because SQLAlchemy would write a comparison for SQLite."""


IS_UNCOUNTED = sa.text("is_uncounted")
"""Whether a session is still to be counted. As text, like ``IS_ONLINE``."""


def _index_sessions_where(
    condition: sa.ColumnElement[bool] | sa.TextClause, name: str, *columns: str
) -> None:
    """Define a partial index on sessions."""
    indexed = [sessions.c[column] for column in ("org_id", *columns)]
    sa.Index(name, *indexed, sqlite_where=condition, postgresql_where=condition)


_index_sessions_where(IS_OPEN, "ix_sessions_open", "id")
_index_sessions_where(IS_OPEN, "ix_sessions_open_technician", "technician", "created_at", "id")
_index_sessions_where(IS_OPEN, "ix_sessions_open_code", "bare_code")
_index_sessions_where(IS_OPEN, "ix_sessions_open_request", "request_id")
_index_sessions_where(IS_OPEN, "ix_sessions_open_valid_until", "valid_until")
_index_sessions_where(IS_OPEN, "ix_sessions_open_command", "command_key")
_index_sessions_where(IS_OVER, "ix_sessions_over", "created_at")
_index_sessions_where(IS_ONLINE, "ix_sessions_online", "ended_at")
_index_sessions_where(IS_UNCOUNTED, "ix_sessions_uncounted", "id")

renewals = sa.Table(
    "renewals",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),  # what the new TeamViewer session carries
    sa.Column("org_id", sa.String(64), nullable=False),
    sa.Column("session_id", sa.String(32), sa.ForeignKey("sessions.id", ondelete="CASCADE"), nullable=False),
    # the session's id while it is being renewed; unique, so that one renewal runs at a time
    sa.Column("slot", sa.String(32), unique=True),
    sa.Column("technician", sa.Text, nullable=False),  # whose TeamViewer account holds the session
    sa.Column("account", sa.String(64)),  # that account; none until TeamViewer may have been asked
    sa.Column("created_at", UtcDateTime, nullable=False),
    # when TeamViewer was first asked; from then on the new session is looked for before another attempt
    sa.Column("attempted_at", UtcDateTime),
    sa.Column("code", sa.String(20)),  # the code that a new one replaced
    sa.Column("bare_code", sa.String(20)),  # in lower case, without dashes, to find the session by it
    # when TeamViewer is asked to close that code or, where nothing was replaced, the new session
    sa.Column("close_after", UtcDateTime),
    sa.Index("ix_renewals_session", "session_id"),
    sa.Index("ix_renewals_code", "org_id", "bare_code"),
)
"""Renewals: one row for each time that a session was to get a new TeamViewer session."""

IS_RUNNING = sa.text("slot IS NOT NULL")
"""Whether a renewal runs. As text, because a partial index serves only a query with its very condition."""
IS_TO_CLOSE = sa.text("close_after IS NOT NULL")
"""Whether a renewal has left something open at TeamViewer. As text, like ``IS_RUNNING``."""
sa.Index(
    "ix_renewals_running",
    renewals.c.org_id,
    renewals.c.created_at,
    sqlite_where=IS_RUNNING,
    postgresql_where=IS_RUNNING,
)
sa.Index(
    "ix_renewals_running_account",
    renewals.c.org_id,
    renewals.c.technician,
    renewals.c.account,
    sqlite_where=IS_RUNNING,
    postgresql_where=IS_RUNNING,
)
sa.Index(
    "ix_renewals_to_close",
    renewals.c.org_id,
    renewals.c.close_after,
    sqlite_where=IS_TO_CLOSE,
    postgresql_where=IS_TO_CLOSE,
)

transfers = sa.Table(
    "transfers",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),  # what a new TeamViewer session carries
    sa.Column("org_id", sa.String(64), nullable=False),
    sa.Column("session_id", sa.String(32), sa.ForeignKey("sessions.id", ondelete="CASCADE"), nullable=False),
    # the session's id while the transfer is running; unique, so that one runs at a time
    sa.Column("slot", sa.String(32)),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("former", sa.Text, nullable=False),  # the e-mail address of the technician who had the session
    sa.Column("former_name", sa.Text, nullable=False),
    sa.Column("to_email", sa.Text, nullable=False),  # the colleague's
    sa.Column("to_name", sa.Text, nullable=False),
    sa.Column("by_email", sa.Text, nullable=False),  # of who asked for the transfer
    sa.Column("by_name", sa.Text, nullable=False),
    sa.Column("command_key", sa.Text, nullable=False),  # the command that asked for it
    sa.Column("accepted_by", sa.Text),  # the key of the colleague's command
    sa.Column("offered_at", UtcDateTime, nullable=False),
    sa.Column("account", sa.String(64)),  # the colleague's TeamViewer account
    # when TeamViewer was first asked for a new session; from then on that is looked for before another attempt
    sa.Column("attempted_at", UtcDateTime),
    sa.Column("former_account", sa.String(64)),  # the TeamViewer account that held the session before
    sa.Column("former_code", sa.String(20)),  # the code that the session had before
    # what is left open at TeamViewer: whose account holds it, its code, and when TeamViewer is asked to close it
    sa.Column("close_technician", sa.Text),
    sa.Column("close_account", sa.String(64)),
    sa.Column("close_code", sa.String(20)),
    sa.Column("left_at", UtcDateTime),
    sa.Column("close_after", UtcDateTime),
    sa.UniqueConstraint("org_id", "slot"),
    sa.Index("ix_transfers_session", "session_id"),
)
"""Transfers: one row for each offer of a session to a colleague, and for each session that an SDAdmin moved."""

IS_RUNNING_TRANSFER = sa.text("slot IS NOT NULL")
"""Whether a transfer is running. As text, because a partial index serves only a query with its very condition."""
IS_LEFT_OPEN = sa.text("close_after IS NOT NULL")
"""Whether a transfer left something open at TeamViewer. As text, like ``IS_RUNNING_TRANSFER``."""
sa.Index(
    "ix_transfers_running",
    transfers.c.org_id,
    transfers.c.former,
    sqlite_where=IS_RUNNING_TRANSFER,
    postgresql_where=IS_RUNNING_TRANSFER,
)
sa.Index(
    "ix_transfers_left_open",
    transfers.c.org_id,
    transfers.c.close_after,
    sqlite_where=IS_LEFT_OPEN,
    postgresql_where=IS_LEFT_OPEN,
)

daily_sums = sa.Table(
    "daily_sums",
    metadata,
    sa.Column("org_id", sa.String(64), primary_key=True),
    sa.Column("day", sa.Date, primary_key=True),  # the day in UTC on which the sessions were created
    sa.Column(
        "figure", sa.String(12), primary_key=True
    ),  # what is summed (`Figure` in `bot/model/daily_sums.py`)
    sa.Column("label", sa.Text, primary_key=True),  # for what; its form depends on the figure
    sa.Column("amount", sa.BigInteger, nullable=False),
)
"""Daily sums of sessions, for reports. They stay when their sessions are deleted. Those by technician do not."""

IS_OF_TECHNICIAN = sa.text("figure = 'technician'")
"""Whether a daily sum names a person. As text, because a partial index serves only a query with its very condition."""
sa.Index(
    "ix_daily_sums_technician",
    daily_sums.c.org_id,
    daily_sums.c.day,
    sqlite_where=IS_OF_TECHNICIAN,
    postgresql_where=IS_OF_TECHNICIAN,
)

notices = sa.Table(
    "notices",
    metadata,
    sa.Column("id", sa.String(16), primary_key=True),
    sa.Column("org_id", sa.String(64), nullable=False),
    sa.Column("session_id", sa.String(32), sa.ForeignKey("sessions.id", ondelete="CASCADE"), nullable=False),
    sa.Column("recipient", sa.String(12), nullable=False),  # `requester` or `technician`
    # `reply` (on the request), `mail`, `sms` (by the SMS gateway), `tv_sms` (by TeamViewer), `slack`, `teams`, or `chat`
    # until it is known in which one
    sa.Column("channel", sa.String(8), nullable=False),
    sa.Column("state", sa.String(10), nullable=False),  # `pending`, `sent`, `failed`, `unsure` or `skipped`
    sa.Column("created_at", UtcDateTime, nullable=False),
    # set before the first attempt, so that an SMS is sent at most once
    sa.Column("attempted_at", UtcDateTime),
    sa.Column("problem", sa.Text),  # why it failed, as JSON of a translatable text
    sa.Column("declined_at", UtcDateTime),  # when the requester answered “Not now” in a chat
    sa.Index("ix_notices_session", "session_id"),
)
"""Notices: one row for each mail, reply, SMS or message in a chat about a session."""

chat_invitations = sa.Table(
    "chat_invitations",
    metadata,
    sa.Column("notice_id", sa.String(16), sa.ForeignKey("notices.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("org_id", sa.String(64), nullable=False),
    sa.Column("session_id", sa.String(32), sa.ForeignKey("sessions.id", ondelete="CASCADE"), nullable=False),
    sa.Column("platform", sa.String(10), nullable=False),
    sa.Column("tenant", sa.String(64), nullable=False),
    sa.Column("user", sa.String(128), nullable=False),  # the requester's account
    sa.Column("locale", sa.String(20), nullable=False),
    sa.Column("timezone", sa.String(64), nullable=False),
    sa.Column("marker", sa.String(32), nullable=False),  # what travels with the message, so that it is found
    sa.Column("attempted_at", UtcDateTime),  # when it was first sent
    sa.Column("channel", sa.Text, nullable=False, default=""),  # the place of the message, where it is known
    sa.Column("message", sa.Text, nullable=False, default=""),
    sa.Column("shown", sa.String(64), nullable=False, default=""),  # digest of what the message shows
    sa.Index("ix_chat_invitations_session", "session_id"),
)
"""Invitations in a chat: one row for each requester who was found there, with the message that they got."""

session_records = sa.Table(
    "session_records",
    metadata,
    sa.Column(
        "session_id", sa.String(32), sa.ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True
    ),
    sa.Column("org_id", sa.String(64), nullable=False),
    sa.Column("wanted_at", UtcDateTime, nullable=False),  # the end, or a later report
    sa.Column("due_at", UtcDateTime),  # when the sweep writes it again; none if nothing is missing
    sa.Column("note_id", sa.String(30)),  # ServiceDesk Plus's id of the note
    # the marker in the note, by which it is found; a correcting note has its own
    sa.Column("note_reference", sa.String(16), nullable=False, default=""),
    sa.Column("note_content", sa.String(64), nullable=False, default=""),  # digest of what was written last
    # digest of a note that is being added; from then on it is looked for before another attempt
    sa.Column("note_attempted", sa.String(64), nullable=False, default=""),
    sa.Column("worklog_id", sa.String(30)),
    sa.Column("worklog_reference", sa.String(16), nullable=False, default=""),
    sa.Column("worklog_content", sa.String(64), nullable=False, default=""),  # minutes that were written last
    sa.Column("worklog_attempted", sa.String(64), nullable=False, default=""),
    sa.Column("failed_at", UtcDateTime),  # since when it could not be written
    sa.Column("lease_owner", sa.String(32)),  # the process that writes it now
    sa.Column("lease_until", UtcDateTime),
    sa.Index("ix_session_records_due", "org_id", "due_at"),
)
"""Records of sessions: what the end of a session has left on its request, and what is still to be written."""

cards = sa.Table(
    "cards",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("org_id", sa.String(64), nullable=False),
    sa.Column("session_id", sa.String(32), sa.ForeignKey("sessions.id", ondelete="CASCADE"), nullable=False),
    sa.Column("platform", sa.String(10), nullable=False),
    sa.Column("tenant", sa.String(64), nullable=False),
    sa.Column("channel", sa.Text, nullable=False),  # the platform's id of the channel or chat
    sa.Column("message", sa.Text, nullable=False),  # the platform's id of the message
    sa.Column(
        "audience", sa.String(10), nullable=False
    ),  # who sees it: `shared`, `external`, `technician`, `creator` or `invited`
    sa.Column("locale", sa.String(10), nullable=False),
    sa.Column("timezone", sa.String(64), nullable=False),
    sa.Column(
        "command_key", sa.Text
    ),  # the command that it was posted for; none if an earlier version posted it
    sa.Column("invited", sa.Text),  # the e-mail address of the technician whose invitation it shows
    sa.UniqueConstraint("platform", "tenant", "channel", "message"),
    sa.Index("ix_cards_session", "session_id"),
)
"""Cards: one row for each chat message that shows a session and follows its state."""

_IS_OPEN_INVITATION = sa.text("state = 'open'")

invitations = sa.Table(
    "invitations",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),  # made of the session and the technician
    sa.Column("org_id", sa.String(64), nullable=False),
    sa.Column("session_id", sa.String(32), sa.ForeignKey("sessions.id", ondelete="CASCADE"), nullable=False),
    sa.Column("technician", sa.Text, nullable=False),  # the e-mail address of who is invited
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("invited_by", sa.Text, nullable=False),  # the e-mail address of who invited them last
    sa.Column("invited_by_name", sa.Text, nullable=False),
    sa.Column("invited_at", UtcDateTime, nullable=False),
    sa.Column("command_key", sa.Text, nullable=False),  # the command that invited them last
    sa.Column("state", sa.String(10), nullable=False),  # `open`, `declined`, `left` or `withdrawn`
    sa.Column("entered_at", UtcDateTime),  # when they last entered by their way in
    # SHA-256 of the token in the address of their way in, to find the invitation by it
    sa.Column("token_digest", sa.String(64), nullable=False, unique=True),
    sa.Column("sealed_token", sa.LargeBinary, nullable=False),
    sa.Index("ix_invitations_session", "session_id"),
    sa.Index(
        "ix_invitations_technician",
        "org_id",
        "technician",
        sqlite_where=_IS_OPEN_INVITATION,
        postgresql_where=_IS_OPEN_INVITATION,
    ),
)
"""Invitations: one row for each technician who was invited to a session of somebody else."""

post_attempts = sa.Table(
    "post_attempts",
    metadata,
    sa.Column(
        "session_id", sa.String(32), sa.ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True
    ),
    sa.Column("command_key", sa.Text, primary_key=True),  # the command that the card is posted for
    sa.Column("is_private", sa.Boolean, primary_key=True),  # in private, or in the command's channel
    sa.Column("org_id", sa.String(64), nullable=False),
    sa.Column("marker", sa.String(32), nullable=False),  # what travels with the message, so that it is found
    sa.Column("attempted_at", UtcDateTime, nullable=False),  # when it was first posted
)
"""Post attempts: one row for each card that is being posted, or was posted without a known outcome."""

IS_PRIVATE = sa.text("is_private")
"""Whether a command came from a private conversation. As text, like ``IS_ONLINE``."""

commands = sa.Table(
    "commands",
    metadata,
    # what the platform repeats when it delivers a request again
    sa.Column("key", sa.String(400), primary_key=True),
    sa.Column("org_id", sa.String(64), nullable=False),
    sa.Column("platform", sa.String(10), nullable=False),
    sa.Column("tenant", sa.String(64), nullable=False),
    sa.Column("user", sa.String(128), nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("is_private", sa.Boolean, nullable=False),
    sa.Column("sealed_return_address", sa.LargeBinary),  # Slack's response_url
    sa.Column("sealed_answer", sa.LargeBinary),  # the answer, sent again if the request is delivered again
    sa.Column("received_at", UtcDateTime, nullable=False, index=True),
    # when it was carried out, if it had to wait until its sender was identified
    sa.Column("heard_at", UtcDateTime),
    sa.Column("effect", sa.String(10)),  # what it changed, if a job found that out
    # by which the person is found whose private conversation a channel is
    sa.Index(
        "ix_commands_private",
        "org_id",
        "channel",
        sqlite_where=IS_PRIVATE,
        postgresql_where=IS_PRIVATE,
    ),
)
"""Commands: one row for each request of a chat platform that changes something, for two days."""

profiles = sa.Table(
    "profiles",
    metadata,
    sa.Column("platform", sa.String(10), primary_key=True),
    sa.Column("tenant", sa.String(64), primary_key=True),
    sa.Column("user", sa.String(128), primary_key=True),
    sa.Column("org_id", sa.String(64), nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("email", sa.Text),
    sa.Column("locale", sa.String(20), nullable=False),
    sa.Column("timezone", sa.String(64), nullable=False),
    sa.Column("is_guest", sa.Boolean, nullable=False),
    sa.Column("is_external", sa.Boolean, nullable=False),
    sa.Column("is_deactivated", sa.Boolean, nullable=False),
    sa.Column("is_bot", sa.Boolean, nullable=False),
    sa.Column("has_unconfirmed_email", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("read_at", UtcDateTime, nullable=False),  # when the platform was asked
    sa.Index("ix_profiles_email", "org_id", "email"),
)
"""Profiles: what a chat platform returned for an account, last time it was asked."""

account_addresses = sa.Table(
    "account_addresses",
    metadata,
    sa.Column("platform", sa.String(10), primary_key=True),
    sa.Column("tenant", sa.String(64), primary_key=True),
    sa.Column("user", sa.String(128), primary_key=True),
    sa.Column("org_id", sa.String(64), nullable=False),
    sa.Column("email", sa.Text, nullable=False),
    sa.UniqueConstraint("platform", "tenant", "email"),
    sa.Index("ix_account_addresses_email", "org_id", "email"),
)
"""Account addresses: the e-mail address under which an account works. It was its first one, or an SDAdmin confirmed it."""

technicians = sa.Table(
    "technicians",
    metadata,
    sa.Column("org_id", sa.String(64), primary_key=True),
    sa.Column("email", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
)
"""Technicians: the list of ServiceDesk Plus, as it was last read."""

directories = sa.Table(
    "directories",
    metadata,
    sa.Column("org_id", sa.String(64), primary_key=True),
    sa.Column("read_at", UtcDateTime, nullable=False),
)
"""Directories: when the technician list of an organisation was last read."""

admins = sa.Table(
    "admins",
    metadata,
    sa.Column("org_id", sa.String(64), primary_key=True),
    sa.Column("email", sa.Text, primary_key=True),
)
"""Admins: the technicians who were granted the SDAdmin role in the chat. Those of ``TVBOT_ADMINS`` are not here."""

preferences = sa.Table(
    "preferences",
    metadata,
    sa.Column("org_id", sa.String(64), primary_key=True),
    sa.Column("email", sa.Text, primary_key=True),
    # whether the technician is notified when a requester is there
    sa.Column("wants_pings", sa.Boolean, nullable=False),
)
"""Preferences: what technicians chose for themselves, in all chats. Without a row, the defaults apply."""

switches = sa.Table(
    "switches",
    metadata,
    sa.Column("org_id", sa.String(64), primary_key=True),
    sa.Column("integration", sa.Boolean, nullable=False),
    sa.Column("widget", sa.Boolean, nullable=False),
    # where the widget is on, separated by commas: `message`, `home`, `unfurl`
    sa.Column("locations", sa.String(60), nullable=False),
)
"""Switches: what the SDAdmins of an organisation switched on and off."""

policy_rules = sa.Table(
    "policy_rules",
    metadata,
    sa.Column("org_id", sa.String(64), primary_key=True),
    # 1, 2, 3, …; the row of a removed rule stays, so that no other rule gets its number
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("words", sa.Text),  # as it is typed; none if the rule was removed
)
"""Policy rules: what SDAdmins allow to be created where (``bot/model/policy.py``)."""

session_origins = sa.Table(
    "session_origins",
    metadata,
    sa.Column(
        "session_id", sa.String(32), sa.ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True
    ),
    sa.Column("org_id", sa.String(64), nullable=False),
    sa.Column("channel", sa.Text, nullable=False),  # the channel of its command; empty for a private chat
    sa.Column("is_admin", sa.Boolean, nullable=False),  # whether its technician was an SDAdmin then
    sa.Column("site", sa.Text),  # of its request, empty where it has none; null until that was read
    sa.Column("request_group", sa.Text),  # likewise
)
"""Session origins: what rules ask about a session, as it was when the session was asked for."""

limitations = sa.Table(
    "limitations",
    metadata,
    sa.Column("org_id", sa.String(64), primary_key=True),
    sa.Column("limitation", sa.String(20), primary_key=True),  # `replies` or `technicians`
    sa.Column("reason", sa.Text, nullable=False),  # as JSON of a translatable text
    sa.Column("found_at", UtcDateTime, nullable=False),
    sa.Column("retry_at", UtcDateTime, nullable=False),  # until then the refused call is not made
)
"""Limitations: the calls that ServiceDesk Plus was found to refuse to the bot, whatever they are about."""

connections = sa.Table(
    "connections",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("org_id", sa.String(64), nullable=False),
    sa.Column("technician", sa.Text, nullable=False),  # e-mail address
    sa.Column("account_id", sa.String(64), nullable=False),  # TeamViewer's user id
    sa.Column("account_name", sa.Text, nullable=False),
    sa.Column("account_email", sa.Text),
    sa.Column("connected_at", UtcDateTime, nullable=False),
    sa.Column("last_used_at", UtcDateTime),
    # new sessions are created with this connection; one for each technician
    sa.Column("is_active", sa.Boolean, nullable=False),
    # set: given up or not yet confirmed, and due for revocation at that time
    sa.Column("revoke_after", UtcDateTime),
    sa.Index("ix_connections_technician", "org_id", "technician"),
    sa.Index(
        "uq_connections_active",
        "org_id",
        "technician",
        unique=True,
        sqlite_where=sa.text("is_active"),
        postgresql_where=sa.text("is_active"),
    ),
)
"""Connections: technicians' authorizations at TeamViewer. Their tokens are in ``tokens``."""

tokens = sa.Table(
    "tokens",
    metadata,
    sa.Column("name", sa.String(80), primary_key=True),  # `teamviewer/…`, `slack/…` or `servicedesk/…`
    sa.Column("org_id", sa.String(64), nullable=False),
    sa.Column("sealed_access", sa.LargeBinary),  # none if no token is accepted any more
    sa.Column("sealed_refresh", sa.LargeBinary),
    sa.Column("expires_at", UtcDateTime),
    sa.Column("lease_owner", sa.String(32)),  # the process that refreshes the tokens now
    sa.Column("lease_until", UtcDateTime),
)
"""Tokens: OAuth tokens by name, each with a lease for the process that refreshes them."""

states = sa.Table(
    "states",
    metadata,
    sa.Column("digest", sa.String(64), primary_key=True),  # SHA-256 of the grant, which is not stored itself
    sa.Column("org_id", sa.String(64), nullable=False),
    sa.Column("purpose", sa.String(20), nullable=False),  # what the grant may be used for
    sa.Column("sealed_payload", sa.LargeBinary, nullable=False),
    sa.Column("expires_at", UtcDateTime, nullable=False, index=True),
)
"""States: grants that can be used once, such as the ``state`` of an OAuth round trip."""

installations = sa.Table(
    "installations",
    metadata,
    sa.Column("id", sa.String(140), primary_key=True),  # `team/…` or `enterprise/…`
    sa.Column("org_id", sa.String(64), nullable=False),
    sa.Column("enterprise_id", sa.String(32)),
    sa.Column("team_id", sa.String(32)),  # none if a whole organisation installed the app
    sa.Column("team_name", sa.Text, nullable=False),
    sa.Column("bot_user_id", sa.String(32), nullable=False),
    sa.Column("installed_by", sa.String(32), nullable=False),  # the user's id in Slack
    sa.Column("installed_at", UtcDateTime, nullable=False),
)
"""Installations: where the Slack app was added by OAuth. The bot tokens are in ``tokens``."""

rounds = sa.Table(
    "rounds",
    metadata,
    sa.Column("org_id", sa.String(64), primary_key=True),
    sa.Column("number", sa.Integer, nullable=False),  # counts the rounds; the job of a round is named by it
    sa.Column("began_at", UtcDateTime),
    sa.Column("completed_at", UtcDateTime),
    # the first day of the month in which reports were last posted
    sa.Column("reported_month", sa.String(10)),
)
"""Rounds: when the sweep last began a round and completed one, and the last monthly report."""

deliveries = sa.Table(
    "deliveries",
    metadata,
    sa.Column("org_id", sa.String(64), primary_key=True),
    sa.Column("source", sa.String(16), primary_key=True),  # an outside system that calls the bot
    sa.Column("received_at", UtcDateTime, nullable=False),
)
"""Deliveries: when the last verified request of each outside system arrived, to about a minute."""

announcements = sa.Table(
    "announcements",
    metadata,
    sa.Column("org_id", sa.String(64), primary_key=True),
    sa.Column("about", sa.String(64), primary_key=True),
    sa.Column("announced_at", UtcDateTime, nullable=False),
)
"""Announcements: what was announced to the SDAdmins about the bot's secrets, so that they are told once."""

canaries = sa.Table(
    "canaries",
    metadata,
    sa.Column("org_id", sa.String(64), primary_key=True),
    sa.Column("sealed_canary", sa.LargeBinary, nullable=False),
    sa.Column("probes", sa.Integer, nullable=False),  # grows with each check that the database can be written
)
"""Canaries: a sealed value that shows whether the keys fit, and a number to write as a probe."""

replicas = sa.Table(
    "replicas",
    metadata,
    sa.Column("executor_id", sa.String(64), primary_key=True),  # the process's name in the job engine
    sa.Column("beat_at", sa.Float, nullable=False),  # Unix time in seconds; 0: stopped
)
"""Replicas: the heartbeat of each process on PostgreSQL. The jobs of a dead process go to another one."""

queued_refreshes = sa.Table(
    "queued_refreshes",
    metadata,
    sa.Column("shown", sa.Text, primary_key=True),  # a session, a card or a home
    sa.Column("queued_at", UtcDateTime, nullable=False),
)
"""Refreshes that wait in the job queue. Further changes need no other one: it shows the newest state when it runs."""

step_outcomes = sa.Table(
    "step_outcomes",
    metadata,
    sa.Column("job_key", sa.Text, primary_key=True),  # the job's id in the job engine
    sa.Column("step", sa.Text, primary_key=True),  # its name in the job
    sa.Column("outcome", sa.Text, nullable=False),  # JSON: the problem; empty after success
)
"""Outcomes of steps that must not be repeated when their job runs again. They are deleted with the job."""

audit = sa.Table(
    "audit",
    metadata,
    sa.Column("org_id", sa.String(64), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),  # 1, 2, 3, … without gaps
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("by", sa.Text, nullable=False),  # who did it
    sa.Column("action", sa.String(40), nullable=False),
    sa.Column("subject", sa.Text, nullable=False),  # what it was done to
    sa.Column("previous", sa.String(64), nullable=False),  # digest of the row before
    sa.Column("digest", sa.String(64), nullable=False),  # SHA-256 over this row, its number and `previous`
)
"""The audit log. Each row is chained to the one before it by its digest. Rows are only appended."""

audit_heads = sa.Table(
    "audit_heads",
    metadata,
    sa.Column("org_id", sa.String(64), primary_key=True),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    # HMAC-SHA256 under a key derived from the first secret key
    sa.Column("signature", sa.String(64), nullable=False),
)
"""Audit heads: the newest row of each audit log, signed, so that removed rows are found."""

homes = sa.Table(
    "homes",
    metadata,
    sa.Column("platform", sa.String(10), primary_key=True),
    sa.Column("tenant", sa.String(64), primary_key=True),
    sa.Column("user", sa.String(128), primary_key=True),
    sa.Column("org_id", sa.String(64), nullable=False),
)
"""Homes: the accounts that have opened their home, and so see it refreshed."""

memberships = sa.Table(
    "memberships",
    metadata,
    sa.Column("platform", sa.String(10), primary_key=True),
    sa.Column("tenant", sa.String(64), primary_key=True),
    sa.Column("place", sa.Text, primary_key=True),  # a channel of Slack, a team of Teams
    sa.Column("org_id", sa.String(64), nullable=False),
    sa.Column("name", sa.Text, nullable=False),  # empty where the platform does not say it
    sa.Column("is_member", sa.Boolean, nullable=False),
    sa.Column("changed_at", UtcDateTime, nullable=False, index=True),
)
"""Memberships: where the bot was added or removed, as the newest event says."""

teams_conversations = sa.Table(
    "teams_conversations",
    metadata,
    sa.Column("tenant", sa.String(64), primary_key=True),
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("org_id", sa.String(64), nullable=False),
    sa.Column("is_personal", sa.Boolean, nullable=False),
    sa.Column("service_url", sa.Text, nullable=False),  # the Bot Framework's address for this conversation
    sa.Column("left_at", UtcDateTime),  # when the bot was removed or blocked there
    sa.Column("team", sa.Text),  # of a channel
    sa.Column("seen_at", UtcDateTime, nullable=False, index=True),
)
"""Conversations of Microsoft Teams, with the address for later messages."""

teams_accounts = sa.Table(
    "teams_accounts",
    metadata,
    sa.Column("tenant", sa.String(64), primary_key=True),
    # the person's id in Microsoft Entra; the MRI until that is known
    sa.Column("user", sa.String(128), primary_key=True),
    sa.Column("org_id", sa.String(64), nullable=False),
    # the id that Teams uses for the person towards this bot
    sa.Column("mri", sa.String(256), nullable=False),
    sa.Column("met_in", sa.Text, nullable=False),  # a conversation that has the person in its roster
    sa.Column("locale", sa.String(20), nullable=False),
    sa.Column("timezone", sa.String(64), nullable=False),
    sa.Column("personal", sa.Text),  # the person's chat with the bot
    sa.Column("home_message", sa.Text),  # the message in that chat that shows the home
    sa.Column("seen_at", UtcDateTime, nullable=False, index=True),
    sa.Index("ix_teams_accounts_mri", "tenant", "mri"),
)
"""Accounts of Microsoft Teams that the bot has seen, with where each is reached."""
