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
from adapters.slack.origin import NamedTenants
from adapters.slack.webapi import SlackWebApi
from bot.errors import NotAllowed, NotFound, Unavailable
from bot.model.audit import Action
from bot.model.ids import Email, OrgId
from bot.model.secret import Secret
from bot.model.technician import Actor, Platform, Profile
from sandbox.faults import Fault
from sandbox.slack import SlackSandbox
from storage.database import Database
from storage.migrate import upgrade_schema
from storage.unit_of_work import SqlUnitOfWork
from storage.vault import Vault, new_key

TRUSTED = ("T0FIRM", "T0OTHER", "E0GRID")


@dataclass
class Clock:
    """The real time, plus an offset."""

    after: timedelta = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.after


@dataclass
class SlackWithApp:
    """The simulated Slack with a workspace, and the bot's installations."""

    slack: SlackSandbox
    workspaces: ManyWorkspaces
    team: str
    clock: Clock

    async def add_app(self, to: str | None = None, **more: Any) -> None:
        """Add the app to a workspace, with the answer of ``oauth.v2.access``."""
        token, refresh = self.slack.state.tokens.issue_token(to or self.team, set())
        answer = {
            "access_token": token.value,
            "refresh_token": refresh,
            "expires_in": 43_200 if refresh else None,
            "bot_user_id": "UB1",
            "team": {"id": to or self.team, "name": "Firm"},
            "authed_user": {"id": "U1"},
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


@pytest.mark.parametrize("kind", ["app_uninstalled", "tokens_revoked"])
async def test_either_removal_event_deletes_the_installation_and_it_can_be_added_again(
    slack_app: SlackWithApp, kind: str
) -> None:
    await slack_app.add_app()
    assert await slack_app.has()
    assert (await slack_app.slack.send_event(kind, team=slack_app.team)).status == 200
    assert not await slack_app.has()
    assert await slack_app.workspaces.authorize(None, slack_app.team) is None
    await slack_app.add_app()
    assert await slack_app.has()


async def test_redelivered_removal_does_not_delete_the_next_installation(slack_app: SlackWithApp) -> None:
    """Both are in the same second, so their times do not show the order."""
    await slack_app.add_app()
    await slack_app.slack.send_event("app_uninstalled", team=slack_app.team, event_id="Ev1")
    await slack_app.add_app()
    await slack_app.slack.send_event("app_uninstalled", team=slack_app.team, event_id="Ev1", retry=1)
    assert await slack_app.has()


async def test_late_removal_does_not_delete_a_newer_installation(slack_app: SlackWithApp) -> None:
    """The removal happened before the newer installation, but its event arrives afterwards."""
    slack_app.clock.after = timedelta(minutes=5)
    await slack_app.add_app()
    await slack_app.slack.send_event("app_uninstalled", team=slack_app.team)
    assert await slack_app.has()


async def test_revoked_user_token_does_not_delete_the_installation(slack_app: SlackWithApp) -> None:
    await slack_app.add_app()
    await slack_app.slack.send_event(
        "tokens_revoked", team=slack_app.team, tokens={"oauth": ["U1"], "bot": []}
    )
    assert await slack_app.has()


async def test_removal_from_one_workspace_keeps_the_others(slack_app: SlackWithApp) -> None:
    other = slack_app.slack.add_team("T0OTHER", "Other", "other")
    await slack_app.add_app()
    await slack_app.add_app(other)
    await slack_app.slack.send_event("app_uninstalled", team=slack_app.team)
    assert [await slack_app.has(), await slack_app.has(other)] == [False, True]


ORGANISATION: dict[str, Any] = {
    "enterprise": {"id": "E0GRID", "name": "Grid"},
    "team": None,
    "is_enterprise_install": True,
}


async def test_organisation_token_is_found_by_a_workspace_seen_before(slack_app: SlackWithApp) -> None:
    """A workspace is known after its first request. The organisation's own id works from the start."""
    await slack_app.add_app(**ORGANISATION)
    assert await slack_app.has("E0GRID")
    assert not await slack_app.has()
    assert await slack_app.workspaces.authorize("E0GRID", slack_app.team) is not None
    assert await slack_app.has()


@pytest.mark.parametrize(
    ("named", "tenant"),
    [
        (NamedTenants(("T0FIRM",), ()), "T0FIRM"),
        (NamedTenants(("T0COLLEAGUES", "T0FIRM"), ()), "T0FIRM"),
        (NamedTenants(("T0COLLEAGUES",), ("E0GRID",)), "T0FIRM"),
        (NamedTenants((), ("E0GRID",)), "T0FIRM"),
        (NamedTenants(("T0COLLEAGUES",), ("E0ELSE",)), None),
        (NamedTenants(("T0COLLEAGUES",), ()), None),
        (NamedTenants((), ()), None),
    ],
    ids=str,
)
async def test_payload_is_handled_by_the_workspace_with_the_app(
    slack_app: SlackWithApp, named: NamedTenants, tenant: str | None
) -> None:
    """A colleague may act from another workspace of the organization. The token in the settings is found the same way."""
    await slack_app.add_app(enterprise=ORGANISATION["enterprise"])
    assert await slack_app.workspaces.find_tenant(named) == tenant
    slack_app.slack.state.teams[slack_app.slack.default_team].enterprise = "E0GRID"
    one = OneWorkspace(Secret(slack_app.slack.bot_token))
    one.api = slack_app.workspaces.api
    await one.find_own_workspace()
    own = tenant and slack_app.slack.default_team
    mine = [slack_app.slack.default_team if team == "T0FIRM" else team for team in named.workspaces]
    assert await one.find_tenant(NamedTenants(mine, named.enterprises)) == own


async def test_organisation_with_the_app_handles_payloads_of_each_workspace(slack_app: SlackWithApp) -> None:
    await slack_app.add_app(**ORGANISATION)
    assert await slack_app.workspaces.find_tenant(NamedTenants(("T0ANY",), ("E0GRID",))) == "T0ANY"
    assert await slack_app.workspaces.find_tenant(NamedTenants((), ("E0GRID",))) == "E0GRID"


async def test_payload_that_could_belong_to_two_workspaces_is_handled_by_none(
    slack_app: SlackWithApp,
) -> None:
    await slack_app.add_app(enterprise=ORGANISATION["enterprise"])
    await slack_app.add_app("T0OTHER", enterprise=ORGANISATION["enterprise"])
    assert await slack_app.workspaces.find_tenant(NamedTenants(("T0COLLEAGUES",), ("E0GRID",))) is None


async def test_members_of_an_organisation_that_installed_the_app_are_at_home(slack_app: SlackWithApp) -> None:
    """In each of its workspaces, and also where one of its workspaces installed the app by itself."""
    assert await slack_app.workspaces.homes_for(slack_app.team) == {slack_app.team}
    await slack_app.add_app(**ORGANISATION)
    await slack_app.workspaces.authorize("E0GRID", slack_app.team)
    assert await slack_app.workspaces.homes_for(slack_app.team) == {slack_app.team, "E0GRID"}
    assert await slack_app.workspaces.homes_for("E0GRID") == {"E0GRID"}
    await slack_app.add_app(enterprise=ORGANISATION["enterprise"])
    assert await slack_app.workspaces.homes_for(slack_app.team) == {slack_app.team, "E0GRID"}
    await slack_app.add_app()
    assert await slack_app.workspaces.homes_for(slack_app.team) == {slack_app.team}, "in no organisation"


async def test_own_installation_of_a_workspace_precedes_its_organisations(slack_app: SlackWithApp) -> None:
    """After its removal the organisation's installation is used again."""
    await slack_app.add_app(**ORGANISATION)
    await slack_app.workspaces.authorize("E0GRID", slack_app.team)
    await slack_app.add_app()
    own = await slack_app.workspaces.token_of(slack_app.team)
    assert own != await slack_app.workspaces.token_of("E0GRID")
    await slack_app.slack.send_event("app_uninstalled", team=slack_app.team)
    assert await slack_app.has("E0GRID")
    assert await slack_app.workspaces.authorize("E0GRID", slack_app.team) is not None
    assert await slack_app.workspaces.token_of(slack_app.team) == await slack_app.workspaces.token_of(
        "E0GRID"
    )


async def test_removal_from_an_organisation_covers_all_its_workspaces(slack_app: SlackWithApp) -> None:
    await slack_app.add_app(**ORGANISATION)
    await slack_app.workspaces.authorize("E0GRID", slack_app.team)
    whole = [{"enterprise_id": "E0GRID", "team_id": None, "is_enterprise_install": True}]
    envelope = {
        "team_id": slack_app.team,
        "authorizations": whole,
        "event_id": "Ev2",
        "event_time": int(slack_app.clock().timestamp()),
    }
    await Lifecycle(slack_app.workspaces).receive({"type": "app_uninstalled"}, envelope)
    assert not await slack_app.has("E0GRID")
    assert not await slack_app.has()
    assert await slack_app.workspaces.authorize("E0GRID", slack_app.team) is None


async def test_removal_from_one_workspace_keeps_its_organisations_installation(
    slack_app: SlackWithApp,
) -> None:
    await slack_app.add_app(**ORGANISATION)
    await slack_app.workspaces.authorize("E0GRID", slack_app.team)
    await slack_app.slack.send_event("app_uninstalled", team=slack_app.team)
    assert await slack_app.has("E0GRID")


async def test_tenants_are_the_workspaces_with_the_app(slack_app: SlackWithApp) -> None:
    """A change is announced in each of these. A workspace without the app is not among them."""
    assert await slack_app.workspaces.tenants() == []
    await slack_app.add_app()
    assert await slack_app.workspaces.tenants() == [slack_app.team]
    await slack_app.slack.send_event("app_uninstalled", team=slack_app.team)
    assert await slack_app.workspaces.tenants() == []


async def test_two_processes_refresh_a_token_once(slack_app: SlackWithApp) -> None:
    """Twenty concurrent calls in two processes share one refresh, because a refresh token can be used once."""
    slack_app.slack.rotation = True
    await slack_app.add_app()
    slack_app.clock.after = timedelta(hours=11, minutes=56)
    first, unit_of_work = slack_app.workspaces, slack_app.workspaces._unit_of_work
    second = ManyWorkspaces(
        unit_of_work,
        slack_app.clock,
        slack_app.slack.client_id,
        Secret(slack_app.slack.client_secret),
        trusted=TRUSTED,
    )
    second.api = first.api
    old = slack_app.slack.token_of(slack_app.team)
    given = await asyncio.gather(*(one.token_of(slack_app.team) for one in [first, second] * 10))
    assert slack_app.slack.count_calls("oauth.v2.access") == 1
    assert len(set(given)) == 1
    assert old is not None
    assert given[0].reveal() != old.value


async def test_authorizing_a_workspace_makes_no_call(slack_app: SlackWithApp) -> None:
    """A command is answered in time even if the token must be refreshed."""
    slack_app.slack.rotation = True
    await slack_app.add_app()
    slack_app.clock.after = timedelta(hours=13)
    assert await slack_app.workspaces.authorize(None, slack_app.team) is not None
    assert slack_app.slack.calls == []


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


async def test_token_of_a_whole_organisation_is_for_its_members_alone() -> None:
    """The settings hold its token. Which workspaces belong to the organization, Slack does not say."""
    slack = SlackSandbox()
    slack.state.teams[slack.default_team].enterprise = "E0GRID"
    token = slack.token_of()
    assert token is not None
    token.is_org_wide = True
    await slack.start()
    async with ClientSession() as session:
        one = OneWorkspace(Secret(slack.bot_token))
        one.api = SlackWebApi(session, slack.api_url, one.token_of)
        assert await one.homes_for(slack.default_team) == {"E0GRID"}
        assert await one.authorize("E0GRID", "T0ANOTHER") is not None
        assert await one.authorize("E0OTHER", "T0CONNECT") is None
        assert (await one.token_of("T0ANOTHER")).reveal() == slack.bot_token
    await slack.stop()


FOREIGN: list[dict[str, Any]] = [
    {"team": {"id": "T0FOREIGN", "name": "Elsewhere"}},
    {
        "team": {"id": "T0FOREIGN", "name": "Elsewhere"},
        "enterprise": {"id": "E0FOREIGN", "name": "Elsewhere Group"},
    },
    {**ORGANISATION, "enterprise": {"id": "E0FOREIGN", "name": "Elsewhere Group"}},
]


@pytest.mark.parametrize("answer", FOREIGN, ids=["workspace", "workspace of an organisation", "organisation"])
async def test_untrusted_installation_is_served_nowhere(
    slack_app: SlackWithApp, answer: dict[str, Any]
) -> None:
    """It may be stored, from before the upgrade or until its token is revoked. Every way to it finds nothing."""
    slack_app.slack.add_team("T0FOREIGN", "Elsewhere", "elsewhere")
    await slack_app.add_app()
    await slack_app.add_app("T0FOREIGN", **answer)
    for enterprise, team in (
        (None, "T0FOREIGN"),
        ("E0FOREIGN", "T0FOREIGN"),
        ("E0FOREIGN", None),
        (None, "E0FOREIGN"),
    ):
        assert await slack_app.workspaces.authorize(enterprise, team) is None
    assert not await slack_app.has("T0FOREIGN")
    assert not await slack_app.has("E0FOREIGN")
    assert await slack_app.workspaces.tenants() == [slack_app.team]
    assert await slack_app.has(), "the trusted one is served as before"


async def test_organisation_of_a_trusted_workspace_is_not_trusted_by_that(slack_app: SlackWithApp) -> None:
    """The list names one workspace of it. So an installation for all of its workspaces is refused."""
    await slack_app.add_app(enterprise={"id": "E0FOREIGN", "name": "Group"})
    await slack_app.add_app(**{**ORGANISATION, "enterprise": {"id": "E0FOREIGN", "name": "Group"}})
    assert await slack_app.has()
    assert await slack_app.workspaces.authorize("E0FOREIGN", "T0ANOTHER") is None


async def test_untrusted_installation_is_removed_with_its_token_and_people(slack_app: SlackWithApp) -> None:
    """As after an upgrade. Slack hears that the token is revoked, and the audit trail says it once."""
    slack, workspaces = slack_app.slack, slack_app.workspaces
    slack.add_team("T0FOREIGN", "Elsewhere", "elsewhere")
    await slack_app.add_app()
    await slack_app.add_app("T0FOREIGN", authed_user={"id": "U9"})
    mine, twin = (Actor(Platform.SLACK, team, "U9") for team in (slack_app.team, "T0FOREIGN"))
    async with workspaces._unit_of_work.write() as tx:
        for actor in (mine, twin):
            profile = Profile(actor, "Tom Ray", Email("tom@example.test"))
            await tx.people.store_profile(profile, slack_app.clock())
            await tx.homes.add(actor)
    await workspaces.remove_untrusted()
    await workspaces.remove_untrusted()
    assert slack.state.tokens.valid_tokens_of("T0FOREIGN") == []
    assert await slack_app.has()
    async with workspaces._unit_of_work.read() as tx:
        assert list(await tx.installations.list_installations()) == [slack_app.team]
        entries = [record.entry for record in await tx.audit.all()]
        assert [one.actor for one in await tx.people.profiles_of(Email("tom@example.test"))] == [mine]
        assert [await tx.homes.has(one) for one in (mine, twin)] == [True, False]
    assert [(one.action, one.subject) for one in entries] == [
        (Action.INSTALLATION_REFUSED, "team/T0FOREIGN by U9"),
        (Action.INSTALLATION_REMOVED, "team/T0FOREIGN by U9"),
    ]


async def test_token_is_revoked_later_if_slack_does_not_answer(slack_app: SlackWithApp) -> None:
    """Until then the installation stays stored, and is served as little as before."""
    slack = slack_app.slack
    slack.add_team("T0FOREIGN", "Elsewhere", "elsewhere")
    await slack_app.add_app("T0FOREIGN")
    slack.faults.plan("auth.revoke", Fault.RATE_LIMIT)
    with pytest.raises(Unavailable):
        await slack_app.workspaces.remove_untrusted()
    assert not await slack_app.has("T0FOREIGN")
    assert slack.state.tokens.valid_tokens_of("T0FOREIGN")
    await slack_app.workspaces.remove_untrusted()
    assert slack.state.tokens.valid_tokens_of("T0FOREIGN") == []


async def test_token_that_is_dead_already_does_not_keep_an_untrusted_installation(
    slack_app: SlackWithApp,
) -> None:
    slack_app.slack.add_team("T0FOREIGN", "Elsewhere", "elsewhere")
    await slack_app.add_app("T0FOREIGN")
    slack_app.slack.state.tokens.revoke_team_tokens("T0FOREIGN")
    await slack_app.workspaces.remove_untrusted()
    async with slack_app.workspaces._unit_of_work.read() as tx:
        assert await tx.installations.list_installations() == {}
