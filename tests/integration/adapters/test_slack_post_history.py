"""Slack's chat finds what it has posted, and says where that is not known."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from support.ports import free_port
from support.slack_workspace import SlackWorkspace

from adapters.slack.chat import SlackChat
from adapters.slack.installations import OneWorkspace
from adapters.slack.post_history import MAX_PAGES, PAGE_SIZE
from adapters.slack.threads import with_thread
from adapters.slack.webapi import SlackRejected, SlackWebApi
from bot.errors import OutcomeUnknown, Unavailable
from bot.i18n import Text
from bot.model.secret import Secret
from bot.model.technician import Actor, Platform
from bot.ports import Posted
from bot.views.pages import Message
from bot.views.parts import Reader
from sandbox.faults import Fault
from sandbox.slack.sandbox import TEAM

VIEW, READER = Message(Text("Request #101: VPN fails.")), Reader("en")
MARKER = "0123456789abcdef0123456789abcdef"


@dataclass
class Posting:
    """A chat of the bot with one workspace."""

    workspace: SlackWorkspace
    chat: SlackChat

    @property
    def tom(self) -> Actor:
        return Actor(Platform.SLACK, TEAM, self.workspace.tom)

    @property
    def now(self) -> datetime:
        return datetime.fromtimestamp(self.workspace.clock.at, UTC)

    async def post(self, marker: str = MARKER, channel: str = "") -> Posted | None:
        return await self.chat.post(TEAM, channel or self.workspace.channel, VIEW, READER, marker=marker)

    async def find(self, channel: str = "", since: datetime | None = None) -> Posted | None:
        return await self.chat.find_post(TEAM, channel or self.workspace.channel, MARKER, since or self.now)

    def forget_scopes(self, *scopes: str) -> None:
        token = self.workspace.slack.token_of()
        assert token is not None
        token.scopes -= set(scopes)


@pytest.fixture
async def workspace() -> AsyncIterator[SlackWorkspace]:
    workspace = SlackWorkspace()
    await workspace.start()
    yield workspace
    await workspace.stop()


def chat_at(workspace: SlackWorkspace, url: str) -> SlackChat:
    workspaces = OneWorkspace(Secret(workspace.slack.bot_token))
    workspaces.api = SlackWebApi(workspace.session, url, workspaces.token_of)
    return SlackChat(workspaces.api, "/tv", workspaces)


@pytest.fixture
def posting(workspace: SlackWorkspace) -> Posting:
    return Posting(workspace, chat_at(workspace, workspace.slack.api_url))


async def test_post_with_a_marker_is_found(posting: Posting) -> None:
    await posting.post("another" * 4)
    posted = await posting.post()
    await posting.post("")
    assert await posting.find() == posted


async def test_post_in_the_thread_of_a_command_is_found_there(posting: Posting) -> None:
    slack, channel = posting.workspace.slack, posting.workspace.channel
    root = slack.post_message(posting.workspace.tom, channel, "The printer is down")
    place = with_thread(channel, root.ts)
    posted = await posting.post(channel=place)
    for number in range(PAGE_SIZE):
        slack.post_message(posting.workspace.tom, channel, f"line {number}", thread_ts=root.ts)
    assert posted is not None
    assert posted.channel == place
    assert await posting.find(place) == posted
    assert await posting.find() is None, "it is not in the channel"


async def test_private_message_with_a_marker_is_found(posting: Posting) -> None:
    sent = await posting.chat.post_private(posting.tom, VIEW, READER, marker=MARKER)
    assert await posting.chat.find_private_post(posting.tom, MARKER, posting.now) == sent
    ann = Actor(Platform.SLACK, TEAM, posting.workspace.ann)
    assert await posting.chat.find_private_post(ann, MARKER, posting.now) is None


async def test_metadata_of_a_card_holds_the_marker_alone(posting: Posting) -> None:
    """Other apps in the channel can read it."""
    await posting.post()
    (message,) = posting.workspace.slack.channels[posting.workspace.channel].messages
    assert message.metadata == {"event_type": "tvbot_card", "event_payload": {"marker": MARKER}}


async def test_message_that_needs_no_look_has_no_metadata(posting: Posting) -> None:
    await posting.post("")
    (message,) = posting.workspace.slack.channels[posting.workspace.channel].messages
    assert message.metadata is None


async def test_post_is_found_behind_hundreds_of_newer_messages(posting: Posting) -> None:
    posted = await posting.post()
    channel = posting.workspace.slack.channels[posting.workspace.channel]
    for number in range(PAGE_SIZE * 2):
        posting.workspace.slack.state.add_message(channel, posting.workspace.tom, f"line {number}")
    assert await posting.find() == posted


async def test_too_many_newer_messages_leave_it_unknown(posting: Posting) -> None:
    await posting.post()
    channel = posting.workspace.slack.channels[posting.workspace.channel]
    for number in range(PAGE_SIZE * MAX_PAGES):
        posting.workspace.slack.state.add_message(channel, posting.workspace.tom, f"line {number}")
    with pytest.raises(SlackRejected) as refused:
        await posting.find()
    assert refused.value.code == "too_many_messages"


async def test_look_begins_a_few_minutes_before_the_attempt(posting: Posting) -> None:
    """The clocks of this machine and of Slack may differ. What is much older is not read."""
    posted = await posting.post()
    assert await posting.find(since=posting.now + timedelta(minutes=4)) == posted
    assert await posting.find(since=posting.now + timedelta(minutes=6)) is None


async def test_copy_of_the_metadata_by_somebody_else_is_not_taken_for_the_card(posting: Posting) -> None:
    posted = await posting.post()
    channel = posting.workspace.slack.channels[posting.workspace.channel]
    (message,) = channel.messages
    posting.workspace.slack.state.add_message(
        channel, posting.workspace.tom, "copy", metadata=message.metadata
    )
    assert await posting.find() == posted


async def test_nothing_is_found_where_slack_returns_no_metadata(posting: Posting) -> None:
    await posting.post()
    posting.workspace.slack.state.returns_metadata = False
    assert await posting.find() is None


@pytest.mark.parametrize(
    ("channel", "code"),
    [
        (
            lambda one: one.workspace.slack.add_channel("public", [one.workspace.tom], bot_is_member=False),
            "not_in_channel",
        ),
        (
            lambda one: one.workspace.slack.add_channel(
                "private", [one.workspace.tom], private=True, bot_is_member=False
            ),
            "channel_not_found",
        ),
    ],
    ids=["not_in_channel", "channel_not_found"],
)
async def test_channel_that_the_bot_cannot_read_leaves_it_unknown(
    posting: Posting, channel: Callable[[Posting], str], code: str
) -> None:
    with pytest.raises(SlackRejected) as refused:
        await posting.find(channel(posting))
    assert refused.value.code == code


async def test_installation_without_the_scopes_leaves_it_unknown(posting: Posting) -> None:
    await posting.post()
    posting.forget_scopes("channels:history", "groups:history", "im:history", "mpim:history")
    with pytest.raises(SlackRejected) as refused:
        await posting.find()
    assert refused.value.code == "missing_scope"
    with pytest.raises(SlackRejected):
        await posting.chat.find_private_post(posting.tom, MARKER, posting.now)


async def test_look_that_slack_limits_says_when_to_come_back(posting: Posting) -> None:
    posting.workspace.slack.state.is_distributed = True
    posted = await posting.post()
    assert await posting.find() == posted
    with pytest.raises(Unavailable) as limited:
        await posting.find()
    assert limited.value.retry_after == 60


@pytest.mark.parametrize("fault", [Fault.DROP_AFTER_COMMIT, Fault.DROP, Fault.HTML], ids=str)
async def test_post_without_an_answer_may_have_been_made(posting: Posting, fault: Fault) -> None:
    posting.workspace.slack.faults.plan("chat.postMessage", fault)
    with pytest.raises(OutcomeUnknown):
        await posting.post()


@pytest.mark.parametrize("fault", [Fault.RATE_LIMIT, Fault.SERVER_ERROR], ids=str)
async def test_post_that_slack_is_too_busy_for_was_certainly_not_made(posting: Posting, fault: Fault) -> None:
    posting.workspace.slack.faults.plan("chat.postMessage", fault)
    with pytest.raises(Unavailable) as failed:
        await posting.post()
    assert not isinstance(failed.value, OutcomeUnknown)


async def test_lost_answer_to_a_message_that_is_not_looked_for_is_a_failure_like_any_other(
    posting: Posting,
) -> None:
    """It is sent again for as long as Slack is away, as before."""
    posting.workspace.slack.faults.plan("chat.postMessage", Fault.DROP_AFTER_COMMIT)
    with pytest.raises(Unavailable) as failed:
        await posting.post("")
    assert not isinstance(failed.value, OutcomeUnknown)


async def test_internal_error_of_slack_may_have_posted(posting: Posting) -> None:
    posting.workspace.slack.reports_internal_errors = True
    posting.workspace.slack.faults.plan("chat.postMessage", Fault.SERVER_ERROR)
    with pytest.raises(OutcomeUnknown):
        await posting.post()


async def test_slack_that_cannot_be_reached_has_certainly_not_posted(workspace: SlackWorkspace) -> None:
    chat = chat_at(workspace, f"http://127.0.0.1:{free_port()}/api/")
    with pytest.raises(Unavailable) as failed:
        await chat.post(TEAM, workspace.channel, VIEW, READER, marker=MARKER)
    assert not isinstance(failed.value, OutcomeUnknown)
