"""The servers that ``benchmarks/teams.py`` measures, each run as a process of its own.

``tvbot`` is the product's wire. ``stock`` is botbuilder-core's ``CloudAdapterBase`` with its own token check and its own
connector client. It is helped along where it would not answer at all, or not be comparable: a bridge that does not
break invokes (the one in botbuilder-integration-aiohttp does), and a token for its answers that costs nothing (its own
signs in anew for every turn).
"""

import argparse
import asyncio
import os
import sys
import time
from datetime import UTC, datetime
from typing import Any

from aiohttp import web
from botbuilder.core import CloudAdapterBase, InvokeResponse, TurnContext
from botbuilder.core.teams import TeamsActivityHandler
from botbuilder.schema import Activity
from botframework.connector.auth import (
    AppCredentials,
    BotFrameworkAuthenticationFactory,
    ServiceClientCredentialsFactory,
)
from support.microsoft import APP, ISSUER, PASSWORD, TENANT

from adapters.tasks import Tasks
from adapters.teams.bot import TeamsBot
from adapters.teams.transport.adapter import TeamsAdapter
from adapters.teams.transport.auth import TokenCheck
from adapters.teams.transport.bot_token import BotToken
from adapters.teams.transport.clouds import CLOUDS
from adapters.teams.transport.connector import Connector, new_http_session
from adapters.teams.transport.jwks import SigningKeys
from adapters.teams.transport.queues import ConversationQueues, OrderedConnector
from adapters.teams.transport.route import PATH, TeamsRoute
from adapters.teams.transport.token_sources import ClientSecret, EntraTokens
from bot.model.secret import Secret

CARD = {
    "type": "AdaptiveCard",
    "version": "1.5",
    "body": [{"type": "TextBlock", "text": f"Line {number}", "wrap": True} for number in range(20)],
    "actions": [{"type": "Action.Execute", "title": "End", "verb": "end", "data": {"session": "s1"}}],
}
REPLY = {"statusCode": 200, "type": "application/vnd.microsoft.card.adaptive", "value": CARD}
"""The answer to an invoke: 2 KB, the size of a small panel."""


def _now() -> datetime:
    return datetime.now(UTC)


class EchoBot(TeamsBot):
    """The product's handler, through the framework's dispatch, without the product's commands."""

    def __init__(self) -> None:
        """Leave out the product's services."""

    async def on_turn(self, turn_context: TurnContext) -> None:
        """Leave out the cache of conversations, which is in the database."""
        await TeamsActivityHandler.on_turn(self, turn_context)

    async def on_message_activity(self, turn_context: TurnContext) -> None:
        await turn_context.send_activity(f"You said {turn_context.activity.text}")

    async def on_adaptive_card_invoke(self, turn_context: TurnContext, invoke_value: object) -> Any:
        del turn_context, invoke_value
        return REPLY


async def tvbot(app: web.Application, origin: str) -> None:
    """Add the product's transport to a server."""
    session = new_http_session()

    async def close(_app: web.Application) -> None:
        await session.close()

    app.on_cleanup.append(close)
    cloud = CLOUDS["public"]
    secret = ClientSecret(Secret(PASSWORD))
    tokens = BotToken(EntraTokens(session, f"{origin}/token", APP, secret, scope=cloud.scope), _now)
    connector = OrderedConnector(Connector(session, tokens), ConversationQueues(Tasks()))
    keys = SigningKeys(session, f"{origin}/openid", _now)
    check = TokenCheck(APP, keys, [TENANT], _now, issuer=cloud.issuer)
    TeamsRoute(check, TeamsAdapter(connector), EchoBot()).add_routes(app)


class _Token(AppCredentials):
    def get_access_token(self, force_refresh: bool = False) -> str:  # noqa: ARG002, FBT001, FBT002 - the framework's
        return "token"


class _Credentials(ServiceClientCredentialsFactory):
    async def is_valid_app_id(self, app_id: str) -> bool:
        return app_id == APP

    async def is_authentication_disabled(self) -> bool:
        return False

    async def create_credentials(self, app_id: str, *_given: Any, **_named: Any) -> AppCredentials:
        return _Token(app_id)


async def stock(app: web.Application, origin: str) -> None:
    """Add the framework's own adapter to a server."""
    adapter = CloudAdapterBase(
        BotFrameworkAuthenticationFactory.create(
            to_channel_from_bot_login_url="https://login.microsoftonline.com/botframework.com",
            to_channel_from_bot_oauth_scope="https://api.botframework.com",
            to_bot_from_channel_token_issuer=ISSUER,
            oauth_url="https://api.botframework.com",
            to_bot_from_channel_open_id_metadata_url=f"{origin}/openid",
            to_bot_from_emulator_open_id_metadata_url=f"{origin}/openid",
            caller_id="urn:botframework:azure",
            credential_factory=_Credentials(),
        )
    )

    async def turn(context: TurnContext) -> None:
        if context.activity.type == "invoke":
            answer = Activity(type="invokeResponse", value=InvokeResponse(status=200, body=REPLY))
            await context.send_activity(answer)
            return
        await context.send_activity(f"You said {context.activity.text}")

    async def receive(request: web.Request) -> web.Response:
        model: Any = Activity()  # its methods have no types
        activity = model.deserialize(await request.json())
        answer = await adapter.process_activity(request.headers["Authorization"], activity, turn)
        if answer is None:
            return web.Response(status=201)
        return web.json_response(answer.body, status=answer.status)

    app.router.add_post(PATH, receive)


async def serve(kind: str, origin: str) -> None:
    """Serve until standard input is closed. Print the address on standard output."""
    app = web.Application()

    async def cpu(_request: web.Request) -> web.Response:
        return web.Response(text=str(time.process_time()))

    app.router.add_get("/cpu", cpu)
    await {"tvbot": tvbot, "stock": stock}[kind](app, origin)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await runner.cleanup()


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("kind", choices=("tvbot", "stock"))
    options.add_argument("origin")
    options.add_argument("--core", type=int)
    given = options.parse_args()
    if given.core is not None and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {given.core})
    asyncio.run(serve(given.kind, given.origin))
