"""What users see in the simulated Slack, and what the directory returns about them."""

import json

import pytest
from support.slack_workspace import (
    NUMBER,
    SlackWorkspace,
    modal,
    refusal,
)

from sandbox.slack import TEAM


async def test_wait_returns_on_change_and_raises_on_timeout(workspace: SlackWorkspace) -> None:
    """The error names the system."""
    before = workspace.slack.changes
    with pytest.raises(TimeoutError, match="not seen in Slack"):
        await workspace.slack.wait_for(lambda: False, timeout=0.01)
    workspace.slack.post_message(workspace.tom, workspace.channel, "hello")
    assert await workspace.slack.wait_for(lambda: workspace.slack.changes > before)


async def test_visible_state_contains_only_what_the_user_sees(workspace: SlackWorkspace) -> None:
    """In the order of time. The history also contains deleted messages."""
    posted = await workspace.web.chat_postMessage(channel=workspace.channel, text="first")
    await workspace.web.chat_postEphemeral(channel=workspace.channel, user=workspace.tom, text="second")
    workspace.slack.post_message(workspace.ann, workspace.channel, "third")
    (channel,) = workspace.slack.snapshot(workspace.tom)["channels"]
    assert [(one["text"], one["is_private"], one["name"]) for one in channel["messages"]] == [
        ("first", False, "tvbot"),
        ("second", True, "tvbot"),
        ("third", False, "Ann Lee"),
    ]
    assert "second" not in json.dumps(workspace.slack.snapshot(workspace.ann))
    await workspace.web.chat_delete(channel=workspace.channel, ts=posted["ts"])
    assert "first" not in json.dumps(workspace.slack.visible_to(workspace.ann))
    assert "first" in json.dumps(workspace.slack.visible_to(workspace.ann, include_history=True))


async def test_member_list_is_paged_and_needs_the_scope_of_its_channel_type(
    workspace: SlackWorkspace,
) -> None:
    """Public channels, private channels and direct messages have their own scopes."""
    private = workspace.slack.add_channel("private", [workspace.tom], private=True)
    token = workspace.slack.token_of()
    assert token is not None
    token.scopes |= {"team:read"}
    token.scopes -= {"groups:read"}
    shown = (await workspace.web.conversations_info(channel=workspace.channel))["channel"]
    assert (shown["name"], shown["is_member"], shown["is_private"]) == ("helpdesk", True, False)
    assert await refusal(workspace.web.conversations_info(channel=private)) == "missing_scope"
    first = await workspace.web.conversations_members(channel=workspace.channel, limit=2)
    cursor = first["response_metadata"]["next_cursor"]
    rest = await workspace.web.conversations_members(channel=workspace.channel, limit=2, cursor=cursor)
    assert {*first["members"], *rest["members"]} == workspace.slack.channels[workspace.channel].members
    assert (await workspace.web.team_info())["team"]["id"] == TEAM
    found = await workspace.web.users_lookupByEmail(email="TOM@example.test")
    assert found["user"]["id"] == workspace.tom
    assert await refusal(workspace.web.users_lookupByEmail(email="nobody@example.test")) == "users_not_found"


async def test_profiles_of_guests_strangers_and_bots_omit_fields(workspace: SlackWorkspace) -> None:
    """Strangers have neither e-mail nor locale, bots have no e-mail."""
    guest = workspace.slack.add_user("Gus", "gus@example.test", is_restricted=True)
    stranger = workspace.slack.add_user("Sam", "sam@else.test", is_stranger=True)
    robot = workspace.slack.add_user("Robo", "robo@example.test", is_bot=True)
    assert (await workspace.web.users_info(user=guest))["user"]["is_restricted"] is True
    outside = (await workspace.web.users_info(user=stranger, include_locale=True))["user"]
    assert outside["is_stranger"] is True
    assert outside["team_id"] != TEAM
    assert "email" not in outside["profile"]
    assert "locale" not in outside
    assert "email" not in (await workspace.web.users_info(user=robot))["user"]["profile"]


async def test_closed_modal_notifies_the_bot_only_with_notify_on_close(workspace: SlackWorkspace) -> None:
    """``is_cleared`` says whether the whole stack was closed."""
    silent = await workspace.open_modal(modal(NUMBER))
    assert await workspace.slack.close_modal(workspace.tom, silent) is None
    await workspace.slack.close_modal(
        workspace.tom, await workspace.open_modal(modal(NUMBER, notify_on_close=True))
    )
    assert (workspace.bot.payloads[-1]["type"], workspace.bot.payloads[-1]["is_cleared"]) == (
        "view_closed",
        False,
    )
    assert workspace.slack.views == []
