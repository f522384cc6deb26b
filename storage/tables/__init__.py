"""The bot's tables.

Every row has ``org_id``, the organisation (a ServiceDesk Plus portal) that it belongs to; only ``replicas`` has none.
A text that comes from outside is of type ``Text``: for one long name PostgreSQL would refuse the whole row.
A column ``sealed_…`` holds a secret, encrypted by the vault and bound to its row. ``platform``, ``tenant`` and ``user``
together name one chat account.
"""

from storage.tables.base import UtcDateTime, metadata
from storage.tables.chats import homes, installations, memberships, teams_accounts, teams_conversations
from storage.tables.handovers import (
    IS_LEFT_OPEN,
    IS_RUNNING,
    IS_RUNNING_TRANSFER,
    IS_TO_CLOSE,
    invitations,
    renewals,
    transfers,
)
from storage.tables.messages import chat_invitations, notices
from storage.tables.organisation import (
    IS_OF_TECHNICIAN,
    announcements,
    audit,
    audit_heads,
    canaries,
    daily_sums,
    limitations,
    policy_rules,
    switches,
)
from storage.tables.people import (
    account_addresses,
    admins,
    connections,
    directories,
    preferences,
    profiles,
    states,
    technicians,
    tokens,
)
from storage.tables.plans import IS_PLANNED, IS_TO_BE_REMINDED, plans
from storage.tables.sessions import (
    IS_OF_OUTAGE,
    IS_ONLINE,
    IS_OPEN,
    IS_OVER,
    IS_UNCOUNTED,
    cards,
    outage_refusals,
    outages,
    post_attempts,
    session_origins,
    session_records,
    sessions,
)
from storage.tables.work import (
    IS_PRIVATE,
    commands,
    deliveries,
    queued_refreshes,
    replicas,
    rounds,
    step_outcomes,
)

__all__ = [
    "IS_LEFT_OPEN",
    "IS_OF_OUTAGE",
    "IS_OF_TECHNICIAN",
    "IS_ONLINE",
    "IS_OPEN",
    "IS_OVER",
    "IS_PLANNED",
    "IS_PRIVATE",
    "IS_RUNNING",
    "IS_RUNNING_TRANSFER",
    "IS_TO_BE_REMINDED",
    "IS_TO_CLOSE",
    "IS_UNCOUNTED",
    "UtcDateTime",
    "account_addresses",
    "admins",
    "announcements",
    "audit",
    "audit_heads",
    "canaries",
    "cards",
    "chat_invitations",
    "commands",
    "connections",
    "daily_sums",
    "deliveries",
    "directories",
    "homes",
    "installations",
    "invitations",
    "limitations",
    "memberships",
    "metadata",
    "notices",
    "outage_refusals",
    "outages",
    "plans",
    "policy_rules",
    "post_attempts",
    "preferences",
    "profiles",
    "queued_refreshes",
    "renewals",
    "replicas",
    "rounds",
    "session_origins",
    "session_records",
    "sessions",
    "states",
    "step_outcomes",
    "switches",
    "teams_accounts",
    "teams_conversations",
    "technicians",
    "tokens",
    "transfers",
]
