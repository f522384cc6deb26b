"""Sessions, and what belongs to one: its record, where it came from, its cards."""

import sqlalchemy as sa

from bot.model.session import State
from storage.tables.base import UtcDateTime, metadata

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
    sa.Column("outage_id", sa.String(32)),  # the outage that it was created for
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


IS_OF_OUTAGE = sa.text("outage_id IS NOT NULL")
"""Whether a session was created for an outage. As text, like ``IS_ONLINE``."""


def _index_sessions_where(
    condition: sa.ColumnElement[bool] | sa.TextClause, name: str, *columns: str
) -> None:
    """Define a partial index on sessions."""
    indexed = [sessions.c[column] for column in ("org_id", *columns)]
    sa.Index(name, *indexed, sqlite_where=condition, postgresql_where=condition)


_index_sessions_where(IS_OPEN, "ix_sessions_open", "id")
_index_sessions_where(IS_OPEN, "ix_sessions_open_code", "bare_code")
_index_sessions_where(IS_OPEN, "ix_sessions_open_request", "request_id")
_index_sessions_where(IS_OPEN, "ix_sessions_open_valid_until", "valid_until")
_index_sessions_where(IS_OPEN, "ix_sessions_open_command", "command_key")
_index_sessions_where(IS_OVER, "ix_sessions_over", "created_at")
_index_sessions_where(IS_ONLINE, "ix_sessions_online", "ended_at")
_index_sessions_where(IS_UNCOUNTED, "ix_sessions_uncounted", "id")
_index_sessions_where(IS_OF_OUTAGE, "ix_sessions_outage", "outage_id")
# With ``ending_since`` it counts those that can be entered without reading any. Of two indices that fit equally well, SQLite
# takes the one that was created last: a migration that makes the table of sessions again has to create this index after it.
_index_sessions_where(
    IS_OPEN, "ix_sessions_open_technician", "technician", "created_at", "id", "ending_since"
)


outages = sa.Table(
    "outages",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("org_id", sa.String(64), nullable=False),
    sa.Column("command_key", sa.Text, nullable=False),  # the command that reported it
    sa.Column("platform", sa.String(10), nullable=False),  # of the account that sent the command
    sa.Column("tenant", sa.String(64), nullable=False),
    sa.Column("user", sa.String(128), nullable=False),
    sa.Column("technician", sa.Text, nullable=False),  # the e-mail address of who reported it
    sa.Column("technician_name", sa.Text, nullable=False),
    sa.Column("kind", sa.String(10), nullable=False),  # `remote` or `pilot`
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("marker", sa.String(32), nullable=False),  # what travels with the card, so that it is found
    sa.Column("attempted_at", UtcDateTime),  # when its card was first posted
    sa.Column("channel", sa.Text),  # where its card is; none until that is known
    sa.Column("message", sa.Text),
    sa.Column("is_private", sa.Boolean),  # whether one person alone sees the card
    sa.Column("locale", sa.String(10)),
    sa.Column("timezone", sa.String(64)),
    sa.Column("shown", sa.String(64), nullable=False),  # digest of what the card showed last
    sa.Index("ix_outages_created", "org_id", "created_at"),
)
"""Outages: one row for each command that asked for several sessions with one card."""


outage_refusals = sa.Table(
    "outage_refusals",
    metadata,
    sa.Column("outage_id", sa.String(32), sa.ForeignKey("outages.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("number", sa.String(20), primary_key=True),  # the request's display number
    sa.Column("org_id", sa.String(64), nullable=False),
    sa.Column("why", sa.Text, nullable=False),  # as JSON of a translatable text
)
"""Refusals of outages: one row for each request of an outage that got no session."""


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
