"""Text as Adaptive Cards read it: a little Markdown, in which a value is only ever text.

Teams' clients differ: those in a browser read CommonMark, those on phones a part of it, where a backslash guards
emphasis alone (``MarkDownBlockParser`` in Microsoft's renderer). So an invisible joiner breaks up whatever it can
break up everywhere, and a backslash stands only where nothing else helps.
"""

import re
from datetime import UTC, datetime
from urllib.parse import quote

from bot.i18n import ChannelRef, Language
from bot.views.parts import Reader

JOINER = "\u2060"
"""The word joiner: it has no width, breaks no line, and is neither a space nor punctuation to a parser."""
LONGEST_VALUE = 500
_LINES = re.compile(r"\s*[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]\s*")
_ADDRESSES = re.compile(
    r"<"
    r"|:(?=//)|(?i:(?<=mailto):|(?<=tel):|(?<=sip):)"  # an address with a scheme
    r"|(?<=\w)\.(?=[^\W\d_])"  # the name of a host
    r"|@(?=\w)"
)
"""Where a client would make a link or a mention of plain text."""
_MARKS = re.compile(r"[~{\])]|&(?=[#\w])|\\(?=[!-/:-@\[-`{-~]|\Z)")
_EMPHASIS = re.compile(r"[*_`]")
_BRACKETS = re.compile(r"[\[\]]")
_LABEL_OF_ITS_OWN = re.compile(r"[*_`\[\]\\<]")
_BLOCK = re.compile(r"[#>+\-=~|]|\d{1,9}[.)]")
"""What begins a heading, a quotation, a list or a rule where it begins a line."""


def formatter(reader: Reader, longest: int = LONGEST_VALUE) -> Language:
    """Speak a reader's language in a card's Markdown. A value is cut to ``longest`` characters, before it is escaped."""
    return Language(
        reader.language,
        reader.timezone,
        escape=lambda value: escape(cut(value, longest)),
        typed=lambda words: f"**{escape(words)}**",
        dated=moment,
        linked=linked,
        named=channel,
    )


def channel(ref: ChannelRef, name: str) -> str:
    """Show a channel by its name, linked where its address is known. Cards know no mention of one."""
    return linked(ref.url, name) if ref.url and name else name or escape(ref.id)


def plain(say: Language) -> Language:
    """Speak the same language where no markup is read: on buttons, in notifications."""
    return Language(
        say.code,
        say.timezone,
        escape=lambda value: _broken_up(cut(one_line(value), LONGEST_VALUE)),
        typed=lambda words: f"“{words}”",
    )


def plain_formatter(reader: Reader) -> Language:
    """Speak a reader's language where no markup is read, and no card is made: in a toast, in a dialog's message."""
    return plain(Language(reader.language, reader.timezone))


def brief(say: Language, longest: int) -> Language:
    """Speak with shorter values, where many of them stand together."""
    return Language(
        say.code,
        say.timezone,
        escape=lambda value: say.escape(cut(value, longest)),
        typed=say.typed,
        dated=say.dated,
        linked=say.linked,
        named=say.named,
    )


def escape(value: str) -> str:
    """Show a value as text: nothing in it is a link, a mention, a moment or markup. It stays on its line."""
    line = one_line(value)
    guarded = _EMPHASIS.sub(_guard, _MARKS.sub(rf"\g<0>{JOINER}", _broken_up(line)))
    return f"{JOINER}{guarded}" if _BLOCK.match(line) else guarded


def one_line(value: str) -> str:
    """Put a value on one line."""
    return _LINES.sub(" ", value).strip()


def _broken_up(value: str) -> str:
    return _ADDRESSES.sub(rf"\g<0>{JOINER}", value)


def moment(at: datetime) -> str:
    """Show a moment in the time zone of whoever looks at it. Cards read RFC 3339 without fractions of a second."""
    written = f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    return f"{{{{DATE({written}, SHORT)}}}} {{{{TIME({written})}}}}"


def linked(url: str, label: str) -> str:
    """Show an address under a label. Without one it is its own, without an invisible sign in it: people copy it."""
    guarded = _LABEL_OF_ITS_OWN if label == url else _BRACKETS
    return f"[{guarded.sub(_guard, label)}]({target(url)})"


def _guard(found: re.Match[str]) -> str:
    return f"\\{found[0]}"


def target(url: str) -> str:
    """An address as a link's target: what would end it, or begin markup in it, is percent-encoded."""
    return quote(url, safe="/:?#@!$&',;=%+~.-_")


def cut(text: str, longest: int) -> str:
    """Shorten a text, with an ellipsis to show it."""
    return text if len(text) <= longest else text[: longest - 1] + "…"
