"""What belongs to the whole organisation: its switches, its rules, its figures, its audit trail."""

import sqlalchemy as sa

from storage.tables.base import UtcDateTime, metadata

daily_sums = sa.Table(
    "daily_sums",
    metadata,
    sa.Column("org_id", sa.String(64), primary_key=True),
    sa.Column("day", sa.Date, primary_key=True),  # the day in UTC on which the sessions were created
    sa.Column(
        "figure", sa.String(12), primary_key=True
    ),  # what is summed (`Figure` in `bot/model/daily_sums.py`)
    sa.Column("label", sa.Text, primary_key=True),  # for what; its form depends on the figure
    sa.Column("amount", sa.BigInteger, nullable=False),
)
"""Daily sums of sessions, for reports. They stay when their sessions are deleted. Those by technician do not."""


IS_OF_TECHNICIAN = sa.text("figure = 'technician'")
"""Whether a daily sum names a person. As text, because a partial index serves only a query with its very condition."""
sa.Index(
    "ix_daily_sums_technician",
    daily_sums.c.org_id,
    daily_sums.c.day,
    sqlite_where=IS_OF_TECHNICIAN,
    postgresql_where=IS_OF_TECHNICIAN,
)


switches = sa.Table(
    "switches",
    metadata,
    sa.Column("org_id", sa.String(64), primary_key=True),
    sa.Column("integration", sa.Boolean, nullable=False),
    sa.Column("widget", sa.Boolean, nullable=False),
    # where the widget is on, separated by commas: `message`, `home`, `unfurl`
    sa.Column("locations", sa.String(60), nullable=False),
)
"""Switches: what the SDAdmins of an organisation switched on and off."""


policy_rules = sa.Table(
    "policy_rules",
    metadata,
    sa.Column("org_id", sa.String(64), primary_key=True),
    # 1, 2, 3, …; the row of a removed rule stays, so that no other rule gets its number
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("words", sa.Text),  # as it is typed; none if the rule was removed
)
"""Policy rules: what SDAdmins allow to be created where (``bot/model/policy.py``)."""


limitations = sa.Table(
    "limitations",
    metadata,
    sa.Column("org_id", sa.String(64), primary_key=True),
    sa.Column("limitation", sa.String(20), primary_key=True),  # `replies` or `technicians`
    sa.Column("reason", sa.Text, nullable=False),  # as JSON of a translatable text
    sa.Column("found_at", UtcDateTime, nullable=False),
    sa.Column("retry_at", UtcDateTime, nullable=False),  # until then the refused call is not made
)
"""Limitations: the calls that ServiceDesk Plus was found to refuse to the bot, whatever they are about."""


announcements = sa.Table(
    "announcements",
    metadata,
    sa.Column("org_id", sa.String(64), primary_key=True),
    sa.Column("about", sa.String(64), primary_key=True),
    sa.Column("announced_at", UtcDateTime, nullable=False),
)
"""Announcements: what was announced to the SDAdmins about the bot's secrets, so that nothing is announced twice."""


canaries = sa.Table(
    "canaries",
    metadata,
    sa.Column("org_id", sa.String(64), primary_key=True),
    sa.Column("sealed_canary", sa.LargeBinary, nullable=False),
    sa.Column("probes", sa.Integer, nullable=False),  # grows with each check that the database can be written
)
"""Canaries: a sealed value that shows whether the keys fit, and a number to write as a probe."""


audit = sa.Table(
    "audit",
    metadata,
    sa.Column("org_id", sa.String(64), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),  # 1, 2, 3, … without gaps
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("by", sa.Text, nullable=False),  # who did it
    sa.Column("action", sa.String(40), nullable=False),
    sa.Column("subject", sa.Text, nullable=False),  # what it was done to
    sa.Column("previous", sa.String(64), nullable=False),  # digest of the row before
    sa.Column("digest", sa.String(64), nullable=False),  # SHA-256 over this row, its number and `previous`
)
"""The audit log. Each row is chained to the one before it by its digest. Rows are only appended."""


audit_heads = sa.Table(
    "audit_heads",
    metadata,
    sa.Column("org_id", sa.String(64), primary_key=True),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    # HMAC-SHA256 under a key derived from the first secret key
    sa.Column("signature", sa.String(64), nullable=False),
)
"""Audit heads: the newest row of each audit log, signed, so that removed rows are found."""
