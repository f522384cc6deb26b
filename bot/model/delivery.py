"""The outside systems that call the bot. Of each, the bot stores when its last verified request arrived."""

from enum import StrEnum


class DeliverySource(StrEnum):
    """An outside system that calls the bot."""

    SLACK = "slack"
    TEAMS = "teams"
    SERVICEDESK = "servicedesk"
    """The triggers of ServiceDesk Plus, which call the webhook."""
