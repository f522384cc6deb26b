"""Views in plain text: nothing to press, and what can be typed instead."""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Any, get_args

import pytest
from msgspec import Struct
from support.hostile_views import HostileViews

from bot.command_syntax import typed_form
from bot.i18n import Language, Words
from bot.model.audit import Action
from bot.model.ids import RequestNumber, SessionId
from bot.model.notice import NoticeState
from bot.model.plan import PlanState
from bot.model.session import Kind, State
from bot.values import field_names
from bot.views import wording
from bot.views.admin import AdminPage, ConnectionsPage
from bot.views.chat_invitation import Invitation
from bot.views.form import InviteForm, SessionForm
from bot.views.outage import OutageForm
from bot.views.pages import Message, View
from bot.views.parts import Button, LinkButton, Tone
from bot.views.plain import in_plain_text
from bot.views.plan_form import PlanForm
from bot.views.policy import PolicyForm, PolicyPage
from bot.views.transfer_form import TransferForm

UNCHANGED = (
    AdminPage,
    ConnectionsPage,
    Invitation,
    PolicyPage,
    SessionForm,
    OutageForm,
    InviteForm,
    PlanForm,
    PolicyForm,
    TransferForm,
)
"""The widget must stay possible to switch on again, a requester types no commands, and a form is all fields."""


def all_views() -> list[View]:
    made = HostileViews("cjk")
    views = [view for source in (made.cards(), made.pages(2)) for _name, view in source]
    forms: list[View] = [
        SessionForm(None, Kind.REMOTE, "", ""),
        OutageForm(Kind.REMOTE, "", ""),
        InviteForm(SessionId("s"), RequestNumber("7")),
        PolicyForm("", "UTC"),
        PlanForm(made.plan(PlanState.PLANNED)),
        TransferForm(SessionId("1"), RequestNumber("101"), moves=False),
    ]
    return [*views, *forms]


def parts_of(view: Any) -> Iterator[Any]:
    """Walk through everything that a view holds."""
    yield view
    if isinstance(view, Struct):
        for name in field_names(view):
            yield from parts_of(getattr(view, name))
    elif isinstance(view, Sequence) and not isinstance(view, str):
        for one in view:
            yield from parts_of(one)


def buttons_of(view: View) -> list[Button | LinkButton]:
    return [part for part in parts_of(view) if isinstance(part, Button | LinkButton)]


ALL_VIEWS = all_views()

every_kind = pytest.mark.parametrize("kind", get_args(View), ids=lambda kind: kind.__name__)


def test_every_kind_of_view_is_tested() -> None:
    assert {type(view) for view in ALL_VIEWS} == set(get_args(View))


@every_kind
def test_plain_view_has_no_buttons(kind: type[View]) -> None:
    for view in ALL_VIEWS:
        if type(view) is kind:
            plain = in_plain_text(view)
            if kind in UNCHANGED:
                assert plain is view
            else:
                assert buttons_of(plain) == []


@every_kind
def test_view_without_buttons_is_unchanged_or_becomes_text(kind: type[View]) -> None:
    for view in ALL_VIEWS:
        if type(view) is kind:
            plain = in_plain_text(view)
            assert isinstance(plain, Message) or type(plain) is kind
            assert in_plain_text(plain) == plain


def test_button_becomes_its_link_or_the_command_to_type() -> None:
    view = next(view for view in ALL_VIEWS if isinstance(view, Message) and view.buttons)
    plain = in_plain_text(view)
    assert isinstance(plain, Message)
    said = [Language("en").say(line) for line in plain.details]
    for button in buttons_of(view):
        label = Language("en").say(button.label)
        can_be_typed = isinstance(button, LinkButton) or typed_form(button.command) is not None
        assert any(line.startswith(f"{label}: ") for line in said) is can_be_typed
    typed = [value for line in plain.details for value in line.values.values()]
    assert any(isinstance(value, Words) for value in typed)


@pytest.mark.parametrize(
    ("table", "members"),
    [
        (wording.TONE_SIGNS, Tone),
        (wording.STATE_SIGNS, State),
        (wording.NOTICE_SIGNS, NoticeState),
        (wording.ACTIONS, Action),
    ],
    ids=lambda one: getattr(one, "__name__", ""),
)
def test_every_tone_state_outcome_and_action_has_a_text(table: Any, members: type[StrEnum]) -> None:
    assert set(table) == set(members)
