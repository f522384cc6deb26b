"""Messages to the people of a session."""

import sqlalchemy as sa

from storage.tables.base import UtcDateTime, metadata

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
