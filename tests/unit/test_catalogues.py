"""Every language has every text of the code, with its values, and short enough for its place."""

import ast
import re
import string
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from support.examples import EXAMPLES
from support.sessions import make_session

from adapters.slack.render.blocks import formatter
from adapters.slack.render.form import session_form
from bot import i18n
from bot.commands import Verb
from bot.i18n import LANGUAGES, Language, Text, _
from bot.model.ids import RequestNumber
from bot.model.session import Kind, State
from bot.model.session_connection import SessionConnection
from bot.views.form import SessionForm
from bot.views.parts import Reader
from bot.views.session import attendance_text, verb_label

ROOT = Path(i18n.__file__).parents[1]
LOCALES = ROOT / "bot" / "locales"
PLACES = ("bot", "adapters", "manifest")
TRANSLATED = tuple(language for language in LANGUAGES if language != "en")
BUTTON = 30
"""Slack takes 75 characters on a button and shows about thirty."""
QUESTION = (("title", 100), ("text", 300), ("yes", 30), ("no", 30))
"""The parts of a question before a button acts, and Slack's limits for them."""
MODAL = 24
LABEL = 75

every_translation = pytest.mark.parametrize("language", TRANSLATED)
every_language = pytest.mark.parametrize("language", LANGUAGES)


def _catalogue(language: str) -> Catalog:
    """Too many plural forms for the language are an error here. A missing form is read as an empty one."""
    with (LOCALES / f"{language}.po").open("rb") as written:
        return read_po(written, locale=language, abort_invalid=True)


def _messages(language: str) -> list[Message]:
    return [message for message in _catalogue(language) if message.id]


def _forms(said: str | list[str] | tuple[str, ...] | None) -> tuple[str, ...]:
    return (said,) if isinstance(said, str) else tuple(said or ())


def _in_the_code() -> set[str | tuple[str, ...]]:
    return {
        message
        for place in PLACES
        for _file, _line, message, _comments, _context in extract_from_dir(
            ROOT / place, keywords={"_": None, "n_": (1, 2)}
        )
    }


def _placeholders(template: str) -> list[str]:
    return sorted(
        name for _before, name, _spec, _how in string.Formatter().parse(template) if name is not None
    )


def _calls(*names: str) -> Iterator[ast.Call]:
    for place in PLACES:
        for file in (ROOT / place).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
                    yield node


def _sentence(node: ast.expr) -> str | None:
    """Return the English text of ``_("…")``."""
    match node:
        case ast.Call(func=ast.Name(id="_"), args=[ast.Constant(value=str(template))]):
            return template
        case _:
            return None


def _sentences(node: ast.expr) -> list[str]:
    """Return the texts that an expression can have."""
    return [found for one in ast.walk(node) if isinstance(one, ast.expr) and (found := _sentence(one))]


def _said(template: str, language: str) -> str:
    numbers = dict.fromkeys(_placeholders(template), "1234567")
    return Language(language).say(Text(template, numbers))


def test_each_language_has_a_catalogue_and_no_other_exists() -> None:
    assert {file.stem for file in LOCALES.glob("*.po")} == set(TRANSLATED)


@every_translation
def test_catalogue_header_has_charset_and_plural_forms(language: str) -> None:
    header = (LOCALES / f"{language}.po").read_text("utf-8").split("\n\n", maxsplit=1)[0]
    assert "Content-Type: text/plain; charset=utf-8" in header
    assert f"Plural-Forms: {Catalog(locale=language).plural_forms}" in header


@every_translation
def test_catalogue_has_exactly_the_texts_of_the_code(language: str) -> None:
    """``sh scripts/translate`` updates it."""
    in_the_code = _in_the_code()
    assert len(in_the_code) > 300
    in_the_catalogue = {
        message.id if isinstance(message.id, str) else tuple(message.id) for message in _messages(language)
    }
    assert in_the_code - in_the_catalogue == set()
    assert in_the_catalogue - in_the_code == set()
    assert list(_catalogue(language).obsolete) == []


@every_translation
def test_every_text_is_translated(language: str) -> None:
    """A plural has as many forms as the language needs."""
    assert [message.id for message in _messages(language) if not all(_forms(message.string))] == []
    assert [message.id for message in _messages(language) if message.fuzzy] == []


@every_translation
def test_translation_has_the_same_placeholders(language: str) -> None:
    for message in _messages(language):
        wanted = [_placeholders(template) for template in _forms(message.id)]
        for said in _forms(message.string):
            assert _placeholders(said) in wanted, said


@every_language
def test_translated_button_labels_fit(language: str) -> None:
    labels = {
        label
        for call in _calls("Button", "LinkButton")
        for label in (_sentences(call.args[0]) if call.args else [])
    } | {verb_label(verb).template for verb in Verb}
    assert {"Enter", "Resend link", "Get link", "End", "Switch on"} <= labels
    assert {label for label in labels if len(_said(label, language)) > BUTTON} == set()


@every_language
def test_translated_confirmation_questions_fit(language: str) -> None:
    questions = list(_calls("Question"))
    assert questions
    for question in questions:
        assert len(question.args) == len(QUESTION)
        for node, (part, longest) in zip(question.args, QUESTION, strict=True):
            for sentence in _sentences(node):
                assert len(_said(sentence, language)) <= longest, (part, sentence)


@every_language
def test_translated_form_labels_fit(language: str) -> None:
    say = Language(language)
    form = session_form(SessionForm(RequestNumber("123"), Kind.PILOT, "", "C1"), say)
    for part, english in (("title", "New session"), ("submit", "Create"), ("close", "Cancel")):
        assert form[part]["text"] == _said(english, language)
        assert len(form[part]["text"]) <= MODAL
    request, kind, _note, _time = form["blocks"]
    assert request["element"]["placeholder"]["text"] == _said("Number, subject or requester", language)
    shown = [option["text"]["text"] for option in kind["element"]["options"]]
    assert shown == [_said("Remote session", language), _said("Pilot session", language)]
    assert all(len(text) <= LABEL for text in shown)


def test_form_in_french_is_in_french() -> None:
    form = session_form(SessionForm(None, Kind.REMOTE, "", ""), Language("fr"))
    assert [form[part]["text"] for part in ("title", "submit", "close")] == [
        "Nouvelle session",
        "Créer",
        "Annuler",
    ]
    labels = ["Demande", "Type", "Note", "La créer plus tard", "Publier la carte dans"]
    assert [block["label"]["text"] for block in form["blocks"]] == labels


def test_french_punctuation_has_its_no_break_space() -> None:
    loose = re.compile(r"[^\u00a0\s][»;?!]|[^\u00a0]:(?!/)|[ \n][»:;?!]|«[^\u00a0]|['\"“”]")
    sentences = [message for message in _messages("fr") if message.id not in EXAMPLES]
    wrong = [said for message in sentences for said in _forms(message.string) if loose.search(said)]
    assert wrong == []


def test_dates_and_durations_are_formatted_in_french() -> None:
    """The month has its French name, the time is the reader's own, and a duration is part of a French sentence."""
    say = Language("fr", "Europe/Paris")
    at = datetime(2026, 8, 4, 22, 5, tzinfo=UTC)
    assert say.moment(at) == "5 août, 00:05 +0200"
    assert say.say(_("Last used {time}", time=at)) == "Dernière utilisation\u00a0: 5 août, 00:05 +0200"
    session = make_session(State.WAITING).reported(
        [SessionConnection("1", at, at + timedelta(seconds=3729))], at
    )
    assert say.say(attendance_text(session.ended(at, by=None))) == "Durée de connexion\u00a0: 1 h 2 min"


def test_french_slack_text_has_a_date_where_english_has_tomorrow() -> None:
    """French texts have “le” or “jusqu’au” before a moment, and neither goes with “demain”."""
    forms = {
        language: re.findall(
            r"\{\w+\}", formatter(Reader(language), "/tv").moment(datetime(2026, 8, 4, tzinfo=UTC))
        )
        for language in ("en", "fr")
    }
    assert forms == {"en": ["{date_short_pretty}", "{time}"], "fr": ["{date_short}", "{time}"]}


def test_french_moments_are_dates_in_their_sentences() -> None:
    """A moment is a date and a time, so “à” and “depuis” need “le” before it."""
    wrong = re.compile(r"(?:\bà|\bdepuis|\baprès|\bavant) \{time\}", re.IGNORECASE)
    assert [
        said for message in _messages("fr") for said in _forms(message.string) if wrong.search(said)
    ] == []


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (-1, "0 s"),
        (0, "0 s"),
        (42, "42 s"),
        (60, "1 min"),
        (136, "2 min 16 s"),
        (3600, "1 h"),
        (3729, "1 h 2 min"),
    ],
)
def test_duration_is_shown_with_its_units(seconds: int, shown: str) -> None:
    assert Language("en").duration(seconds) == Language("fr").duration(seconds) == shown
