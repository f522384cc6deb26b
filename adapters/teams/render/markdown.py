"""Text for Adaptive Cards: a small part of Markdown, in which values never become markup.

Teams' clients differ: those in a browser read CommonMark, those on phones a part of it, where a backslash guards
emphasis alone (``MarkDownBlockParser`` in Microsoft's renderer). So an invisible joiner breaks up whatever it can
break up everywhere, and a backslash stands only where nothing else helps.
"""

import re
from datetime import UTC, datetime
from urllib.parse import quote

from bot.i18n import ChannelRef, Language
from bot.model.sanitize import JOINER
from bot.views.parts import Reader

LONGEST_VALUE = 500
_CLEAN = re.compile(r"[^\W_]+(?:[ -][^\W_]+)*")
"""Words and numbers with a space or a dash between them. Nothing in them is ever escaped, and most values are so."""
_LINES = re.compile(r"\s*[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]\s*")
_ADDRESSES = re.compile(
    r"<"
    r"|:(?=//)|(?i:(?<=mailto):|(?<=tel):|(?<=sip):)"  # an address with a scheme
    r"|(?<=\w)\.(?=[^\W\d_])"  # the name of a host
    r"|@(?=\w)"
)
"""Positions where a client would turn plain text into a link or a mention."""
_MARKS = re.compile(r"[~{\])]|&(?=[#\w])|\\(?=[!-/:-@\[-`{-~]|\Z)")
_EMPHASIS = re.compile(r"[*_`]")
_BRACKETS = re.compile(r"[\[\]]")
_LABEL_OF_ITS_OWN = re.compile(r"[*_`\[\]\\<]")
_DASH_IN_CODE = re.compile(r"(?<=\d)-(?=\d)|(?<=-)-(?=\w)")
"""The dashes of a session code or of an option. A line does not end there, and the bot ignores the joiner when it is pasted."""
_UNBROKEN_SPACE = f" {JOINER}"
"""A space at which no line ends. The joiner has no width, and what people copy or search has an ordinary space."""
_BLOCK = re.compile(r"[#>+\-=~|]|\d{1,9}[.)]")
"""Characters that start a heading, a quotation, a list or a rule at the start of a line."""


def formatter(reader: Reader, longest: int = LONGEST_VALUE) -> Language:
    """Return the formatter for a card's Markdown. Values are cut to ``longest`` characters before they are escaped."""
    return Language(
        reader.language,
        reader.timezone,
        escape=lambda value: escape(cut(value, longest)),
        typed=lambda words: f"**{keep_dashes(escape(words))}**",
        dated=moment,
        linked=linked,
        named=channel,
        mention=reader.mention,
        unit_space=_UNBROKEN_SPACE,
    )


def keep_dashes(text: str) -> str:
    """Let no line end at a dash in a session code, a date or an option."""
    return _DASH_IN_CODE.sub(_join, text)


def channel(ref: ChannelRef, name: str) -> str:
    """Return a channel's name, as a link if its address is known. Cards cannot mention channels."""
    return linked(ref.url, name) if ref.url and name else name or escape(ref.id)


def plain(say: Language) -> Language:
    """Return the formatter for text without markup: on buttons and in notifications."""
    return Language(
        say.code,
        say.timezone,
        escape=_escape_plain,
        typed=lambda words: f"«\u00a0{words}\u00a0»" if say.code == "fr" else f"“{words}”",
        mention=say.mention,
    )


def _escape_plain(value: str) -> str:
    if _CLEAN.fullmatch(value):
        return cut(value, LONGEST_VALUE)
    return _broken_up(cut(one_line(value), LONGEST_VALUE))


def plain_formatter(reader: Reader) -> Language:
    """Return the formatter for text without markup outside of cards: in a toast, or in a dialog's message."""
    return plain(Language(reader.language, reader.timezone, mention=reader.mention))


def brief(say: Language, longest: int) -> Language:
    """Return the formatter with shorter values, for lists."""
    return Language(
        say.code,
        say.timezone,
        escape=lambda value: say.escape(cut(value, longest)),
        typed=say.typed,
        dated=say.dated,
        linked=say.linked,
        named=say.named,
        mention=say.mention,
        unit_space=say.unit_space,
    )


def escape(value: str) -> str:
    """Escape a value, so that nothing in it becomes a link, a mention, a date, markup or a new line."""
    if _CLEAN.fullmatch(value):
        return value
    line = one_line(value)
    guarded = _EMPHASIS.sub(_guard, _MARKS.sub(rf"\g<0>{JOINER}", _broken_up(line)))
    return f"{JOINER}{guarded}" if _BLOCK.match(line) else guarded


def one_line(value: str) -> str:
    """Put a value on one line."""
    return _LINES.sub(" ", value).strip()


def _broken_up(value: str) -> str:
    return _ADDRESSES.sub(rf"\g<0>{JOINER}", value)


def moment(at: datetime) -> str:
    """Return a moment that the client shows in its own time zone. Cards accept RFC 3339 without fractions of a second."""
    written = f"{at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='seconds')}Z"
    return f"{{{{DATE({written}, SHORT)}}}} {{{{TIME({written})}}}}"


def linked(url: str, label: str) -> str:
    """Return a link. If the label is the address itself, no invisible joiner is put in: people copy it."""
    guarded = _LABEL_OF_ITS_OWN if label == url else _BRACKETS
    return f"[{guarded.sub(_guard, label)}]({target(url)})"


def _join(found: re.Match[str]) -> str:
    return f"{found[0]}{JOINER}"


def _guard(found: re.Match[str]) -> str:
    return f"\\{found[0]}"


def target(url: str) -> str:
    """Return an address as the target of a link. Characters that would end it or start markup are percent-encoded."""
    return quote(url, safe="/:?#@!$&',;=%+~.-_")


def cut(text: str, longest: int) -> str:
    """Cut a text to a length, with an ellipsis at the end."""
    return text if len(text) <= longest else text[: longest - 1] + "…"
