"""What people do with the message extension: search, preview a link, open a dialog, post what they found."""

from typing import Any

from sandbox.teams.activities import payload_of
from sandbox.teams.activity_delivery import DeliveryResult
from sandbox.teams.base import SandboxBase
from sandbox.teams.invoke_responses import MalformedResponseError, extension_answer, task_answer
from sandbox.teams.model import ADAPTIVE, Conversation, Json, TeamsMessage, TeamsPerson

_MOST_RESULTS = 25


class MessageExtensionActions(SandboxBase):
    """People with the message extension."""

    async def query(
        self,
        person: TeamsPerson,
        conversation: Conversation,
        command_id: str,
        text: str,
        *,
        initial: bool = False,
        parameter: str = "query",
    ) -> DeliveryResult:
        """Search with a command; ``initial`` is the search before anything is typed."""
        typed = {"name": "initialRun", "value": "true"} if initial else {"name": parameter, "value": text}
        options = {"skip": 0, "count": _MOST_RESULTS}
        value = {"commandId": command_id, "parameters": [typed], "queryOptions": options}
        delivery = await self.invoke(person, conversation, "composeExtension/query", value)
        return self._show_results(person, delivery)

    async def paste_link(self, person: TeamsPerson, conversation: Conversation, url: str) -> DeliveryResult:
        """Paste a link into the message that is being written, for a preview of it."""
        value = {"url": url}
        delivery = await self.invoke(person, conversation, "composeExtension/queryLink", value)
        return self._show_results(person, delivery, is_link=True)

    def choose(
        self, person: TeamsPerson, conversation: Conversation, result: DeliveryResult, index: int = 0
    ) -> TeamsMessage:
        """Post a card that was found: it is the person's message, sent by way of the bot. Raises LookupError."""
        found = result.shown.get("attachments", []) if isinstance(result.shown, dict) else []
        if index >= len(found):
            raise LookupError(f"{len(found)} cards were found")
        attachment = {"contentType": found[index]["contentType"], "content": found[index]["content"]}
        if attachment["contentType"] != ADAPTIVE:
            raise LookupError("only adaptive cards are posted here")
        activity: Json = {"type": "message", "attachments": [attachment]}
        return self.world.post(conversation, person, activity, None, is_posted_card=True)

    async def fetch_task(
        self,
        person: TeamsPerson,
        conversation: Conversation,
        command_id: str,
        message: TeamsMessage | None = None,
    ) -> DeliveryResult:
        """Take an action command: from where messages are written, or on a message."""
        value = self._command(command_id, message)
        delivery = await self.invoke(person, conversation, "composeExtension/fetchTask", value)
        return self._show_task(person, delivery)

    async def submit_task(
        self,
        person: TeamsPerson,
        conversation: Conversation,
        command_id: str,
        data: Json,
        message: TeamsMessage | None = None,
    ) -> DeliveryResult:
        """Submit the dialog that a command opened: ``data`` is the action's own together with what was typed."""
        value = {**self._command(command_id, message), "data": data}
        delivery = await self.invoke(person, conversation, "composeExtension/submitAction", value)
        return self._show_task(person, delivery)

    def _command(self, command_id: str, message: TeamsMessage | None) -> Json:
        value: Json = {"commandId": command_id, "context": {"theme": "default"}}
        if message is None:
            return {**value, "commandContext": "compose"}
        return {**value, "commandContext": "message", "messagePayload": payload_of(message)}

    def _show_results(
        self, person: TeamsPerson, delivery: DeliveryResult, *, is_link: bool = False
    ) -> DeliveryResult:
        try:
            answer = extension_answer(delivery, is_link=is_link)
        except MalformedResponseError as problem:
            return self.troubled(person, delivery, str(problem))
        return self.shown(person, delivery, answer)

    def _show_task(self, person: TeamsPerson, delivery: DeliveryResult) -> DeliveryResult:
        try:
            answer: Any = task_answer(delivery)
        except MalformedResponseError as problem:
            return self.troubled(person, delivery, str(problem))
        return self.shown(person, delivery, answer)
