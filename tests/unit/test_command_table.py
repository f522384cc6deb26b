"""The command table: every command in it is understood, explained, offered and documented everywhere."""

import operator
from contextlib import suppress
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.admin_command_syntax import ADMIN_COMMAND_TABLE
from bot.command_row import CommandRow, Menu
from bot.command_syntax import COMMAND_TABLE, find_row, menu_rows, parse_command, typed_form, usage_hint
from bot.commands import (
    AddRule,
    Command,
    Create,
    CreateSeveral,
    Help,
    History,
    ListOpen,
    Notify,
    OnPlan,
    OnSession,
    PlanSession,
    PlanVerb,
    RemoveRule,
    ReportOutage,
    Show,
    ShowAuditLog,
    TryRule,
    Verb,
)
from bot.errors import Misunderstood
from bot.i18n import Words
from bot.model.ids import Email, RequestNumber
from bot.model.session import Kind
from bot.typed_text import without_accents
from bot.use_cases.queries import show_help
from manifest.teams.command_lists import MAX_COMMANDS

DOCS = Path(__file__).parents[2] / "docs"
USING = (DOCS / "using.md").read_text()
ADMINISTERING = (DOCS / "administering.md").read_text()
ROWS = list(COMMAND_TABLE.values())
numbers = st.integers(1, 10**18 - 1).map(lambda number: RequestNumber(str(number)))
notes = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=20)


@pytest.mark.parametrize("row", ROWS, ids=operator.attrgetter("name"))
def test_every_command_is_in_the_manual(row: CommandRow) -> None:
    manual = ADMINISTERING if row.name == "admin" else USING
    assert f"`/tv {row.name}" in manual, "add a row to the table in docs/using.md"


@pytest.mark.parametrize("row", list(ADMIN_COMMAND_TABLE.values()), ids=operator.attrgetter("name"))
def test_every_administration_command_is_in_the_manual(row: CommandRow) -> None:
    assert f"`/tv admin {row.name}" in ADMINISTERING or f"`{row.name}" in ADMINISTERING


@pytest.mark.parametrize("row", ROWS, ids=operator.attrgetter("name"))
def test_every_command_is_explained_by_help(row: CommandRow) -> None:
    page = show_help(Help(row.name))
    assert page.rows[0] == (row.example, row.summary)
    assert [words for words, _summary in page.rows] == [Words(one) for one in row.examples]
    assert [option for option, _summary in page.options] == [f"--{name}" for name in row.options]
    assert page.rows[0] in show_help(Help()).rows


@pytest.mark.parametrize("menu", list(Menu))
def test_a_menu_is_as_long_as_teams_shows_it(menu: Menu) -> None:
    assert 0 < len(menu_rows(menu)) <= MAX_COMMANDS


def test_the_usage_hint_names_commands_of_the_table_and_fits_into_slack() -> None:
    named = [part.split()[0] for part in usage_hint().split(", ")]
    assert named == [row.name for row in ROWS if row.name in named]
    assert len(usage_hint()) <= 1000


def test_no_two_commands_have_the_same_name_in_any_language() -> None:
    names = [name for row in ROWS for name in (row.name, *row.also)]
    assert len(names) == len(set(names))
    assert names == [without_accents(name) for name in names]
    assert all(find_row(name.upper()) is not None for name in names)


def test_every_verb_is_typed_by_its_own_name() -> None:
    for verb in Verb:
        assert parse_command(f"{verb} 7") == OnSession(verb, "7")


@given(
    st.builds(Create, numbers, st.sampled_from(Kind), st.just("") | notes, st.booleans())
    | st.builds(
        CreateSeveral,
        st.sets(numbers, min_size=2, max_size=10).map(tuple),
        st.sampled_from(Kind),
        st.just("") | notes,
        st.booleans(),
    )
    | st.builds(
        PlanSession,
        numbers,
        st.sampled_from(["14:30", "tomorrow 9:00", "2026-12-01 14:30"]),
        st.sampled_from(Kind),
        st.just("") | notes,
        st.booleans(),
    )
    | st.builds(Show, numbers)
    | st.builds(OnPlan, st.sampled_from(PlanVerb), numbers)
    | st.builds(OnPlan, st.just(PlanVerb.MOVE), numbers, st.just("tomorrow 9:00"))
    | st.builds(
        ReportOutage,
        st.lists(numbers, min_size=1, max_size=10, unique=True).map(tuple),
        st.sampled_from(Kind),
        st.just("") | notes,
        in_chat=st.booleans(),
    )
    | st.builds(OnSession, st.sampled_from(Verb), st.just("s12345678"))
    | st.builds(History, st.none() | numbers, st.integers(1, 999_999))
    | st.builds(History, st.none(), st.integers(1, 999_999), st.just(Email("tom@example.test")))
    | st.builds(ListOpen, st.integers(1, 999_999))
    | st.builds(Notify, st.sampled_from([None, True, False]))
    | st.builds(RemoveRule, st.integers(1, 999_999))
    | st.builds(AddRule, st.just('no pilot site:"Paris - Opéra"'))
    | st.builds(TryRule, st.just("at most 3 per technician"))
)
def test_what_to_type_for_a_button_does_what_the_button_does(command: Command) -> None:
    typed = typed_form(command, "s12-345-678")
    assert typed is not None
    assert parse_command(typed) == command


def test_a_verb_is_not_typed_without_a_reference_to_its_session() -> None:
    assert typed_form(OnSession(Verb.END, "0123456789abcdef")) is None


@settings(suppress_health_check=[HealthCheck.too_slow])  # the first draw builds a strategy for each command
@given(
    st.sampled_from(
        sorted(
            set(get_args(Command))
            - {CreateSeveral, History, ListOpen, PlanSession, RemoveRule, ReportOutage, ShowAuditLog},
            key=repr,
        )
    ).flatmap(st.from_type),
    st.sampled_from(["", "7"]),
)
def test_whatever_is_typed_for_a_button_is_a_command_of_the_table(command: Command, reference: str) -> None:
    typed = typed_form(command, reference)
    assert typed is None or find_row(typed.split()[0]) is not None


@given(st.text(max_size=1100))
def test_any_text_is_a_command_or_is_explained(line: str) -> None:
    with suppress(Misunderstood):
        assert isinstance(parse_command(line), Command)
