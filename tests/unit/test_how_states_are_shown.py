"""A state is shown as a word and a colour, the same one in both chats. A number or a code is not broken in the middle."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from support.hostile_views import NOW, HostileViews
from support.reading import walk
from support.sessions import make_session

from adapters.slack.render import render as render_in_slack
from adapters.slack.render.blocks import formatter as slack_formatter
from adapters.slack.render.home import home_page
from adapters.teams.render import render as render_in_teams
from adapters.teams.render import render_home
from adapters.teams.render.markdown import formatter as teams_formatter
from bot.command_syntax import parse_command
from bot.commands import AnswerOffer
from bot.i18n import LANGUAGES, Language, Text
from bot.model.card import Audience
from bot.model.sanitize import JOINER
from bot.model.session import State
from bot.views.pages import SessionList
from bot.views.parts import Reader
from bot.views.session import make_session_card, make_session_row, state_text
from bot.views.wording import STATE_SIGNS

COLOURS = {"🔵": "Accent", "🟡": "Warning", "🟢": "Good", "🔴": "Attention"}
"""The colour of Teams for each sign. Any other sign stands for the colour of ordinary text."""

every_state = pytest.mark.parametrize("state", list(State))


@every_state
@pytest.mark.parametrize("language", LANGUAGES)
def test_state_is_a_word_and_a_colour_in_slack(state: State, language: str) -> None:
    session = make_session(state)
    card = render_in_slack(make_session_card(session, [], Audience.SHARED), Reader(language), "/tv")
    words = slack_formatter(Reader(language), "/tv").say(state_text(session))
    assert f"\n{STATE_SIGNS[state]} {words}" in card["blocks"][0]["text"]["text"]
    assert words in card["text"]


@every_state
@pytest.mark.parametrize("language", LANGUAGES)
def test_state_is_a_word_and_a_colour_in_teams(state: State, language: str) -> None:
    session = make_session(state)
    card = render_in_teams(make_session_card(session, [], Audience.SHARED), Reader(language)).card
    words = teams_formatter(Reader(language)).say(state_text(session))
    (line,) = [one for one in walk(card) if str(one.get("text", "")).startswith(STATE_SIGNS[state])]
    assert line["text"] == f"{STATE_SIGNS[state]} {words}"
    assert line["color"] == COLOURS.get(STATE_SIGNS[state], "Default")


def _texts(shown: Any) -> Iterator[str]:
    return (one["text"] for one in walk(shown) if isinstance(one.get("text"), str))


@every_state
def test_row_of_a_session_has_its_state_in_words(state: State) -> None:
    session = make_session(state)
    row, words = make_session_row(session), str(state_text(session))
    page = SessionList(Text("Title"), [row], Text("None."))
    for shown in (render_in_slack(page, Reader(), "/tv"), render_in_teams(page, Reader()).card):
        written = json.dumps(shown, ensure_ascii=False).replace(JOINER, "")
        assert words in written
        assert STATE_SIGNS[state] in written


def test_long_subject_does_not_fill_the_screen_of_a_phone_in_slack() -> None:
    """Slack clamps no lines, so the text is cut. Its sign and the request's link show where the rest is."""
    session = make_session(subject="Printer on floor 3 " * 30)
    card = make_session_card(session, [], Audience.SHARED)
    shown = [
        one["text"]
        for one in walk(render_in_slack(card, Reader(), "/tv")["blocks"])
        if one.get("type") == "plain_text"
    ]
    (subject,) = [one for one in shown if one.startswith("Printer")]
    assert len(subject) <= 120
    assert subject.endswith("…")


def test_duration_stays_on_one_line_in_teams() -> None:
    shown = teams_formatter(Reader()).say(Text("After {time}.", {"time": timedelta(seconds=136)}))
    assert shown == f"After 2 {JOINER}min {JOINER}16 {JOINER}s."
    # A note on a request is no card: nothing invisible is in it.
    assert Language("en").duration(136) == "2 min 16 s"


def test_code_in_a_command_to_type_stays_on_one_line_in_teams() -> None:
    said = teams_formatter(Reader()).typed("enter s12-345-678")
    assert said == f"**enter s12-{JOINER}345-{JOINER}678**"


def test_option_in_a_command_to_type_stays_on_one_line_in_teams() -> None:
    said = teams_formatter(Reader()).typed("transfer 105 --accept")
    assert said == f"**transfer 105 --{JOINER}accept**"
    assert parse_command(said.strip("*")) == AnswerOffer("105", accepts=True)


def test_every_time_is_exact_and_left_to_the_client() -> None:
    """A home or a card is not updated every minute. So no text counts back from now, or has the time zone of the bot."""
    made, say = HostileViews("words"), slack_formatter(Reader(), "/tv")
    card = make_session_card(made.session(State.CONNECTED), [], Audience.CREATOR)
    (home, *_others) = (page for _name, page in made.homes(2))
    for shown in (render_in_slack(card, Reader(), "/tv"), home_page(home, say)):
        _check_times(shown, say.moment(NOW))
    for in_teams in (render_in_teams(card, Reader()).card, render_home(home, Reader())):
        _check_times(in_teams, teams_formatter(Reader()).moment(NOW))


def _check_times(shown: Any, exact: str) -> None:
    texts = list(_texts(shown))
    assert any(exact in text for text in texts)
    assert not [text for text in texts if " ago" in text or "24 Nov" in text]


def test_time_is_never_in_a_text_that_the_client_does_not_format() -> None:
    """Slack formats a time in marked-up text alone, and Teams in the paragraphs of a card."""
    made = HostileViews("words")
    for name, view in [*made.cards(), *made.pages(2)]:
        in_slack = render_in_slack(view, Reader(), "/tv")
        plain = [one["text"] for one in walk(in_slack["blocks"]) if one.get("type") == "plain_text"]
        assert not [text for text in plain if "<!date" in text], name
        in_teams = render_in_teams(view, Reader())
        titles = [str(one["title"]) for one in walk(in_teams.card) if "title" in one]
        assert not [text for text in [in_teams.text, *titles] if "{{" in text], name
