"""Add the planned sessions."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

_IS_PLANNED = sa.text("state = 'planned'")
_IS_TO_BE_REMINDED = sa.text("remind_at IS NOT NULL")
_INDICES = {
    "ix_plans_due": (["org_id", "starts_at"], _IS_PLANNED),
    "ix_plans_technician": (["org_id", "technician", "starts_at", "id"], _IS_PLANNED),
    "ix_plans_command": (["org_id", "command_key"], _IS_PLANNED),
    "ix_plans_to_be_reminded": (["org_id", "remind_at"], _IS_TO_BE_REMINDED),
    "ix_plans_changed": (["org_id", "changed_at"], None),
}


def upgrade() -> None:
    op.create_table(
        "plans",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("org_id", sa.String(length=64), nullable=False),
        sa.Column("slot", sa.Text(), nullable=True),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("technician", sa.Text(), nullable=False),
        sa.Column("technician_name", sa.Text(), nullable=False),
        sa.Column("command_key", sa.Text(), nullable=False),
        sa.Column("platform", sa.String(length=10), nullable=False),
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("user", sa.String(length=128), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("remind_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("another", sa.Boolean(), nullable=False),
        sa.Column("in_chat", sa.Boolean(), nullable=False),
        sa.Column("request_id", sa.String(length=30), nullable=True),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("requester_name", sa.Text(), nullable=False),
        sa.Column("requester_email", sa.Text(), nullable=True),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.Column("mail_state", sa.String(length=10), nullable=False),
        sa.Column("mail_channel", sa.String(length=8), nullable=False),
        sa.Column("mail_problem", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("marker", sa.String(length=32), nullable=False),
        sa.Column("attempted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("is_private", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plans")),
        sa.UniqueConstraint("org_id", "slot", name=op.f("uq_plans_org_id_slot")),
    )
    for name, (columns, condition) in _INDICES.items():
        op.create_index(name, "plans", columns, sqlite_where=condition, postgresql_where=condition)


def downgrade() -> None:
    for name in _INDICES:
        op.drop_index(name, "plans")
    op.drop_table("plans")
