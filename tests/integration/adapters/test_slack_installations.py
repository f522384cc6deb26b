"""Slack installations are stored and deleted, by real events of the simulated Slack over HTTP."""

import asyncio
from datetime import timedelta

import pytest
from aiohttp import ClientSession
from support.slack_with_app import TRUSTED, SlackWithApp

from adapters.slack.installations import ManyWorkspaces, OneWorkspace
from adapters.slack.webapi import SlackWebApi
from bot.errors import NotAllowed, Unavailable
from bot.model.audit import Action
from bot.model.ids import Email
from bot.model.secret import Secret
from bot.model.technician import Actor, Platform, Profile
from sandbox.faults import Fault
from sandbox.slack import SlackSandbox


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
