"""User actions in Slack on the demo page: post, type a command, press buttons, use shortcuts and modals."""

import re

from aiohttp import web

from sandbox.slack import SlackSandbox

_LINK = re.compile(r"https?://\S+")


class SlackRoutes:
    """The routes of the Slack pane, under ``/demo``."""

    def __init__(self, slack: SlackSandbox) -> None:
        self._slack = slack

    def add_routes(self, app: web.Application) -> None:
        """Add one route for each action."""
        app.router.add_post("/demo/say", self._post_message)
        app.router.add_post("/demo/press", self._press_element)
        app.router.add_post("/demo/home", self._open_home_tab)
        app.router.add_post("/demo/shortcut", self._use_shortcut)
        app.router.add_post("/demo/options", self._search_options)
        app.router.add_post("/demo/submit", self._submit_modal)
        app.router.add_post("/demo/close", self._close_modal)

    async def _post_message(self, request: web.Request) -> web.Response:
        """Send a slash command, or post a message. Links in it are unfurled."""
        body = await request.json()
        person, channel, text = body["person"], body["channel"], str(body["text"])
        if text.startswith("/"):
            command, _space, arguments = text.partition(" ")
            await self._slack.send_command(person, channel, arguments, command=command)
        elif links := _LINK.findall(text):
            await self._slack.send_event("link_shared", user=person, channel=channel, urls=links)
        else:
            self._slack.post_message(person, channel, text)
        return web.json_response({})

    async def _press_element(self, request: web.Request) -> web.Response:
        body = await request.json()
        target: tuple[str, str] | str = (body["channel"], body["message"])
        if body.get("view"):
            target = str(body["view"])
        try:
            await self._slack.press_element(
                body["person"], target, body["action_id"], value=body.get("value")
            )
        except LookupError:
            return web.json_response({"error": "this message is gone"}, status=404)
        return web.json_response({})

    async def _open_home_tab(self, request: web.Request) -> web.Response:
        body = await request.json()
        await self._slack.send_event("app_home_opened", user=body["person"], tab="home")
        return web.json_response({})

    async def _use_shortcut(self, request: web.Request) -> web.Response:
        body = await request.json()
        person = body["person"]
        if body.get("message"):
            message = (body["channel"], body["message"])
            await self._slack.use_message_shortcut(person, message, "tv_create_from_message")
        else:
            await self._slack.use_global_shortcut(person, "tv_create")
        return web.json_response({})

    async def _search_options(self, request: web.Request) -> web.Response:
        body = await request.json()
        result = await self._slack.search_options(
            body["person"], body["action_id"], body["block_id"], str(body["value"])
        )
        return web.json_response((result.json or {}).get("options", []))

    async def _submit_modal(self, request: web.Request) -> web.Response:
        body = await request.json()
        try:
            await self._slack.submit_modal(body["person"], body["view"], body["values"])
        except (LookupError, ValueError) as error:
            return web.json_response({"error": str(error)}, status=400)
        return web.json_response({})

    async def _close_modal(self, request: web.Request) -> web.Response:
        body = await request.json()
        await self._slack.close_modal(body["person"], body["view"])
        return web.json_response({})
