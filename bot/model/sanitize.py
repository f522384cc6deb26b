"""Remove characters from outside text that cannot be shown, or that a database refuses."""

import unicodedata

_BREAKS = (0x0B, 0x0C, *range(0x1C, 0x20), 0x85)
_SHOWS_NOTHING = (*range(0x09), *range(0x0E, 0x1C), *range(0x7F, 0xA0), *range(0xD800, 0xE000))
_UNPRINTABLE = dict.fromkeys(_SHOWS_NOTHING, "") | dict.fromkeys(_BREAKS, " ")
"""Control characters except tab, line feed and carriage return, and lone surrogates. PostgreSQL refuses NUL and surrogates."""


def sanitize(value: str) -> str:
    """Remove characters that no screen shows, and turn unusual line breaks into spaces."""
    return value.translate(_UNPRINTABLE)


JOINER = "\u2060"
"""The word joiner. Renderers put it into values so that they do not become markup, and people copy it from there.

It has no width, breaks no line, and parsers of markup treat it neither as space nor as punctuation.
"""


def remove_invisible(value: str) -> str:
    """Remove the characters that have no width: joiners, marks of direction, soft hyphens.

    They come along when text is copied. In a name or an address they make a difference that nobody can see.
    """
    return "".join(one for one in value if unicodedata.category(one) != "Cf")
