"""Read a channel that somebody names by its id, or by the link that a chat shows for it."""

from urllib.parse import unquote, urlsplit

from bot.i18n import ChannelRef, Text, _

_IN_SLACK: Text = _("a channel in Slack")
_IN_TEAMS: Text = _("a channel in Microsoft Teams")
_SLACK_LINK = "https://slack.com/app_redirect?channel="
"""Opens a channel by its id (Slack, deep linking)."""


def parse_channel(entry: str) -> ChannelRef:
    """Parse a channel's id or link.

    Links of Teams are ``https://HOST/l/channel/ID/NAME?groupId=…&tenantId=…`` and ``https://HOST/l/chat/ID/…``
    (Teams, deep links). Links of Slack are ``https://WORKSPACE.slack.com/archives/ID``.
    """
    parts = urlsplit(entry)
    segments = [unquote(segment) for segment in parts.path.split("/")]
    match segments if parts.scheme == "https" else []:
        case ["", "l", "channel", id_, name, *_rest]:
            return ChannelRef(id_, entry, name or _IN_TEAMS)
        case ["", "l", "chat", id_, *_rest]:
            return ChannelRef(id_, entry, _IN_TEAMS)
        case ["", "archives", id_, *_rest]:
            return ChannelRef(id_, entry, _IN_SLACK)
    # Every conversation id of Teams begins so; ids of Slack are letters and digits.
    if entry.startswith("19:"):
        return ChannelRef(entry, "", _IN_TEAMS)
    return ChannelRef(entry, f"{_SLACK_LINK}{entry}", _IN_SLACK)
