"""Technicians, SDAdmins, their chat accounts and their connections to TeamViewer."""

import sqlalchemy as sa

from storage.tables.base import UtcDateTime, metadata

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
