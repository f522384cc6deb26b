"""Where the bot was added: a channel of Slack, or a team of Teams."""

from bot.model.technician import Platform
from bot.values import value_class


@value_class
class Membership:
    """A place that the bot was added to or, if not ``is_member``, removed from.

    ``name`` is empty where the platform does not say it.
    """

    platform: Platform
    tenant: str
    place: str
    is_member: bool
    name: str = ""
