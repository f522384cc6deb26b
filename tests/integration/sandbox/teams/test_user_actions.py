"""User actions in the simulated Teams: posts and installation."""

from support.teams_office import Office


async def test_message_in_a_personal_chat_has_sender_and_conversation(office: Office) -> None:
    """In the format that Teams sends."""
    await office.teams.post_message(office.tom, office.chat, "create 1 <b>")
    body = office.bot.activities[-1]
    assert (body["type"], body["text"], body["textFormat"]) == ("message", "create 1 &lt;b&gt;", "plain")
    assert body["from"] == {"id": office.tom.mri, "name": "Tom Ray", "aadObjectId": office.tom.aad_id}
    assert body["recipient"]["id"] == f"28:{office.teams.app_id}"
    assert body["conversation"] == {
        "conversationType": "personal",
        "tenantId": office.teams.tenant,
        "id": office.chat.id,
    }
    assert body["channelData"] == {"tenant": {"id": office.teams.tenant}}
    assert (body["locale"], body["localTimezone"]) == ("fr-FR", "Europe/Paris")
    assert body["localTimestamp"].endswith("+01:00")
    assert (body["channelId"], body["serviceUrl"]) == ("msteams", office.teams.service_url)
    assert body["entities"][0]["type"] == "clientInfo"


async def test_bot_receives_only_channel_messages_that_mention_it(office: Office) -> None:
    """Unless it has the permission to read all messages."""
    await office.teams.post_message(office.tom, office.channel, "admin grant @Ann Lee", mentions=[office.ann])
    body = office.bot.activities[-1]
    assert body["text"] == "<at>TVBot</at>&nbsp;admin grant <at>Ann Lee</at>\n"
    assert [one.get("mentioned", {}).get("id") for one in body["entities"]] == [
        office.teams.state.bot["id"],
        office.ann.mri,
        None,
    ]
    assert body["conversation"]["isGroup"] is True
    assert body["channelData"]["channel"] == {"id": office.channel.id}
    assert body["channelData"]["team"] == {"id": office.channel.team}
    ignored = await office.teams.post_message(office.tom, office.channel, "lunch?", mention=False)
    assert (ignored.status, ignored.error, len(office.bot.activities)) == (0, "", 1)
    office.teams.reads_all_messages = True
    await office.teams.post_message(
        office.ann, office.channel, "yes", mention=False, thread=office.channel.messages[1]
    )
    assert office.bot.activities[-1]["conversation"]["id"].endswith(
        f";messageid={office.channel.messages[1].id}"
    )


async def test_redelivery_sends_the_same_activity(office: Office) -> None:
    """The message exists once."""
    delivery = await office.teams.post_message(office.tom, office.chat, "create 1")
    await office.teams.redeliver_activity(delivery)
    assert office.bot.activities[0] == office.bot.activities[1]
    assert len(office.chat.messages) == 1


async def test_installation_and_removal_send_two_activities_each(office: Office) -> None:
    """``conversationUpdate`` and ``installationUpdate``."""
    group = office.teams.add_group_chat([office.tom, office.ann], "Night shift", bot_is_member=False)
    await office.teams.install_app(group, office.tom)
    added, installed = office.bot.activities
    assert (added["type"], added["membersAdded"]) == ("conversationUpdate", [office.teams.state.bot])
    assert (installed["type"], installed["action"]) == ("installationUpdate", "add")
    assert installed["conversation"]["conversationType"] == "groupChat"
    await office.teams.uninstall_app(office.channel, office.tom)
    removed, uninstalled = office.bot.activities[2:]
    assert removed["channelData"]["eventType"] == "teamMemberRemoved"
    assert uninstalled["action"] == "remove"
