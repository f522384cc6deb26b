"""The servers that ``answers.py`` measures, each as a process of its own: the bot without its worker, and three peers.

    python benchmarks/answers_servers.py bot | raw | bolt | stock

The settings come from the environment. A peer answers every signed slash command with the same short message.
"""

import asyncio
import os
import sys

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.signature import SignatureVerifier

ANSWER = {"response_type": "ephemeral", "text": "ok"}
PATH = "/slack/events"


async def _authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
    return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id, bot_token="none")  # noqa: S106 - no secret: Bolt needs a value


def _bolt_app(*, process_before_response: bool) -> AsyncApp:
    app = AsyncApp(
        signing_secret=os.environ["TVBOT_SLACK_SIGNING_SECRET"],
        process_before_response=process_before_response,
        authorize=_authorize,
    )

    @app.command("/tv")
    async def _answer(ack: object) -> None:
        await ack(ANSWER)  # type: ignore[operator]  # Bolt passes its own acknowledgement

    return app


def _bolt_routes() -> web.Application:
    """Bolt behind an aiohttp route: its listener runs before the response, without polling for it."""
    bolt = _bolt_app(process_before_response=True)

    async def receive(request: web.Request) -> web.Response:
        return await to_aiohttp_response(await bolt.async_dispatch(await to_bolt_request(request)))

    app = web.Application()
    app.router.add_post(PATH, receive)
    return app


def _raw_routes() -> web.Application:
    """Check the signature and answer: what any bot on aiohttp has to do at least."""
    verifier = SignatureVerifier(os.environ["TVBOT_SLACK_SIGNING_SECRET"])

    async def receive(request: web.Request) -> web.Response:
        body = await request.read()
        if not verifier.is_valid_request(body, dict(request.headers)):
            return web.Response(status=401)
        return web.json_response(ANSWER)

    app = web.Application()
    app.router.add_post(PATH, receive)
    return app


async def _serve(app: web.Application) -> None:
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", int(os.environ["TVBOT_PORT"])).start()
    await asyncio.Event().wait()


async def _serve_bot() -> None:
    # The peers have nothing of the bot in their memory.
    from adapters.bootstrap import Bot  # noqa: PLC0415 - only this server needs the bot
    from adapters.cli.loading import leave_loaded_alone  # noqa: PLC0415 - only this server needs the bot
    from adapters.settings import load_settings  # noqa: PLC0415 - only this server needs the bot

    # As `serve` does.
    leave_loaded_alone()
    # Jobs would be measured too, and on SQLite no other process may run them.
    await Bot(load_settings(), works=False).start()
    await asyncio.Event().wait()


def run(name: str) -> None:
    """Run one server until the process is killed."""
    match name:
        case "bot":
            asyncio.run(_serve_bot())
        case "raw":
            asyncio.run(_serve(_raw_routes()))
        case "bolt":
            asyncio.run(_serve(_bolt_routes()))
        case "stock":
            stock = _bolt_app(process_before_response=False)
            asyncio.run(_serve(stock.server(path=PATH).web_app))
        case _:
            raise SystemExit(f"no such server: {name}")


if __name__ == "__main__":
    run(sys.argv[1])
