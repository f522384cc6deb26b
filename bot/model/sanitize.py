"""Remove characters from outside text that cannot be shown, or that a database refuses."""

import re
import unicodedata

_BREAKS = (0x0B, 0x0C, *range(0x1C, 0x20), 0x85)
_SHOWS_NOTHING = (*range(0x09), *range(0x0E, 0x1C), *range(0x7F, 0xA0), *range(0xD800, 0xE000))
_UNPRINTABLE = dict.fromkeys(_SHOWS_NOTHING, "") | dict.fromkeys(_BREAKS, " ")
"""Control characters except tab, line feed and carriage return, and lone surrogates. PostgreSQL refuses NUL and surrogates."""

JOINER = "\u2060"
"""The word joiner. Renderers put it into values so that they do not become markup, and people copy it from there.

It has no width, breaks no line, and parsers of markup treat it neither as space nor as punctuation.
"""

_FORMAT = (
    "\u00ad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f"
    "\ufeff\ufff9-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0001\U000e0020-\U000e007f"
)
"""Unicode's format characters (category Cf). Written out: to look at every character takes 0.2 s at each start."""
_FILLERS = "\u034f\u180b-\u180d\u180f\u2065\u3164\uffa0\ufe00-\ufe0f\U000e0100-\U000e01ef"
"""Fillers and variation selectors: of another category, and as invisible."""
_INVISIBLE = re.compile(f"[{_FORMAT}{_FILLERS}]+")
_JOINERS = frozenset("\u200c\u200d")
_VARIATIONS = frozenset("\ufe0e\ufe0f")
_KEYCAP = "\u20e3"
_FIRST_JOINING_SCRIPT = 0x0590
"""Hebrew and what follows. Before it there are Latin, Greek and Cyrillic letters, which nothing joins."""


def sanitize(value: str) -> str:
    """Remove characters that no screen shows, and turn unusual line breaks into spaces.

    Joiners and variation selectors stay between emoji, and between letters of scripts that need them.
    """
    printable = value.translate(_UNPRINTABLE)
    return printable if printable.isascii() else _INVISIBLE.sub(_keep_needed, printable)


def remove_invisible(value: str) -> str:
    """Remove every character that has no width: joiners, marks of direction, soft hyphens.

    They come along when text is copied. In a name or an address they make a difference that nobody can see.
    """
    return value if value.isascii() else _INVISIBLE.sub("", value)


def _keep_needed(found: re.Match[str]) -> str:
    """Return those of some invisible characters that their neighbours need."""
    before = found.string[found.start() - 1] if found.start() else ""
    after = found.string[found.end()] if found.end() < len(found.string) else ""
    needed = set[str]()
    if _is_joined(before) or after == _KEYCAP:
        needed |= _VARIATIONS
    if _is_joined(before) and _is_joined(after):
        needed |= _JOINERS
    return "".join(one for one in found[0] if one in needed)


def _is_joined(neighbour: str) -> bool:
    """Whether a character is an emoji, or a letter or mark of a script in which joiners make a visible difference."""
    return bool(neighbour and ord(neighbour) >= _FIRST_JOINING_SCRIPT) and (
        unicodedata.category(neighbour) in {"Lo", "Mn", "Mc", "So", "Sk"}
    )
