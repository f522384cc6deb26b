"""Check every connector request before it is handled: token, conversation, membership and rate limit."""

from typing import NamedTuple

from aiohttp import web

from sandbox.teams.json_format import ApiError
from sandbox.teams.model import Conversation, TeamsMessage
from sandbox.teams.rate_limit import RateLimit
from sandbox.teams.state import TeamsState
from sandbox.teams.token_endpoint import TokenEndpoint

_THREAD = ";messageid="


class ConversationThread(NamedTuple):
    """A conversation, and the thread in it that a conversation id names."""

    conversation: Conversation
    root: str | None


class AccessControl:
    """Authorizes the bot's connector requests. Every method raises ApiError if the request is refused."""

    def __init__(self, state: TeamsState, token_endpoint: TokenEndpoint, rate_limit: RateLimit) -> None:
        self._state = state
        self._token_endpoint = token_endpoint
        self._rate_limit = rate_limit

    def check_token(self, request: web.Request) -> None:
        """Check the token of a request. Raises ApiError."""
        self._token_endpoint.check_token(request)

    def authorize_creation(self, request: web.Request, recipient: str) -> None:
        """Authorize the creation of a conversation. Raises ApiError."""
        self._token_endpoint.check_token(request)
        self._rate_limit.count_request("make", recipient)

    def authorize_read(self, request: web.Request) -> Conversation:
        """Authorize reading the members of a conversation. Raises ApiError."""
        self._token_endpoint.check_token(request)
        team = self._state.find_team(request.match_info["conversation"])
        conversation = team or self._find_thread(request).conversation
        self._rate_limit.count_request("read", conversation.id, factor=2)
        check_bot_is_member(conversation)
        return conversation

    def authorize_team(self, request: web.Request) -> Conversation:
        """Authorize reading a team, which only a bot in it may. Raises ApiError."""
        self._token_endpoint.check_token(request)
        team = self._state.find_team(request.match_info["team"])
        if team is None:
            raise ApiError(404, "ConversationNotFound", "Conversation not found.")
        self._rate_limit.count_request("read", team.id, factor=2)
        check_bot_is_member(team)
        return team

    def authorize_write(self, request: web.Request) -> ConversationThread:
        """Authorize writing to a conversation. Raises ApiError."""
        self._token_endpoint.check_token(request)
        thread = self._find_thread(request)
        self.check_may_write(thread.conversation)
        self._rate_limit.count_request("write", thread.conversation.id)
        return thread

    def check_may_write(self, conversation: Conversation) -> None:
        """Check that the bot may write to a conversation. Raises ApiError."""
        is_closed = not conversation.bot_is_member or conversation.is_blocked
        # Teams uses this sub code for a blocked bot and for a removed app alike.
        if conversation.kind == "personal" and is_closed:
            raise ApiError(
                403,
                "ForbiddenOperationException",
                "The chat thread is blocked from message writes.",
                sub_code="MessageWritesBlocked",
            )
        check_bot_is_member(conversation)

    def authorize_change(self, request: web.Request) -> TeamsMessage:
        """Authorize a change of one of the bot's own messages. Raises ApiError.

        A card that a user posted from the message extension is that user's message, as Microsoft documents.
        """
        conversation = self.authorize_write(request).conversation
        message = conversation.find_message(request.match_info["activity"])
        if message is None:
            raise ApiError(404, "ActivityNotFoundInConversation", "The activity is not in the conversation.")
        if message.sender != "bot":
            raise ApiError(403, "ForbiddenOperationException", "Only the bot's own messages can be changed.")
        return message

    def _find_thread(self, request: web.Request) -> ConversationThread:
        """Find a conversation and thread. An unknown thread is refused like a conversation (undocumented, assumed)."""
        name, _, thread = request.match_info["conversation"].partition(_THREAD)
        conversation = self._state.conversations.get(name)
        if conversation is None or (thread and not _has_thread(conversation, thread)):
            raise ApiError(404, "ConversationNotFound", "Conversation not found.")
        return ConversationThread(conversation, thread or None)


def _has_thread(conversation: Conversation, thread_root: str) -> bool:
    return conversation.kind == "channel" and conversation.find_message(thread_root) is not None


def check_bot_is_member(conversation: Conversation) -> None:
    """Check that the bot is a member of a conversation. Raises ApiError."""
    if not conversation.bot_is_member:
        raise ApiError(403, "BotNotInConversationRoster", "The bot is not part of the conversation roster.")
