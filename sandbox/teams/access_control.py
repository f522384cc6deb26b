"""What stands before every operation of the connector: the token, the conversation, the bot's place in it, the limits."""

from typing import NamedTuple

from aiohttp import web

from sandbox.teams.json_format import ApiError
from sandbox.teams.model import Conversation, TeamsMessage
from sandbox.teams.rate_limit import RateLimit
from sandbox.teams.state import TeamsState
from sandbox.teams.token_endpoint import TokenEndpoint

_THREAD = ";messageid="


class ConversationThread(NamedTuple):
    """A conversation, and the thread in it that an id names."""

    conversation: Conversation
    thread: str | None


class AccessControl:
    """Lets in who may come in."""

    def __init__(self, world: TeamsState, tokens: TokenEndpoint, throttle: RateLimit) -> None:
        self._world = world
        self._tokens = tokens
        self._throttle = throttle

    def check_token(self, request: web.Request) -> None:
        """Look at the token. Raises ApiError."""
        self._tokens.check(request)

    def to_make(self, request: web.Request, with_whom: str) -> None:
        """Let the bot make a conversation. Raises ApiError."""
        self._tokens.check(request)
        self._throttle.pass_through("make", with_whom)

    def to_read(self, request: web.Request) -> Conversation:
        """Let the bot read who is in a conversation. Raises ApiError."""
        self._tokens.check(request)
        place = self._place(request)
        self._throttle.pass_through("read", place.conversation.id, factor=2)
        check_roster(place.conversation)
        return place.conversation

    def to_write(self, request: web.Request) -> ConversationThread:
        """Let the bot write into a conversation. Raises ApiError."""
        self._tokens.check(request)
        place = self._place(request)
        self.check_writing(place.conversation)
        self._throttle.pass_through("write", place.conversation.id)
        return place

    def check_writing(self, conversation: Conversation) -> None:
        """Whether the bot may write there at all. Raises ApiError."""
        is_shut = not conversation.bot_is_member or conversation.is_blocked
        if conversation.kind == "personal" and is_shut:
            raise ApiError(
                403,
                "ForbiddenOperationException",
                "The chat thread is blocked from message writes.",
                sub_code="MessageWritesBlocked",
            )
        check_roster(conversation)

    def to_change(self, request: web.Request) -> TeamsMessage:
        """Let the bot change a message of its own: a card that a person posted is theirs, as Microsoft explains of such cards.

        Raises ApiError.
        """
        conversation = self.to_write(request).conversation
        message = conversation.message(request.match_info["activity"])
        if message is None:
            raise ApiError(404, "ActivityNotFoundInConversation", "The activity is not in the conversation.")
        if message.sender != "bot":
            raise ApiError(403, "ForbiddenOperationException", "Only the bot's own messages can be changed.")
        return message

    def _place(self, request: web.Request) -> ConversationThread:
        """Find a conversation. A thread that is not there is refused as one too (undocumented, assumed)."""
        name, _, thread = request.match_info["conversation"].partition(_THREAD)
        conversation = self._world.conversations.get(name)
        if conversation is None or (thread and not _has_thread(conversation, thread)):
            raise ApiError(404, "ConversationNotFound", "Conversation not found.")
        return ConversationThread(conversation, thread or None)


def _has_thread(conversation: Conversation, root: str) -> bool:
    return conversation.kind == "channel" and conversation.message(root) is not None


def check_roster(conversation: Conversation) -> None:
    """Whether the bot is in a conversation. Raises ApiError."""
    if not conversation.bot_is_member:
        raise ApiError(403, "BotNotInConversationRoster", "The bot is not part of the conversation roster.")
