"""What SDAdmins are shown: the switches, who is an SDAdmin, their connections, the audit trail."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.i18n import ChannelRef, Text
from bot.model.audit import AuditRecord
from bot.model.connection import Connection
from bot.model.ids import Email
from bot.model.switches import Switches
from bot.views.parts import LinkButton


@dataclass(frozen=True, slots=True)
class AdminPage:
    """How the switches stand; ``said`` is what was just changed.

    ``is_shared``: it was asked for in a channel for administration, where everybody may see it, and press.
    """

    switches: Switches
    said: Text | None = None
    is_shared: bool = False


@dataclass(frozen=True, slots=True)
class AdminsPage:
    """Who is an SDAdmin: by the settings, and by a grant from chat."""

    configured: Sequence[Email]
    granted: Sequence[Email]


@dataclass(frozen=True, slots=True)
class ConnectionsPage:
    """An SDAdmin's connections, each to be reused, and the way to a new one."""

    connections: Sequence[Connection]
    new_account: LinkButton


@dataclass(frozen=True, slots=True)
class AuditLogPage:
    """The newest entries of the audit trail."""

    entries: Sequence[AuditRecord]


def channel_refs(channels: Mapping[str, ChannelRef]) -> tuple[ChannelRef, ...]:
    """Name channels in a sentence, always in the same order."""
    return tuple(channels[one] for one in sorted(channels))
