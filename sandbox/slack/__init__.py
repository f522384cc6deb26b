"""A simulated Slack: the platform as the bot meets it, and people who use the bot there."""

from sandbox.slack.blocks_check import check_blocks, check_view
from sandbox.slack.delivery import Outcome
from sandbox.slack.sandbox import TEAM, SlackSandbox
from sandbox.slack.workspace import Channel, Ephemeral, Message, Unfurl, User, View
from sandbox.slack.world import Called

__all__ = [
    "TEAM",
    "Called",
    "Channel",
    "Ephemeral",
    "Message",
    "Outcome",
    "SlackSandbox",
    "Unfurl",
    "User",
    "View",
    "check_blocks",
    "check_view",
]
