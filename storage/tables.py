"""The bot's tables. Every row belongs to an organisation; every secret lies in a ``sealed_`` column."""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator


class Moment(TypeDecorator[datetime]):
    """A moment in UTC, with its zone in Python whatever the database keeps."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's
        return value.astimezone(UTC) if value is not None else None

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


# A text that comes from outside is Text: PostgreSQL would refuse a whole row, or list, for one long name.
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
    sa.Column("number", sa.String(20), nullable=False),
    sa.Column("kind", sa.String(10), nullable=False),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("command_key", sa.Text, nullable=False),
    sa.Column("slot", sa.Text),  # one open session for a request, technician and kind
    sa.Column("technician", sa.Text, nullable=False),
    sa.Column("technician_name", sa.Text, nullable=False),
    sa.Column("note", sa.Text, nullable=False, default=""),
    sa.Column("request_id", sa.String(30)),
    sa.Column("request_url", sa.Text, nullable=False, default=""),
    sa.Column("subject", sa.Text, nullable=False, default=""),
    sa.Column("requester_name", sa.Text),
    sa.Column("requester_email", sa.Text),
    sa.Column("sealed_requester_phone", sa.LargeBinary),
    sa.Column("account", sa.String(64)),
    sa.Column("code", sa.String(20)),
    sa.Column("join_digest", sa.String(64), nullable=False, unique=True),
    sa.Column("sealed_join_token", sa.LargeBinary, nullable=False),
    sa.Column("sealed_requester_link", sa.LargeBinary),
    sa.Column("sealed_supporter_link", sa.LargeBinary),
    sa.Column("valid_until", Moment),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("attempted_at", Moment),  # TeamViewer was asked: look before asking again
    sa.Column("connected_at", Moment),
    sa.Column("connected_seconds", sa.Integer, nullable=False, default=0),
    sa.Column("device", sa.Text),
    sa.Column("ended_at", Moment),
    sa.Column("ended_by", sa.Text),
    sa.Column("problem", sa.Text),
    sa.Column("reminded_at", Moment),
    sa.UniqueConstraint("org_id", "slot"),
    sa.Index("ix_sessions_request", "org_id", "number", "created_at", "id"),
    sa.Index("ix_sessions_technician", "org_id", "technician", "created_at", "id"),
    sa.Index("ix_sessions_state", "org_id", "state"),
)

notices = sa.Table(
    "notices",
    metadata,
    sa.Column("id", sa.String(16), primary_key=True),
    sa.Column("org_id", sa.String(64), nullable=False),
    sa.Column("session_id", sa.String(32), sa.ForeignKey("sessions.id", ondelete="CASCADE"), nullable=False),
    sa.Column("recipient", sa.String(12), nullable=False),
    sa.Column("channel", sa.String(8), nullable=False),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("attempted_at", Moment),
    sa.Column("problem", sa.Text),
    sa.Index("ix_notices_session", "session_id"),
)

cards = sa.Table(
    "cards",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("org_id", sa.String(64), nullable=False),
    sa.Column("session_id", sa.String(32), sa.ForeignKey("sessions.id", ondelete="CASCADE"), nullable=False),
    sa.Column("platform", sa.String(10), nullable=False),
    sa.Column("tenant", sa.String(64), nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("message", sa.Text, nullable=False),
    sa.Column("audience", sa.String(10), nullable=False),
    sa.Column("locale", sa.String(10), nullable=False),
    sa.Column("timezone", sa.String(64), nullable=False),
    sa.UniqueConstraint("platform", "tenant", "channel", "message"),
    sa.Index("ix_cards_session", "session_id"),
)

commands = sa.Table(
    "commands",
    metadata,
    sa.Column("key", sa.String(400), primary_key=True),
    sa.Column("org_id", sa.String(64), nullable=False),
    sa.Column("platform", sa.String(10), nullable=False),
    sa.Column("tenant", sa.String(64), nullable=False),
    sa.Column("user", sa.String(128), nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("is_private", sa.Boolean, nullable=False),
    sa.Column("sealed_return_address", sa.LargeBinary),
    sa.Column("sealed_answer", sa.LargeBinary),
    sa.Column("received_at", Moment, nullable=False, index=True),
    sa.Column("heard_at", Moment),  # a command that had to wait until it was known who speaks
)

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
    sa.Column("read_at", Moment, nullable=False),
    sa.Index("ix_profiles_email", "org_id", "email"),
)

technicians = sa.Table(
    "technicians",
    metadata,
    sa.Column("org_id", sa.String(64), primary_key=True),
    sa.Column("email", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
)

directories = sa.Table(
    "directories",
    metadata,
    sa.Column("org_id", sa.String(64), primary_key=True),
    sa.Column("read_at", Moment, nullable=False),
)

admins = sa.Table(
    "admins",
    metadata,
    sa.Column("org_id", sa.String(64), primary_key=True),
    sa.Column("email", sa.Text, primary_key=True),
)

switches = sa.Table(
    "switches",
    metadata,
    sa.Column("org_id", sa.String(64), primary_key=True),
    sa.Column("integration", sa.Boolean, nullable=False),
    sa.Column("widget", sa.Boolean, nullable=False),
    sa.Column("locations", sa.String(60), nullable=False),
)

connections = sa.Table(
    "connections",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("org_id", sa.String(64), nullable=False),
    sa.Column("technician", sa.Text, nullable=False),
    sa.Column("account_id", sa.String(64), nullable=False),
    sa.Column("account_name", sa.Text, nullable=False),
    sa.Column("account_email", sa.Text),
    sa.Column("connected_at", Moment, nullable=False),
    sa.Column("last_used_at", Moment),
    sa.Column("is_active", sa.Boolean, nullable=False),
    sa.Column("revoke_after", Moment),  # given up, or not yet confirmed: its tokens only wait to be revoked
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

tokens = sa.Table(
    "tokens",
    metadata,
    sa.Column("name", sa.String(80), primary_key=True),
    sa.Column("org_id", sa.String(64), nullable=False),
    sa.Column("sealed_access", sa.LargeBinary),
    sa.Column("sealed_refresh", sa.LargeBinary),
    sa.Column("expires_at", Moment),
    sa.Column("lease_owner", sa.String(32)),
    sa.Column("lease_until", Moment),
)

states = sa.Table(
    "states",
    metadata,
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("org_id", sa.String(64), nullable=False),
    sa.Column("purpose", sa.String(20), nullable=False),
    sa.Column("sealed_payload", sa.LargeBinary, nullable=False),
    sa.Column("expires_at", Moment, nullable=False, index=True),
)

installations = sa.Table(
    "installations",
    metadata,
    sa.Column("id", sa.String(140), primary_key=True),
    sa.Column("org_id", sa.String(64), nullable=False),
    sa.Column("enterprise_id", sa.String(32)),
    sa.Column("team_id", sa.String(32)),
    sa.Column("team_name", sa.Text, nullable=False),
    sa.Column("bot_user_id", sa.String(32), nullable=False),
    sa.Column("installed_by", sa.String(32), nullable=False),
    sa.Column("installed_at", Moment, nullable=False),
)

replicas = sa.Table(
    "replicas",
    metadata,
    sa.Column("executor_id", sa.String(64), primary_key=True),
    sa.Column("beat_at", sa.Float, nullable=False),
)

audit = sa.Table(
    "audit",
    metadata,
    sa.Column("org_id", sa.String(64), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("action", sa.String(40), nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("previous", sa.String(64), nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
)

audit_heads = sa.Table(
    "audit_heads",
    metadata,
    sa.Column("org_id", sa.String(64), primary_key=True),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("signature", sa.String(64), nullable=False),
)

homes = sa.Table(
    "homes",
    metadata,
    sa.Column("platform", sa.String(10), primary_key=True),
    sa.Column("tenant", sa.String(64), primary_key=True),
    sa.Column("user", sa.String(128), primary_key=True),
    sa.Column("org_id", sa.String(64), nullable=False),
)

teams_conversations = sa.Table(
    "teams_conversations",
    metadata,
    sa.Column("tenant", sa.String(64), primary_key=True),
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("org_id", sa.String(64), nullable=False),
    sa.Column("is_personal", sa.Boolean, nullable=False),
    sa.Column("service_url", sa.Text, nullable=False),
    sa.Column("left_at", Moment),
    sa.Column("seen_at", Moment, nullable=False, index=True),
)

teams_accounts = sa.Table(
    "teams_accounts",
    metadata,
    sa.Column("tenant", sa.String(64), primary_key=True),
    sa.Column("user", sa.String(128), primary_key=True),
    sa.Column("org_id", sa.String(64), nullable=False),
    sa.Column("mri", sa.String(256), nullable=False),
    sa.Column("met_in", sa.Text, nullable=False),
    sa.Column("locale", sa.String(20), nullable=False),
    sa.Column("timezone", sa.String(64), nullable=False),
    sa.Column("personal", sa.Text),
    sa.Column("home_message", sa.Text),
    sa.Column("seen_at", Moment, nullable=False, index=True),
    sa.Index("ix_teams_accounts_mri", "tenant", "mri"),
)
