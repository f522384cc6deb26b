"""Every view is a valid card for Teams, even with the longest and most hostile texts, in every language."""

import json
import re
from collections.abc import Iterator
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.card_rules import (
    elements_of,
    markup_faults,
    model_faults,
    read_as_text,
    schema_faults,
    shape_of,
)
from support.cards import addresses, pressable, titles, written
from support.every_teams_card import MOST_LISTED, every_view, other_cards
from support.hostile_views import (
    JOIN_PAGE,
    MADE,
    NOW,
    NUMBER,
    REPORT_PAGE,
    REQUEST_URL,
    REQUESTER_LINK,
    RULE_CHANNEL,
    SUPPORTER_LINK,
    WEB_CLIENT_LINK,
    HostileViews,
)
from support.reading import walk

from adapters.teams.render import Rendered, render
from adapters.teams.render.actions import in_dialog
from adapters.teams.render.answers import DialogAnswers
from adapters.teams.render.attachments import panel_attachment, request_result
from adapters.teams.render.markdown import escape, moment, one_line
from bot.commands import ShowCard, decode_command, encode_command, name_of
from bot.i18n import Words, _
from bot.model.card import Audience
from bot.model.ids import Email
from bot.model.notice import NoticeState
from bot.model.sanitize import JOINER
from bot.model.session import Kind, State
from bot.values import replace
from bot.views.admin import AdminPage, AdminsPage
from bot.views.form import SessionForm
from bot.views.outage import OutageCard
from bot.views.pages import Message, RequestPanel, SessionList, View
from bot.views.parts import Reader, Tone
from bot.views.plain import in_plain_text
from bot.views.session import SessionCard, make_session_card

LARGEST = 25_000
MOST_IN_A_ROW = 6
MOST_VIEWERS = 60
VIEWERS = [f"29:{place:0100}" for place in range(MOST_VIEWERS + 10)]
CHANNEL_LINK = f"https://slack.com/app_redirect?channel={RULE_CHANNEL}"
OURS = frozenset(
    {
        *(REQUEST_URL, JOIN_PAGE, REPORT_PAGE, REQUESTER_LINK, SUPPORTER_LINK, WEB_CLIENT_LINK),
        CHANNEL_LINK,
    }
)
Shown = list[tuple[str, View, Rendered]]


def _cards(shown: Shown) -> Iterator[tuple[str, Any]]:
    return ((name, one.card) for name, _view, one in shown if one.card is not None)


@pytest.fixture(scope="module", params=MADE)
def shown(request: pytest.FixtureRequest) -> Shown:
    """Return every view as a message, of one flavour, in one language."""
    flavour, language = request.param
    return [
        (name, view, render(view, Reader(language), viewers=VIEWERS))
        for name, view in every_view(HostileViews(flavour))
    ]


every_flavour = pytest.mark.parametrize("pair", MADE)


@pytest.mark.parametrize(
    ("flavour", "language"), [("cards", "en"), pytest.param("lines", "fr", marks=pytest.mark.long)]
)
def test_every_card_is_valid_by_the_published_schema_and_teams_models(flavour: str, language: str) -> None:
    """The texts in the views make no difference to this, so one card of each shape is enough."""
    made, reader = HostileViews(flavour), Reader(language)
    answers = [(name, render(view, reader, viewers=VIEWERS).card) for name, view in every_view(made, (2,))]
    seen = set()
    for name, one in [*answers, *other_cards(made, reader)]:
        if one is None or (shape := json.dumps(shape_of(one), default=str)) in seen:
            continue
        seen.add(shape)
        assert schema_faults(one) == [], name
        assert model_faults(one) == [], name


def test_every_card_is_below_the_size_limit(shown: Shown) -> None:
    """The strictest of Teams' limits is 28 KB. Sixty viewers and the longest texts are below it."""
    for name, one in _cards(shown):
        assert len(json.dumps(one, ensure_ascii=False).encode()) <= LARGEST, name


def test_element_that_not_every_client_supports_has_a_fallback(shown: Shown) -> None:
    """The fallback of a button sends the same data. Every other element is in the published version."""
    for name, one in _cards(shown):
        asked = one.get("refresh", {}).get("action")
        for element in walk(one):
            if element.get("type") == "Action.Execute" and element is not asked:
                assert element["fallback"]["type"] == "Action.Submit", name
                assert element["fallback"]["data"] == element["data"], name
                assert element["fallback"]["title"] == element["title"], name
            elif "type" in element and element["type"] != "Data.Query":
                assert element["type"] in elements_of("1.5"), name


def test_every_button_in_a_dialog_is_supported_by_dialogs(shown: Shown) -> None:
    """A button is the fallback that old clients use, at the same place. Nothing refreshes by itself."""
    for name, one in _cards(shown):
        there = in_dialog(one)
        assert "Action.Execute" not in json.dumps(there), name
        assert "refresh" not in there, name
        assert titles(there) == titles(one), name


def test_no_value_becomes_markup(shown: Shown) -> None:
    """A Markdown reader finds text, bold words and the product's own links, and nothing that a client would link."""
    for name, one in _cards(shown):
        assert list(markup_faults(one, OURS)) == [], name


@every_flavour
def test_homes_forms_and_attachments_follow_the_same_rules(pair: tuple[str, str]) -> None:
    """They are no answers to a command, but have the same limits."""
    flavour, language = pair
    for name, one in other_cards(HostileViews(flavour), Reader(language)):
        assert len(json.dumps(one, ensure_ascii=False).encode()) <= LARGEST, name
        assert list(markup_faults(one, OURS)) == [], name
        assert all(len(row["actions"]) <= MOST_IN_A_ROW for row in walk(one) if "actions" in row), name


def test_no_action_set_has_more_buttons_than_teams_shows(shown: Shown) -> None:
    for name, one in _cards(shown):
        for row in walk(one):
            assert len(row.get("actions", [])) <= MOST_IN_A_ROW, name


def test_every_button_decodes_to_its_command(shown: Shown) -> None:
    """A button's data decodes to the command that it was made from."""
    pressed: set[str] = set()
    for name, one in _cards(shown):
        for text in written(one):
            command = decode_command(text)
            assert encode_command(command) == text, name
            pressed.add(name_of(command))
    assert pressed >= {
        "enter",
        "end",
        "link",
        "reinvite",
        "retry",
        "again",
        "create",
        "history",
        "admin-reuse",
    }


def test_every_card_has_a_text_for_notifications_and_screen_readers(shown: Shown) -> None:
    """It is one line without card functions and without anything that a client would link."""
    for name, view, one in shown:
        assert one.text.strip(), name
        assert len(one.text) <= 300, name
        assert len(one.text.splitlines()) == 1, name
        assert not re.search(r"://|\w@\w|<at|\{\{(?:DATE|TIME)\(2026-11-2\d", one.text), name
        assert one.card is not None or isinstance(view, Message), name


def test_every_kind_of_view_is_in_the_examples() -> None:
    """So a view that is added later is tested against the limits too."""
    assert {type(view) for _name, view in every_view(HostileViews("markup"))} == set(get_args(View))


def test_shared_card_contains_nothing_private_to_its_creator(shown: Shown) -> None:
    """Links and buttons to join are absent from the payload, not hidden in it."""
    for name, view, one in shown:
        if isinstance(view, SessionCard) and view.audience is Audience.SHARED:
            payload = msgspec.json.encode(one).decode()
            assert SUPPORTER_LINK not in payload, name
            assert WEB_CLIENT_LINK not in payload, name
            assert REQUESTER_LINK not in payload, name
            assert [name_of(decode_command(text)) for text in written(one.card)].count("enter") == 0
            assert moment(NOW) not in payload, name
            assert set(addresses(one.card)) == set(), name
            assert not one.is_private, name


def test_view_with_a_private_link_is_marked_private(shown: Shown) -> None:
    """A private view is never posted where others can read it."""
    for name, view, one in shown:
        payload = json.dumps(one.card, ensure_ascii=False)
        if any(link in payload for link in (SUPPORTER_LINK, WEB_CLIENT_LINK, REQUESTER_LINK)) or addresses(
            one.card
        ):
            assert one.is_private, name
        if isinstance(view, SessionCard) and view.audience is not Audience.SHARED:
            assert one.is_private, name


def test_view_for_everybody_is_not_private(shown: Shown) -> None:
    private = {name for name, _view, one in shown if one.is_private and not name.startswith("card ")}
    assert private >= {"link", "ready", "ready in words", "connections", "status is_admin=True"}
    assert private >= {"admins", "trail", "switches True False", "switches False True"}
    assert not private & {"list", "choice", "panel", "help", "problem", "form pilot"}


def test_own_session_list_is_private_and_switches_are_shared_in_admin_channels() -> None:
    """Everybody may see the sessions of a request. In an administration channel everybody may press the switches."""
    pages = dict(HostileViews("markup").pages(2))
    listed, switches = pages["list"], pages["switches True False"]
    assert isinstance(listed, SessionList)
    assert isinstance(switches, AdminPage)
    mine = replace(listed, is_personal=True)
    assert render(mine, Reader()).is_private
    assert render(in_plain_text(mine), Reader()).is_private
    shared = replace(switches, is_shared=True)
    assert not render(shared, Reader()).is_private


def test_card_of_an_open_session_refreshes_for_its_creator(shown: Shown) -> None:
    """Teams refreshes for the named accounts, sixty at most. A card of an ended session is not refreshed."""
    for name, view, one in shown:
        refresh = (one.card or {}).get("refresh")
        is_open = (isinstance(view, SessionCard) and view.state.is_open) or (
            isinstance(view, OutageCard) and not view.is_over
        )
        assert (refresh is not None) == is_open, name
        if isinstance(view, SessionCard) and refresh is not None:
            assert decode_command(refresh["action"]["data"]["tv"]) == ShowCard(view.session_id), name
            assert refresh["userIds"] == VIEWERS[:MOST_VIEWERS], name


def test_card_without_a_viewer_has_no_refresh() -> None:
    """Without named accounts Teams would refresh for everybody in a small chat."""
    session = HostileViews("markup").session(State.WAITING)
    made = render(make_session_card(session, [], Audience.SHARED), Reader()).card
    assert made is not None
    assert "refresh" not in made


def test_irreversible_action_asks_for_confirmation() -> None:
    """The button opens a question below it. Only the button in the question ends the session."""
    session = HostileViews("markup").session(State.WAITING)
    made = render(make_session_card(session, [], Audience.CREATOR), Reader()).card
    end = next(one for one in pressable(made) if one["title"] == "End")
    assert end["type"] == "Action.ShowCard"
    (act,) = end["card"]["actions"]
    assert (act["title"], act["style"], act["type"]) == ("End it", "destructive", "Action.Execute")
    assert name_of(decode_command(act["data"]["tv"])) == "end"


@every_flavour
def test_long_list_says_how_many_are_left(pair: tuple[str, str]) -> None:
    """Every entry is shown completely or counted."""
    flavour, language = pair
    pages = dict(HostileViews(flavour).pages(MOST_LISTED))
    for name, entries in {"trail": MOST_LISTED, "admins": 2 * MOST_LISTED, "list": MOST_LISTED}.items():
        made = render(pages[name], Reader(language)).card
        assert made is not None
        body = [one for one in made["body"] if one["type"] in {"TextBlock", "Container"}]
        left = [int(found[1]) for one in body if (found := re.fullmatch(r"… \+(\d+)", one.get("text", "")))]
        others = 1 + bool(left) + (name == "trail")
        assert len(body) - others + sum(left) == entries, name


def test_list_of_thirty_admins_is_complete() -> None:
    """A list of a common length is not cut."""
    admins = AdminsPage(configured=[Email(f"somebody.{n}@example.test") for n in range(30)], granted=[])
    payload = json.dumps(render(admins, Reader()).card, ensure_ascii=False).replace(JOINER, "")
    assert payload.count("@example.test") == 30


HOSTILE = st.text(st.sampled_from("[](){}*_\\<>`#~|!&;:/.@-+=1 \n\taAéat漢👩\u202e")) | st.text(
    st.characters(exclude_categories=["Cc", "Cs"])
)


@given(HOSTILE)
def test_text_is_shown_as_it_was_written(value: str) -> None:
    """A Markdown reader shows a value that is alone on its line character for character."""
    shown = read_as_text(escape(value))
    assert shown.replace(JOINER, "") == one_line(value).replace(JOINER, "")


@given(HOSTILE)
def test_value_in_a_sentence_stays_in_its_place(value: str) -> None:
    """A value starts no markup that continues after it."""
    inside = read_as_text(f"Before ({escape(value)}), after: **")
    assert inside.replace(JOINER, "").startswith("Before (")
    assert inside.endswith("), after: **")


@given(st.from_regex(r"[aé1_ -]{1,12}", fullmatch=True).map(one_line).filter(bool))
def test_value_of_words_and_numbers_is_escaped_alone_as_it_is_beside_a_mark(value: str) -> None:
    """A value in which nothing can be markup takes a shorter way. A mark behind it keeps it from that way."""
    assert escape(f"{value}~") == f"{escape(value)}~{JOINER}"


def test_short_message_is_sent_as_text_only() -> None:
    """It takes the least space. Its symbol and the words to type are in it, without a slash."""
    view = Message(_("To end it, type {words}.", words=Words("end 123")), Tone.WAIT)
    assert render(view, Reader()) == Rendered("⏳ To end it, type “end 123”.")


def test_command_to_type_is_bold_and_without_a_slash() -> None:
    """People type them to the bot exactly so."""
    view = Message(_("To end it, type {words}.", words=Words("end 123")), details=[_("Only you see this.")])
    made = render(view, Reader()).card
    assert made is not None
    assert made["body"][0]["text"] == "To end it, type **end 123**."


def test_link_to_copy_is_the_unescaped_link() -> None:
    """It has no invisible character, and the page that explains it is a button."""
    made = render(dict(HostileViews("markup").pages(2))["link"], Reader()).card
    (field,) = (one for one in walk(made) if one.get("type") == "Input.Text")
    assert field["value"] == REQUESTER_LINK
    assert addresses(made) == [JOIN_PAGE]


def test_address_with_underscores_is_unchanged() -> None:
    """Text that people copy or press has no invisible character."""
    session = replace(
        HostileViews("markup").session(State.WAITING), request_url="https://desk.example.test/a_b_/(1)"
    )
    made = json.dumps(render(make_session_card(session, [], Audience.SHARED), Reader()).card)
    assert "(https://desk.example.test/a_b_/%281%29)" in made


@pytest.mark.parametrize(("dialog", "kind"), [(False, "Action.Execute"), (True, "Action.Submit")])
def test_form_submits_its_marker_and_its_inputs(*, dialog: bool, kind: str) -> None:
    """In a chat the button is an invoke with a fallback, in a dialog a submit. The known request is filled in."""
    view = SessionForm(NUMBER, Kind.PILOT, "a *note*", "19:c")
    form = (DialogAnswers().render(view, Reader()) if dialog else render(view, Reader())).card
    (create,) = pressable(form)
    assert (create["type"], create["data"]) == (kind, {"tv_form": True})
    inputs = {one["id"]: one for one in walk(form) if "id" in one}
    assert set(inputs) == {"request", "kind", "note", "day", "time"}
    assert inputs["request"]["value"] == NUMBER
    assert inputs["request"]["choices"] == [{"title": f"#{NUMBER}", "value": NUMBER}]
    assert inputs["request"]["choices.data"] == {"type": "Data.Query", "dataset": "requests"}
    assert (inputs["kind"]["value"], inputs["note"]["value"]) == ("pilot", "a *note*")


def test_preview_has_no_command_and_no_session_link() -> None:
    """Everybody sees a preview, so it shows only the state, even of a card made for its creator."""
    made = HostileViews("cards")
    session = made.session(State.CONNECTED)
    mine = make_session_card(session, made.notices(session, NoticeState.SENT), Audience.CREATOR)
    shown = panel_attachment(RequestPanel(made.request, [mine], []), Reader(), "en")
    payload = json.dumps(shown)
    assert "Action.Execute" not in payload
    assert "Action.Submit" not in payload
    assert SUPPORTER_LINK not in payload
    assert WEB_CLIENT_LINK not in payload
    assert REQUESTER_LINK not in payload
    assert addresses(shown["content"]) == [REQUEST_URL]
    assert shown["content"]["version"] == "1.3"
    types = {one["type"] for one in walk(shown["content"]) if "type" in one}
    assert types <= elements_of("1.3")


def test_found_request_offers_sessions_only_while_it_is_open() -> None:
    """A closed request is shown, but no session is offered for it."""
    request = HostileViews("markup").request
    found = request_result(request, Reader(), "en")
    assert titles(found["content"]) == ["Remote session", "Pilot session", "Show"]
    assert found["preview"]["contentType"] == "application/vnd.microsoft.card.thumbnail"
    assert found["preview"]["content"]["title"].startswith(f"#{NUMBER}")
    assert titles(request_result(replace(request, is_closed=True), Reader(), "en")["content"]) == ["Show"]
