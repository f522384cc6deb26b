"""A simulated Slack: the platform as the bot meets it, and people who use the bot there."""

from sandbox.slack.block_validation import check_blocks, check_view
from sandbox.slack.model import Channel, Ephemeral, Message, Unfurl, User, View
from sandbox.slack.request_delivery import DeliveryResult
from sandbox.slack.sandbox import TEAM, SlackSandbox
from sandbox.slack.state import RecordedCall

__all__ = [
    "TEAM",
    "Channel",
    "DeliveryResult",
    "Ephemeral",
    "Message",
    "RecordedCall",
    "SlackSandbox",
    "Unfurl",
    "User",
    "View",
    "check_blocks",
    "check_view",
]
