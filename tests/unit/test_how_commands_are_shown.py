"""An example is shown as its reader types it: with the slash command in Slack, and in Teams with a mention where it is needed."""

import ast
import json
import re
from pathlib import Path

import pytest

import adapters
import bot
from adapters.slack.render import render as render_in_slack
from adapters.teams.render.answers import TeamsAnswers
from bot.admin_command_syntax import ADMIN_COMMAND_TABLE
from bot.command_row import CommandRow, usage_error
from bot.command_syntax import COMMAND_TABLE, usage_hint
from bot.commands import Help
from bot.i18n import Text, Words, _
from bot.model.sanitize import JOINER
from bot.use_cases.queries import show_help
from bot.views.errors import error_view
from bot.views.pages import Message
from bot.views.parts import Reader

ROWS = [*COMMAND_TABLE.values(), *ADMIN_COMMAND_TABLE.values()]
every_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.prefix}{row.name}")
GRAMMAR = frozenset("[]|…")
"""Signs of a usage pattern, which no reader should have to know."""


def _in_teams(answers: TeamsAnswers, row: CommandRow, language: str = "en") -> str:
    answer = answers.render(error_view(usage_error(row)), Reader(language))
    return answer.text.replace(JOINER, "")


@every_row
def test_usage_error_shows_an_example_in_slack(row: CommandRow) -> None:
    said = json.dumps(render_in_slack(error_view(usage_error(row)), Reader(), "/tv"), ensure_ascii=False)
    assert f"For example: `/tv {row.example.words}`" in said.replace('\\\\"', '"').replace('\\"', '"')


@every_row
def test_usage_error_shows_an_example_in_teams(row: CommandRow) -> None:
    """In a channel Teams passes on only what mentions the bot. Its own chat needs no mention."""
    assert f"For example: “{row.example.words}”" in _in_teams(TeamsAnswers(), row)
    assert f"For example: “@tvbot {row.example.words}”" in _in_teams(TeamsAnswers("tvbot"), row)


@every_row
def test_no_example_needs_knowledge_of_a_grammar(row: CommandRow) -> None:
    assert row.examples
    for example in row.examples:
        assert not GRAMMAR & set(str(example))


def test_no_text_shows_a_placeholder_for_what_is_to_be_typed() -> None:
    """A command in a text is one that a reader could type as it stands."""
    shown = [
        one.value
        for folder in (Path(bot.__file__).parent, Path(adapters.__file__).parent)
        for path in folder.rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "Words"
        for one in ast.walk(call)
        if isinstance(one, ast.Constant) and isinstance(one.value, str)
    ]
    assert "create 123" in shown
    assert [words for words in shown if re.search(r"[A-Z]{2}|\b[A-Z]\b|@user|[\[\]|<>…]", words)] == []
    assert not re.search(r"\b[A-Z]\b|@user|[\[\]|<>…]", usage_hint())


def test_answer_that_goes_to_the_private_chat_names_no_bot() -> None:
    secret = Message(Text("{words}", {"words": Words("auth")}), is_personal=True)
    assert TeamsAnswers("tvbot").render(secret, Reader()).text == "“auth”"


def test_command_in_a_french_answer_is_in_french_quotation_marks() -> None:
    secret = Message(Text("{words}", {"words": Words("auth")}), is_personal=True)
    assert (
        TeamsAnswers("tvbot").render(secret, Reader("fr")).text
        == "«\N{NO-BREAK SPACE}connexion\N{NO-BREAK SPACE}»"
    )


def test_french_help_has_french_commands_and_explains_the_options() -> None:
    said = json.dumps(render_in_slack(show_help(Help("créer")), Reader("fr"), "/tv"), ensure_ascii=False)
    assert "`/tv créer 123 --pilot`" in said
    assert "`--pilot`  Le demandeur vous montre quelque chose" in said
    assert "`/tv terminer 123`" in json.dumps(
        render_in_slack(show_help(Help()), Reader("fr"), "/tv"), ensure_ascii=False
    )


def test_example_of_an_error_keeps_its_language_when_it_is_stored() -> None:
    text = _("To see the options of one command, type {words}.", words=COMMAND_TABLE["help"].example)
    assert Text.from_json(text.to_json()) == text
