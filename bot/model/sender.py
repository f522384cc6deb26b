"""The sender of a command."""

from bot.model.switches import Switches
from bot.model.technician import KnownUser
from bot.values import value_class


@value_class
class Sender:
    """What a command needs before it runs: what is stored about its sender, and the switches. Both are read in one query."""

    known_user: KnownUser
    switches: Switches
