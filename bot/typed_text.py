"""Normalize what a person typed, before a command is parsed from it."""

import unicodedata

from bot.model.sanitize import sanitize

LONGEST_COMMAND = 1000
"""Characters in a command."""
LONGEST_NOTE = 500
"""Characters in the note of a session."""
_ALIKE = str.maketrans(
    {
        "\u201c": '"',
        "\u201d": '"',
        "\u201e": '"',
        "\u00ab": '"',
        "\u00bb": '"',
        "\u2019": "'",
        "\u2800": " ",  # the Braille pattern without a dot
    }
)


def normalize_typed_text(line: str) -> str:
    """Undo what phones and copy-paste do to text.

    They bring full-width letters, odd spaces, typographic quotes and invisible characters. Dashes stay as they are:
    ``read_arguments`` knows which of them begin an option.
    """
    return " ".join(unicodedata.normalize("NFKC", sanitize(line)).translate(_ALIKE).split())


def without_accents(word: str) -> str:
    """Return a word in lower case without accents: the form in which command names are compared."""
    decomposed = unicodedata.normalize("NFKD", word.lower())
    return "".join(one for one in decomposed if not unicodedata.combining(one))
