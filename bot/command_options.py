"""Read what is typed after a command's name: its arguments, and its options with their texts."""

import difflib
import re
from collections.abc import Mapping
from functools import partial

from bot.command_row import CommandRow, Parse, usage_error
from bot.commands import Command
from bot.errors import Misunderstood
from bot.i18n import _
from bot.model.ids import DASHES
from bot.model.mention import name_mentions
from bot.values import field, value_class

_OPTION = re.compile(
    rf"(?<!\S)(?P<dashes>[{DASHES}]+)(?P<space> ?)(?P<name>[^\W\d_][^\s=]*|(?=$))(?P<equals>=?)"
)
"""An option. Phones turn two hyphens into one long dash, and people put a space behind it."""
_QUOTED = re.compile(rf'\s*"(?P<text>.*?)"(?=\s*$|\s+[{DASHES}]+[^\W\d_])')
_WORD = re.compile(r"\s*(?P<text>\S*)")
_ONE_WORD = frozenset({"K"})
"""Kinds of text that are one word. What follows is an argument again."""


@value_class
class Arguments:
    """What was typed after a command's name: ``words`` without the options, and each option's text by its name.

    The text of an option that takes none is empty.
    """

    words: str
    options: Mapping[str, str] = field(default_factory=dict)


def read_arguments(row: CommandRow, typed: str, *, also: Mapping[str, str] | None = None) -> Arguments:
    """Read arguments and options of a command. Its usage pattern says which options there are.

    ``also``: options that are accepted although help does not name them. Raises Misunderstood for an option that the command
    does not have, one without its text, and one that is given twice with two texts.
    """
    takes = {**row.options, **(also or {})}
    words: list[str] = []
    options: dict[str, str] = {}
    position = 0
    while found := _OPTION.search(typed, position):
        words.append(typed[position : found.start()])
        name = _known_name(row, takes, found)
        position = found.end()
        if not takes[name]:
            if found["equals"]:
                raise _takes_no_text(row, name)
            options[name] = ""
            continue
        text, position = _read_text(takes, name, typed, position)
        if not text:
            raise _needs_text(row, name, takes[name])
        if name in options:
            raise _given_twice(row, name)
        options[name] = text
    words.append(typed[position:])
    return Arguments(" ".join(" ".join(words).split()), options)


def no_arguments(command: Command) -> Parse:
    """Return a parser for a command that takes no arguments."""
    return partial(_parse_no_arguments, command)


def _parse_no_arguments(command: Command, row: CommandRow, rest: str) -> Command:
    if read_arguments(row, rest).words:
        raise usage_error(row)
    return command


def quote_text(text: str) -> str:
    """Return the text of an option as a person has to type it, so that dashes in it begin no option."""
    return f'"{text}"' if _OPTION.search(text) or text.startswith('"') else text


def _known_name(row: CommandRow, takes: Mapping[str, str], found: re.Match[str]) -> str:
    name = found["name"].lower()
    if name not in takes:
        raise _no_such_option(row, takes, found["name"])
    return name


def _read_text(takes: Mapping[str, str], name: str, typed: str, position: int) -> tuple[str, int]:
    """Return the text of an option and where it ends: before the next option, unless it is in quotation marks."""
    quoted = _QUOTED.match(typed, position)
    if quoted is not None:
        return quoted["text"].strip(), quoted.end()
    if takes[name] in _ONE_WORD:
        word = _WORD.match(typed, position)
        assert word is not None  # noqa: S101 - the pattern matches any text
        return word["text"], word.end()
    end = next(
        (one.start() for one in _OPTION.finditer(typed, position) if _ends_text(takes, one)), len(typed)
    )
    return typed[position:end].strip(), end


def _ends_text(takes: Mapping[str, str], found: re.Match[str]) -> bool:
    """Whether an option ends the text before it. In a sentence a dash alone, or a long dash before a word, is punctuation."""
    if found["space"] or not found["name"]:
        return False
    return found["name"].lower() in takes or found["dashes"] == "--"


def _no_such_option(row: CommandRow, takes: Mapping[str, str], name: str) -> Misunderstood:
    option = f"--{name_mentions(name)[:40]}"
    near = difflib.get_close_matches(name.lower(), takes, n=1, cutoff=0.6)
    if near:
        return Misunderstood(
            _(
                "There is no option “{option}”. Did you mean “{near}”? Nothing was done.",
                option=option,
                near=f"--{near[0]}",
            )
        )
    if "note" in takes:
        return Misunderstood(
            _(
                "There is no option “{option}”. If it belongs to a note, put the note in quotation marks. "
                "For example: {words}",
                option=option,
                words=row.example,
            )
        )
    return Misunderstood(
        _(
            "There is no option “{option}” here. For example: {words}",
            option=option,
            words=row.example,
        )
    )


def _needs_text(row: CommandRow, name: str, kind: str) -> Misunderstood:
    example = row.example_with(name)
    if kind in _ONE_WORD:
        return Misunderstood(
            _(
                "The option “{option}” needs a number, for example {words}. Nothing was done.",
                option=f"--{name}",
                words=example,
            )
        )
    if kind == "TIME":
        return Misunderstood(
            _(
                "The option “{option}” needs a time, for example {words}. Nothing was done.",
                option=f"--{name}",
                words=example,
            )
        )
    return Misunderstood(
        _(
            "The option “{option}” needs a text, for example {words}. Nothing was done.",
            option=f"--{name}",
            words=example,
        )
    )


def needs_number(row: CommandRow, name: str) -> Misunderstood:
    """Return the error for an option whose text is no number."""
    return _needs_text(row, name, "K")


def _takes_no_text(row: CommandRow, name: str) -> Misunderstood:
    return Misunderstood(
        _(
            "The option “{option}” takes no text. For example: {words}",
            option=f"--{name}",
            words=row.example_with(name),
        )
    )


def _given_twice(row: CommandRow, name: str) -> Misunderstood:
    return Misunderstood(
        _(
            "The option “{option}” is given twice. For example: {words}",
            option=f"--{name}",
            words=row.example_with(name),
        )
    )
