"""The Bot Connector: send, update and delete messages, and create conversations."""

from aiohttp import web

from sandbox.teams.access_control import AccessControl, check_bot_is_member
from sandbox.teams.activity_validation import check_activity, check_card_mentions
from sandbox.teams.json_format import ApiError, bad_syntax, read_json_object
from sandbox.teams.model import Conversation, Json, TeamsPerson
from sandbox.teams.state import TeamsState

_BASE = "/teams/v3/conversations"
_ACTIVITIES = _BASE + "/{conversation}/activities"


class Connector:
    """Handles the write requests of the bot. A reply's activity id has no effect: the conversation id names the thread."""

    def __init__(self, state: TeamsState, access: AccessControl) -> None:
        self._state = state
        self._access = access

    def add_routes(self, app: web.Application) -> None:
        """Add the routes. A reply is a send to a path with an activity id."""
        router = app.router
        router.add_post(_BASE, self._create_conversation, name="conversations.create")
        # The Bot Framework SDKs reply to an activity id, other clients post to the conversation.
        router.add_post(_ACTIVITIES + "{reply:(/[^/]+)?}", self._send_activity, name="activities.send")
        router.add_put(_ACTIVITIES + "/{activity}", self._update_activity, name="activities.update")
        router.add_delete(_ACTIVITIES + "/{activity}", self._delete_activity, name="activities.delete")

    async def _send_activity(self, request: web.Request) -> web.Response:
        thread = self._access.authorize_write(request)
        activity = await read_json_object(request)
        check_activity(activity)
        check_card_mentions(activity, thread.conversation)
        if activity["type"] == "typing":
            self._state.start_typing(thread.conversation)
            return web.json_response({"id": self._state.new_message_id()}, status=201)
        message = self._state.add_message(thread.conversation, "bot", activity, thread.root)
        return web.json_response({"id": message.id}, status=201)

    async def _update_activity(self, request: web.Request) -> web.Response:
        message = self._access.authorize_change(request)
        activity = await read_json_object(request)
        check_activity(activity)
        if activity["type"] != "message":
            raise bad_syntax("Only messages can be updated.")
        check_card_mentions(activity, message.conversation)
        self._state.update_message(message, activity)
        return web.json_response({"id": message.id})

    async def _delete_activity(self, request: web.Request) -> web.Response:
        message = self._access.authorize_change(request)
        message.deleted = True
        self._state.changes.notify()
        return web.Response()

    async def _create_conversation(self, request: web.Request) -> web.Response:
        self._access.check_token(request)
        parameters = await read_json_object(request)
        bot = parameters.get("bot")
        if bot is not None and (not isinstance(bot, dict) or bot.get("id") != self._state.bot["id"]):
            raise bad_syntax("The bot is not the one that asks.")
        if parameters.get("isGroup"):
            return self._create_thread(request, parameters)
        person = self._find_person(parameters)
        self._access.authorize_creation(request, person.mri)
        conversation = self._open_personal_chat(person)
        body = {"id": conversation.id}
        if parameters.get("activity") is not None:
            body["activityId"] = self._post_first_activity(conversation, parameters["activity"])
        return web.json_response(body, status=201)

    def _create_thread(self, request: web.Request, parameters: Json) -> web.Response:
        """Create a thread in a channel by its first post."""
        channel = _find_nested_text(parameters, "channelData", "channel", "id")
        conversation = self._state.conversations.get(channel)
        if conversation is None or conversation.kind != "channel":
            raise ApiError(404, "ConversationNotFound", "Conversation not found.")
        check_bot_is_member(conversation)
        self._access.authorize_creation(request, channel)
        thread_root = self._post_first_activity(conversation, parameters.get("activity"))
        return web.json_response(
            {"id": f"{channel};messageid={thread_root}", "activityId": thread_root}, status=201
        )

    def _post_first_activity(self, conversation: Conversation, activity: object) -> str:
        if not isinstance(activity, dict):
            raise bad_syntax("activity is malformed.")
        self._access.check_may_write(conversation)
        check_activity(activity)
        check_card_mentions(activity, conversation)
        return self._state.add_message(conversation, "bot", activity, None).id

    def _find_person(self, parameters: Json) -> TeamsPerson:
        """Find the user that the bot wants to chat with. Raises ApiError."""
        members = parameters.get("members")
        if not isinstance(members, list) or len(members) != 1 or not isinstance(members[0], dict):
            raise bad_syntax("members must hold one account.")
        tenant = parameters.get("tenantId") or _find_nested_text(parameters, "channelData", "tenant", "id")
        if not tenant:
            raise bad_syntax("The tenant is missing: tenantId or channelData.tenant.id.")
        account_id = members[0].get("id")
        person = next((one for one in self._state.people if account_id in {one.mri, one.aad_id}), None)
        if person is None or person.tenant != tenant:
            raise ApiError(400, "BadArgument", "There is no such account in the tenant.")
        return person

    def _open_personal_chat(self, person: TeamsPerson) -> Conversation:
        """Return the chat with a user. To create it, the bot must share a conversation with the user. Raises ApiError."""
        chat = self._state.find_personal_chat(person)
        if chat is not None:
            return chat
        if not any(one.bot_is_member for one in self._state.conversations_of(person)):
            raise ApiError(403, "BotNotInConversationRoster", "The app is not installed for the person.")
        return self._state.add_conversation("personal", [person])


def _find_nested_text(value: object, *names: str) -> str:
    """Return a string in nested objects. Return an empty string if it is missing."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, str) else ""
