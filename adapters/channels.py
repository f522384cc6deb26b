"""Parse the channels for administration, which an operator gives by id or by the link that a chat shows."""

from collections.abc import Iterable

from bot.channel_refs import parse_channel
from bot.i18n import ChannelRef


def parse_admin_channels(entries: Iterable[str]) -> dict[str, ChannelRef]:
    """Parse the entries of the setting. Returns the channels by their ids."""
    return {channel.id: channel for channel in map(parse_channel, entries)}
