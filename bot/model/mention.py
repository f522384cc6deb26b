"""A mention of a person inside typed text, as a token that no keyboard makes and every platform's adapter writes.

Slack and Teams mark mentions in different ways. Their adapters replace that markup before a command is parsed, so that the
core reads one form.
"""

import re

from bot.values import value_class

# Private-use characters: no keyboard types them, and Unicode normalization keeps them.
_START, _SEPARATOR, _END, _SPACE = "\ue000", "\ue001", "\ue002", "\ue003"
_DELIMITERS = dict.fromkeys(map(ord, (_START, _SEPARATOR, _END, _SPACE)), "")
_TOKEN = re.compile(
    f"{_START}([^{_START}{_SEPARATOR}{_END}]+){_SEPARATOR}([^{_START}{_SEPARATOR}{_END}]*){_END}"
)

_LEADING = re.compile(f"(?:{_TOKEN.pattern}[\\s,:;]*)+")


@value_class
class Mention:
    """A person who is mentioned: the platform's id of their account, and their name as the platform shows it."""

    user: str
    name: str


def mention_token(user: str, name: str = "") -> str:
    """Return the token for a mention, to be put into typed text. It holds no space, so it is one word of a command."""
    name = _SPACE.join(remove_mention_delimiters(name).split())
    return f"{_START}{remove_mention_delimiters(user)}{_SEPARATOR}{name}{_END}"


def remove_mention_delimiters(text: str) -> str:
    """Remove the delimiters of tokens from text that a person typed, so that nobody can forge a mention."""
    return text.translate(_DELIMITERS)


def parse_mention(text: str) -> Mention | None:
    """Read text that is one mention and nothing else. None for any other text."""
    found = _TOKEN.fullmatch(text)
    return Mention(found[1], found[2].replace(_SPACE, " ")) if found else None


def remove_leading_mentions(text: str) -> str:
    """Remove the mentions that a text begins with. No command begins with one."""
    found = _LEADING.match(text)
    return text[found.end() :] if found else text


def name_mentions(text: str) -> str:
    """Replace each mention by ``@name``, or by ``@id`` where the platform gave no name."""
    return _TOKEN.sub(lambda found: f"@{found[2] or found[1]}", text).replace(_SPACE, " ")
