"""Turn the text of a slash command back into what the person typed."""

import html
import re

from bot.model.mention import mention_token, remove_mention_delimiters
from bot.model.sanitize import sanitize

_MENTION = re.compile(r"<@(?P<user>[A-Z0-9]+)(?:\|(?P<name>[^<>]*))?>")
_ESCAPED = re.compile(r"<(?P<kind>[#!]|mailto:|https?://|tel:)(?P<target>[^<>|]*)(?:\|(?P<label>[^<>]*))?>")


def unescape_typed_text(text: str) -> str:
    """Undo what ``should_escape`` does to the text of a command, so that a note reads as it was typed.

    Links, channels, addresses and ``&<>`` become text again. A mention becomes the token that the core reads.
    """
    with_tokens = _MENTION.sub(_mention, remove_mention_delimiters(text))
    return sanitize(html.unescape(_ESCAPED.sub(_plain, with_tokens)))


def _mention(found: re.Match[str]) -> str:
    return mention_token(found["user"], found["name"] or "")


def _plain(found: re.Match[str]) -> str:
    kind, label = found["kind"], found["label"]
    if kind in {"#", "!"}:
        name = label or found["target"]
        return name if name.startswith(("#", "@")) else f"{'#' if kind == '#' else '@'}{name}"
    address = found["target"] if kind == "mailto:" else f"{kind}{found['target']}"
    return label or address
