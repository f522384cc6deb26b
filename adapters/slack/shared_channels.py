"""Which channels are shared with another organization (Slack Connect)."""

import time
from collections.abc import Callable

import structlog

from adapters.answer_cache import AnswerCache
from adapters.slack.origin import as_object
from adapters.slack.webapi import SlackRejected, SlackWebApi

KNOWN_SECONDS = 600.0
"""How long an answer of Slack is used. A channel that is shared meanwhile is noticed after that."""
_SHARED_FIELDS = ("is_ext_shared", "is_pending_ext_shared")
"""The fields of a conversation (Slack, conversation object). ``is_org_shared`` is one organization's own."""
_SAYS_NOTHING = {"channel_not_found", "unknown_method"}
"""Refusals for channels that the bot does not see, so it posts nothing there, and of servers without the method."""
log = structlog.get_logger("slack")


class SharedChannels:
    """Asks Slack about channels, and remembers the answers for some minutes."""

    def __init__(self, api: SlackWebApi, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._api = api
        self._known: AnswerCache[tuple[str, str], bool] = AnswerCache(KNOWN_SECONDS, monotonic)
        self._is_warned = False

    async def is_shared_outside(self, tenant: str, channel: str) -> bool:
        """Whether people of another organization are in a channel, or invited to it. Raises Unavailable."""
        if channel.startswith("D"):
            return False
        known = self._known.find((tenant, channel))
        if known is None:
            known = await self._ask(tenant, channel)
            self._known.store((tenant, channel), known)
        return known

    async def _ask(self, tenant: str, channel: str) -> bool:
        try:
            answer = await self._api.call(tenant, "conversations.info", channel=channel)
        except SlackRejected as error:
            if error.code in _SAYS_NOTHING:
                return False
            self._warn_once(error.code)
            return True
        conversation = as_object(answer.get("channel"))
        return any(bool(conversation.get(field)) for field in _SHARED_FIELDS)

    def _warn_once(self, code: str) -> None:
        if not self._is_warned:
            self._is_warned = True
            log.warning(
                "not known whether channels are shared, so cards there have no details",
                code=code,
                advice="add the scopes of `tvbot manifest slack` to the app, and install it again",
            )
