"""Normalize what a person typed, before a command is parsed from it."""

import re
import unicodedata

from bot.model.sanitize import JOINER, remove_invisible, sanitize

LONGEST_COMMAND = 1000
"""Characters in a command."""
LONGEST_NOTE = 500
"""Characters in the note of a session."""
_DASHES = re.compile(r"(?<!\S)[\u2013\u2014\u2015](?=\w)|(?<!\S)-(?=(?:pilot|another|note|page)\b)")
_QUOTES = str.maketrans(
    {"\u201c": '"', "\u201d": '"', "\u201e": '"', "\u00ab": '"', "\u00bb": '"', "\u2019": "'"}
)


def normalize_typed_text(line: str) -> str:
    """Undo what phones and copy-paste do to text.

    They bring full-width letters, odd spaces, long dashes, typographic quotes and invisible characters. A note keeps its
    invisible characters, because some scripts and emoji need them, but not the joiners that come from the bot's own texts.
    """
    plain = unicodedata.normalize("NFKC", sanitize(line)).translate(_QUOTES)
    command, marker, note = _DASHES.sub("--", plain).partition("--note")
    whole = remove_invisible(command) + marker + note.replace(JOINER, "")
    return _DASHES.sub("--", " ".join(whole.split()))


def without_accents(word: str) -> str:
    """Return a word in lower case without accents: the form in which command names are compared."""
    decomposed = unicodedata.normalize("NFKD", word.lower())
    return "".join(one for one in decomposed if not unicodedata.combining(one))
