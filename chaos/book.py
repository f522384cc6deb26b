"""The book of the chaos run: every command that was typed, and whether the bot accepted it."""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum


class Word(StrEnum):
    """The commands that are typed."""

    CREATE = "create"
    PILOT = "pilot"
    END = "end"
    LIST = "list"


class Answer(StrEnum):
    """The bot's answer to a command."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    NONE = "none"
    """No answer came, or one that says that the bot is out of order. Nobody knows whether the command counts."""


@dataclass(slots=True)
class Entry:
    """A command that one person typed until it was answered. ``answers`` are those to each attempt."""

    word: Word
    number: str
    answers: list[Answer] = field(default_factory=list)

    @property
    def is_accepted(self) -> bool:
        """Whether one of the attempts was accepted."""
        return Answer.ACCEPTED in self.answers

    @property
    def may_count(self) -> bool:
        """Whether the bot may have carried it out."""
        return self.is_accepted or Answer.NONE in self.answers


@dataclass(slots=True)
class Book:
    """Everything that one person typed, and the texts with which the bot refused something."""

    entries: list[Entry] = field(default_factory=list)
    refusals: Counter[str] = field(default_factory=Counter)

    def write(self, word: Word, number: str) -> Entry:
        """Add a command that is about to be typed."""
        entry = Entry(word, number)
        self.entries.append(entry)
        return entry
