"""The work itself: commands, what has arrived, rounds, processes, and what is still to be refreshed."""

import sqlalchemy as sa

from storage.tables.base import UtcDateTime, metadata

IS_PRIVATE = sa.text("is_private")
"""Whether a command came from a private conversation. As text, like ``IS_ONLINE``."""


commands = sa.Table(
    "commands",
    metadata,
    # what the platform repeats when it delivers a request again
    sa.Column("key", sa.String(400), primary_key=True),
    sa.Column("org_id", sa.String(64), nullable=False),
    sa.Column("platform", sa.String(10), nullable=False),
    sa.Column("tenant", sa.String(64), nullable=False),
    sa.Column("user", sa.String(128), nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("is_private", sa.Boolean, nullable=False),
    sa.Column("sealed_return_address", sa.LargeBinary),  # Slack's response_url
    sa.Column("sealed_answer", sa.LargeBinary),  # the answer, sent again if the request is delivered again
    sa.Column("received_at", UtcDateTime, nullable=False, index=True),
    # when it was carried out, if it had to wait until its sender was identified
    sa.Column("heard_at", UtcDateTime),
    sa.Column("effect", sa.String(10)),  # what it changed, if a job found that out
    # by which the person is found whose private conversation a channel is
    sa.Index(
        "ix_commands_private",
        "org_id",
        "channel",
        sqlite_where=IS_PRIVATE,
        postgresql_where=IS_PRIVATE,
    ),
)
"""Commands: one row for each request of a chat platform that changes something, for two days."""


rounds = sa.Table(
    "rounds",
    metadata,
    sa.Column("org_id", sa.String(64), primary_key=True),
    sa.Column("number", sa.Integer, nullable=False),  # counts the rounds; the job of a round is named by it
    sa.Column("began_at", UtcDateTime),
    sa.Column("completed_at", UtcDateTime),
    # the first day of the month in which reports were last posted
    sa.Column("reported_month", sa.String(10)),
)
"""Rounds: when the sweep last began a round and completed one, and the last monthly report."""


deliveries = sa.Table(
    "deliveries",
    metadata,
    sa.Column("org_id", sa.String(64), primary_key=True),
    sa.Column("source", sa.String(16), primary_key=True),  # an outside system that calls the bot
    sa.Column("received_at", UtcDateTime, nullable=False),
)
"""Deliveries: when the last verified request of each outside system arrived, to about a minute."""


replicas = sa.Table(
    "replicas",
    metadata,
    sa.Column("executor_id", sa.String(64), primary_key=True),  # the process's name in the job engine
    sa.Column("beat_at", sa.Float, nullable=False),  # Unix time in seconds; 0: stopped
)
"""Replicas: the heartbeat of each process on PostgreSQL. The jobs of a dead process go to another one."""


queued_refreshes = sa.Table(
    "queued_refreshes",
    metadata,
    sa.Column("shown", sa.Text, primary_key=True),  # a session, a card or a home
    sa.Column("queued_at", UtcDateTime, nullable=False),
)
"""Refreshes that wait in the job queue. Further changes need no other one: it shows the newest state when it runs."""


step_outcomes = sa.Table(
    "step_outcomes",
    metadata,
    sa.Column("job_key", sa.Text, primary_key=True),  # the job's id in the job engine
    sa.Column("step", sa.Text, primary_key=True),  # its name in the job
    sa.Column("outcome", sa.Text, nullable=False),  # JSON: the problem; empty after success
)
"""Outcomes of steps that must not be repeated when their job runs again. They are deleted with the job."""
