"""``conversations.history`` of the simulated Slack: who may read what, and what a message comes back with."""

import asyncio
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from support.slack_user import until
from support.slack_workspace import SlackWorkspace, refusal

from sandbox.faults import Fault

METADATA = {"event_type": "card", "event_payload": {"marker": "abc"}}


async def _post(workspace: SlackWorkspace, text: str, **more: Any) -> str:
    posted = await workspace.web.chat_postMessage(channel=workspace.channel, text=text, **more)
    workspace.clock.at += 1
    return str(posted["ts"])


async def _texts(workspace: SlackWorkspace, **arguments: Any) -> list[str]:
    answer = await workspace.web.conversations_history(channel=workspace.channel, **arguments)
    return [one["text"] for one in answer["messages"]]


async def test_messages_come_newest_first_without_replies(workspace: SlackWorkspace) -> None:
    first = await _post(workspace, "first")
    await _post(workspace, "second")
    await _post(workspace, "reply", thread_ts=first)
    assert await _texts(workspace) == ["second", "first"]


async def test_span_is_open_unless_it_is_asked_for_as_inclusive(workspace: SlackWorkspace) -> None:
    stamps = [await _post(workspace, str(number)) for number in range(3)]
    assert await _texts(workspace, oldest=stamps[1]) == ["2"]
    assert await _texts(workspace, oldest=stamps[1], inclusive=True) == ["2", "1"]
    assert await _texts(workspace, latest=stamps[1]) == ["0"]
    refused = workspace.web.conversations_history(channel=workspace.channel, oldest="yesterday")
    assert await refusal(refused) == "invalid_ts_oldest"


async def test_pages_follow_each_other_whatever_is_posted_meanwhile(workspace: SlackWorkspace) -> None:
    for number in range(5):
        await _post(workspace, str(number))
    read: list[str] = []
    cursor = None
    for _page in range(3):
        answer = await workspace.web.conversations_history(channel=workspace.channel, limit=2, cursor=cursor)
        read += [one["text"] for one in answer["messages"]]
        assert answer["has_more"] is ("response_metadata" in answer)
        cursor = answer["response_metadata"]["next_cursor"] if answer["has_more"] else None
        await _post(workspace, "late")
    assert read == ["4", "3", "2", "1", "0"]
    for wrong, error in (({"limit": 0}, "invalid_limit"), ({"cursor": "page two"}, "invalid_cursor")):
        refused = workspace.web.conversations_history(channel=workspace.channel, **wrong)
        assert await refusal(refused) == error


async def test_metadata_comes_only_where_it_is_asked_for(workspace: SlackWorkspace) -> None:
    await _post(workspace, "card", metadata=METADATA)

    async def read(**arguments: Any) -> Any:
        answer = await workspace.web.conversations_history(channel=workspace.channel, **arguments)
        (message,) = answer["messages"]
        assert message["bot_id"] == (await workspace.web.auth_test())["bot_id"]
        return message.get("metadata")

    assert await read() is None
    assert await read(include_all_metadata=True) == METADATA
    workspace.slack.state.returns_metadata = False
    assert await read(include_all_metadata=True) is None


@pytest.mark.parametrize("kind", ["channels", "groups", "im", "mpim"])
async def test_each_kind_of_conversation_needs_a_scope_of_its_own(
    workspace: SlackWorkspace, kind: str
) -> None:
    channel = {
        "channels": lambda: workspace.channel,
        "groups": lambda: workspace.slack.add_channel("private", [workspace.tom], private=True),
        "im": lambda: workspace.slack.state.open_dm(workspace.tom).id,
        "mpim": lambda: workspace.slack.state.open_dm(workspace.tom, workspace.ann).id,
    }[kind]()
    assert (await workspace.web.conversations_history(channel=channel))["ok"]
    token = workspace.slack.token_of()
    assert token is not None
    token.scopes.discard(f"{kind}:history")
    with pytest.raises(SlackApiError) as refused:
        await workspace.web.conversations_history(channel=channel)
    assert (refused.value.response["error"], refused.value.response["needed"]) == (
        "missing_scope",
        f"{kind}:history",
    )


async def test_conversation_without_the_bot_cannot_be_read(workspace: SlackWorkspace) -> None:
    public = workspace.slack.add_channel("elsewhere", [workspace.tom], bot_is_member=False)
    private = workspace.slack.add_channel("secret", [workspace.tom], private=True, bot_is_member=False)
    assert await refusal(workspace.web.conversations_history(channel=public)) == "not_in_channel"
    assert await refusal(workspace.web.conversations_history(channel=private)) == "channel_not_found"
    token = workspace.slack.token_of()
    assert token is not None
    token.scopes -= {f"{kind}:history" for kind in ("channels", "groups", "im", "mpim")}
    assert await refusal(workspace.web.conversations_history(channel=private)) == "missing_scope"


async def test_distributed_app_reads_fifteen_messages_once_in_a_minute(workspace: SlackWorkspace) -> None:
    """Slack's limits of May 2025 for apps outside of the Marketplace. An app for one's own organization has others."""
    for number in range(20):
        await _post(workspace, str(number))
    workspace.slack.state.is_distributed = True
    answer = await workspace.web.conversations_history(channel=workspace.channel, limit=100)
    assert (len(answer["messages"]), answer["has_more"]) == (15, True)
    workspace.clock.at += 20
    with pytest.raises(SlackApiError) as refused:
        await workspace.web.conversations_history(channel=workspace.channel)
    response = refused.value.response
    assert (response.status_code, response["error"]) == (429, "ratelimited")
    assert response.headers["Retry-After"] == "40"
    workspace.clock.at += 40
    assert (await workspace.web.conversations_history(channel=workspace.channel))["ok"]


async def test_hanging_answer_to_a_post_comes_after_the_message(workspace: SlackWorkspace) -> None:
    """The caller gives up, and the message is there."""
    workspace.slack.faults.plan("chat.postMessage", Fault.HANG_AFTER_COMMIT, seconds=30)
    post = asyncio.create_task(_post(workspace, "card"))
    await until(lambda: workspace.slack.channels[workspace.channel].messages)
    assert not post.done()
    post.cancel()
    with pytest.raises(asyncio.CancelledError):
        await post
    assert await _texts(workspace) == ["card"]
