"""The few Block Kit elements in use, each kept within Slack's limits."""

import re
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, TypedDict

from bot.commands import encode_command, name_of
from bot.i18n import ChannelRef, Language, Text
from bot.model.sanitize import JOINER
from bot.values import replace
from bot.views.parts import Button, LinkButton, Question, Reader, Style

Block = dict[str, Any]

LIMITS = {
    "text": 3000,
    "blocks": 50,
    "section": 3000,
    "field": 2000,
    "fields": 10,
    "plain": 3000,
    "button": 75,
    "accessibility_label": 75,
    "header": 150,
    "confirm_text": 300,
}
"""Slack's limits: blocks in a message, fields in a paragraph, and characters in each kind of text."""
OPENS_ADDRESS = "tv:open:"
"""How the action id of a button begins that opens an address. Slack reports its press too."""
_MOST_READERS = 256
"""Formatters that stay in memory, one for each language and time zone."""
_SUBJECT = 120
"""Characters of a subject that a message shows: about three lines on a phone."""
_EMPHASIS = re.compile(r"[*~`]|(?<!\w)_|_(?!\w)")
_MARKED = re.compile(r"[&<>*~`_\r\n\v\f\x85\u2028\u2029]")
"""What ``escape`` changes."""
_CHANNEL = re.compile(r"[CGD][A-Z0-9]{2,}")
_LINES = re.compile(r"\s*[\r\n\v\f\x85\u2028\u2029]\s*")
_TORN = re.compile(r"(?:<[^>]*|&[a-z]{0,3}|[*~`_])\Z")


class Blocks(TypedDict):
    """A message: ``text`` for notifications and screen readers, ``blocks`` for the eye. Slack reads markup in both."""

    text: str
    blocks: list[Block]


def blocks_of(text: str, blocks: list[Block]) -> Blocks:
    """Make a message. Its text stays escaped, because a mention in it would notify people just as one in a block."""
    return Blocks(text=cut_marked(text, LIMITS["text"]), blocks=blocks)


def escape(value: str) -> str:
    """Escape a value, so that nothing in it is a mention, a link or other markup.

    Slack's references begin with ``<``. An invisible joiner after a character of emphasis keeps it from opening bold or
    code. A value stays on its line, because a line of its own could begin a quotation.
    """
    if _MARKED.search(value) is None:
        return value  # as most values are
    plain = _LINES.sub(" ", value).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _EMPHASIS.sub(f"\\g<0>{JOINER}", plain)


def unescape(text: str) -> str:
    """Turn escaped text into plain text, for fields without markup."""
    return text.replace(JOINER, "").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def moment(at: datetime) -> str:
    """Show a moment in the reader's time zone. Slack's clients convert it."""
    return _date_token(at, "{date_short_pretty}, {time}")


def moment_with_its_date(at: datetime) -> str:
    """Show a moment as ``moment`` does, with its date also where that is today or tomorrow."""
    return _date_token(at, "{date_short}, {time}")


def _date_token(at: datetime, form: str) -> str:
    date_and_time = at.isoformat(" ", "minutes")[: len("2026-11-29 12:00")]  # faster than a format with %Y
    return f"<!date^{int(at.timestamp())}^{form}|{date_and_time} UTC>"


_MOMENTS = {"fr": moment_with_its_date}
"""How languages show a moment where a sentence cannot have every form: in French, "le" comes before a date, not before "demain"."""


def channel(ref: ChannelRef, name: str) -> str:
    """Show a channel by its name. Slack's clients know the names of its own channels; others bring theirs."""
    if _CHANNEL.fullmatch(ref.id):
        return f"<#{ref.id}>"
    return linked(ref.url, name) if ref.url and name else name or escape(ref.id)


def mention(user: str) -> str:
    """Mention a person by their id, so that Slack notifies them."""
    return f"<@{user}>"


def linked(url: str, label: str) -> str:
    """Show an address under a label that is escaped already, or under itself."""
    address = url.replace("&", "&amp;").replace("<", "%3C").replace(">", "%3E").replace("|", "%7C")
    return f"<{address}|{address if label == url else label}>"


@lru_cache(maxsize=_MOST_READERS)
def formatter(reader: Reader, command: str) -> Language:
    """Return the formatter for a reader: their language, with Slack's markup. ``command`` is the slash command's name."""
    return Language(
        reader.language,
        reader.timezone,
        escape=escape,
        typed=lambda words: f"`{command} {escape(words)}`",
        dated=_MOMENTS.get(reader.language, moment),
        linked=linked,
        named=channel,
    )


def cut(text: str, longest: int) -> str:
    """Shorten a text to Slack's limit, with an ellipsis to show it."""
    return text if len(text) <= longest else text[: longest - 1] + "…"


def cut_subject(subject: str) -> str:
    """Shorten a subject. The whole of a long one would fill the screen of a phone, and the request itself has it."""
    return cut(subject, _SUBJECT)


def cut_marked(text: str, longest: int) -> str:
    """Shorten a text with markup in it, without cutting through an escaped character, a link or a date."""
    return text if len(text) <= longest else _TORN.sub("", text[: longest - 1]) + "…"


def section(text: str) -> Block:
    """Make a paragraph with markup. Slack adds no links of its own to it."""
    return {
        "type": "section",
        "text": {"type": "mrkdwn", "text": cut_marked(text, LIMITS["section"]), "verbatim": True},
    }


def fields(facts: Sequence[str]) -> list[Block]:
    """Show facts in two columns, or nothing without any. Phones show them one below the other."""
    shown = [
        {"type": "mrkdwn", "text": cut_marked(fact, LIMITS["field"]), "verbatim": True}
        for fact in facts[: LIMITS["fields"]]
    ]
    return [{"type": "section", "fields": shown}] if shown else []


def sections(lines: Sequence[str]) -> list[Block]:
    """Make as few paragraphs as can hold the lines."""
    paragraphs = [""]
    for line in lines:
        longer = f"{paragraphs[-1]}\n{line}" if paragraphs[-1] else line
        if len(longer) <= LIMITS["section"]:
            paragraphs[-1] = longer
        else:
            paragraphs.append(line)
    return [section(paragraph) for paragraph in paragraphs if paragraph]


def fitted(head: Sequence[Block], entries: Sequence[Sequence[Block]], tail: Sequence[Block]) -> list[Block]:
    """Put entries between a head and a tail. If a message has no room for all, its last line says how many are missing."""
    room = LIMITS["blocks"] - len(head) - len(tail) - 1
    shown: list[Block] = []
    for place, entry in enumerate(entries):
        if len(shown) + len(entry) > room:
            shown.append(context(f"… +{len(entries) - place}"))
            break
        shown += entry
    return [*head, *shown, *tail]


def plain(text: str) -> Block:
    """Make a paragraph without markup."""
    return {
        "type": "section",
        "text": {"type": "plain_text", "text": cut(text, LIMITS["plain"]), "emoji": False},
    }


def context(*texts: str) -> Block:
    """Make a line of small grey text, of at most ten parts."""
    elements = [
        {"type": "mrkdwn", "text": cut_marked(text, LIMITS["section"]), "verbatim": True}
        for text in texts[:10]
        if text
    ]
    return {"type": "context", "elements": elements}


def header(text: str) -> Block:
    """Make a headline, without markup."""
    return {
        "type": "header",
        "text": {"type": "plain_text", "text": cut(text, LIMITS["header"]), "emoji": True},
    }


def plain_text(text: Text, longest: int, language: Language) -> Block:
    """Make a text without markup, of a button or a field. Slack formats no time there, so this does."""
    said = without_dates(language) if text.values else language
    return {"type": "plain_text", "text": cut(unescape(said.say(text)), longest)}


@lru_cache(maxsize=_MOST_READERS)
def without_dates(language: Language) -> Language:
    """Return the formatter for texts in which Slack formats no time: it formats the times itself."""
    return language if language.dated is None else replace(language, dated=None)


def actions(buttons: Sequence[Button | LinkButton], language: Language) -> list[Block]:
    """Make a row of buttons, or nothing without any."""
    if not buttons:
        return []
    return [
        {"type": "actions", "elements": [button(one, language, place) for place, one in enumerate(buttons)]}
    ]


def button(one: Button | LinkButton, language: Language, place: int = 0) -> Block:
    """Make a button that sends a command, or opens an address."""
    element: Block = {
        "type": "button",
        "text": plain_text(one.label, LIMITS["button"], language) | {"emoji": True},
    }
    if isinstance(one, LinkButton):
        element |= {"action_id": f"{OPENS_ADDRESS}{place}", "url": one.url.reveal()}
        if one.command is not None:
            element["value"] = encode_command(one.command)
    else:
        element["action_id"] = f"tv:{name_of(one.command)}:{place}"
        element["value"] = encode_command(one.command)
        if one.question is not None:
            element["confirm"] = _confirm(one.question, language, danger=one.style is Style.DANGER)
        spoken = one.spoken_label
        if spoken is not None:
            said = plain_text(spoken, LIMITS["accessibility_label"], language)
            element["accessibility_label"] = said["text"]
    if one.style is not Style.PLAIN:
        element["style"] = one.style.value
    return element


def _confirm(question: Question, language: Language, *, danger: bool) -> Block:
    asked = {
        "title": plain_text(question.title, 100, language),
        "text": plain_text(question.text, LIMITS["confirm_text"], language),
        "confirm": plain_text(question.yes, 30, language),
        "deny": plain_text(question.no, 30, language),
    }
    return asked | ({"style": "danger"} if danger else {})
