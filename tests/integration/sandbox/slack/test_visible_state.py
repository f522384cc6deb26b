"""What users see in the simulated Slack, and what the directory returns about them."""

import json

import pytest
from support.slack_desk import (
    NUMBER,
    Desk,
    modal,
    refusal,
)

from sandbox.slack import TEAM


async def test_wait_returns_on_change_and_raises_on_timeout(desk: Desk) -> None:
    """The error names the system."""
    before = desk.slack.changes
    with pytest.raises(TimeoutError, match="not seen in Slack"):
        await desk.slack.wait_for(lambda: False, timeout=0.01)
    desk.slack.post_message(desk.tom, desk.channel, "hello")
    assert await desk.slack.wait_for(lambda: desk.slack.changes > before)


async def test_visible_state_contains_only_what_the_user_sees(desk: Desk) -> None:
    """In the order of time. The history also contains deleted messages."""
    posted = await desk.web.chat_postMessage(channel=desk.channel, text="first")
    await desk.web.chat_postEphemeral(channel=desk.channel, user=desk.tom, text="second")
    desk.slack.post_message(desk.ann, desk.channel, "third")
    (channel,) = desk.slack.snapshot(desk.tom)["channels"]
    assert [(one["text"], one["is_private"], one["name"]) for one in channel["messages"]] == [
        ("first", False, "tvbot"),
        ("second", True, "tvbot"),
        ("third", False, "Ann Lee"),
    ]
    assert "second" not in json.dumps(desk.slack.snapshot(desk.ann))
    await desk.web.chat_delete(channel=desk.channel, ts=posted["ts"])
    assert "first" not in json.dumps(desk.slack.visible_to(desk.ann))
    assert "first" in json.dumps(desk.slack.visible_to(desk.ann, include_history=True))


async def test_member_list_is_paged_and_needs_the_scope_of_its_channel_type(desk: Desk) -> None:
    """Public channels, private channels and direct messages have their own scopes."""
    private = desk.slack.add_channel("private", [desk.tom], private=True)
    token = desk.slack.token_of()
    assert token is not None
    token.scopes |= {"channels:read", "team:read"}
    shown = (await desk.web.conversations_info(channel=desk.channel))["channel"]
    assert (shown["name"], shown["is_member"], shown["is_private"]) == ("helpdesk", True, False)
    assert await refusal(desk.web.conversations_info(channel=private)) == "missing_scope"
    first = await desk.web.conversations_members(channel=desk.channel, limit=2)
    cursor = first["response_metadata"]["next_cursor"]
    rest = await desk.web.conversations_members(channel=desk.channel, limit=2, cursor=cursor)
    assert {*first["members"], *rest["members"]} == desk.slack.channels[desk.channel].members
    assert (await desk.web.team_info())["team"]["id"] == TEAM
    found = await desk.web.users_lookupByEmail(email="TOM@example.test")
    assert found["user"]["id"] == desk.tom
    assert await refusal(desk.web.users_lookupByEmail(email="nobody@example.test")) == "users_not_found"


async def test_profiles_of_guests_strangers_and_bots_omit_fields(desk: Desk) -> None:
    """Strangers have neither e-mail nor locale, bots have no e-mail."""
    guest = desk.slack.add_user("Gus", "gus@example.test", is_restricted=True)
    stranger = desk.slack.add_user("Sam", "sam@else.test", is_stranger=True)
    robot = desk.slack.add_user("Robo", "robo@example.test", is_bot=True)
    assert (await desk.web.users_info(user=guest))["user"]["is_restricted"] is True
    outside = (await desk.web.users_info(user=stranger, include_locale=True))["user"]
    assert outside["is_stranger"] is True
    assert outside["team_id"] != TEAM
    assert "email" not in outside["profile"]
    assert "locale" not in outside
    assert "email" not in (await desk.web.users_info(user=robot))["user"]["profile"]


async def test_closed_modal_notifies_the_bot_only_with_notify_on_close(desk: Desk) -> None:
    """``is_cleared`` says whether the whole stack was closed."""
    silent = await desk.open_modal(modal(NUMBER))
    assert await desk.slack.close_modal(desk.tom, silent) is None
    await desk.slack.close_modal(desk.tom, await desk.open_modal(modal(NUMBER, notify_on_close=True)))
    assert (desk.bot.payloads[-1]["type"], desk.bot.payloads[-1]["is_cleared"]) == ("view_closed", False)
    assert desk.slack.views == []
