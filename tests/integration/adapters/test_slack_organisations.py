"""Enterprise Grid organizations that have the app: which tenant handles a payload, and whose members are at home."""

from typing import Any

import pytest
from aiohttp import ClientSession
from support.slack_with_app import SlackWithApp

from adapters.slack.installations import OneWorkspace
from adapters.slack.lifecycle import Lifecycle
from adapters.slack.origin import NamedTenants
from adapters.slack.webapi import SlackWebApi
from bot.model.secret import Secret
from sandbox.slack import SlackSandbox

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
