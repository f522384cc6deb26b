"""Response URLs, and whether an answer replaces the message whose button was pressed."""

from bot.model.secret import Secret

_REPLACES = "#replace"
"""Stands at the end of a stored response URL. Like every fragment it is not sent. The core stores the URL as it is, and the
answer may be posted later, by another process."""


def mark_as_replacing(url: Secret) -> Secret:
    """Return the response URL of a press whose answers replace the pressed message."""
    return Secret(f"{url.reveal()}{_REPLACES}")


def replaces_message(url: Secret) -> bool:
    """Return whether answers to this response URL replace the pressed message."""
    return url.reveal().endswith(_REPLACES)
