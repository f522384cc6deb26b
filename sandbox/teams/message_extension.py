"""User actions with the message extension: search, preview a link, open a dialog, post a result."""

from typing import Any

from sandbox.teams.activities import build_message_payload
from sandbox.teams.activity_delivery import DeliveryResult
from sandbox.teams.base import SandboxBase
from sandbox.teams.invoke_responses import (
    MalformedResponseError,
    parse_extension_response,
    parse_task_response,
)
from sandbox.teams.model import ADAPTIVE_CARD, Conversation, Json, TeamsMessage, TeamsPerson

_MAX_RESULTS = 25


class MessageExtensionActions(SandboxBase):
    """The part of ``TeamsSandbox`` for users of the message extension."""

    async def query_extension(
        self,
        person: TeamsPerson,
        conversation: Conversation,
        command_id: str,
        text: str,
        *,
        initial: bool = False,
        parameter: str = "query",
        skip: int = 0,
    ) -> DeliveryResult:
        """Search with a command. ``initial`` is the query that Teams sends before the user types.

        ``skip``: how many results the user has scrolled past.
        """
        parameter_json = (
            {"name": "initialRun", "value": "true"} if initial else {"name": parameter, "value": text}
        )
        options = {"skip": skip, "count": _MAX_RESULTS}
        value = {"commandId": command_id, "parameters": [parameter_json], "queryOptions": options}
        result = await self.send_invoke(person, conversation, "composeExtension/query", value)
        return self._show_results(person, result)

    async def preview_link(self, person: TeamsPerson, conversation: Conversation, url: str) -> DeliveryResult:
        """Paste a link into the compose box and return the bot's preview."""
        value = {"url": url}
        result = await self.send_invoke(person, conversation, "composeExtension/queryLink", value)
        return self._show_results(person, result, is_link=True)

    def post_result(
        self, person: TeamsPerson, conversation: Conversation, search: DeliveryResult, index: int = 0
    ) -> TeamsMessage:
        """Post a card of a search result as the user's message, marked as sent by the bot. Raises LookupError."""
        attachments = search.shown.get("attachments", []) if isinstance(search.shown, dict) else []
        if index >= len(attachments):
            raise LookupError(f"{len(attachments)} cards were found")
        attachment = {
            "contentType": attachments[index]["contentType"],
            "content": attachments[index]["content"],
        }
        # Real Teams also posts hero cards. The product does not use them.
        if attachment["contentType"] != ADAPTIVE_CARD:
            raise LookupError("only adaptive cards are posted here")
        activity: Json = {"type": "message", "attachments": [attachment]}
        # The bot is not notified: the card becomes the user's own message.
        return self.state.add_message(conversation, person, activity, None, is_posted_result=True)

    async def open_dialog(
        self,
        person: TeamsPerson,
        conversation: Conversation,
        command_id: str,
        message: TeamsMessage | None = None,
    ) -> DeliveryResult:
        """Use an action command, in the compose box or on a message."""
        value = self._build_command_value(command_id, message)
        result = await self.send_invoke(person, conversation, "composeExtension/fetchTask", value)
        return self._show_dialog(person, result)

    async def submit_dialog(
        self,
        person: TeamsPerson,
        conversation: Conversation,
        command_id: str,
        data: Json,
        message: TeamsMessage | None = None,
    ) -> DeliveryResult:
        """Submit the dialog of a command. ``data`` is the action's data merged with the input values."""
        value = {**self._build_command_value(command_id, message), "data": data}
        result = await self.send_invoke(person, conversation, "composeExtension/submitAction", value)
        return self._show_dialog(person, result)

    def _build_command_value(self, command_id: str, message: TeamsMessage | None) -> Json:
        value: Json = {"commandId": command_id, "context": {"theme": "default"}}
        if message is None:
            return {**value, "commandContext": "compose"}
        return {**value, "commandContext": "message", "messagePayload": build_message_payload(message)}

    def _show_results(
        self, person: TeamsPerson, result: DeliveryResult, *, is_link: bool = False
    ) -> DeliveryResult:
        try:
            response = parse_extension_response(result, is_link=is_link)
        except MalformedResponseError as problem:
            return self.show_error(person, result, str(problem))
        return self.show_result(person, result, response)

    def _show_dialog(self, person: TeamsPerson, result: DeliveryResult) -> DeliveryResult:
        try:
            response: Any = parse_task_response(result)
        except MalformedResponseError as problem:
            return self.show_error(person, result, str(problem))
        return self.show_result(person, result, response)
