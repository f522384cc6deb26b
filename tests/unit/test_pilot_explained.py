"""What a Pilot session is, is said where its kind is chosen, and its page begins with what a phone needs."""

import json

import pytest
from support.bot_in_memory import REQUEST
from support.sessions import make_session

from adapters.slack.render import render as render_in_slack
from adapters.slack.render.form import session_form as slack_form
from adapters.teams.render import render as render_in_teams
from adapters.teams.render.attachments import request_result
from adapters.web.join import invitation_page
from bot.commands import Create
from bot.i18n import LANGUAGES, Language, _
from bot.model.session import Kind
from bot.views.form import SessionForm
from bot.views.pages import RequestPanel
from bot.views.parts import Button, Reader
from bot.views.session import kind_hint

FORM = SessionForm(None, Kind.REMOTE, "", "")
every_language = pytest.mark.parametrize("language", LANGUAGES)


@every_language
def test_form_in_slack_explains_each_kind(language: str) -> None:
    options = slack_form(FORM, Language(language))["blocks"][1]["element"]["options"]
    shown = [option["description"]["text"] for option in options]
    assert shown == [Language(language).say(kind_hint(kind)) for kind in Kind], "an ellipsis cuts it"


@every_language
def test_form_in_teams_explains_each_kind(language: str) -> None:
    card = json.dumps(render_in_teams(FORM, Reader(language)).card, ensure_ascii=False)
    for kind in Kind:
        assert Language(language).say(kind_hint(kind)) in card


def _page(kind: Kind) -> str:
    session = make_session(kind=kind)
    return invitation_page(session, "https://get.teamviewer.com/s1", Language("en")).text or ""


def test_pilot_page_shows_the_code_before_the_button() -> None:
    """The style sheet shows this part at a desk only, so on a phone the button comes first."""
    page = _page(Kind.PILOT)
    scan, button = page.index('<div class="scan">'), page.index('class="button"')
    assert scan < page.index('class="qr"') < button


def test_remote_page_keeps_its_code_for_another_device() -> None:
    page = _page(Kind.REMOTE)
    assert 'class="scan"' not in page
    assert page.index('class="button"') < page.index('class="qr"')


PILOT = Button(_("Pilot session"), Create(REQUEST.number, Kind.PILOT))


@every_language
@pytest.mark.parametrize("buttons", [(PILOT,), ()])
def test_panel_of_a_request_explains_its_button(language: str, buttons: tuple[Button, ...]) -> None:
    panel, reader = RequestPanel(REQUEST, (), buttons), Reader(language)
    for shown in (render_in_slack(panel, reader, "/tv"), render_in_teams(panel, reader).card):
        said = Language(language).say(kind_hint(Kind.PILOT)) in json.dumps(shown, ensure_ascii=False)
        assert said is bool(buttons)


@every_language
def test_search_result_in_teams_explains_its_button(language: str) -> None:
    result = json.dumps(request_result(REQUEST, Reader(language), language), ensure_ascii=False)
    assert Language(language).say(kind_hint(Kind.PILOT)) in result
