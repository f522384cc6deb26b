"""What the message extension, its dialogs and toasts say in Teams: each leads on, in the words that people use there."""

import json

import pytest
from support.desk import Desk
from support.teams_desk import TeamsDesk, plain


@pytest.fixture
def teams(desk: Desk, bot) -> TeamsDesk:
    """A technician in Teams who is not connected yet."""
    return TeamsDesk.beside(desk)


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
