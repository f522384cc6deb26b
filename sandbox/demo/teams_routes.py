"""User actions in Teams on the demo page: post, press buttons, search, use the message extension."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from sandbox.demo.scenario import DemoScenario
from sandbox.environment import Environment
from sandbox.teams import Conversation, DeliveryResult, TeamsMessage, TeamsPerson
from sandbox.teams.card_inputs import list_buttons
from sandbox.teams.model import Json

_LINK = re.compile(r"https?://\S+")
_PRESSABLE = {"Action.Execute", "Action.Submit"}
_SEARCH, _CREATE = "searchRequests", "createSession"
"""The commands of the message extension, as the app's manifest names them."""


@dataclass(frozen=True, slots=True)
class TeamsAction:
    """A request of the page: the user, the conversation, and further fields."""

    person: TeamsPerson
    place: Conversation
    more: Json

    def message(self) -> TeamsMessage:
        """The message that the request is about. Raises LookupError."""
        found = self.place.find_message(str(self.more.get("message")))
        if found is None:
            raise LookupError("This message is gone.")
        return found


Act = Callable[[TeamsAction], Awaitable[Json | list[Json] | None]]


class TeamsRoutes:
    """The routes under ``/demo/teams``."""

    def __init__(self, town: Environment, story: DemoScenario) -> None:
        self._teams = town.teams
        self._story = story
        self._found: dict[tuple[str, str], DeliveryResult] = {}
        self._acts: dict[str, Act] = {
            "say": self._say,
            "press": self._press,
            "refresh": self._refresh,
            "search": self._search,
            "install": self._install,
            "preview": self._preview,
            "query": self._query,
            "choose": self._choose,
            "fetch": self._fetch,
            "submit": self._submit,
        }

    def add_to(self, app: web.Application) -> None:
        """Add one route for each action."""
        for name in self._acts:
            app.router.add_post(f"/demo/teams/{name}", self._route)

    async def _route(self, request: web.Request) -> web.Response:
        """Run the action. Return an error message in the wording of Teams' client if it fails."""
        more = await request.json()
        try:
            answer = await self._acts[request.path.rpartition("/")[2]](self._asked(more))
        except (LookupError, ValueError) as error:
            return web.json_response({"error": str(error)}, status=409)
        return web.json_response(answer if answer is not None else {})

    def _asked(self, more: Json) -> TeamsAction:
        place = self._teams.state.conversations.get(str(more.get("conversation")))
        if place is None:
            raise LookupError("This conversation is gone.")
        return TeamsAction(self._story.person(str(more.get("person"))).teams, place, more)

    async def _say(self, asked: TeamsAction) -> None:
        """Post a message. If the page showed the preview of a link in it, attach the preview."""
        text = str(asked.more["text"])
        delivery = await self._teams.post_message(
            asked.person,
            asked.place,
            text,
            mention=bool(asked.more.get("mention")),
            mentions=[one.teams for one, _role in self._story.people if f"@{one.name}" in text],
            thread=asked.more.get("thread") or None,
        )
        shown = self._found.get((asked.person.mri, str(asked.more.get("preview"))))
        said = asked.place.find_message(str(delivery.activity["id"]))
        if shown is not None and said is not None:
            said.cards = [one["content"] for one in shown.shown["attachments"][:1]]
            self._teams.state.changes.notify()

    async def _press(self, asked: TeamsAction) -> None:
        """Press exactly the button that was pressed. Several buttons may have the same title."""
        action, message = asked.more["action"], asked.message()
        titled = [
            one.action
            for card in self._teams.visible_cards(asked.person, message)
            for one in list_buttons(card)
            if one.action["type"] in _PRESSABLE and one.action.get("title") == action.get("title")
        ]
        if action not in titled:
            raise LookupError("This card has just changed. Look again.")
        await self._teams.press_button(
            asked.person,
            message,
            str(action.get("title")),
            asked.more.get("inputs") or {},
            nth=titled.index(action),
        )

    async def _refresh(self, asked: TeamsAction) -> None:
        await self._teams.refresh_card(asked.person, asked.message(), "manual")

    async def _search(self, asked: TeamsAction) -> list[Json]:
        """Search the choices of an input, in a message or in the open dialog."""
        message = asked.message() if asked.more.get("message") else None
        text, dataset = str(asked.more["text"]), str(asked.more["dataset"])
        found = await self._teams.search_choices(
            asked.person, message, text, dataset, conversation=asked.place
        )
        return found.shown if isinstance(found.shown, list) else []

    async def _install(self, asked: TeamsAction) -> None:
        await self._teams.install_app(asked.place, asked.person)

    async def _preview(self, asked: TeamsAction) -> Any:
        """Return the preview of the first link in the draft, if there is one."""
        link = _LINK.search(str(asked.more["text"]))
        if link is None:
            return {}
        shown = await self._teams.preview_link(asked.person, asked.place, link[0])
        if shown.error or not shown.shown.get("attachments"):
            return {}
        self._found[asked.person.mri, link[0]] = shown
        return {"url": link[0], "card": shown.shown["attachments"][0]["content"]}

    async def _query(self, asked: TeamsAction) -> Any:
        text = str(asked.more["text"])
        found = await self._teams.query_extension(asked.person, asked.place, _SEARCH, text, initial=not text)
        self._found[asked.person.mri, text] = found
        return {"trouble": found.error, **(found.shown or {})}

    async def _choose(self, asked: TeamsAction) -> None:
        """Post the search result that the user chose."""
        found = self._found.get((asked.person.mri, str(asked.more["text"])))
        if found is None:
            raise LookupError("Search again.")
        self._teams.post_result(asked.person, asked.place, found, int(asked.more["index"]))

    async def _fetch(self, asked: TeamsAction) -> Any:
        about = asked.message() if asked.more.get("message") else None
        return _task(await self._teams.open_dialog(asked.person, asked.place, _CREATE, about))

    async def _submit(self, asked: TeamsAction) -> Any:
        about = asked.message() if asked.more.get("message") else None
        filled_in = asked.more["filled_in"]
        return _task(await self._teams.submit_dialog(asked.person, asked.place, _CREATE, filled_in, about))


def _task(delivery: DeliveryResult) -> Json:
    """Return what the dialog shows next. Empty closes it. Errors are shown outside of the dialog."""
    shown: Json = delivery.shown if isinstance(delivery.shown, dict) else {}
    return {} if delivery.error else shown
