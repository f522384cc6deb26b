"""A simulated Bot Framework and Microsoft Teams: the service as the bot meets it, and people who use the bot there."""

from sandbox.teams.card_check import check_card
from sandbox.teams.courier import Delivery
from sandbox.teams.places import Conversation, TeamsMessage, TeamsPerson
from sandbox.teams.sandbox import TeamsSandbox
from sandbox.teams.world import Called

__all__ = [
    "Called",
    "Conversation",
    "Delivery",
    "TeamsMessage",
    "TeamsPerson",
    "TeamsSandbox",
    "check_card",
]
