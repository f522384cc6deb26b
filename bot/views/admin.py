"""The views of administration: the switches, the SDAdmins, their connections, the audit log."""

from collections.abc import Mapping, Sequence

from bot.i18n import ChannelRef, Text
from bot.model.audit import AuditRecord
from bot.model.connection import Connection
from bot.model.ids import Email
from bot.model.switches import Switches
from bot.values import value_class
from bot.views.parts import Confirmation, LinkButton


@value_class
class AdminPage:
    """The switches. ``said`` says what was just changed, or that nothing was, ``problems`` what the bot noticed by itself.

    ``is_shared``: it was requested in an administration channel, where everybody may see it and press its buttons.
    """

    switches: Switches
    said: Confirmation | None = None
    is_shared: bool = False
    problems: Sequence[Text] = ()


@value_class
class AdminsPage:
    """The SDAdmins: those named in the settings, and those granted from chat."""

    configured: Sequence[Email]
    granted: Sequence[Email]


@value_class
class ConnectionsPage:
    """An SDAdmin's connections, each of which can be reused, and a button for a new one."""

    connections: Sequence[Connection]
    new_account: LinkButton


@value_class
class AuditLogPage:
    """The newest entries of the audit log."""

    entries: Sequence[AuditRecord]


def sort_channels(channels: Mapping[str, ChannelRef]) -> tuple[ChannelRef, ...]:
    """Return channels in a fixed order, for a sentence."""
    return tuple(channels[one] for one in sorted(channels))
