"""The Web API of the simulated Slack: arguments, tokens, scopes and messages."""

import json

import pytest
from slack_sdk.errors import SlackApiError
from support.slack_desk import (
    Desk,
    actions,
    button,
    refusal,
    section,
)


async def test_query_form_and_json_arguments_are_accepted(desk: Desk) -> None:
    """All three return the same."""
    bearer = {"Authorization": f"Bearer {desk.slack.bot_token}"}
    url = desk.slack.api_url
    async with desk.session.get(f"{url}users.info", params={"user": desk.tom}, headers=bearer) as by_query:
        assert (await by_query.json())["user"]["id"] == desk.tom
    form = {"channel": desk.channel, "text": "by form", "blocks": json.dumps([section("a")])}
    async with desk.session.post(f"{url}chat.postMessage", data=form, headers=bearer) as by_form:
        assert (await by_form.json())["ok"]
    said = {"channel": desk.channel, "text": "by JSON", "blocks": [section("b")]}
    async with desk.session.post(f"{url}chat.postMessage", json=said, headers=bearer) as by_json:
        assert (await by_json.json())["ok"]
    assert [one.text for one in desk.slack.channels[desk.channel].messages] == ["by form", "by JSON"]
    async with desk.session.post(f"{url}chat.postMessage", data=b"{", headers=bearer | JSON) as broken:
        assert (broken.status, (await broken.json())["error"]) == (200, "invalid_json")
    async with desk.session.get(f"{url}chat.shout", headers=bearer) as unknown:
        assert (await unknown.json())["error"] == "unknown_method"


JSON = {"Content-Type": "application/json"}


async def test_missing_token_and_missing_scope_are_refused(desk: Desk) -> None:
    """An e-mail address needs its own scope."""
    assert await refusal(desk.client(None).auth_test()) == "not_authed"
    assert await refusal(desk.client("xoxb-other").auth_test()) == "invalid_auth"
    with pytest.raises(SlackApiError) as refused:
        await desk.web.team_info()
    assert refused.value.response["needed"] == "team:read"
    assert "chat:write" in refused.value.response["provided"]
    shown = (await desk.web.users_info(user=desk.tom, include_locale=True))["user"]
    assert (shown["profile"]["email"], shown["locale"]) == ("tom@example.test", "fr-FR")
    token = desk.slack.token_of()
    assert token is not None
    token.scopes.discard("users:read.email")
    assert "email" not in (await desk.web.users_info(user=desk.tom))["user"]["profile"]
    assert await refusal(desk.web.users_lookupByEmail(email="tom@example.test")) == "missing_scope"
    await desk.web.auth_revoke()
    assert await refusal(desk.web.auth_test()) == "token_revoked"
    assert "xoxb-sandbox" not in repr(token) + repr(desk.slack.calls)


async def test_message_to_channel_without_the_bot_is_refused(desk: Desk) -> None:
    """The bot cannot see a private channel that it is not in."""
    public = desk.slack.add_channel("public", [desk.tom], bot_is_member=False)
    private = desk.slack.add_channel("private", [desk.tom], private=True, bot_is_member=False)
    assert await refusal(desk.web.chat_postMessage(channel=public, text="a")) == "not_in_channel"
    assert await refusal(desk.web.chat_postMessage(channel=private, text="a")) == "channel_not_found"
    empty = desk.web.api_call("chat.postMessage", json={"channel": desk.channel, "text": " "})
    assert await refusal(empty) == "no_text"
    desk.slack.channels[desk.channel].is_archived = True
    assert await refusal(desk.web.chat_postMessage(channel=desk.channel, text="a")) == "is_archived"
    opened = await desk.web.conversations_open(users=desk.tom)
    again = await desk.web.conversations_open(users=desk.tom)
    assert opened["channel"]["id"] == again["channel"]["id"]
    await desk.web.chat_postMessage(channel=opened["channel"]["id"], text="for Tom")
    assert [one.text for one in desk.slack.dm_messages(desk.tom)] == ["for Tom"]
    gone = desk.slack.add_user("Bob Old", "bob@example.test", deleted=True)
    assert await refusal(desk.web.conversations_open(users=gone)) == "user_disabled"


async def test_only_own_messages_can_be_updated_and_deleted(desk: Desk) -> None:
    """An update keeps the old content in the history."""
    posted = await desk.web.chat_postMessage(channel=desk.channel, text="one", blocks=[section("one")])
    await desk.web.chat_update(channel=desk.channel, ts=posted["ts"], text="two", blocks=[section("two")])
    message = desk.slack.channels[desk.channel].messages[0]
    assert (message.text, message.history[0]["text"], message.blocks[0]["text"]["text"]) == (
        "two",
        "one",
        "two",
    )
    await desk.web.chat_update(channel=desk.channel, ts=posted["ts"], text="three")
    assert message.blocks == []
    ours = desk.slack.post_message(desk.tom, desk.channel, "mine")
    update = desk.web.chat_update(channel=desk.channel, ts=ours.ts, text="x")
    assert await refusal(update) == "cant_update_message"
    assert (
        await refusal(desk.web.chat_update(channel=desk.channel, ts="1.2", text="x")) == "message_not_found"
    )
    await desk.web.chat_delete(channel=desk.channel, ts=posted["ts"])
    assert desk.slack.channels[desk.channel].messages == [ours]


async def test_blocks_without_text_add_a_warning(desk: Desk) -> None:
    """Slack accepts them."""
    await desk.web.api_call("chat.postMessage", json={"channel": desk.channel, "blocks": [section("a")]})
    assert "blocks without text" in desk.slack.warnings[0]


async def test_ephemeral_message_is_visible_to_one_user(desk: Desk) -> None:
    """Only that user can press its buttons. Somebody outside the channel gets none."""
    blocks = [actions(button("enter", url="https://secret.example.test/1"))]
    await desk.web.chat_postEphemeral(channel=desk.channel, user=desk.tom, text="psst", blocks=blocks)
    assert "secret.example.test" in json.dumps(desk.slack.visible_to(desk.tom))
    assert "secret.example.test" not in json.dumps(desk.slack.visible_to(desk.ann))
    whisper = desk.slack.ephemerals(desk.tom, desk.channel)[0]
    await desk.slack.press_element(desk.tom, whisper, "enter")
    assert desk.bot.payloads[-1]["container"]["is_ephemeral"] is True
    assert "message" not in desk.bot.payloads[-1]
    with pytest.raises(LookupError):
        await desk.slack.press_element(desk.ann, whisper, "enter")
    outsider = desk.slack.add_user("Eve Out", "eve@example.test")
    call = desk.web.chat_postEphemeral(channel=desk.channel, user=outsider, text="psst")
    assert await refusal(call) == "user_not_in_channel"
