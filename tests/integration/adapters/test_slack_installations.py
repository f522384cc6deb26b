"""Slack installations are stored and deleted, by real events of the simulated Slack over HTTP."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from adapters.slack.installations import ManyWorkspaces, OneWorkspace
from adapters.slack.lifecycle import Lifecycle
from adapters.slack.webapi import SlackWebApi
from bot.errors import NotAllowed, NotFound
from bot.model.ids import OrgId
from bot.model.secret import Secret
from sandbox.slack import SlackSandbox
from storage.database import Database
from storage.migrate import upgrade_schema
from storage.unit_of_work import SqlUnitOfWork
from storage.vault import Vault, new_key


@dataclass
class Clock:
    """The real time, plus an offset."""

    after: timedelta = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.after


@dataclass
class Firm:
    """The simulated Slack with a workspace, and the bot's installations."""

    slack: SlackSandbox
    workspaces: ManyWorkspaces
    team: str
    clock: Clock

    async def add_app(self, team: str | None = None, **more: Any) -> None:
        """Add the app to a workspace, with the answer of ``oauth.v2.access``."""
        token, refresh = self.slack.state.tokens.issue_token(team or self.team, set())
        answer = {
            "access_token": token.value,
            "refresh_token": refresh,
            "expires_in": 43_200 if refresh else None,
            "bot_user_id": "UB1",
            "team": {"id": team or self.team, "name": "Firm"},
            **more,
        }
        await self.workspaces.store_installation(answer)

    async def has(self, tenant: str | None = None) -> bool:
        try:
            return bool(await self.workspaces.token_of(tenant or self.team))
        except NotFound:
            return False


async def _no_jobs(*_: object) -> None:
    raise AssertionError("installing enqueues nothing")


@pytest.fixture
async def firm(database_url: str) -> AsyncIterator[Firm]:
    slack = SlackSandbox()
    await slack.start()
    team = slack.add_team("T0FIRM", "Firm", "firm")
    database = Database(database_url)
    upgrade_schema(database)
    unit_of_work = SqlUnitOfWork(database, Vault([new_key()]), OrgId("itdesk"), _no_jobs)
    clock = Clock()
    async with ClientSession() as session:
        workspaces = ManyWorkspaces(unit_of_work, clock, slack.client_id, Secret(slack.client_secret))
        workspaces.api = SlackWebApi(session, slack.api_url, workspaces.token_of)
        firm = Firm(slack, workspaces, team, clock)
        async with _listening(Lifecycle(workspaces)) as server:
            slack.events_url = str(server.make_url("/"))
            yield firm
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


@pytest.mark.parametrize("kind", ["app_uninstalled", "tokens_revoked"])
async def test_either_removal_event_deletes_the_installation_and_it_can_be_added_again(
    firm: Firm, kind: str
) -> None:
    await firm.add_app()
    assert await firm.has()
    assert (await firm.slack.send_event(kind, team=firm.team)).status == 200
    assert not await firm.has()
    assert await firm.workspaces.authorize(None, firm.team) is None
    await firm.add_app()
    assert await firm.has()


async def test_redelivered_removal_does_not_delete_the_next_installation(firm: Firm) -> None:
    """Both are in the same second, so their times do not show the order."""
    await firm.add_app()
    await firm.slack.send_event("app_uninstalled", team=firm.team, event_id="Ev1")
    await firm.add_app()
    await firm.slack.send_event("app_uninstalled", team=firm.team, event_id="Ev1", retry=1)
    assert await firm.has()


async def test_late_removal_does_not_delete_a_newer_installation(firm: Firm) -> None:
    """The removal happened before the newer installation, but its event arrives afterwards."""
    firm.clock.after = timedelta(minutes=5)
    await firm.add_app()
    await firm.slack.send_event("app_uninstalled", team=firm.team)
    assert await firm.has()


async def test_revoked_user_token_does_not_delete_the_installation(firm: Firm) -> None:
    await firm.add_app()
    await firm.slack.send_event("tokens_revoked", team=firm.team, tokens={"oauth": ["U1"], "bot": []})
    assert await firm.has()


async def test_removal_from_one_workspace_keeps_the_others(firm: Firm) -> None:
    other = firm.slack.add_team("T0OTHER", "Other", "other")
    await firm.add_app()
    await firm.add_app(other)
    await firm.slack.send_event("app_uninstalled", team=firm.team)
    assert [await firm.has(), await firm.has(other)] == [False, True]


ORGANISATION: dict[str, Any] = {
    "enterprise": {"id": "E0GRID", "name": "Grid"},
    "team": None,
    "is_enterprise_install": True,
}


async def test_organisation_token_is_found_by_a_workspace_seen_before(firm: Firm) -> None:
    """A workspace is known after its first request. The organisation's own id works from the start."""
    await firm.add_app(**ORGANISATION)
    assert await firm.has("E0GRID")
    assert not await firm.has()
    assert await firm.workspaces.authorize("E0GRID", firm.team) is not None
    assert await firm.has()


async def test_own_installation_of_a_workspace_precedes_its_organisations(firm: Firm) -> None:
    """After its removal the organisation's installation is used again."""
    await firm.add_app(**ORGANISATION)
    await firm.workspaces.authorize("E0GRID", firm.team)
    await firm.add_app()
    own = await firm.workspaces.token_of(firm.team)
    assert own != await firm.workspaces.token_of("E0GRID")
    await firm.slack.send_event("app_uninstalled", team=firm.team)
    assert await firm.has("E0GRID")
    assert await firm.workspaces.authorize("E0GRID", firm.team) is not None
    assert await firm.workspaces.token_of(firm.team) == await firm.workspaces.token_of("E0GRID")


async def test_removal_from_an_organisation_covers_all_its_workspaces(firm: Firm) -> None:
    await firm.add_app(**ORGANISATION)
    await firm.workspaces.authorize("E0GRID", firm.team)
    whole = [{"enterprise_id": "E0GRID", "team_id": None, "is_enterprise_install": True}]
    envelope = {
        "team_id": firm.team,
        "authorizations": whole,
        "event_id": "Ev2",
        "event_time": int(firm.clock().timestamp()),
    }
    await Lifecycle(firm.workspaces).receive({"type": "app_uninstalled"}, envelope)
    assert not await firm.has("E0GRID")
    assert not await firm.has()
    assert await firm.workspaces.authorize("E0GRID", firm.team) is None


async def test_removal_from_one_workspace_keeps_its_organisations_installation(firm: Firm) -> None:
    await firm.add_app(**ORGANISATION)
    await firm.workspaces.authorize("E0GRID", firm.team)
    await firm.slack.send_event("app_uninstalled", team=firm.team)
    assert await firm.has("E0GRID")


async def test_tenants_are_the_workspaces_with_the_app(firm: Firm) -> None:
    """A change is announced in each of these. A workspace without the app is not among them."""
    assert await firm.workspaces.tenants() == []
    await firm.add_app()
    assert await firm.workspaces.tenants() == [firm.team]
    await firm.slack.send_event("app_uninstalled", team=firm.team)
    assert await firm.workspaces.tenants() == []


async def test_two_processes_refresh_a_token_once(firm: Firm) -> None:
    """Twenty concurrent calls in two processes share one refresh, because a refresh token can be used once."""
    firm.slack.rotation = True
    await firm.add_app()
    firm.clock.after = timedelta(hours=11, minutes=56)
    first, unit_of_work = firm.workspaces, firm.workspaces._unit_of_work
    second = ManyWorkspaces(unit_of_work, firm.clock, firm.slack.client_id, Secret(firm.slack.client_secret))
    second.api = first.api
    old = firm.slack.token_of(firm.team)
    given = await asyncio.gather(*(one.token_of(firm.team) for one in [first, second] * 10))
    assert firm.slack.count_calls("oauth.v2.access") == 1
    assert len(set(given)) == 1
    assert old is not None
    assert given[0].reveal() != old.value


async def test_authorizing_a_workspace_makes_no_call(firm: Firm) -> None:
    """A command is answered in time even if the token must be refreshed."""
    firm.slack.rotation = True
    await firm.add_app()
    firm.clock.after = timedelta(hours=13)
    assert await firm.workspaces.authorize(None, firm.team) is not None
    assert firm.slack.calls == []


async def test_token_of_the_settings_serves_only_its_own_workspace() -> None:
    """Slack is asked once which workspace it belongs to. A workspace connected by a shared channel is refused."""
    slack = SlackSandbox()
    await slack.start()
    async with ClientSession() as session:
        one = OneWorkspace(Secret(slack.bot_token))
        one.api = SlackWebApi(session, slack.api_url, one.token_of)
        assert await one.authorize(None, "T0CONNECT") is not None, "nobody is turned away before it is known"
        with pytest.raises(NotAllowed):
            await one.token_of("T0CONNECT")
        assert await one.authorize(None, "T0CONNECT") is None
        assert await one.authorize(None, slack.default_team) is not None
        assert (await one.token_of(slack.default_team)).reveal() == slack.bot_token
        assert await one.tenants() == [slack.default_team]
        assert slack.count_calls("auth.test") == 1
    await slack.stop()
