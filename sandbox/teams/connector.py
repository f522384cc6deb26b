"""The connector: what the bot calls to send, change and delete messages, and to begin conversations."""

from aiohttp import web

from sandbox.teams.access_control import AccessControl, check_roster
from sandbox.teams.activity_validation import check_activity
from sandbox.teams.json_format import ApiError, bad_syntax, json_object
from sandbox.teams.model import Conversation, Json, TeamsPerson
from sandbox.teams.state import TeamsState

_BASE = "/teams/v3/conversations"
_PLACE = _BASE + "/{conversation}/activities"


class Connector:
    """Writes into conversations. Which activity is replied to matters nothing: the conversation's id names the thread."""

    def __init__(self, world: TeamsState, gate: AccessControl) -> None:
        self._world = world
        self._gate = gate

    def add_to(self, app: web.Application) -> None:
        """Add the routes; a reply is a send at an address with an activity's id."""
        router = app.router
        router.add_post(_BASE, self._create, name="conversations.create")
        router.add_post(_PLACE + "{reply:(/[^/]+)?}", self._send, name="activities.send")
        router.add_put(_PLACE + "/{activity}", self._update, name="activities.update")
        router.add_delete(_PLACE + "/{activity}", self._delete, name="activities.delete")

    async def _send(self, request: web.Request) -> web.Response:
        place = self._gate.to_write(request)
        activity = await json_object(request)
        check_activity(activity)
        if activity["type"] == "typing":
            self._world.type_in(place.conversation)
            return web.json_response({"id": self._world.new_message_id()}, status=201)
        message = self._world.post(place.conversation, "bot", activity, place.thread)
        return web.json_response({"id": message.id}, status=201)

    async def _update(self, request: web.Request) -> web.Response:
        message = self._gate.to_change(request)
        activity = await json_object(request)
        check_activity(activity)
        if activity["type"] != "message":
            raise bad_syntax("Only messages can be updated.")
        self._world.rewrite(message, activity)
        return web.json_response({"id": message.id})

    async def _delete(self, request: web.Request) -> web.Response:
        message = self._gate.to_change(request)
        message.deleted = True
        self._world.changes.touch()
        return web.Response()

    async def _create(self, request: web.Request) -> web.Response:
        self._gate.check_token(request)
        asked = await json_object(request)
        bot = asked.get("bot")
        if bot is not None and (not isinstance(bot, dict) or bot.get("id") != self._world.bot["id"]):
            raise bad_syntax("The bot is not the one that asks.")
        if asked.get("isGroup"):
            return self._begin_thread(request, asked)
        person = self._whom(asked)
        self._gate.to_make(request, person.mri)
        conversation = self._chat_with(person)
        told = {"id": conversation.id}
        if asked.get("activity") is not None:
            told["activityId"] = self._begin(conversation, asked["activity"])
        return web.json_response(told, status=201)

    def _begin_thread(self, request: web.Request, asked: Json) -> web.Response:
        """Post into a channel, which begins a thread there."""
        channel = _inner(asked, "channelData", "channel", "id")
        conversation = self._world.conversations.get(channel)
        if conversation is None or conversation.kind != "channel":
            raise ApiError(404, "ConversationNotFound", "Conversation not found.")
        check_roster(conversation)
        self._gate.to_make(request, channel)
        root = self._begin(conversation, asked.get("activity"))
        return web.json_response({"id": f"{channel};messageid={root}", "activityId": root}, status=201)

    def _begin(self, conversation: Conversation, activity: object) -> str:
        if not isinstance(activity, dict):
            raise bad_syntax("activity is malformed.")
        self._gate.check_writing(conversation)
        check_activity(activity)
        return self._world.post(conversation, "bot", activity, None).id

    def _whom(self, asked: Json) -> TeamsPerson:
        """Find whom a chat is wanted with. Raises ApiError."""
        members = asked.get("members")
        if not isinstance(members, list) or len(members) != 1 or not isinstance(members[0], dict):
            raise bad_syntax("members must hold one account.")
        tenant = asked.get("tenantId") or _inner(asked, "channelData", "tenant", "id")
        if not tenant:
            raise bad_syntax("The tenant is missing: tenantId or channelData.tenant.id.")
        named = members[0].get("id")
        person = next((one for one in self._world.people if named in {one.mri, one.aad_id}), None)
        if person is None or person.tenant != tenant:
            raise ApiError(400, "BadArgument", "There is no such account in the tenant.")
        return person

    def _chat_with(self, person: TeamsPerson) -> Conversation:
        """Return the chat with a person. A first one needs a place that they share with the bot."""
        chat = self._world.personal_chat(person)
        if chat is not None:
            return chat
        if not any(one.bot_is_member for one in self._world.conversations_of(person)):
            raise ApiError(403, "BotNotInConversationRoster", "The app is not installed for the person.")
        return self._world.add_conversation("personal", [person])


def _inner(value: object, *names: str) -> str:
    """Return a string deep inside objects; empty where there is none."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, str) else ""
