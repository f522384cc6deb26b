"""The simulated Slack: what people see, and who they are."""

import json

import pytest
from support.slack_desk import (
    NUMBER,
    Desk,
    modal,
    refusal,
)

from sandbox.slack import TEAM


async def test_waiting_ends_with_the_change_or_with_an_error(desk: Desk) -> None:
    before = desk.slack.changes
    with pytest.raises(TimeoutError, match="not seen in Slack"):
        await desk.slack.wait_for(lambda: False, timeout=0.01)
    desk.slack.post_message(desk.tom, desk.channel, "hello")
    assert await desk.slack.wait_for(lambda: desk.slack.changes > before)


async def test_a_screen_shows_what_its_owner_sees_in_order(desk: Desk) -> None:
    """Whispers stand between messages by time; a deleted secret is gone from the screen, though once it was seen."""
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


async def test_the_directory_pages_and_asks_for_the_scope_of_each_kind(desk: Desk) -> None:
    """Channels, private channels and conversations have scopes of their own; members come page by page."""
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


async def test_guests_strangers_and_bots_look_like_it(desk: Desk) -> None:
    """What the real profile withholds, this one withholds: a stranger's e-mail and locale, a bot's e-mail."""
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


async def test_the_bot_hears_of_a_closed_modal_where_it_asked_to(desk: Desk) -> None:
    silent = await desk.open_modal(modal(NUMBER))
    assert await desk.slack.close_modal(desk.tom, silent) is None
    await desk.slack.close_modal(desk.tom, await desk.open_modal(modal(NUMBER, notify_on_close=True)))
    assert (desk.bot.payloads[-1]["type"], desk.bot.payloads[-1]["is_cleared"]) == ("view_closed", False)
    assert desk.slack.views == []
