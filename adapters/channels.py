"""The channels for administration, as an operator names them: by an id, or by the link that a chat gives for it."""

from collections.abc import Iterable
from urllib.parse import unquote, urlsplit

from bot.i18n import ChannelRef, Text, _

_IN_SLACK: Text = _("a channel in Slack")
_IN_TEAMS: Text = _("a channel in Microsoft Teams")
_SLACK_LINK = "https://slack.com/app_redirect?channel="
"""Opens a channel by its id (Slack, deep linking)."""


def parse_admin_channels(written: Iterable[str]) -> dict[str, ChannelRef]:
    """Read the setting; by their ids."""
    return {ref.id: ref for ref in map(_read, written)}


def _read(written: str) -> ChannelRef:
    """Read one.

    Teams' links are ``https://HOST/l/channel/ID/NAME?groupId=…&tenantId=…`` and ``https://HOST/l/chat/ID/…``
    (Teams, deep links); Slack's are ``https://WORKSPACE.slack.com/archives/ID``.
    """
    parts = urlsplit(written)
    folders = [unquote(one) for one in parts.path.split("/")]
    match folders if parts.scheme == "https" else []:
        case ["", "l", "channel", id_, name, *_rest]:
            return ChannelRef(id_, written, name or _IN_TEAMS)
        case ["", "l", "chat", id_, *_rest]:
            return ChannelRef(id_, written, _IN_TEAMS)
        case ["", "archives", id_, *_rest]:
            return ChannelRef(id_, written, _IN_SLACK)
    if written.startswith("19:"):
        return ChannelRef(written, "", _IN_TEAMS)
    return ChannelRef(written, f"{_SLACK_LINK}{written}", _IN_SLACK)
