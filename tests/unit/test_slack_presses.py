"""What a press in Slack does to the message whose button was pressed."""

from typing import Any

import pytest

from adapters.slack.answers import SlackAnswers
from adapters.slack.payloads import let_result_replace_answer, outdates_its_message, switches_in_home
from adapters.slack.response_urls import as_postponed, replaces_message
from bot.commands import (
    AdminStatus,
    ChangeAdmin,
    Command,
    CommandRequest,
    ConfirmAccount,
    Create,
    History,
    ListOpen,
    Logout,
    Notify,
    OnSession,
    Place,
    RunDoctor,
    Show,
    ShowAuditLog,
    SwitchIntegration,
    SwitchWidget,
    Transfer,
    Verb,
    encode_command,
)
from bot.model.ids import CommandKey, RequestNumber
from bot.model.secret import Secret
from bot.model.switches import Location, Switches
from bot.model.technician import Actor, Platform
from bot.views.admin import AdminPage
from bot.views.parts import Reader
from bot.views.wording import place_state


def press(command: Command, *, is_ephemeral: bool = True) -> dict[str, Any]:
    """Return the payload of a pressed button."""
    container = {"type": "message", "is_ephemeral": is_ephemeral}
    return {"container": container, "actions": [{"value": encode_command(command)}]}


@pytest.mark.parametrize(
    "command",
    [
        SwitchIntegration(on=False),
        SwitchWidget(on=False, location=Location.HOME),
        Notify(on=False),
        Logout(),
        ListOpen(2),
    ],
)
def test_message_that_a_press_makes_untrue_is_replaced(command: Command) -> None:
    """Else the old panel goes on saying *on*."""
    assert outdates_its_message(press(command))
    assert not outdates_its_message(press(command, is_ephemeral=False))


@pytest.mark.parametrize("command", [AdminStatus(), ShowAuditLog(), ListOpen(1), History(None, 1)])
def test_message_that_stays_true_is_not_replaced(command: Command) -> None:
    assert not outdates_its_message(press(command))


def test_button_of_an_older_version_replaces_nothing() -> None:
    body = {"container": {"is_ephemeral": True}, "actions": [{"value": "unknown"}]}
    assert not outdates_its_message(body)


@pytest.mark.parametrize(
    ("switches", "state"),
    [
        (Switches(), "on"),
        (Switches(widget=False), "off with the widget"),
        (Switches(locations=frozenset()), "off"),
        (Switches(widget=False, locations=frozenset()), "off"),
    ],
)
def test_place_of_a_widget_that_is_off_is_not_called_on(switches: Switches, state: str) -> None:
    assert str(place_state(switches, Location.HOME)) == state


def test_switch_in_app_home_sends_no_panel() -> None:
    in_home = press(SwitchWidget(on=False)) | {"view": {"type": "home"}}
    assert switches_in_home(in_home)
    assert not switches_in_home(press(SwitchWidget(on=False)))
    assert not switches_in_home(press(AdminStatus()) | {"view": {"type": "home"}})
    assert SlackAnswers("/tv").in_home().render_message(AdminPage(Switches()), Reader("en")).text == ""
    assert SlackAnswers("/tv").render_message(AdminPage(Switches()), Reader("en")).text


@pytest.mark.parametrize(
    ("command", "replaces"),
    [
        (Create(RequestNumber("1")), True),
        (OnSession(Verb.END, "1"), True),
        (Show(RequestNumber("1")), True),
        (RunDoctor(), True),
        (ChangeAdmin("ines@example.test"), True),
        (ConfirmAccount("U2"), True),
        (Transfer("1", "ines@example.test"), True),
        (OnSession(Verb.REINVITE, "1"), False),
        (Notify(on=True), False),
    ],
)
def test_only_a_command_with_one_result_lets_it_replace_the_first_answer(
    command: Command, *, replaces: bool
) -> None:
    actor, url = Actor(Platform.SLACK, "T1", "U1"), Secret("https://hooks.slack.test/1")
    typed = CommandRequest(CommandKey("k"), actor, Place("C1"), command, url)
    later = let_result_replace_answer(typed).return_address
    assert later is not None
    assert replaces_message(later) is replaces
    # What stood there meanwhile was “One moment…” or “Creating…”.
    assert replaces_message(as_postponed(later))
    assert as_postponed(later).reveal().partition("#")[0] == url.reveal()


def test_postponed_answer_to_a_press_replaces_no_card() -> None:
    url = Secret("https://hooks.slack.test/1")
    assert as_postponed(url) == url
