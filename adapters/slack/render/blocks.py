"""The few Block Kit elements in use, each kept within Slack's limits."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypedDict

from bot import commands
from bot.i18n import Language, Text
from bot.views.parts import Button, Opening, Question, Reader, Style

Block = dict[str, Any]

LIMITS = {"blocks": 50, "section": 3000, "plain": 3000, "button": 75, "header": 150, "confirm_text": 300}
"""Slack's limits: blocks of a message, and characters of a text, by where it stands."""


_EMPHASIS = re.compile(r"[*~`]|(?<!\w)_|_(?!\w)")


class Blocks(TypedDict):
    """A message: ``text`` for notifications and screen readers, ``blocks`` for the eye."""

    text: str
    blocks: list[Block]


def escape(value: str) -> str:
    """Show a value as text: nothing in it is a mention, a link or a command to Slack.

    Slack's markup begins with ``<`` alone; an invisible joiner behind a character of emphasis keeps it from
    opening bold or code.
    """
    plain = value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _EMPHASIS.sub("\\g<0>\u2060", plain)


def unescape(text: str) -> str:
    """Turn markup into the plain text of a notification."""
    return text.replace("\u2060", "").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def moment(at: datetime) -> str:
    """Show a moment in the time zone of whoever looks at it; Slack's own clients do the sum."""
    unix = int(at.timestamp())
    return f"<!date^{unix}^{{date_short_pretty}}, {{time}}|{at:%Y-%m-%d %H:%M} UTC>"


def tongue(reader: Reader, command: str) -> Language:
    """Speak a reader's language in Slack's markup."""
    return Language(
        reader.language,
        reader.timezone,
        escape=escape,
        typed=lambda words: f"`{command} {escape(words)}`",
        dated=moment,
    )


def cut(text: str, longest: int) -> str:
    """Shorten a text to Slack's limit, with an ellipsis to show it."""
    return text if len(text) <= longest else text[: longest - 1] + "…"


def section(text: str) -> Block:
    """A paragraph in Slack's markup; links in it are only those that were written as links."""
    return {
        "type": "section",
        "text": {"type": "mrkdwn", "text": cut(text, LIMITS["section"]), "verbatim": True},
    }


def plain(text: str) -> Block:
    """A paragraph in which nothing is markup."""
    return {
        "type": "section",
        "text": {"type": "plain_text", "text": cut(text, LIMITS["plain"]), "emoji": False},
    }


def context(*texts: str) -> Block:
    """Small grey print, at most ten pieces."""
    elements = [
        {"type": "mrkdwn", "text": cut(text, LIMITS["section"]), "verbatim": True}
        for text in texts[:10]
        if text
    ]
    return {"type": "context", "elements": elements}


def header(text: str) -> Block:
    """A headline, plain."""
    return {
        "type": "header",
        "text": {"type": "plain_text", "text": cut(text, LIMITS["header"]), "emoji": True},
    }


def actions(buttons: Sequence[Button | Opening], say: Language) -> list[Block]:
    """A row of buttons, or nothing where there are none."""
    if not buttons:
        return []
    return [{"type": "actions", "elements": [button(one, say, place) for place, one in enumerate(buttons)]}]


def button(one: Button | Opening, say: Language, place: int = 0) -> Block:
    """A button that sends a command, or opens an address."""
    element: Block = {
        "type": "button",
        "text": {
            "type": "plain_text",
            "text": cut(unescape(say.say(one.label)), LIMITS["button"]),
            "emoji": True,
        },
    }
    if isinstance(one, Opening):
        element |= {"action_id": f"tv:open:{place}", "url": one.url.reveal()}
    else:
        written = commands.write(one.command)
        element |= {"action_id": f"tv:{commands.name_of(one.command)}:{place}", "value": written}
        if one.question is not None:
            element["confirm"] = _confirm(one.question, say, danger=one.style is Style.DANGER)
    if one.style is not Style.PLAIN:
        element["style"] = one.style.value
    return element


def _confirm(question: Question, say: Language, *, danger: bool) -> Block:
    def words(text: Text, longest: int) -> Block:
        return {"type": "plain_text", "text": cut(unescape(say.say(text)), longest)}

    asked = {
        "title": words(question.title, 100),
        "text": words(question.text, LIMITS["confirm_text"]),
        "confirm": words(question.yes, 30),
        "deny": words(question.no, 30),
    }
    return asked | ({"style": "danger"} if danger else {})
