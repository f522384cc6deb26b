"""The form of a new session: opened, filled in, searched as one types."""

import html
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import structlog

from adapters.slack.answers import SlackMessage, SlackModal
from adapters.slack.chat import SlackChat
from adapters.slack.payloads import from_shortcut, is_stranger, return_address, sender
from adapters.slack.render.form import request_option
from adapters.slack.webapi import SlackWebApi
from bot.commands import CommandRequest, OpenForm
from bot.errors import BotError
from bot.use_cases.search import RequestSearch

log = structlog.get_logger("slack")


class SlackForms:
    """Opens the form and answers its search."""

    def __init__(self, search: RequestSearch, api: SlackWebApi, chat: SlackChat) -> None:
        self._search = search
        self._api = api
        self._chat = chat

    async def open_modal(self, body: Mapping[str, Any], modal: SlackModal) -> None:
        """Open a modal. Slack accepts its trigger for three seconds; after that the person retries with a button."""
        tenant = sender(body).tenant
        try:
            await self._api.call(tenant, "views.open", trigger_id=body["trigger_id"], view=modal.view)
        except BotError as error:
            log.warning("a form could not be opened", error=str(error))
            await self.send_message(body, modal.fallback)

    async def send_message(self, body: Mapping[str, Any], message: SlackMessage) -> None:
        """Answer an interaction, so that only its sender sees it."""
        try:
            await self._chat.send_message(return_address(body), message)
        except BotError as error:
            log.warning("a press could not be answered", error=str(error))

    async def search(self, body: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Find requests for what was typed so far.

        Where ServiceDesk Plus does not answer, a number that was typed can be chosen as it stands.
        """
        if is_stranger(body):
            return []
        found = await self._search.suggest_requests(sender(body), str(body.get("value") or ""))
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
        number = await self._search.find_number_in_message(text, command_request.actor)
        return replace(command_request, command=OpenForm(number))
