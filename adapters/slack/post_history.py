"""Find a message that the bot has posted, by the metadata that it carries.

Slack's references of ``chat.postMessage`` and ``conversations.history`` document the argument ``metadata`` and its return
with ``include_all_metadata``. Two things were not tried against Slack itself: that the app's own metadata comes back with
the scopes ``*:history`` alone, and how soon a message is in the history after it was posted. Where Slack returns no
metadata, nothing is found, and the message is posted again.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from adapters.slack.origin import as_object
from adapters.slack.webapi import SlackRejected, SlackWebApi
from bot.ports import Posted

EVENT_TYPE = "tvbot_card"
CLOCK_SKEW = timedelta(minutes=5)
"""How far this machine's clock may be ahead of Slack's. With more, the signatures of Slack's requests are refused."""
PAGE_SIZE = 100
"""Slack may return fewer: 15, for an app that is distributed commercially outside of its Marketplace."""
MAX_PAGES = 10


def build_metadata(marker: str) -> dict[str, Any]:
    """Return the metadata of a message. Other apps in the channel can read it, so it holds the marker alone."""
    return {"event_type": EVENT_TYPE, "event_payload": {"marker": marker}}


class PostHistory:
    """Reads the recent messages of a conversation."""

    def __init__(self, api: SlackWebApi) -> None:
        self._api = api

    async def find_post(
        self, tenant: str, channel: str, marker: str, since: datetime, *, thread: str = ""
    ) -> Posted | None:
        """Find the bot's message with a marker that was posted at or after ``since``: in a thread, or outside of all threads.

        Raises Unavailable, and SlackRejected where it is not known: a scope is missing (``missing_scope``), the bot is
        not in the channel, or the channel has too many newer messages.
        """
        cursor = None
        for _page in range(MAX_PAGES):
            answer = await self._api.call(
                tenant,
                "conversations.replies" if thread else "conversations.history",
                channel=channel,
                ts=thread or None,
                oldest=f"{(since - CLOCK_SKEW).timestamp():.6f}",
                include_all_metadata="true",
                limit=str(PAGE_SIZE),
                cursor=cursor,
            )
            for message in map(as_object, answer.get("messages") or []):
                if _read_marker(message) == marker and await self._is_own(tenant, message):
                    return Posted(channel, str(message["ts"]))
            cursor = as_object(answer.get("response_metadata")).get("next_cursor")
            if not cursor:
                return None
        raise SlackRejected("too_many_messages")

    async def _is_own(self, tenant: str, message: Mapping[str, Any]) -> bool:
        """Whether a message is the bot's. Another app could copy its metadata."""
        bot = await self._api.call(tenant, "auth.test")
        return bool(message.get("bot_id")) and message.get("bot_id") == bot.get("bot_id")


def _read_marker(message: Mapping[str, Any]) -> object:
    metadata = as_object(message.get("metadata"))
    is_card = metadata.get("event_type") == EVENT_TYPE
    return as_object(metadata.get("event_payload")).get("marker") if is_card else None
