"""Teams' details and channels, and what the bot reads when they change."""

from typing import Any

from support.teams_tenant import TeamsTenant


async def read(teams_tenant: TeamsTenant, path: str) -> tuple[int, dict[str, Any]]:
    """Let the bot read something about teams."""
    url = f"{teams_tenant.teams.service_url}v3/teams/{path}"
    headers = {"Authorization": f"Bearer {teams_tenant.token}"}
    async with teams_tenant.session.get(url, headers=headers) as answer:
        return answer.status, await answer.json()


async def test_bot_in_a_team_lists_its_channels(teams_tenant: TeamsTenant) -> None:
    """General has the id of the team and no name. A private channel is listed for every reader."""
    add, people = teams_tenant.teams.add_team_channel, [teams_tenant.tom]
    general = add("IT", "General", people)
    private = add("IT", "Budget", people, is_private=True)
    add("Other", "General", people)
    assert general.id == general.team == private.team
    status, listed = await read(teams_tenant, f"{general.team}/conversations")
    assert (status, listed["conversations"]) == (
        200,
        [
            {"id": teams_tenant.channel.id, "name": "Helpdesk", "type": "standard"},
            {"id": general.id, "name": None, "type": "standard"},
            {"id": private.id, "name": "Budget", "type": "private"},
        ],
    )
    assert (await read(teams_tenant, str(general.team)))[1]["name"] == "IT"


async def test_team_is_read_by_a_bot_in_it_alone(teams_tenant: TeamsTenant) -> None:
    outside = teams_tenant.teams.add_team_channel("Other", "General", [teams_tenant.tom], bot_is_member=False)
    status, refused = await read(teams_tenant, f"{outside.team}/conversations")
    assert (status, refused["error"]["code"]) == (403, "BotNotInConversationRoster")
    assert (await read(teams_tenant, "19:nowhere/conversations"))[0] == 404
    teams_tenant.token = "wrong"
    assert (await read(teams_tenant, str(teams_tenant.channel.team)))[0] == 401


async def test_roster_of_a_team_has_the_members_of_its_standard_channels(teams_tenant: TeamsTenant) -> None:
    eve = teams_tenant.teams.add_person("Eve Moss", "eve@example.test")
    teams_tenant.teams.add_team_channel("IT", "Budget", [eve], is_private=True)
    team = teams_tenant.channel.team
    assert (await teams_tenant.call("GET", f"/{team}/members/{teams_tenant.tom.mri}"))[0] == 200
    assert (await teams_tenant.call("GET", f"/{team}/members/{eve.mri}"))[0] == 404


async def test_changes_of_a_team_are_reported_to_the_bot(teams_tenant: TeamsTenant) -> None:
    teams, channel = teams_tenant.teams, teams_tenant.channel
    await teams.rename_channel(teams_tenant.tom, channel, "Service desk")
    await teams.rename_team(teams_tenant.tom, channel, "Support")
    renamed, of_team = teams_tenant.bot.activities
    assert renamed["type"] == of_team["type"] == "conversationUpdate"
    assert renamed["channelData"]["eventType"] == "channelRenamed"
    assert renamed["channelData"]["channel"] == {"id": channel.id, "name": "Service desk"}
    assert of_team["channelData"]["eventType"] == "teamRenamed"
    assert of_team["channelData"]["team"] == {"id": channel.team, "name": "Support"}
    other = teams.add_team_channel("Support", "Printers", [teams_tenant.tom])
    await teams.delete_channel(teams_tenant.tom, other)
    assert teams_tenant.bot.activities[-1]["channelData"]["eventType"] == "channelDeleted"
    assert (await teams_tenant.call("GET", f"/{other.id}/members/{teams_tenant.tom.mri}"))[0] == 404
