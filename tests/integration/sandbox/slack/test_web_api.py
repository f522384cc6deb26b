"""The Web API of the simulated Slack: arguments, tokens, scopes and messages."""

import json

import pytest
from slack_sdk.errors import SlackApiError
from support.slack_workspace import (
    SlackWorkspace,
    actions,
    button,
    refusal,
    section,
)


async def test_query_form_and_json_arguments_are_accepted(workspace: SlackWorkspace) -> None:
    """All three return the same."""
    bearer = {"Authorization": f"Bearer {workspace.slack.bot_token}"}
    url = workspace.slack.api_url
    async with workspace.session.get(
        f"{url}users.info", params={"user": workspace.tom}, headers=bearer
    ) as by_query:
        assert (await by_query.json())["user"]["id"] == workspace.tom
    form = {"channel": workspace.channel, "text": "by form", "blocks": json.dumps([section("a")])}
    async with workspace.session.post(f"{url}chat.postMessage", data=form, headers=bearer) as by_form:
        assert (await by_form.json())["ok"]
    said = {"channel": workspace.channel, "text": "by JSON", "blocks": [section("b")]}
    async with workspace.session.post(f"{url}chat.postMessage", json=said, headers=bearer) as by_json:
        assert (await by_json.json())["ok"]
    assert [one.text for one in workspace.slack.channels[workspace.channel].messages] == [
        "by form",
        "by JSON",
    ]
    async with workspace.session.post(f"{url}chat.postMessage", data=b"{", headers=bearer | JSON) as broken:
        assert (broken.status, (await broken.json())["error"]) == (200, "invalid_json")
    async with workspace.session.get(f"{url}chat.shout", headers=bearer) as unknown:
        assert (await unknown.json())["error"] == "unknown_method"


JSON = {"Content-Type": "application/json"}


async def test_missing_token_and_missing_scope_are_refused(workspace: SlackWorkspace) -> None:
    """An e-mail address needs its own scope."""
    assert await refusal(workspace.client(None).auth_test()) == "not_authed"
    assert await refusal(workspace.client("xoxb-other").auth_test()) == "invalid_auth"
    with pytest.raises(SlackApiError) as refused:
        await workspace.web.team_info()
    assert refused.value.response["needed"] == "team:read"
    assert "chat:write" in refused.value.response["provided"]
    shown = (await workspace.web.users_info(user=workspace.tom, include_locale=True))["user"]
    assert (shown["profile"]["email"], shown["locale"]) == ("tom@example.test", "fr-FR")
    token = workspace.slack.token_of()
    assert token is not None
    token.scopes.discard("users:read.email")
    assert "email" not in (await workspace.web.users_info(user=workspace.tom))["user"]["profile"]
    assert await refusal(workspace.web.users_lookupByEmail(email="tom@example.test")) == "missing_scope"
    await workspace.web.auth_revoke()
    assert await refusal(workspace.web.auth_test()) == "token_revoked"
    assert "xoxb-sandbox" not in repr(token) + repr(workspace.slack.calls)


async def test_message_to_channel_without_the_bot_is_refused(workspace: SlackWorkspace) -> None:
    """The bot cannot see a private channel that it is not in."""
    public = workspace.slack.add_channel("public", [workspace.tom], bot_is_member=False)
    private = workspace.slack.add_channel("private", [workspace.tom], private=True, bot_is_member=False)
    assert await refusal(workspace.web.chat_postMessage(channel=public, text="a")) == "not_in_channel"
    assert await refusal(workspace.web.chat_postMessage(channel=private, text="a")) == "channel_not_found"
    empty = workspace.web.api_call("chat.postMessage", json={"channel": workspace.channel, "text": " "})
    assert await refusal(empty) == "no_text"
    workspace.slack.channels[workspace.channel].is_archived = True
    assert await refusal(workspace.web.chat_postMessage(channel=workspace.channel, text="a")) == "is_archived"
    opened = await workspace.web.conversations_open(users=workspace.tom)
    again = await workspace.web.conversations_open(users=workspace.tom)
    assert opened["channel"]["id"] == again["channel"]["id"]
    await workspace.web.chat_postMessage(channel=opened["channel"]["id"], text="for Tom")
    assert [one.text for one in workspace.slack.dm_messages(workspace.tom)] == ["for Tom"]
    gone = workspace.slack.add_user("Bob Old", "bob@example.test", deleted=True)
    assert await refusal(workspace.web.conversations_open(users=gone)) == "user_disabled"


async def test_channel_takes_a_message_a_second_where_the_limit_is_on(workspace: SlackWorkspace) -> None:
    """Each channel has a limit of its own. Threads count, ephemeral messages do not."""
    other = workspace.slack.add_channel("other", [workspace.tom])
    workspace.slack.state.seconds_between_posts = 1.0
    first = await workspace.web.chat_postMessage(channel=workspace.channel, text="one")
    with pytest.raises(SlackApiError) as limited:
        await workspace.web.chat_postMessage(channel=workspace.channel, text="two", thread_ts=first["ts"])
    assert limited.value.response.status_code == 429
    assert limited.value.response.headers["Retry-After"] == "1"
    assert limited.value.response["error"] == "ratelimited"
    await workspace.web.chat_postMessage(channel=other, text="one")
    await workspace.web.chat_postEphemeral(channel=workspace.channel, user=workspace.tom, text="for Tom")
    workspace.clock.at += 1
    await workspace.web.chat_postMessage(channel=workspace.channel, text="two")
    assert [one.text for one in workspace.slack.channels[workspace.channel].messages] == ["one", "two"]


async def test_permalink_names_the_channel_and_the_message(workspace: SlackWorkspace) -> None:
    posted = await workspace.web.chat_postMessage(channel=workspace.channel, text="one")
    found = await workspace.web.chat_getPermalink(channel=workspace.channel, message_ts=posted["ts"])
    end = f"/archives/{workspace.channel}/p{posted['ts'].replace('.', '')}"
    assert found["permalink"].endswith(end)
    missing = workspace.web.chat_getPermalink(channel=workspace.channel, message_ts="1.2")
    assert await refusal(missing) == "message_not_found"


async def test_only_own_messages_can_be_updated_and_deleted(workspace: SlackWorkspace) -> None:
    """An update keeps the old content in the history."""
    posted = await workspace.web.chat_postMessage(
        channel=workspace.channel, text="one", blocks=[section("one")]
    )
    await workspace.web.chat_update(
        channel=workspace.channel, ts=posted["ts"], text="two", blocks=[section("two")]
    )
    message = workspace.slack.channels[workspace.channel].messages[0]
    assert (message.text, message.history[0]["text"], message.blocks[0]["text"]["text"]) == (
        "two",
        "one",
        "two",
    )
    await workspace.web.chat_update(channel=workspace.channel, ts=posted["ts"], text="three")
    assert message.blocks == []
    ours = workspace.slack.post_message(workspace.tom, workspace.channel, "mine")
    update = workspace.web.chat_update(channel=workspace.channel, ts=ours.ts, text="x")
    assert await refusal(update) == "cant_update_message"
    assert (
        await refusal(workspace.web.chat_update(channel=workspace.channel, ts="1.2", text="x"))
        == "message_not_found"
    )
    await workspace.web.chat_delete(channel=workspace.channel, ts=posted["ts"])
    assert workspace.slack.channels[workspace.channel].messages == [ours]


async def test_blocks_without_text_add_a_warning(workspace: SlackWorkspace) -> None:
    """Slack accepts them."""
    await workspace.web.api_call(
        "chat.postMessage", json={"channel": workspace.channel, "blocks": [section("a")]}
    )
    assert "blocks without text" in workspace.slack.warnings[0]


async def test_ephemeral_message_is_visible_to_one_user(workspace: SlackWorkspace) -> None:
    """Only that user can press its buttons. Somebody outside the channel gets none."""
    blocks = [actions(button("enter", url="https://secret.example.test/1"))]
    await workspace.web.chat_postEphemeral(
        channel=workspace.channel, user=workspace.tom, text="psst", blocks=blocks
    )
    assert "secret.example.test" in json.dumps(workspace.slack.visible_to(workspace.tom))
    assert "secret.example.test" not in json.dumps(workspace.slack.visible_to(workspace.ann))
    whisper = workspace.slack.ephemerals(workspace.tom, workspace.channel)[0]
    await workspace.slack.press_element(workspace.tom, whisper, "enter")
    assert workspace.bot.payloads[-1]["container"]["is_ephemeral"] is True
    assert "message" not in workspace.bot.payloads[-1]
    with pytest.raises(LookupError):
        await workspace.slack.press_element(workspace.ann, whisper, "enter")
    outsider = workspace.slack.add_user("Eve Out", "eve@example.test")
    call = workspace.web.chat_postEphemeral(channel=workspace.channel, user=outsider, text="psst")
    assert await refusal(call) == "user_not_in_channel"
