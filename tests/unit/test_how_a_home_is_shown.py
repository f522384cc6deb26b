"""How a home reads in both chats: what is to be done first, the reader's requests, their sessions, and then the rest."""

import json
from typing import Any

import pytest
from support.bot_in_memory import REQUEST
from support.hostile_views import HostileViews
from support.reading import walk

from adapters.slack.render.blocks import formatter
from adapters.slack.render.home import home_page
from adapters.teams.render import render_home
from adapters.teams.render.actions import COMMAND
from bot.commands import Create, decode_command
from bot.i18n import Text
from bot.model.ids import RequestNumber
from bot.model.request import AssignedRequests
from bot.model.session import Kind
from bot.values import replace
from bot.views.assigned import make_request_rows
from bot.views.first_steps import make_first_steps
from bot.views.home import HomePage
from bot.views.parts import Reader

NUMBERS = [RequestNumber(str(101 + place)) for place in range(6)]
both_chats = pytest.mark.parametrize("chat", ["slack", "teams"])


def render(page: HomePage, chat: str, language: str = "en") -> Any:
    """Render a home as a chat shows it."""
    reader = Reader(language)
    return home_page(page, formatter(reader, "/tv")) if chat == "slack" else render_home(page, reader)


def make_home(*, can_create: bool = True, problem: Text | None = None) -> HomePage:
    """Return the home of a technician with six requests."""
    (full, *_others) = (page for _name, page in HostileViews("words").homes(1))
    assigned = AssignedRequests([replace(REQUEST, number=number) for number in NUMBERS])
    rows = make_request_rows(assigned, {}, can_create=can_create, as_of=None, problem=problem)
    return replace(full, requests=rows, administration=None)


def written(shown: Any) -> str:
    """Return what is written on a home, in its order."""
    return json.dumps(shown, ensure_ascii=False)


def commands(shown: Any) -> list[str]:
    """Return the encoded commands of the buttons on a home, in their order."""
    in_slack = [one["value"] for one in walk(shown) if one.get("type") == "button" and "value" in one]
    in_teams = [
        one["data"][COMMAND]
        for one in walk(shown)
        if one.get("type") == "Action.Execute" and COMMAND in one["data"]
    ]
    return in_slack or in_teams


@both_chats
def test_each_request_is_a_link_with_its_requester_and_a_button(chat: str) -> None:
    shown = render(make_home(), chat)
    starts = [decode_command(one) for one in commands(shown)]
    created = [one for one in starts if isinstance(one, Create)]
    assert created == [Create(number, Kind.REMOTE) for number in NUMBERS[:5]]
    text = written(shown)
    assert text.count(REQUEST.url) == 5
    for words in ("#101", "Printer is on fire", "Rita", "1 more is assigned to you."):
        assert words in text
    assert "#106" not in text


@both_chats
def test_request_without_a_button_is_shown_all_the_same(chat: str) -> None:
    shown = render(make_home(can_create=False), chat)
    assert not [one for one in commands(shown) if isinstance(decode_command(one), Create)]
    assert "#101" in written(shown)


@both_chats
def test_work_comes_before_the_status_unless_something_is_missing(chat: str) -> None:
    page = make_home()
    text = written(render(page, chat))
    order = [
        "First steps",
        "Your requests",
        "Your open sessions",
        "Recent sessions",
        "integration is switched on",
    ]
    assert [text.index(words) for words in order] == sorted(text.index(words) for words in order)
    assert page.status is not None
    unconnected = replace(page, status=replace(page.status, connection=None))
    text = written(render(unconnected, chat))
    assert text.index("not connected yet") < text.index("Your requests")


@both_chats
def test_home_without_steps_and_requests_has_no_section_for_them(chat: str) -> None:
    done = make_first_steps(is_connected=True, has_created=True, is_in_channel=True)
    text = written(render(replace(make_home(), first_steps=done, requests=None), chat))
    assert "First steps" not in text
    assert "Your requests" not in text


@both_chats
def test_home_with_an_empty_list_says_why_in_french(chat: str) -> None:
    empty = make_request_rows(AssignedRequests([]), {}, can_create=True, as_of=None, problem=None)
    text = written(render(replace(make_home(), requests=empty), chat, "fr"))
    assert "Aucune demande ouverte ne vous est attribuée." in text
