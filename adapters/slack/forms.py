"""The form of a new session: opened, filled in, searched as one types."""

import html
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import structlog

from adapters.slack.chat import SlackChat
from adapters.slack.payloads import from_shortcut, is_stranger, return_address, sender
from adapters.slack.render.form import request_option
from adapters.slack.webapi import SlackWebApi
from bot.commands import CommandRequest, OpenForm
from bot.errors import BotError
from bot.services import Services
from bot.use_cases import search

log = structlog.get_logger("slack")


class SlackForms:
    """Opens the form and answers its search."""

    def __init__(self, services: Services, api: SlackWebApi, chat: SlackChat) -> None:
        self._services = services
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
        """Find requests for what was typed so far.

        Where ServiceDesk Plus does not answer, a number that was typed can be chosen as it stands.
        """
        if is_stranger(body):
            return []
        found = await search.suggest(sender(body), str(body.get("value") or ""), self._services)
        if found.number is not None:
            shown = {"type": "plain_text", "text": f"#{found.number}"}
            return [{"text": shown, "value": found.number}]
        return [request_option(request) for request in found.requests]

    async def from_shortcut(self, body: Mapping[str, Any]) -> CommandRequest:
        """Read a shortcut; one on a message takes the request out of it: by a link, for technicians, or by number.

        Raises NotAllowed to strangers.
        """
        command_request = from_shortcut(body, OpenForm())
        text = html.unescape(str((body.get("message") or {}).get("text") or ""))
        number = await search.number_in(text, command_request.actor, self._services)
        return replace(command_request, command=OpenForm(number))
