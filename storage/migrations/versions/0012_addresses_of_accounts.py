"""Keep under which e-mail address an account works. An address that several accounts of a tenant have is nobody's yet."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_ADOPT = """
INSERT INTO account_addresses (platform, tenant, "user", org_id, email)
SELECT platform, tenant, "user", org_id, email FROM profiles AS one
WHERE email IS NOT NULL AND NOT is_guest AND NOT is_external AND NOT is_deactivated AND NOT is_bot
AND NOT EXISTS (
    SELECT 1 FROM profiles AS other
    WHERE other.platform = one.platform AND other.tenant = one.tenant AND other.email = one.email
    AND other."user" <> one."user"
)
"""


def upgrade() -> None:
    op.create_table(
        "account_addresses",
        sa.Column("platform", sa.String(10), nullable=False),
        sa.Column("tenant", sa.String(64), nullable=False),
        sa.Column("user", sa.String(128), nullable=False),
        sa.Column("org_id", sa.String(64), nullable=False),
        sa.Column("email", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("platform", "tenant", "user", name="pk_account_addresses"),
        sa.UniqueConstraint("platform", "tenant", "email", name="uq_account_addresses_platform_tenant_email"),
    )
    op.create_index("ix_account_addresses_email", "account_addresses", ["org_id", "email"])
    op.execute(_ADOPT)


def downgrade() -> None:
    op.drop_index("ix_account_addresses_email", "account_addresses")
    op.drop_table("account_addresses")
