"""Which channels are shared with another organization (Slack Connect)."""

import time
from collections import OrderedDict
from collections.abc import Callable

import structlog

from adapters.slack.origin import as_object
from adapters.slack.webapi import SlackRejected, SlackWebApi

KNOWN_SECONDS = 600.0
"""How long an answer of Slack is used. A channel that is shared meanwhile is noticed after that."""
MAX_KNOWN = 5000
_SHARED_FIELDS = ("is_ext_shared", "is_pending_ext_shared")
"""The fields of a conversation (Slack, conversation object). ``is_org_shared`` is one organization's own."""
_SAYS_NOTHING = {"channel_not_found", "unknown_method"}
"""Refusals for channels that the bot does not see, so it posts nothing there, and of servers without the method."""
log = structlog.get_logger("slack")


class SharedChannels:
    """Asks Slack about channels, and remembers the answers for some minutes."""

    def __init__(self, api: SlackWebApi, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._api = api
        self._monotonic = monotonic
        self._known: OrderedDict[tuple[str, str], tuple[bool, float]] = OrderedDict()
        self._is_warned = False

    async def is_shared_outside(self, tenant: str, channel: str) -> bool:
        """Whether people of another organization are in a channel, or invited to it. Raises Unavailable."""
        if channel.startswith("D"):
            return False
        known = self._known.get((tenant, channel))
        if known is not None and self._monotonic() - known[1] < KNOWN_SECONDS:
            return known[0]
        is_shared = await self._ask(tenant, channel)
        self._known[tenant, channel] = is_shared, self._monotonic()
        self._known.move_to_end((tenant, channel))
        while len(self._known) > MAX_KNOWN:
            self._known.popitem(last=False)
        return is_shared

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
