"""The Teams part of the demo page's state."""

from sandbox.demo.scenario import DemoScenario
from sandbox.environment import Environment
from sandbox.teams import Conversation, TeamsMessage, TeamsPerson
from sandbox.teams.model import BOT_NAME, Json


def teams_state(town: Environment, story: DemoScenario, user: str) -> Json:
    """Return the conversations and cards as a person sees them. ``user`` is the id of their Slack account."""
    person = story.person(user).teams
    shown = [*story.team_channels, town.teams.personal_chat(person)]
    return {
        "bot": BOT_NAME,
        "conversations": [_conversation(town, one, person) for one in shown if person in one.members],
        "toasts": town.teams.toasts.get(person, []),
        "troubles": town.teams.error_messages.get(person, []),
    }


def _conversation(town: Environment, place: Conversation, person: TeamsPerson) -> Json:
    return {
        "id": place.id,
        "is_personal": place.kind == "personal",
        "name": place.name or BOT_NAME,
        "team": place.team_name,
        "is_typing": town.teams.is_typing(place),
        "messages": [_message(town, one, person) for one in _by_thread(place) if not one.deleted],
    }


def _by_thread(place: Conversation) -> list[TeamsMessage]:
    """Sort messages by thread, then by time."""
    return sorted(place.messages, key=lambda one: (int(one.thread_root), int(one.id)))


def _message(town: Environment, message: TeamsMessage, person: TeamsPerson) -> Json:
    mentioned = [
        one["mentioned"]["id"]
        for one in message.activity_json.get("entities", [])
        if one.get("type") == "mention"
    ]
    return {
        "id": message.id,
        "root": message.thread_root,
        "name": BOT_NAME if message.sender == "bot" else message.sender.name,
        "is_bot": message.sender == "bot",
        "is_own": message.sender is person,
        "is_reply": message.thread is not None,
        "is_edited": bool(message.past_contents),
        "is_own_view": person.mri in message.personal_cards,
        "is_to_bot": town.teams.state.bot["id"] in mentioned,
        "text": message.text,
        "cards": town.teams.visible_cards(person, message),
    }
