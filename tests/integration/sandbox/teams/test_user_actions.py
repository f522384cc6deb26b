"""User actions in the simulated Teams: posts and installation."""

from support.teams_tenant import TeamsTenant


async def test_message_in_a_personal_chat_has_sender_and_conversation(teams_tenant: TeamsTenant) -> None:
    """In the format that Teams sends."""
    await teams_tenant.teams.post_message(teams_tenant.tom, teams_tenant.chat, "create 1 <b>")
    body = teams_tenant.bot.activities[-1]
    assert (body["type"], body["text"], body["textFormat"]) == ("message", "create 1 &lt;b&gt;", "plain")
    assert body["from"] == {
        "id": teams_tenant.tom.mri,
        "name": "Tom Ray",
        "aadObjectId": teams_tenant.tom.aad_id,
    }
    assert body["recipient"]["id"] == f"28:{teams_tenant.teams.app_id}"
    assert body["conversation"] == {
        "conversationType": "personal",
        "tenantId": teams_tenant.teams.tenant,
        "id": teams_tenant.chat.id,
    }
    assert body["channelData"] == {"tenant": {"id": teams_tenant.teams.tenant}}
    assert (body["locale"], body["localTimezone"]) == ("fr-FR", "Europe/Paris")
    assert body["localTimestamp"].endswith("+01:00")
    assert (body["channelId"], body["serviceUrl"]) == ("msteams", teams_tenant.teams.service_url)
    assert body["entities"][0]["type"] == "clientInfo"


async def test_bot_receives_only_channel_messages_that_mention_it(teams_tenant: TeamsTenant) -> None:
    """Unless it has the permission to read all messages."""
    await teams_tenant.teams.post_message(
        teams_tenant.tom, teams_tenant.channel, "admin grant @Ann Lee", mentions=[teams_tenant.ann]
    )
    body = teams_tenant.bot.activities[-1]
    assert body["text"] == "<at>TVBot</at>&nbsp;admin grant <at>Ann Lee</at>\n"
    assert [one.get("mentioned", {}).get("id") for one in body["entities"]] == [
        teams_tenant.teams.state.bot["id"],
        teams_tenant.ann.mri,
        None,
    ]
    assert body["conversation"]["isGroup"] is True
    assert body["channelData"]["channel"] == {"id": teams_tenant.channel.id, "type": "standard"}
    assert body["channelData"]["team"] == {"id": teams_tenant.channel.team}
    ignored = await teams_tenant.teams.post_message(
        teams_tenant.tom, teams_tenant.channel, "lunch?", mention=False
    )
    assert (ignored.status, ignored.error, len(teams_tenant.bot.activities)) == (0, "", 1)
    teams_tenant.teams.reads_all_messages = True
    await teams_tenant.teams.post_message(
        teams_tenant.ann, teams_tenant.channel, "yes", mention=False, thread=teams_tenant.channel.messages[1]
    )
    assert teams_tenant.bot.activities[-1]["conversation"]["id"].endswith(
        f";messageid={teams_tenant.channel.messages[1].id}"
    )


async def test_redelivery_sends_the_same_activity(teams_tenant: TeamsTenant) -> None:
    """The message exists once."""
    delivery = await teams_tenant.teams.post_message(teams_tenant.tom, teams_tenant.chat, "create 1")
    await teams_tenant.teams.redeliver_activity(delivery)
    assert teams_tenant.bot.activities[0] == teams_tenant.bot.activities[1]
    assert len(teams_tenant.chat.messages) == 1


async def test_installation_and_removal_send_two_activities_each(teams_tenant: TeamsTenant) -> None:
    """``conversationUpdate`` and ``installationUpdate``."""
    group = teams_tenant.teams.add_group_chat(
        [teams_tenant.tom, teams_tenant.ann], "Night shift", bot_is_member=False
    )
    await teams_tenant.teams.install_app(group, teams_tenant.tom)
    added, installed = teams_tenant.bot.activities
    assert (added["type"], added["membersAdded"]) == ("conversationUpdate", [teams_tenant.teams.state.bot])
    assert (installed["type"], installed["action"]) == ("installationUpdate", "add")
    assert installed["conversation"]["conversationType"] == "groupChat"
    await teams_tenant.teams.uninstall_app(teams_tenant.channel, teams_tenant.tom)
    removed, uninstalled = teams_tenant.bot.activities[2:]
    assert removed["channelData"]["eventType"] == "teamMemberRemoved"
    assert uninstalled["action"] == "remove"
