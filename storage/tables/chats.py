"""What the bot knows of the chats: where it is installed, where it is a member, what it shows there."""

import sqlalchemy as sa

from storage.tables.base import UtcDateTime, metadata

installations = sa.Table(
    "installations",
    metadata,
    sa.Column("id", sa.String(140), primary_key=True),  # `team/…` or `enterprise/…`
    sa.Column("org_id", sa.String(64), nullable=False),
    sa.Column("enterprise_id", sa.String(32)),
    sa.Column("team_id", sa.String(32)),  # none if a whole organisation installed the app
    sa.Column("team_name", sa.Text, nullable=False),
    sa.Column("bot_user_id", sa.String(32), nullable=False),
    sa.Column("installed_by", sa.String(32), nullable=False),  # the user's id in Slack
    sa.Column("installed_at", UtcDateTime, nullable=False),
)
"""Installations: where the Slack app was added by OAuth. The bot tokens are in ``tokens``."""


homes = sa.Table(
    "homes",
    metadata,
    sa.Column("platform", sa.String(10), primary_key=True),
    sa.Column("tenant", sa.String(64), primary_key=True),
    sa.Column("user", sa.String(128), primary_key=True),
    sa.Column("org_id", sa.String(64), nullable=False),
)
"""Homes: the accounts that have opened their home, and so see it refreshed."""


memberships = sa.Table(
    "memberships",
    metadata,
    sa.Column("platform", sa.String(10), primary_key=True),
    sa.Column("tenant", sa.String(64), primary_key=True),
    sa.Column("place", sa.Text, primary_key=True),  # a channel of Slack, a team of Teams
    sa.Column("org_id", sa.String(64), nullable=False),
    sa.Column("name", sa.Text, nullable=False),  # empty where the platform does not say it
    sa.Column("is_member", sa.Boolean, nullable=False),
    sa.Column("changed_at", UtcDateTime, nullable=False, index=True),
)
"""Memberships: where the bot was added or removed, as the newest event says."""


teams_conversations = sa.Table(
    "teams_conversations",
    metadata,
    sa.Column("tenant", sa.String(64), primary_key=True),
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("org_id", sa.String(64), nullable=False),
    sa.Column("is_personal", sa.Boolean, nullable=False),
    sa.Column("service_url", sa.Text, nullable=False),  # the Bot Framework's address for this conversation
    sa.Column("left_at", UtcDateTime),  # when the bot was removed or blocked there
    sa.Column("team", sa.Text),  # of a channel
    sa.Column("seen_at", UtcDateTime, nullable=False, index=True),
)
"""Conversations of Microsoft Teams, with the address for later messages."""


teams_accounts = sa.Table(
    "teams_accounts",
    metadata,
    sa.Column("tenant", sa.String(64), primary_key=True),
    # the person's id in Microsoft Entra; the MRI until that is known
    sa.Column("user", sa.String(128), primary_key=True),
    sa.Column("org_id", sa.String(64), nullable=False),
    # the id that Teams uses for the person towards this bot
    sa.Column("mri", sa.String(256), nullable=False),
    sa.Column("met_in", sa.Text, nullable=False),  # a conversation that has the person in its roster
    sa.Column("locale", sa.String(20), nullable=False),
    sa.Column("timezone", sa.String(64), nullable=False),
    sa.Column("personal", sa.Text),  # the person's chat with the bot
    sa.Column("home_message", sa.Text),  # the message in that chat that shows the home
    sa.Column("seen_at", UtcDateTime, nullable=False, index=True),
    sa.Index("ix_teams_accounts_mri", "tenant", "mri"),
)
"""Accounts of Microsoft Teams that the bot has seen, with where each is reached."""
