"""A message that the bot sent to one person alone."""

from dataclasses import dataclass

from bot.model.technician import Actor


@dataclass(frozen=True, slots=True)
class PrivateMessage:
    """The account that got a private message, and the place of the message."""

    actor: Actor
    channel: str
    message: str

    @property
    def place(self) -> tuple[str, str]:
        """The conversation and the message in it."""
        return self.channel, self.message
