"""What Slack has limited is left alone for as long as Slack asks."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from support.slack_workspace import SlackWorkspace

from adapters.slack.webapi import SlackWebApi
from bot.errors import Unavailable
from bot.model.secret import Secret
from sandbox.faults import Fault
from sandbox.slack.sandbox import TEAM


@pytest.fixture
async def workspace() -> AsyncIterator[SlackWorkspace]:
    workspace = SlackWorkspace()
    await workspace.start()
    yield workspace
    await workspace.stop()


class SteadyClock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 28, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SteadyClock:
    clock = SteadyClock()
    monkeypatch.setattr("adapters.slack.webapi.read_steady_clock", clock)
    return clock


@pytest.fixture
def api(workspace: SlackWorkspace, clock: SteadyClock) -> SlackWebApi:  # noqa: ARG001 - it reads the clock
    async def token_of(_tenant: str) -> Secret:
        return Secret(workspace.slack.bot_token)

    return SlackWebApi(workspace.session, workspace.slack.api_url, token_of)


def calls(workspace: SlackWorkspace, method: str) -> int:
    return sum(call.method == method for call in workspace.slack.calls)


async def test_channel_over_its_limit_gets_no_call_before_its_time(
    workspace: SlackWorkspace, api: SlackWebApi, clock: SteadyClock
) -> None:
    """Another channel is not affected, and neither are other methods."""
    other = workspace.slack.add_channel("other", [workspace.tom])
    workspace.slack.state.seconds_between_posts = 30.0
    await api.call(TEAM, "chat.postMessage", channel=workspace.channel, text="one")
    for _try in range(3):
        with pytest.raises(Unavailable) as limited:
            await api.create(TEAM, "chat.postMessage", channel=workspace.channel, text="two")
        assert limited.value.retry_after == 30
    assert calls(workspace, "chat.postMessage") == 2
    await api.call(TEAM, "chat.postMessage", channel=other, text="one")
    await api.call(TEAM, "chat.postEphemeral", channel=workspace.channel, user=workspace.tom, text="for Tom")
    clock.now += timedelta(seconds=30)
    workspace.clock.at += 30
    await api.call(TEAM, "chat.postMessage", channel=workspace.channel, text="two")
    assert [one.text for one in workspace.slack.channels[workspace.channel].messages] == ["one", "two"]


async def test_limit_of_a_method_counts_for_the_whole_workspace(
    workspace: SlackWorkspace, api: SlackWebApi
) -> None:
    workspace.slack.retry_after_seconds = 600
    workspace.slack.faults.plan("chat.update", Fault.RATE_LIMIT)
    for channel in (workspace.channel, "C2"):
        with pytest.raises(Unavailable):
            await api.call(TEAM, "chat.update", channel=channel, ts="1.2", text="new")
    assert workspace.slack.faults.injected == [("chat.update", Fault.RATE_LIMIT)]
    assert calls(workspace, "chat.update") == 0


async def test_failure_without_a_time_is_tried_again_at_once(
    workspace: SlackWorkspace, api: SlackWebApi
) -> None:
    workspace.slack.faults.plan("auth.test", Fault.SERVER_ERROR)
    with pytest.raises(Unavailable):
        await api.call(TEAM, "auth.test")
    assert (await api.call(TEAM, "auth.test"))["ok"]
