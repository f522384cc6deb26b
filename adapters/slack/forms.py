"""The form for a new session: opened, searched while somebody types, and answered."""

from collections.abc import Mapping
from typing import Any

import structlog

from adapters.slack.answers import SlackMessage, SlackModal
from adapters.slack.chat import SlackChat
from adapters.slack.origin import SlackOrigin
from adapters.slack.render.form import number_option, request_option
from adapters.slack.webapi import SlackWebApi
from bot.commands import CommandRequest, OpenForm
from bot.errors import BotError
from bot.model.secret import Secret
from bot.use_cases.search import RequestSearch

log = structlog.get_logger("slack")


class SlackForms:
    """Opens modals, finds requests for them, and sends the answers that no acknowledgement can carry."""

    def __init__(self, search: RequestSearch, api: SlackWebApi, chat: SlackChat) -> None:
        self._search = search
        self._api = api
        self._chat = chat

    async def open_modal(self, origin: SlackOrigin, modal: SlackModal) -> None:
        """Open a modal. Slack accepts its trigger for three seconds; after that the person retries with a button."""
        try:
            await self._api.call(
                origin.sender.tenant, "views.open", trigger_id=origin.trigger_id, view=modal.view
            )
        except BotError as error:
            log.warning("a form could not be opened", error=error.log_text)
            await self.send_message(origin, modal.fallback)

    async def send_message(self, origin: SlackOrigin, message: SlackMessage) -> None:
        """Answer an interaction, so that only its sender sees it."""
        try:
            await self._chat.send_message(origin.return_address, message)
        except BotError as error:
            log.warning("a press could not be answered", error=error.log_text)

    async def post_refusal(self, url: Secret, text: str) -> None:
        """Tell somebody that their workspace is not served. There is no token for it, so a response URL is the only way."""
        try:
            await self._api.post_to(
                url, {"response_type": "ephemeral", "replace_original": False, "text": text}
            )
        except BotError as error:
            log.info("a refusal was not delivered", error=error.log_text)

    async def find_options(self, origin: SlackOrigin, typed: str) -> list[Mapping[str, Any]]:
        """Return the requests that fit the typed text, as options.

        While ServiceDesk Plus does not answer, a number that was typed can be chosen as it is.
        """
        if origin.is_stranger:
            return []
        found = await self._search.suggest_requests(origin.sender, typed)
        if found.number is not None:
            return [number_option(found.number)]
        return [request_option(request) for request in found.requests]

    async def find_options_or_own(self, origin: SlackOrigin, typed: str) -> list[Mapping[str, Any]]:
        """Return the requests that fit the typed text; without one, those that are assigned to the reader."""
        if typed.strip() or origin.is_stranger:
            return await self.find_options(origin, typed)
        return [request_option(request) for request in await self._search.list_assigned(origin.sender)]

    async def form_request(self, origin: SlackOrigin, message_text: str) -> CommandRequest:
        """Return the request to open the form, filled in with the number of the request that a message is about.

        Raises NotAllowed for strangers.
        """
        origin.require_member()
        number = await self._search.find_number_in_message(message_text, origin.sender)
        return origin.to_request(OpenForm(number))
