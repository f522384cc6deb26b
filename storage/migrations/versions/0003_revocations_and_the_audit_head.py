"""Add pending revocations and signed audit heads, allow one active connection, and drop columns that nothing reads."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_NEWEST_FIRST = "ROW_NUMBER() OVER (PARTITION BY org_id, technician ORDER BY connected_at DESC, id)"
_ONE_ACTIVE = f"""
UPDATE connections SET is_active = false WHERE is_active AND id NOT IN (
  SELECT id FROM (SELECT id, {_NEWEST_FIRST} AS place FROM connections WHERE is_active) AS ranked WHERE place = 1
)"""  # noqa: S608 - made of this file's own words


def upgrade() -> None:

    op.create_table(
        "audit_heads",
        sa.Column("org_id", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("signature", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("org_id", name=op.f("pk_audit_heads")),
    )
    with op.batch_alter_table("connections", schema=None) as batch_op:
        batch_op.add_column(sa.Column("revoke_after", sa.DateTime(timezone=True), nullable=True))

    op.execute(_ONE_ACTIVE)
    op.create_index(
        "uq_connections_active",
        "connections",
        ["org_id", "technician"],
        unique=True,
        sqlite_where=sa.text("is_active"),
        postgresql_where=sa.text("is_active"),
    )
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.drop_column("details")

    with op.batch_alter_table("commands", schema=None) as batch_op:
        batch_op.drop_column("words")

    with op.batch_alter_table("installations", schema=None) as batch_op:
        batch_op.drop_column("app_id")
        batch_op.drop_column("scopes")

    with op.batch_alter_table("admins", schema=None) as batch_op:
        batch_op.drop_column("granted_by")
        batch_op.drop_column("granted_at")


def downgrade() -> None:

    now, nothing = sa.text("CURRENT_TIMESTAMP"), sa.text("''")
    with op.batch_alter_table("admins", schema=None, recreate="auto") as batch_op:
        batch_op.add_column(sa.Column("granted_by", sa.Text(), nullable=False, server_default=nothing))

    # SQLite cannot add a column whose default is the current time, so the table is created again.
    with op.batch_alter_table("admins", schema=None, recreate="always") as batch_op:
        batch_op.add_column(
            sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False, server_default=now)
        )

    with op.batch_alter_table("installations", schema=None) as batch_op:
        batch_op.add_column(sa.Column("app_id", sa.String(length=32), nullable=False, server_default=nothing))
        batch_op.add_column(sa.Column("scopes", sa.Text(), nullable=False, server_default=nothing))

    with op.batch_alter_table("commands", schema=None) as batch_op:
        batch_op.add_column(sa.Column("words", sa.Text(), nullable=False, server_default=nothing))

    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.add_column(sa.Column("details", sa.Text(), nullable=False, server_default=nothing))

    # The version before would offer tokens again that only wait to be revoked.
    op.execute(
        "DELETE FROM tokens WHERE name IN"
        " (SELECT 'teamviewer/' || id FROM connections WHERE revoke_after IS NOT NULL)"
    )
    op.execute("DELETE FROM connections WHERE revoke_after IS NOT NULL")
    op.drop_index("uq_connections_active", "connections")
    with op.batch_alter_table("connections", schema=None) as batch_op:
        batch_op.drop_column("revoke_after")

    op.drop_table("audit_heads")
