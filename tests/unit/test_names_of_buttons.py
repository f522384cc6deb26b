"""A screen reader reads each button of a view by a name of its own, which begins with the label that the eye sees."""

from collections.abc import Sequence

import pytest
from support.cards import pressable
from support.reading import walk
from support.sessions import NOW, make_session

from adapters.slack.render import render as render_in_slack
from adapters.teams.render import render as render_in_teams
from bot.commands import OnSession, Verb
from bot.i18n import LANGUAGES, _
from bot.model.connection import Account, Connection
from bot.model.ids import Email, SessionCode
from bot.model.secret import Secret
from bot.model.session import State
from bot.model.switches import Switches
from bot.views.admin import AdminPage, ConnectionsPage
from bot.views.pages import SessionList, View
from bot.views.parts import Button, LinkButton, Reader
from bot.views.session import make_session_row


def _connection(number: str, name: str) -> Connection:
    account = Account(f"u{number}", name, Email(f"{number}@example.test"))
    return Connection(number, Email("tom@example.test"), account, NOW, None, is_active=False)


def _list() -> SessionList:
    rows = []
    for code in ("s123-456-789", "s987-654-321"):
        session = make_session(State.WAITING, code=SessionCode(code))
        rows.append(make_session_row(session, buttons=[Button(_("End"), OnSession(Verb.END, code))]))
    return SessionList(_("Your open sessions"), rows, _("None"))


NEW = LinkButton(_("New account"), Secret("https://tvbot.example.test/start"))
VIEWS: dict[str, View] = {
    "switches": AdminPage(Switches()),
    "switches that are off": AdminPage(Switches(integration=False, widget=False, locations=frozenset())),
    "sessions of one request": _list(),
    "connections": ConnectionsPage([_connection("1", "Tom Ray"), _connection("2", "Tom at home")], NEW),
}
every_view = pytest.mark.parametrize("name", VIEWS)
every_language = pytest.mark.parametrize("language", LANGUAGES)


def _check_names(buttons: Sequence[tuple[str, str]]) -> None:
    names = [name for _label, name in buttons]
    assert len(names) > 1
    assert len(set(names)) == len(names), names
    assert all(name.startswith(label) for label, name in buttons), buttons


@every_language
@every_view
def test_buttons_in_slack_have_names_of_their_own(name: str, language: str) -> None:
    message = render_in_slack(VIEWS[name], Reader(language), "/tv")
    buttons = [one for one in walk(message["blocks"]) if one.get("type") == "button"]
    _check_names(
        [(one["text"]["text"], one.get("accessibility_label", one["text"]["text"])) for one in buttons]
    )


@every_language
@every_view
def test_buttons_in_teams_have_names_of_their_own(name: str, language: str) -> None:
    buttons = pressable(render_in_teams(VIEWS[name], Reader(language)).card)
    _check_names([(one["title"], one.get("tooltip", one["title"])) for one in buttons])


def test_labels_of_switches_are_french_in_french() -> None:
    message = render_in_slack(VIEWS["switches"], Reader("fr"), "/tv")
    labels = [one["accessibility_label"] for one in walk(message["blocks"]) if "accessibility_label" in one]
    assert "Désactiver\u00a0: Widget" in labels
