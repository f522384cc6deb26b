"""Add the requester's arrivals, the link to the web client, and who wants to be notified of arrivals."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("sessions") as batch_op:
        batch_op.add_column(sa.Column("sealed_web_client_link", sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column("arrival_began_at", sa.DateTime(timezone=True), nullable=True))
    # A requester who is there already is no news.
    op.execute("UPDATE sessions SET arrival_began_at = arrived_at")
    op.create_table(
        "preferences",
        sa.Column("org_id", sa.String(length=64), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("wants_pings", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("org_id", "email", name=op.f("pk_preferences")),
    )


def downgrade() -> None:
    op.drop_table("preferences")
    with op.batch_alter_table("sessions") as batch_op:
        batch_op.drop_column("arrival_began_at")
        batch_op.drop_column("sealed_web_client_link")
