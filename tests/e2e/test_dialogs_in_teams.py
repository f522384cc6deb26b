"""What the message extension, its dialogs and toasts say in Teams: each leads on, in the words that people use there."""

import json
from typing import Any

import pytest
from support.bot import RunningBot
from support.slack_user import SlackUser, until
from support.teams_user import TeamsUser, plain

from bot.values import replace
from sandbox.faults import Fault
from sandbox.teams import Conversation, DeliveryResult
from sandbox.teams.card_inputs import Button, list_buttons
from sandbox.teams.invoke_responses import parse_task_response


@pytest.fixture
def teams(slack_user: SlackUser, bot: RunningBot) -> TeamsUser:
    """A technician in Teams who is not connected yet."""
    return TeamsUser.of_slack_user(slack_user)


@pytest.fixture
async def connected(teams: TeamsUser) -> TeamsUser:
    """A technician in Teams who can create sessions."""
    await teams.authorize()
    return teams


async def open_form(
    teams: TeamsUser, content: str = "", *, where: Conversation | None = None
) -> DeliveryResult:
    """Call the extension's command on a message with this content, as Teams quotes it: HTML."""
    person = teams.technician.teams
    value: dict[str, Any] = {"commandId": "createSession", "commandContext": "message"}
    value["messagePayload"] = {"id": "1", "body": {"contentType": "html", "content": content}}
    teams_tenant = teams.environment.teams
    opened = await teams_tenant.send_invoke(
        person, where or teams.channel, "composeExtension/fetchTask", value
    )
    return replace(opened, shown=parse_task_response(opened))


async def test_unknown_person_reads_what_to_type_in_their_clients_language(teams: TeamsUser) -> None:
    """No roster answers, and no kept profile says which language they read. Nobody types a slash in Teams."""
    person = teams.technician.teams
    for operation in ("members.get", "conversations.create"):
        teams.environment.teams.faults.plan(operation, Fault.DROP, times=5)
    person.locale = "fr-FR"
    found = await teams.environment.teams.query_extension(person, teams.channel, "searchRequests", "VPN")
    said = json.dumps(found.body, ensure_ascii=False).replace("\u00a0", " ")
    assert "Écrivez-moi d’abord « statut »" in said
    assert "/tv" not in said


async def test_a_button_that_is_too_old_says_what_to_type(teams: TeamsUser) -> None:
    """In a toast, as words are typed in Teams."""
    person = teams.technician.teams
    value = {"action": {"type": "Action.Execute", "verb": "tv", "data": {"tv": "?"}}, "trigger": "manual"}
    pressed = await teams.environment.teams.send_invoke(person, teams.channel, "adaptiveCard/action", value)
    assert "Type “help”" in plain(pressed.body["value"])


async def test_the_request_is_read_out_of_what_was_written_and_not_out_of_its_markup(
    connected: TeamsUser,
) -> None:
    """A colour is no request; a link's address is one, whatever its label says."""
    number = connected.slack_user.new_request()
    coloured = await open_form(connected, '<p style="color:#252424">It&#39;s down again</p>')
    assert "252424" not in json.dumps(coloured.body)
    assert '"value": "39"' not in json.dumps(coloured.body)
    servicedesk = connected.environment.servicedesk
    url = f"{servicedesk.web_url}/app/itdesk/ui/requests/{servicedesk.requests[number].id}/details"
    linked = await open_form(connected, f'<p style="color:#252424">See <a href="{url}">this one</a></p>')
    assert f'"value": "{number}"' in json.dumps(linked.body)


async def press(
    teams: TeamsUser, opened: DeliveryResult, title: str, *, where: Conversation | None = None
) -> DeliveryResult:
    """Press a button of a dialog; what it sends comes as a submitted dialog does."""
    (action, *_more) = [one.action for one in pressable(opened) if one.action["title"] == title]
    assert action["type"] == "Action.Submit"
    place = where or teams.channel
    sent = await teams.environment.teams.submit_dialog(
        teams.technician.teams, place, "createSession", action["data"]
    )
    assert not sent.error
    return sent


def pressable(opened: DeliveryResult) -> list[Button]:
    """What can be pressed in a dialog. Teams takes no Action.Execute there."""
    shown = list_buttons(opened.shown["value"]["card"]["content"])
    assert "Action.Execute" not in json.dumps(opened.body)
    return shown


async def test_person_without_a_connection_can_connect_from_the_dialog(teams: TeamsUser) -> None:
    """The button that its sentence speaks of is there, and opens the browser."""
    await teams.say("status", where=teams.personal)
    await teams.reads("not connected yet")
    opened = await open_form(teams)
    (authorize,) = [one.action for one in pressable(opened)]
    assert (authorize["type"], authorize["title"]) == ("Action.OpenUrl", "Authorize TeamViewer")
    assert "/oauth/teamviewer/start" in authorize["url"]


async def test_a_session_that_is_open_already_is_used_from_the_dialog(connected: TeamsUser) -> None:
    """Its buttons come with the sentence, and work there; another one can be made as well."""
    number, session = await connected.create()
    opened = await open_form(connected, f"<p>request {number}</p>")
    form = {"tv_form": True, "request": number, "kind": "remote", "note": ""}
    person = connected.technician.teams
    instead = await connected.environment.teams.submit_dialog(
        person, connected.channel, "createSession", form
    )
    assert "You have a session open" in json.dumps(instead.body)
    link = await press(connected, instead, "Get link")
    assert session.end_customer_link in json.dumps(link.body)
    more = await press(connected, instead, "Another session")
    assert "Creating a remote session" in json.dumps(more.body)
    await until(lambda: len(connected.slack_user.sessions(number)) == 2)
    assert not opened.error


async def test_where_the_bot_is_not_the_card_comes_in_private(connected: TeamsUser) -> None:
    """The message extension works in any conversation; the dialog says where to look."""
    teams_tenant, person = connected.environment.teams, connected.technician.teams
    elsewhere = teams_tenant.add_group_chat([person], bot_is_member=False)
    number = connected.slack_user.new_request()
    opened = await open_form(connected, f"<p>request {number}</p>", where=elsewhere)
    assert f'"value": "{number}"' in json.dumps(opened.body)
    form = {"tv_form": True, "request": number, "kind": "remote", "note": ""}
    sent = await teams_tenant.submit_dialog(person, elsewhere, "createSession", form)
    assert "in our private chat" in json.dumps(sent.body)
    await until(lambda: connected.card(number, "Waiting for", where=connected.personal))
    assert elsewhere.messages == []
