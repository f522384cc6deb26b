"""A simulated Slack: the Web API that the bot calls, and the users who use the bot."""

from sandbox.slack.block_validation import check_blocks, check_view
from sandbox.slack.model import AccountOptions, Channel, Ephemeral, Message, Unfurl, User, View
from sandbox.slack.request_delivery import DeliveryResult
from sandbox.slack.sandbox import TEAM, SlackSandbox
from sandbox.slack.state import RecordedCall

__all__ = [
    "TEAM",
    "AccountOptions",
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
