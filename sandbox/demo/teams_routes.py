"""User actions in Teams on the demo page: post, press buttons, search, use the message extension."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from sandbox.demo.scenario import DemoScenario
from sandbox.teams import Conversation, DeliveryResult, TeamsMessage, TeamsPerson, TeamsSandbox
from sandbox.teams.card_inputs import list_buttons
from sandbox.teams.model import Json

_LINK = re.compile(r"https?://\S+")
_PRESSABLE = {"Action.Execute", "Action.Submit"}
_SEARCH, _CREATE = "searchRequests", "createSession"
"""The commands of the message extension, as the app's manifest names them."""


@dataclass(frozen=True, slots=True)
class TeamsAction:
    """An action of the page: the user, the conversation, and the body of the request."""

    person: TeamsPerson
    conversation: Conversation
    body: Json

    def find_message(self) -> TeamsMessage:
        """Return the message that the action is about. Raises LookupError."""
        found = self.conversation.find_message(str(self.body.get("message")))
        if found is None:
            raise LookupError("This message is gone.")
        return found

    def find_optional_message(self) -> TeamsMessage | None:
        """Return the message that the action is about, if the body names one. Raises LookupError."""
        return self.find_message() if self.body.get("message") else None


ActionHandler = Callable[[TeamsAction], Awaitable[Json | list[Json] | None]]


class TeamsRoutes:
    """The routes of the Teams pane, under ``/demo/teams``."""

    def __init__(self, teams: TeamsSandbox, scenario: DemoScenario) -> None:
        self._teams = teams
        self._scenario = scenario
        # What the bot returned for a link or a search text, by user: the page refers to it later by that text.
        self._results: dict[tuple[str, str], DeliveryResult] = {}
        self._handlers: dict[str, ActionHandler] = {
            "say": self._post_message,
            "press": self._press_button,
            "refresh": self._refresh_card,
            "search": self._search_choices,
            "install": self._install_app,
            "preview": self._preview_link,
            "query": self._query_extension,
            "choose": self._post_result,
            "fetch": self._open_dialog,
            "submit": self._submit_dialog,
        }

    def add_routes(self, app: web.Application) -> None:
        """Add one route for each action."""
        for name in self._handlers:
            app.router.add_post(f"/demo/teams/{name}", self._handle_action)

    async def _handle_action(self, request: web.Request) -> web.Response:
        """Run the action. Return an error message in the wording of Teams' client if it fails."""
        body = await request.json()
        handler = self._handlers[request.path.rpartition("/")[2]]
        try:
            result = await handler(self._parse_action(body))
        except (LookupError, ValueError) as error:
            return web.json_response({"error": str(error)}, status=409)
        return web.json_response(result if result is not None else {})

    def _parse_action(self, body: Json) -> TeamsAction:
        conversation = self._teams.state.conversations.get(str(body.get("conversation")))
        if conversation is None:
            raise LookupError("This conversation is gone.")
        return TeamsAction(self._scenario.find_person(str(body.get("person"))).teams, conversation, body)

    async def _post_message(self, action: TeamsAction) -> None:
        """Post a message. If the page showed the preview of a link in it, attach the preview."""
        text = str(action.body["text"])
        result = await self._teams.post_message(
            action.person,
            action.conversation,
            text,
            mention=bool(action.body.get("mention")),
            mentions=[one.teams for one, _role in self._scenario.people if f"@{one.name}" in text],
            thread=action.body.get("thread") or None,
        )
        preview = self._results.get((action.person.mri, str(action.body.get("preview"))))
        posted = action.conversation.find_message(str(result.activity["id"]))
        if preview is not None and posted is not None:
            posted.cards = [one["content"] for one in preview.shown["attachments"][:1]]
            self._teams.state.changes.notify()

    async def _press_button(self, action: TeamsAction) -> None:
        """Press exactly the button that was pressed. Several buttons may have the same title."""
        pressed, message = action.body["action"], action.find_message()
        same_title = [
            one.action
            for card in self._teams.visible_cards(action.person, message)
            for one in list_buttons(card)
            if one.action["type"] in _PRESSABLE and one.action.get("title") == pressed.get("title")
        ]
        if pressed not in same_title:
            raise LookupError("This card has just changed. Look again.")
        await self._teams.press_button(
            action.person,
            message,
            str(pressed.get("title")),
            action.body.get("inputs") or {},
            nth=same_title.index(pressed),
        )

    async def _refresh_card(self, action: TeamsAction) -> None:
        await self._teams.refresh_card(action.person, action.find_message(), "manual")

    async def _search_choices(self, action: TeamsAction) -> list[Json]:
        """Search the choices of an input, in a message or in the open dialog."""
        message = action.find_optional_message()
        text, dataset = str(action.body["text"]), str(action.body["dataset"])
        result = await self._teams.search_choices(
            action.person, message, text, dataset, conversation=action.conversation
        )
        return result.shown if isinstance(result.shown, list) else []

    async def _install_app(self, action: TeamsAction) -> None:
        await self._teams.install_app(action.conversation, action.person)

    async def _preview_link(self, action: TeamsAction) -> Json:
        """Return the preview of the first link in the draft, if there is one."""
        link = _LINK.search(str(action.body["text"]))
        if link is None:
            return {}
        result = await self._teams.preview_link(action.person, action.conversation, link[0])
        if result.error or not result.shown.get("attachments"):
            return {}
        self._results[action.person.mri, link[0]] = result
        return {"url": link[0], "card": result.shown["attachments"][0]["content"]}

    async def _query_extension(self, action: TeamsAction) -> Json:
        text = str(action.body["text"])
        result = await self._teams.query_extension(
            action.person, action.conversation, _SEARCH, text, initial=not text
        )
        self._results[action.person.mri, text] = result
        return {"error": result.error, **(result.shown or {})}

    async def _post_result(self, action: TeamsAction) -> None:
        """Post the search result that the user chose."""
        result = self._results.get((action.person.mri, str(action.body["text"])))
        if result is None:
            raise LookupError("Search again.")
        self._teams.post_result(action.person, action.conversation, result, int(action.body["index"]))

    async def _open_dialog(self, action: TeamsAction) -> Json:
        message = action.find_optional_message()
        return _get_next_dialog(
            await self._teams.open_dialog(action.person, action.conversation, _CREATE, message)
        )

    async def _submit_dialog(self, action: TeamsAction) -> Json:
        message = action.find_optional_message()
        values = action.body["filled_in"]
        return _get_next_dialog(
            await self._teams.submit_dialog(action.person, action.conversation, _CREATE, values, message)
        )


def _get_next_dialog(result: DeliveryResult) -> Json:
    """Return what the dialog shows next. Empty closes it: errors are shown outside of the dialog."""
    shown: Json = result.shown if isinstance(result.shown, dict) else {}
    return {} if result.error else shown
