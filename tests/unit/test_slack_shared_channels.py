"""Slack says whether a channel is shared with another organization. Where it does not, less is shown."""

from typing import Any

import pytest
from structlog.testing import capture_logs
from support.clock import Clock

from adapters.slack.shared_channels import KNOWN_SECONDS, SharedChannels
from adapters.slack.webapi import SlackRejected
from bot.errors import Unavailable
from bot.i18n import Text


class FakeApi:
    """Answers ``conversations.info`` as a test says, and counts the calls."""

    def __init__(self, answer: dict[str, Any] | Exception) -> None:
        self.answer = answer
        self.calls = 0

    async def call(self, _tenant: str, method: str, **_arguments: str) -> dict[str, Any]:
        assert method == "conversations.info"
        self.calls += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def new(answer: dict[str, Any] | Exception, clock: Clock) -> tuple[SharedChannels, FakeApi]:
    api = FakeApi(answer)
    return SharedChannels(api, lambda: clock().timestamp()), api  # type: ignore[arg-type]  # only ``call`` is used


@pytest.mark.parametrize(
    ("answer", "is_shared"),
    [
        ({"channel": {"is_ext_shared": True}}, True),
        ({"channel": {"is_ext_shared": False, "is_pending_ext_shared": True}}, True),
        ({"channel": {"is_ext_shared": False, "is_org_shared": True, "is_shared": True}}, False),
        ({"channel": {}}, False),
        ({}, False),
        (SlackRejected("missing_scope"), True),
        (SlackRejected("access_denied"), True),
        (SlackRejected("channel_not_found"), False),
        (SlackRejected("unknown_method"), False),
    ],
)
async def test_channel_is_shared_if_slack_says_so_or_does_not_say(
    answer: dict[str, Any] | Exception,
    is_shared: bool,  # noqa: FBT001 - a parameter of the test
    clock: Clock,
) -> None:
    channels, _api = new(answer, clock)
    assert await channels.is_shared_outside("T1", "C1") is is_shared


async def test_answer_is_used_for_some_minutes_for_each_channel(clock: Clock) -> None:
    channels, api = new({"channel": {"is_ext_shared": False}}, clock)
    await channels.is_shared_outside("T1", "C1")
    api.answer = {"channel": {"is_ext_shared": True}}
    assert not await channels.is_shared_outside("T1", "C1")
    assert await channels.is_shared_outside("T1", "C2")
    assert await channels.is_shared_outside("T2", "C1")
    clock.move(seconds=KNOWN_SECONDS + 1)
    assert await channels.is_shared_outside("T1", "C1")
    assert api.calls == 4


async def test_conversation_with_one_person_is_not_asked_about(clock: Clock) -> None:
    channels, api = new({}, clock)
    assert not await channels.is_shared_outside("T1", "D1")
    assert api.calls == 0


async def test_slack_that_is_away_is_asked_again(clock: Clock) -> None:
    channels, api = new(Unavailable(Text("Slack does not answer.")), clock)
    with pytest.raises(Unavailable):
        await channels.is_shared_outside("T1", "C1")
    api.answer = {"channel": {"is_ext_shared": True}}
    assert await channels.is_shared_outside("T1", "C1")


async def test_missing_scope_is_logged_once(clock: Clock) -> None:
    channels, _api = new(SlackRejected("missing_scope"), clock)
    with capture_logs() as logged:
        await channels.is_shared_outside("T1", "C1")
        await channels.is_shared_outside("T1", "C2")
    (line,) = logged
    assert line["code"] == "missing_scope"
    assert "tvbot manifest slack" in line["advice"]
