"""The form of a new session: opened, filled in, searched as one types."""

import asyncio
import re
from collections.abc import Mapping
from typing import Any

import structlog

from adapters.slack.payloads import from_shortcut
from adapters.slack.render.form import request_option
from adapters.slack.webapi import SlackWebApi
from bot.commands import Incoming, OpenForm
from bot.errors import BotError
from bot.front_desk import identify
from bot.model.ids import RequestNumber, request_number
from bot.model.technician import Actor, Platform
from bot.world import World

SEARCH_SECONDS = 2.0
MOST_OPTIONS = 20
_NUMBER = re.compile(r"#(\d{1,18})\b|\brequest\s+(?:no\.?\s*|id\s*:?\s*#*)?(\d{1,18})\b", re.IGNORECASE)
_URL = re.compile(r"https?://[^\s<>|]+")
log = structlog.get_logger("slack")


class SlackForms:
    """Opens the form and answers its search."""

    def __init__(self, world: World, api: SlackWebApi) -> None:
        self._world = world
        self._api = api

    async def open(self, body: Mapping[str, Any], modal: dict[str, Any]) -> None:
        """Open the form. Slack gives three seconds for it, so there is no second try."""
        team = body.get("team") or {}
        tenant = str(body.get("team_id") or team.get("id") or "")
        try:
            await self._api.call(tenant, "views.open", trigger_id=body["trigger_id"], view=modal)
        except BotError as error:
            log.warning("a form could not be opened", error=str(error))

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
        user, team = body.get("user") or {}, body.get("team") or {}
        actor = Actor(Platform.SLACK, str(team.get("id") or ""), str(user.get("id") or ""))
        async with self._world.books.read() as tx:
            standing = await tx.people.standing(actor)
            switches = await tx.switches.read()
        try:
            return switches.integration and standing is not None and bool(identify(standing, self._world))
        except BotError:
            return False

    async def from_shortcut(self, body: Mapping[str, Any]) -> Incoming:
        """Read a shortcut; one on a message takes the request out of it, by number or by link."""
        text = str((body.get("message") or {}).get("text") or "")
        return from_shortcut(body, OpenForm(await self._number_in(text) if text else None))

    async def _number_in(self, text: str) -> RequestNumber | None:
        for url in _URL.findall(text):
            request_id = self._world.servicedesk.id_in(url)
            if request_id is not None:
                try:
                    async with asyncio.timeout(1):
                        return (await self._world.servicedesk.request_by_id(request_id)).number
                except (BotError, TimeoutError):
                    return None
        found = _NUMBER.search(text)
        return request_number(found[1] or found[2]) if found else None
