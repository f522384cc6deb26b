"""What people do with an open session: renew it, hand it over, invite a colleague to it."""

import sqlalchemy as sa

from storage.tables.base import UtcDateTime, metadata

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
    # when the message of the offer was first sent, to which account, and its place once that is known
    sa.Column("offer_attempted_at", UtcDateTime),
    sa.Column("offer_platform", sa.String(10)),
    sa.Column("offer_tenant", sa.String(64)),
    sa.Column("offer_user", sa.String(128)),
    sa.Column("offer_channel", sa.Text),
    sa.Column("offer_message", sa.Text),
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
