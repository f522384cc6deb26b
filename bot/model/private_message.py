"""A message that the bot sent to one person alone."""

from bot.model.technician import Actor
from bot.values import value_class


@value_class
class PrivateMessage:
    """The account that got a private message, and the place of the message."""

    actor: Actor
    channel: str
    message: str

    @property
    def place(self) -> tuple[str, str]:
        """The conversation and the message in it."""
        return self.channel, self.message
