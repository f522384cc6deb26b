"""User actions in Slack on the demo page: post, type a command, press buttons, use shortcuts and modals."""

import re
from collections.abc import Awaitable, Callable

from aiohttp import web

from sandbox.slack import SlackSandbox, Unfurl
from sandbox.slack.base import Reference
from sandbox.slack.model import Json
from sandbox.slack.request_delivery import DeliveryResult

_BROKEN, _TOO_LATE = 502, 504
_LINK = re.compile(r"https?://\S+")
ActionHandler = Callable[[Json], Awaitable[Json | list[Json] | None]]


class SlackRoutes:
    """The routes of the Slack pane, under ``/demo``."""

    def __init__(self, slack: SlackSandbox) -> None:
        self._slack = slack
        self._handlers: dict[str, ActionHandler] = {
            "say": self._post_message,
            "press": self._press_element,
            "home": self._open_home_tab,
            "shortcut": self._use_shortcut,
            "options": self._search_options,
            "submit": self._submit_modal,
            "close": self._close_modal,
        }

    def add_routes(self, app: web.Application) -> None:
        """Add one route for each action."""
        for name in self._handlers:
            app.router.add_post(f"/demo/{name}", self._handle_action)

    async def _handle_action(self, request: web.Request) -> web.Response:
        """Run the action. Return an error message in the wording of Slack's client if it fails."""
        handler = self._handlers[request.path.rpartition("/")[2]]
        try:
            result = await handler(await request.json())
        except (LookupError, ValueError) as error:
            return web.json_response({"error": str(error)}, status=409)
        except _NotAcknowledged as error:
            return web.json_response({"error": str(error)}, status=error.status)
        return web.json_response(result if result is not None else {})

    async def _post_message(self, body: Json) -> None:
        """Send a slash command, or post a message. Links in it are unfurled."""
        person, channel, text = str(body["person"]), str(body["channel"]), str(body["text"])
        if text.startswith("/"):
            command, _space, arguments = text.partition(" ")
            await self._slack.send_command(person, channel, arguments, command=command)
        elif links := _LINK.findall(text):
            await self._slack.send_event("link_shared", user=person, channel=channel, urls=links)
        else:
            await self._slack.write_message(person, channel, text)

    async def _press_element(self, body: Json) -> None:
        """Press a button of a message, a preview, App Home or a modal. Raises LookupError."""
        result = await self._slack.press_element(
            str(body["person"]), self._find_target(body), str(body["action_id"]), value=body.get("value")
        )
        _require_acknowledgement(result)

    def _find_target(self, body: Json) -> Reference:
        """Return what an action is about: a view has an id, anything else has a channel and a time stamp."""
        if view := body.get("view"):
            return str(view)
        message = (str(body.get("channel")), str(body.get("message")))
        if url := body.get("preview"):
            return self._find_preview(message, str(url))
        return message

    def _find_preview(self, message: tuple[str, str], url: str) -> Unfurl:
        found = [one for one in self._slack.unfurls if ((one.channel, one.ts), one.url) == (message, url)]
        if not found:
            raise LookupError("This preview is gone.")
        return found[-1]

    async def _open_home_tab(self, body: Json) -> None:
        await self._slack.send_event("app_home_opened", user=str(body["person"]), tab="home")

    async def _use_shortcut(self, body: Json) -> None:
        person = str(body["person"])
        if body.get("message"):
            message = (str(body["channel"]), str(body["message"]))
            result = await self._slack.use_message_shortcut(person, message, "tv_create_from_message")
        else:
            result = await self._slack.use_global_shortcut(person, "tv_create")
        _require_acknowledgement(result)

    async def _search_options(self, body: Json) -> list[Json]:
        result = await self._slack.search_options(
            str(body["person"]), str(body["action_id"]), str(body["block_id"]), str(body["value"])
        )
        options: list[Json] = (result.json or {}).get("options", [])
        return options

    async def _submit_modal(self, body: Json) -> None:
        _require_acknowledgement(
            await self._slack.submit_modal(str(body["person"]), str(body["view"]), body["values"])
        )

    async def _close_modal(self, body: Json) -> None:
        await self._slack.close_modal(str(body["person"]), str(body["view"]))


class _NotAcknowledged(Exception):
    """The bot did not acknowledge an interaction. Slack shows a sign beside the button then."""

    def __init__(self, code: str) -> None:
        super().__init__(f"The app did not accept that ({code}).")
        self.status = _TOO_LATE if code == "operation_timeout" else _BROKEN


def _require_acknowledgement(result: DeliveryResult) -> None:
    if result.error:
        raise _NotAcknowledged(result.error)
