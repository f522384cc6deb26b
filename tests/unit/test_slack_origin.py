"""Who sent a payload of Slack, and where answers go."""

from typing import Any

import pytest

from adapters.slack.origin import NamedTenants, SlackOrigin, read_tenants
from adapters.slack.origin import read_origin as read_origin_in
from bot.commands import Help
from bot.errors import NotAllowed
from bot.model.secret import Secret
from bot.model.technician import Actor, Platform

SLASH_COMMAND: dict[str, Any] = {
    "team_id": "T1",
    "channel_id": "C1",
    "user_id": "U1",
    "trigger_id": "1.2",
    "response_url": "https://hooks.slack.test/1",
}
BUTTON: dict[str, Any] = {
    "team": {"id": "T1"},
    "channel": {"id": "C1"},
    "user": {"id": "U1", "team_id": "T1"},
    "trigger_id": "1.2",
    "response_url": "https://hooks.slack.test/1",
}


def read_origin(body: dict[str, Any]) -> SlackOrigin:
    """Read the origin of a payload that is handled by the first tenant that it names."""
    return read_origin_in(body, read_tenants(body).first)


@pytest.mark.parametrize("body", [SLASH_COMMAND, BUTTON], ids=["slash command", "button"])
def test_every_kind_of_payload_names_its_origin(body: dict[str, Any]) -> None:
    origin = read_origin(body)
    request = origin.to_request(Help())
    assert request.actor == Actor(Platform.SLACK, "T1", "U1")
    assert request.key == "slack:T1:1.2"
    assert (request.place.channel, request.place.is_private) == ("C1", False)
    assert origin.return_address.url == Secret("https://hooks.slack.test/1")


def test_the_channel_of_an_ephemeral_message_is_read_from_its_container() -> None:
    body = {key: value for key, value in BUTTON.items() if key != "channel"}
    assert read_origin(body | {"container": {"channel_id": "C2"}}).channel == "C2"


@pytest.mark.parametrize(
    ("container", "place"),
    [
        ({"message_ts": "2.0", "thread_ts": "1.0"}, "C1;thread=1.0"),
        ({"message_ts": "1.0", "thread_ts": "1.0"}, "C1"),
        ({"message_ts": "1.0"}, "C1"),
    ],
    ids=["reply", "first message of a thread", "no thread"],
)
def test_press_in_a_thread_is_answered_in_it(container: dict[str, str], place: str) -> None:
    origin = read_origin(BUTTON | {"container": container})
    assert origin.return_address.channel == place
    assert (origin.channel, origin.place.room, origin.place.is_private) == ("C1", "C1", False)


@pytest.mark.parametrize("channel", ["", "D1"])
def test_a_view_and_a_direct_message_are_private(channel: str) -> None:
    assert read_origin(SLASH_COMMAND | {"channel_id": channel}).place.is_private


def test_an_enterprise_payload_without_a_workspace_belongs_to_the_organization() -> None:
    body = {"enterprise": {"id": "E1"}, "user": {"id": "U1", "team_id": "T9"}, "trigger_id": "1.2"}
    assert read_origin(body).to_request(Help()).actor.tenant == "E1"


@pytest.mark.parametrize(
    "named",
    [
        {"enterprise": {"id": "E1"}},
        {"enterprise_id": "E1"},
        {"team": {"id": "T1", "enterprise_id": "E1"}},
    ],
    ids=["enterprise", "enterprise_id", "in the team"],
)
def test_in_an_organization_only_the_profile_tells_who_is_a_stranger(named: dict[str, Any]) -> None:
    """A colleague's main workspace may be another one. The field depends on the kind of payload."""
    colleague = BUTTON | {"user": {"id": "U1", "team_id": "T9"}} | named
    assert read_origin(colleague).to_request(Help()).actor == Actor(Platform.SLACK, "T1", "U1")


@pytest.mark.parametrize(
    ("envelope", "tenant"),
    [
        ({"team_id": "T1", "enterprise_id": "E1"}, "T1"),
        ({"team_id": None, "enterprise_id": "E1"}, "E1"),
        ({"team": None, "enterprise": {"id": "E1"}}, "E1"),
        ({}, ""),
    ],
)
def test_without_a_workspace_the_organization_is_the_tenant(envelope: dict[str, Any], tenant: str) -> None:
    assert read_tenants(envelope).first == tenant


def test_every_field_that_names_a_tenant_is_read() -> None:
    """The ones that name where the app is installed come before the one of the sender's client."""
    form = {
        "team": {"id": "T2", "enterprise_id": "E1"},
        "view": {"team_id": "T2", "app_installed_team_id": "T1"},
    }
    assert read_tenants(form) == NamedTenants(("T1", "T2"), ("E1",))
    press = {"team": {"id": "T2"}, "message": {"team": "T1"}, "enterprise": {"id": "E1"}}
    assert read_tenants(press) == NamedTenants(("T2", "T1"), ("E1",))
    event = {
        "team_id": "T2",
        "authorizations": [{"team_id": "T1", "enterprise_id": "E1"}, {"team_id": None}],
        "context_team_id": "T3",
        "context_enterprise_id": "E3",
        "event": {"view": {"app_installed_team_id": "T4"}},
    }
    assert read_tenants(event) == NamedTenants(("T1", "T4", "T2", "T3"), ("E1", "E3"))


def test_somebody_of_another_workspace_is_refused() -> None:
    origin = read_origin(BUTTON | {"user": {"id": "U1", "team_id": "T9"}})
    assert origin.is_stranger
    with pytest.raises(NotAllowed):
        origin.to_request(Help())


def test_a_payload_without_a_trigger_id_makes_no_command() -> None:
    """Its key would be that of every other such payload, so all of them would get the answer of the first."""
    with pytest.raises(ValueError, match="trigger id"):
        read_origin(SLASH_COMMAND | {"trigger_id": None}).to_request(Help())


@pytest.mark.parametrize("junk", [None, "", 5, [], "x"])
def test_fields_of_the_wrong_type_are_read_as_empty(junk: Any) -> None:
    names = (
        "user",
        "team",
        "enterprise",
        "channel",
        "container",
        "view",
        "message",
        "authorizations",
        "event",
    )
    origin = read_origin(dict.fromkeys(names, junk))
    assert read_tenants({"authorizations": [junk], "team_id": junk or None}).enterprises == ()
    assert origin.sender == Actor(Platform.SLACK, "", "")
    assert not origin.channel
