"""What a row of the table of words is."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.commands import Command
from bot.errors import Misunderstood
from bot.i18n import Text, Words, _

Parse = Callable[["CommandRow", str], Command]


@dataclass(frozen=True, slots=True)
class CommandRow:
    """One word. ``usage`` is what stands behind it; ``parse`` reads the rest of the line.

    ``also``: the same word in other languages, without accents.
    """

    name: str
    usage: str
    summary: Text
    parse: Parse
    prefix: str = ""
    also: tuple[str, ...] = ()

    @property
    def pattern(self) -> str:
        """The word with its usage, as help shows it."""
        return f"{self.prefix}{self.name} {self.usage}".strip()


def usage(word: CommandRow) -> Misunderstood:
    """The error of a word that was typed in another way than it is used."""
    return Misunderstood(_("Type it like this: {words}", words=Words(word.pattern)))


def nothing_behind(command: Command) -> Parse:
    """Read a word that stands alone."""

    def read(word: CommandRow, rest: str) -> Command:
        if rest:
            raise usage(word)
        return command

    return read
