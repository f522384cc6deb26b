"""The form of a new session: opened, filled in, searched as one types."""

import asyncio
import html
import json
import re
from collections.abc import Mapping
from typing import Any

import structlog

from adapters.slack.chat import SlackChat
from adapters.slack.payloads import from_shortcut, is_stranger, return_address, sender
from adapters.slack.render.form import request_option
from adapters.slack.webapi import SlackWebApi
from bot.commands import Incoming, OpenForm
from bot.errors import BotError
from bot.front_desk import identify
from bot.model.ids import RequestNumber, request_number
from bot.world import World

SEARCH_SECONDS = 2.0
LOOK_UP_SECONDS = 1.0
"""How long a link in a message is looked up: the form must open within Slack's three seconds."""
MOST_OPTIONS = 20
_NUMBER = re.compile(r"#(\d{1,18})\b|\brequest\s+(?:no\.?\s*|id\s*:?\s*#*)?(\d{1,18})\b", re.IGNORECASE)
_URL = re.compile(r"https?://[^\s<>|]+")
log = structlog.get_logger("slack")


class SlackForms:
    """Opens the form and answers its search."""

    def __init__(self, world: World, api: SlackWebApi, chat: SlackChat) -> None:
        self._world = world
        self._api = api
        self._chat = chat

    async def open(self, body: Mapping[str, Any], modal: dict[str, Any], otherwise: dict[str, Any]) -> None:
        """Open the form. Slack gives three seconds for it: a second try is the person's, by a button ``otherwise``."""
        tenant = sender(body).tenant
        try:
            await self._api.call(tenant, "views.open", trigger_id=body["trigger_id"], view=modal)
        except BotError as error:
            log.warning("a form could not be opened", error=str(error))
            await self.deliver(body, otherwise)

    async def deliver(self, body: Mapping[str, Any], answer: dict[str, Any]) -> None:
        """Answer what was pressed or typed, for its sender alone."""
        try:
            await self._chat.deliver(return_address(body), json.dumps(answer))
        except BotError as error:
            log.warning("a press could not be answered", error=str(error))

    async def search(self, body: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Find requests for what was typed so far; only for technicians, and only as long as Slack waits.

        Where ServiceDesk Plus does not answer, a number that was typed can be chosen as it stands.
        """
        typed = str(body.get("value") or "")
        if not await self._may_search(body):
            return []
        try:
            async with asyncio.timeout(SEARCH_SECONDS):
                found = await self._world.servicedesk.search(typed, MOST_OPTIONS)
        except (BotError, TimeoutError):
            number = request_number(typed)
            shown = {"type": "plain_text", "text": f"#{number}"}
            return [{"text": shown, "value": number}] if number else []
        return [request_option(request) for request in found if not request.is_closed]

    async def _may_search(self, body: Mapping[str, Any]) -> bool:
        if is_stranger(body):
            return False
        async with self._world.books.read() as tx:
            standing = await tx.people.standing(sender(body))
            switches = await tx.switches.read()
        try:
            return switches.integration and standing is not None and bool(identify(standing, self._world))
        except BotError:
            return False

    async def from_shortcut(self, body: Mapping[str, Any]) -> Incoming:
        """Read a shortcut; one on a message takes the request out of it: by a link, for technicians, or by number."""
        text = str((body.get("message") or {}).get("text") or "")
        number = await self._linked(text, body) or _written(text)
        return from_shortcut(body, OpenForm(number))

    async def _linked(self, text: str, body: Mapping[str, Any]) -> RequestNumber | None:
        """Look the request of a link up. None where there is none, or it cannot be looked up just now."""
        ids = (self._world.servicedesk.id_in(url) for url in _URL.findall(html.unescape(text)))
        request_id = next((one for one in ids if one is not None), None)
        if request_id is None or not await self._may_search(body):
            return None
        try:
            async with asyncio.timeout(LOOK_UP_SECONDS):
                return (await self._world.servicedesk.request_by_id(request_id)).number
        except (BotError, TimeoutError):
            return None


def _written(text: str) -> RequestNumber | None:
    found = _NUMBER.search(text)
    return request_number(found[1] or found[2]) if found else None
