"""Remove characters from outside text that cannot be shown, or that a database refuses."""

_BREAKS = (0x0B, 0x0C, *range(0x1C, 0x20), 0x85)
_SHOWS_NOTHING = (*range(0x09), *range(0x0E, 0x1C), *range(0x7F, 0xA0), *range(0xD800, 0xE000))
_UNPRINTABLE = dict.fromkeys(_SHOWS_NOTHING, "") | dict.fromkeys(_BREAKS, " ")
"""Control characters except tab, line feed and carriage return, and lone surrogates. PostgreSQL refuses NUL and surrogates."""


def sanitize(value: str) -> str:
    """Remove characters that no screen shows, and turn unusual line breaks into spaces."""
    return value.translate(_UNPRINTABLE)
