"""What the demo page shows one person of Teams: where they talk, and each card as they see it."""

from sandbox.demo.scenario import DemoScenario
from sandbox.environment import Environment
from sandbox.teams import Conversation, TeamsMessage, TeamsPerson
from sandbox.teams.model import BOT_NAME, Json


def teams_state(town: Environment, story: DemoScenario, user: str) -> Json:
    """Describe Teams from where somebody sits; ``user`` is their account in Slack."""
    person = story.person(user).teams
    shown = [*story.team_channels, town.teams.personal_chat(person)]
    return {
        "bot": BOT_NAME,
        "conversations": [_conversation(town, one, person) for one in shown if person in one.members],
        "toasts": town.teams.toasts.get(person, []),
        "troubles": town.teams.troubles.get(person, []),
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
    """Order messages by their threads; where there are none, by their time."""
    return sorted(place.messages, key=lambda one: (int(one.root), int(one.id)))


def _message(town: Environment, message: TeamsMessage, person: TeamsPerson) -> Json:
    mentioned = [
        one["mentioned"]["id"] for one in message.raw.get("entities", []) if one.get("type") == "mention"
    ]
    return {
        "id": message.id,
        "root": message.root,
        "name": BOT_NAME if message.sender == "bot" else message.sender.name,
        "is_bot": message.sender == "bot",
        "is_own": message.sender is person,
        "is_reply": message.thread is not None,
        "is_edited": bool(message.edits),
        "is_own_view": person.mri in message.views,
        "is_to_bot": town.teams.world.bot["id"] in mentioned,
        "text": message.text,
        "cards": town.teams.cards_before(person, message),
    }
