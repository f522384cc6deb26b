"""Planned sessions."""

import sqlalchemy as sa

from storage.tables.base import UtcDateTime, metadata

IS_PLANNED = sa.text("state = 'planned'")
"""Whether a session is still to be created. As text, because a partial index serves only a query with its very condition."""


IS_TO_BE_REMINDED = sa.text("remind_at IS NOT NULL")
"""Whether people are still to be reminded of a planned session. As text, like ``IS_PLANNED``."""


plans = sa.Table(
    "plans",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),  # the calendar's UID is made of it
    sa.Column("org_id", sa.String(64), nullable=False),
    # request, technician and kind while it is planned; unique, so that two commands at the same moment plan one session
    sa.Column("slot", sa.Text),
    sa.Column("number", sa.String(20), nullable=False),
    sa.Column("kind", sa.String(10), nullable=False),
    sa.Column("technician", sa.Text, nullable=False),
    sa.Column("technician_name", sa.Text, nullable=False),
    sa.Column(
        "command_key", sa.Text, nullable=False
    ),  # the command that planned it; it is kept until the session starts
    sa.Column("platform", sa.String(10), nullable=False),
    sa.Column("tenant", sa.String(64), nullable=False),
    sa.Column("user", sa.String(128), nullable=False),  # the account that planned it
    sa.Column("starts_at", UtcDateTime, nullable=False),
    sa.Column("timezone", sa.String(64), nullable=False),  # in which the technician chose the time
    sa.Column("changed_at", UtcDateTime, nullable=False),
    sa.Column("remind_at", UtcDateTime),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("another", sa.Boolean, nullable=False),
    sa.Column("in_chat", sa.Boolean, nullable=False),
    sa.Column("request_id", sa.String(30)),  # none until ServiceDesk Plus was asked
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("requester_name", sa.Text, nullable=False),
    sa.Column("requester_email", sa.Text),
    sa.Column("sequence", sa.Integer, nullable=False),  # the calendar's SEQUENCE
    sa.Column("state", sa.String(10), nullable=False),  # `planned`, `started`, `cancelled` or `refused`
    sa.Column("problem", sa.Text),  # why no session was created, as JSON of a translatable text
    sa.Column("changed_by", sa.Text, nullable=False),  # the name of who moved or cancelled it last
    # the newest mail to the requester: its outcome, its way, and why it failed
    sa.Column("mail_state", sa.String(10), nullable=False),
    sa.Column("mail_channel", sa.String(8), nullable=False),
    sa.Column("mail_problem", sa.Text),
    sa.Column("version", sa.Integer, nullable=False),
    # the message in the chat that shows it: what travels with it, when it was first sent, and its place
    sa.Column("marker", sa.String(32), nullable=False),
    sa.Column("attempted_at", UtcDateTime),
    sa.Column("channel", sa.Text, nullable=False, default=""),
    sa.Column("message", sa.Text, nullable=False, default=""),
    sa.Column("is_private", sa.Boolean, nullable=False, default=False),
    sa.UniqueConstraint("org_id", "slot"),
    sa.Index("ix_plans_changed", "org_id", "changed_at"),
)
"""Plans: one row for each session that was asked for at a later time."""
sa.Index(
    "ix_plans_due",
    plans.c.org_id,
    plans.c.starts_at,
    sqlite_where=IS_PLANNED,
    postgresql_where=IS_PLANNED,
)
sa.Index(
    "ix_plans_technician",
    plans.c.org_id,
    plans.c.technician,
    plans.c.starts_at,
    plans.c.id,
    sqlite_where=IS_PLANNED,
    postgresql_where=IS_PLANNED,
)
sa.Index(
    "ix_plans_command",
    plans.c.org_id,
    plans.c.command_key,
    sqlite_where=IS_PLANNED,
    postgresql_where=IS_PLANNED,
)
sa.Index(
    "ix_plans_to_be_reminded",
    plans.c.org_id,
    plans.c.remind_at,
    sqlite_where=IS_TO_BE_REMINDED,
    postgresql_where=IS_TO_BE_REMINDED,
)
