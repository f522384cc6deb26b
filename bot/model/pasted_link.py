"""A link that somebody pasted in a chat."""

from bot.values import value_class


@value_class
class PastedLink:
    """A link in a message, or in one that is being written: the place of a preview.

    ``unfurl_id`` and ``source`` are Slack's (``link_shared`` event). They are empty elsewhere.
    """

    url: str
    channel: str
    message: str
    unfurl_id: str
    source: str
