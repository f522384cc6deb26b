"""What may stand in a text from outside: characters that can be shown, and kept by every database."""

_BREAKS = (0x0B, 0x0C, *range(0x1C, 0x20), 0x85)
_SHOWS_NOTHING = (*range(0x09), *range(0x0E, 0x1C), *range(0x7F, 0xA0), *range(0xD800, 0xE000))
_UNPRINTABLE = dict.fromkeys(_SHOWS_NOTHING, "") | dict.fromkeys(_BREAKS, " ")
"""Controls but tab, line feed and carriage return, and halves of surrogate pairs: PostgreSQL refuses NUL and the halves."""


def sanitize(value: str) -> str:
    """Take out what no screen shows; an odd kind of break becomes a space."""
    return value.translate(_UNPRINTABLE)
