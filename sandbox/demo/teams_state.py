"""The Teams part of the demo page's state."""

from sandbox.demo.scenario import DemoScenario
from sandbox.teams import Conversation, TeamsMessage, TeamsPerson, TeamsSandbox
from sandbox.teams.model import BOT_NAME, Json


def build_teams_state(teams: TeamsSandbox, scenario: DemoScenario, user: str) -> Json:
    """Return the conversations and cards as a person sees them. ``user`` is the id of their Slack account."""
    person = scenario.find_person(user).teams
    conversations = [*scenario.team_channels, teams.personal_chat(person)]
    return {
        "bot": BOT_NAME,
        "conversations": [
            _describe_conversation(teams, one, person) for one in conversations if person in one.members
        ],
        "toasts": teams.toasts.get(person, []),
        "error_messages": teams.error_messages.get(person, []),
    }


def _describe_conversation(teams: TeamsSandbox, conversation: Conversation, person: TeamsPerson) -> Json:
    return {
        "id": conversation.id,
        "is_personal": conversation.kind == "personal",
        "name": conversation.name or BOT_NAME,
        "team": conversation.team_name,
        "is_typing": teams.is_typing(conversation),
        "messages": [
            _describe_message(teams, one, person) for one in _sort_by_thread(conversation) if not one.deleted
        ],
    }


def _sort_by_thread(conversation: Conversation) -> list[TeamsMessage]:
    """Sort messages by thread, then by time."""
    return sorted(conversation.messages, key=lambda one: (int(one.thread_root), int(one.id)))


def _describe_message(teams: TeamsSandbox, message: TeamsMessage, person: TeamsPerson) -> Json:
    mentioned = [
        one["mentioned"]["id"]
        for one in message.activity_json.get("entities", [])
        if one.get("type") == "mention"
    ]
    return {
        "id": message.id,
        "thread_root": message.thread_root,
        "name": BOT_NAME if message.sender == "bot" else message.sender.name,
        "is_bot": message.sender == "bot",
        "is_own": message.sender is person,
        "is_reply": message.thread is not None,
        "is_edited": bool(message.past_contents),
        # The page marks cards that only this user sees.
        "is_own_view": person.mri in message.personal_cards,
        "is_to_bot": teams.state.bot["id"] in mentioned,
        "text": message.text,
        "cards": teams.visible_cards(person, message),
    }
