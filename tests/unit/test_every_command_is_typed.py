"""Every command that a person can give is typed, or is a button's: none is forgotten in the command table."""

import itertools
import re
from collections.abc import Iterator
from typing import get_args

import pytest

from bot.admin_command_syntax import ADMIN_COMMAND_TABLE
from bot.command_row import OPTIONS, CommandRow
from bot.command_syntax import COMMAND_TABLE, find_row, parse_command
from bot.commands import (
    CancelPlan,
    Command,
    ConnectAccount,
    Create,
    CreateSeveral,
    DeclineInvitation,
    EndOutage,
    Help,
    MovePlan,
    OnPlan,
    OpenForm,
    OpenOutageForm,
    OpenPlanForm,
    PlanSession,
    ReportOutage,
    Retry,
    ReuseConnection,
    SendAgain,
    ShowCard,
    ShowOutageCard,
    ShowOutageLinks,
    StartPlan,
)
from bot.errors import Misunderstood
from bot.i18n import LANGUAGES, Language
from bot.model.mention import mention_token
from bot.typed_text import without_accents
from bot.values import replace

BUTTONS_ONLY = {
    CancelPlan,
    ConnectAccount,
    DeclineInvitation,
    EndOutage,
    MovePlan,
    OpenPlanForm,
    StartPlan,
    Retry,
    ReuseConnection,
    SendAgain,
    ShowCard,
    ShowOutageCard,
    ShowOutageLinks,
}
"""Commands of a button or of a card's refresh. They name a session, a planned one, a notice or a connection by an id that nobody types."""
TYPED = {
    "N": "101",
    "N N": "101 102",
    "CODE": "s12-345-678",
    "TEXT": "what she sees",
    "K": "2",
    "TIME": "14:30",
    "EMAIL": "tom@example.test",
    "E-MAIL": "tom@example.test",
    "@user": mention_token("U1", "Tom"),
    "word": "create",
    "RULE": "no pilot",
    "NUMBER": "3",
    "…": "",
}
"""What a person types for each placeholder of a usage pattern."""
TEXT_OF_ITS_OWN = "…"
"""The usage pattern of a command that is followed by a word of a second table."""
ROWS = [*COMMAND_TABLE.values(), *ADMIN_COMMAND_TABLE.values()]
every_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.prefix}{row.name}")


def _lines(row: CommandRow) -> Iterator[str]:
    """Yield every way to type a command, by its usage pattern."""
    parts = re.findall(r"\[[^\]]*\]|\S+", row.usage)
    for chosen in itertools.product(*map(_ways, parts)):
        yield " ".join(filter(None, (f"{row.prefix}{row.name}", *chosen)))


def _ways(part: str) -> list[str]:
    """Return the ways to type one part of a pattern: ``[A|B]`` can be left out, ``A|B`` cannot, ``N…`` is one or several."""
    alternatives = part.strip("[]").replace("N…", "N|N N").split("|")
    ways = [TYPED.get(one) or " ".join(TYPED.get(word, word) for word in one.split()) for one in alternatives]
    return ["", *ways] if part.startswith("[") else ways


@every_row
def test_every_way_in_a_usage_pattern_is_understood(row: CommandRow) -> None:
    for line in _lines(row):
        parse_command(line)


@every_row
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_example_is_a_command_of_its_row_in_every_language(row: CommandRow, language: str) -> None:
    """A translation may change the command's word, the note and the time only."""
    for example in row.examples:
        said = Language(language).say(example)
        typed = said.replace("@Ines", TYPED["@user"])
        first = said.removeprefix(row.prefix).split()[0]
        named = ADMIN_COMMAND_TABLE.get(first) if row.prefix else find_row(first)
        assert named == row
        meant = parse_command(str(example).replace("@Ines", TYPED["@user"]))
        assert _without_words(parse_command(typed)) == _without_words(meant)


@pytest.mark.parametrize("row", [row for row in COMMAND_TABLE.values() if row.also], ids=lambda row: row.name)
def test_french_help_names_the_french_word(row: CommandRow) -> None:
    for example in row.examples:
        assert without_accents(Language("fr").say(example).split()[0]) in row.also


@every_row
def test_every_option_is_explained_and_has_an_example(row: CommandRow) -> None:
    for option in row.options:
        assert option in OPTIONS
        assert f"--{option}" in str(row.example_with(option).words)


def _without_words(command: Command) -> Command:
    """Leave out what a translation may change: a note, a time, and the word that is asked about."""
    match command:
        case Create() | CreateSeveral() | ReportOutage() | OpenForm() | OpenOutageForm():
            return replace(command, note="note" if command.note else "")
        case OnPlan():
            return replace(command, at="at" if command.at else "")
        case PlanSession():
            return replace(command, note="note" if command.note else "", at="at")
        case Help():
            row = find_row(command.word or "help")
            return Help(row.name if row else None)
        case _:
            return command


def test_every_command_is_typed_or_belongs_to_a_button() -> None:
    typed = {type(parse_command(line)) for row in ROWS for line in _lines(row)}
    missing = set(get_args(Command)) - typed - BUTTONS_ONLY
    assert not missing, f"no row of the command table makes {sorted(one.__name__ for one in missing)}"


@every_row
@pytest.mark.parametrize("typed", ["--foo", "101 --foo", "—Foo 101"])
def test_option_that_a_command_does_not_have_is_refused_by_name(row: CommandRow, typed: str) -> None:
    """It is never read as an argument, whatever the command. After ``admin`` there is a word of its own first."""
    if row.usage == TEXT_OF_ITS_OWN and not typed.startswith("--"):
        return
    with pytest.raises(Misunderstood) as caught:
        parse_command(f"{row.prefix}{row.name} {typed}")
    assert "no option “--foo”" in str(caught.value.text).lower()
