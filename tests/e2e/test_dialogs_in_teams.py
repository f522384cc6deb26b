"""What the message extension, its dialogs and toasts say in Teams: each leads on, in the words that people use there."""

import json
from dataclasses import replace

import pytest
from support.desk import Desk
from support.teams_desk import TeamsDesk, plain

from sandbox.teams import Conversation, Delivery
from sandbox.teams.answers import task_answer


@pytest.fixture
def teams(desk: Desk, bot) -> TeamsDesk:
    """A technician in Teams who is not connected yet."""
    return TeamsDesk.beside(desk)


@pytest.fixture
async def connected(teams: TeamsDesk) -> TeamsDesk:
    """A technician in Teams who can create sessions."""
    await teams.authorize()
    return teams


async def open_form(teams: TeamsDesk, content: str = "", *, where: Conversation | None = None) -> Delivery:
    """Call the extension's command on a message with this content, as Teams quotes it: HTML."""
    person = teams.technician.teams
    value = {"commandId": "createSession", "commandContext": "message"}
    value["messagePayload"] = {"id": "1", "body": {"contentType": "html", "content": content}}
    office = teams.town.teams
    opened = await office.invoke(person, where or teams.channel, "composeExtension/fetchTask", value)
    return replace(opened, shown=task_answer(opened))


async def test_whoever_is_not_known_is_told_what_to_type_in_their_clients_language(teams: TeamsDesk) -> None:
    """No kept profile says which language they read; and nobody types a slash in Teams."""
    person = teams.technician.teams
    person.locale = "fr-FR"
    found = await teams.town.teams.query(person, teams.channel, "searchRequests", "VPN")
    said = json.dumps(found.body, ensure_ascii=False)
    assert "Écrivez-moi d’abord “status”" in said
    assert "/tv" not in said


async def test_a_button_that_is_too_old_says_what_to_type(teams: TeamsDesk) -> None:
    """In a toast, as words are typed in Teams."""
    person = teams.technician.teams
    value = {"action": {"type": "Action.Execute", "verb": "tv", "data": {"tv": "?"}}, "trigger": "manual"}
    pressed = await teams.town.teams.invoke(person, teams.channel, "adaptiveCard/action", value)
    assert "Type “help”" in plain(pressed.body["value"])


async def test_the_request_is_read_out_of_what_was_written_and_not_out_of_its_markup(
    connected: TeamsDesk,
) -> None:
    """A colour is no request; a link's address is one, whatever its label says."""
    number = connected.desk.new_request()
    coloured = await open_form(connected, '<p style="color:#252424">It&#39;s down again</p>')
    assert "252424" not in json.dumps(coloured.body)
    assert '"value": "39"' not in json.dumps(coloured.body)
    servicedesk = connected.town.servicedesk
    url = f"{servicedesk.web_url}/app/itdesk/ui/requests/{servicedesk.requests[number].id}/details"
    linked = await open_form(connected, f'<p style="color:#252424">See <a href="{url}">this one</a></p>')
    assert f'"value": "{number}"' in json.dumps(linked.body)
