"""Response URLs, and whether an answer replaces the message whose button was pressed, or the first answer to a command.

The first answer to a command may only say that the bot looks up who sent it. The command's own answer replaces that.

For a typed command, Slack documents ``replace_original`` only with buttons in view. Where Slack does not replace the first
answer, the later one appears below it.
"""

from bot.model.secret import Secret

_REPLACES = "#replace"
"""Stands at the end of a stored response URL. Like every fragment it is not sent. The core stores the URL as it is, and the
answer may be posted later, by another process."""
_TYPED = "#typed"
"""The same, where only an answer that was postponed replaces the first one."""


def mark_as_replacing(url: Secret) -> Secret:
    """Return the response URL whose answers replace the pressed message, or the first answer to a typed command."""
    return Secret(f"{url.reveal()}{_REPLACES}")


def mark_as_typed(url: Secret) -> Secret:
    """Return the response URL of a typed command, whose postponed answer replaces “One moment…”."""
    return Secret(f"{url.reveal()}{_TYPED}")


def replaces_message(url: Secret) -> bool:
    """Return whether answers to this response URL replace a message."""
    return url.reveal().endswith(_REPLACES)


def as_postponed(url: Secret) -> Secret:
    """Return the response URL for an answer that was postponed: to a typed command it replaces the first answer."""
    address, typed, _rest = url.reveal().partition(_TYPED)
    return mark_as_replacing(Secret(address)) if typed else url
