"""The simulated Slack with a workspace that has the app."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from support.slack_with_app import TRUSTED, Clock, SlackWithApp

from adapters.slack.installations import ManyWorkspaces
from adapters.slack.lifecycle import Lifecycle
from adapters.slack.webapi import SlackWebApi
from bot.model.ids import OrgId
from bot.model.secret import Secret
from sandbox.slack import SlackSandbox
from storage.database import Database
from storage.migrate import upgrade_schema
from storage.unit_of_work import SqlUnitOfWork
from storage.vault import Vault, new_key


async def _no_jobs(*_: object) -> None:
    raise AssertionError("installing enqueues nothing")


@pytest.fixture
async def slack_app(database_url: str) -> AsyncIterator[SlackWithApp]:
    slack = SlackSandbox()
    await slack.start()
    team = slack.add_team("T0FIRM", "Firm", "firm")
    database = Database(database_url)
    upgrade_schema(database)
    unit_of_work = SqlUnitOfWork(database, Vault([new_key()]), OrgId("itdesk"), _no_jobs)
    clock = Clock()
    async with ClientSession() as session:
        workspaces = ManyWorkspaces(
            unit_of_work, clock, slack.client_id, Secret(slack.client_secret), trusted=TRUSTED
        )
        workspaces.api = SlackWebApi(session, slack.api_url, workspaces.token_of)
        slack_app = SlackWithApp(slack, workspaces, team, clock)
        async with _listening(Lifecycle(workspaces)) as server:
            slack.events_url = str(server.make_url("/"))
            yield slack_app
    await slack.stop()
    await database.close()


def _listening(lifecycle: Lifecycle) -> TestServer:
    async def receive(request: web.Request) -> web.Response:
        body = await request.json()
        await lifecycle.receive(body["event"], body)
        return web.Response()

    app = web.Application()
    app.router.add_post("/", receive)
    return TestServer(app)
