"""A simulated Bot Framework and Microsoft Teams: the services that the bot calls, and the users who use the bot."""

from sandbox.teams.activity_delivery import DeliveryResult
from sandbox.teams.card_validation import check_card
from sandbox.teams.clouds import CloudName
from sandbox.teams.model import Conversation, TeamsMessage, TeamsPerson
from sandbox.teams.sandbox import TeamsSandbox
from sandbox.teams.state import RecordedCall

__all__ = [
    "CloudName",
    "Conversation",
    "DeliveryResult",
    "RecordedCall",
    "TeamsMessage",
    "TeamsPerson",
    "TeamsSandbox",
    "check_card",
]
