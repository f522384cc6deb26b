"""Response URLs, and whether an answer replaces the message whose button was pressed, or the first answer to a command.

For a typed command, Slack documents ``replace_original`` only with buttons in view. Where Slack does not replace the first
answer, the later one appears below it.
"""

from bot.model.secret import Secret

_REPLACES = "#replace"
"""Stands at the end of a stored response URL. Like every fragment it is not sent. The core stores the URL as it is, and the
answer may be posted later, by another process."""


def mark_as_replacing(url: Secret) -> Secret:
    """Return the response URL whose answers replace the pressed message, or the first answer to a typed command."""
    return Secret(f"{url.reveal()}{_REPLACES}")


def replaces_message(url: Secret) -> bool:
    """Return whether answers to this response URL replace a message."""
    return url.reveal().endswith(_REPLACES)
