"""A command that a text tells its reader to type is in the reader's language, and is read as it was meant."""

from typing import get_args

import pytest

from bot.command_syntax import parse_command
from bot.i18n import LANGUAGES, Language, Text, Words
from bot.words_to_type import HELP, NOTIFY_ON, CommandAboutOne, words_about

_EVERY = [HELP, NOTIFY_ON, *(words_about(one, "101") for one in get_args(CommandAboutOne))]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("words", _EVERY, ids=lambda words: str(words.words))
def test_command_to_type_means_the_same_in_every_language(words: Words, language: str) -> None:
    typed = Language(language).spell(words)
    assert parse_command(typed) == parse_command(Language("en").spell(words))


def test_command_to_type_names_its_request_in_french() -> None:
    assert Language("fr").say(Text("{words}", {"words": words_about("end", "101")})) == "`/tv terminer 101`"


def test_fixed_command_is_in_the_language_of_its_reader() -> None:
    assert Language("fr").spell(Words("auth")) == "connexion"
