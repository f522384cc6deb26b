"""kill -9 at each call of an invitation in chat: the requester gets one message, which follows the session to its end."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.bot import BotProcess, settings_for
from support.in_slack import InSlack
from support.in_teams import InTeams
from support.invited_requester import Invited, InvitedInSlack, InvitedInTeams, new_requester
from support.killed_posts import LONG
from support.slack_user import SlackUser, until

from sandbox.environment import Environment
from sandbox.slack.web_api import WebApi
from sandbox.teams import TeamsMessage

pytestmark = pytest.mark.long

Make = Callable[..., BotProcess]


@pytest.fixture
def process(own_environment: Environment, database_url: str, tmp_path: Path, bot_process: Make) -> BotProcess:
    """A bot that invites requesters in chat. It is not started yet."""
    settings = settings_for(
        own_environment, database_url, TVBOT_TELL_REQUESTER_IN_CHAT="true", TVBOT_DEAD_AFTER_SECONDS="3"
    )
    own_environment.set_bot_url(settings["TVBOT_PUBLIC_URL"])
    return bot_process(settings, tmp_path / "log", "serve")


async def end_and_look(user: InSlack | InTeams, number: str, requester: Invited) -> None:
    """End the session. The requester has one message, without buttons."""
    await user.type(f"end {number}")
    await until(lambda: user.card(number, "Ended by"), timeout=LONG)
    await until(lambda: requester.messages() and not requester.links(requester.messages()[0]), timeout=LONG)
    assert len(requester.messages()) == 1


@pytest.mark.parametrize(
    "method",
    ["users.lookupByEmail", "users.info", "conversations.open", "chat.postMessage", "chat.update"],
)
async def test_one_message_in_slack(
    own_environment: Environment,
    method: str,
    process: BotProcess,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The call was carried out, and its answer finds no process. ``chat.update`` is the end of the session."""
    environment = own_environment
    user = InSlack(SlackUser.new(environment))
    requester = await new_requester(environment, InvitedInSlack)
    await process.start()
    await user.authorize()
    dm = environment.slack.open_dm(requester.person.user)
    theirs = {dm, requester.person.user, requester.person.email}
    record = WebApi._record_call
    killed = False

    def record_and_kill(api: WebApi, name: str, args: Any, body: Any) -> None:
        nonlocal killed
        record(api, name, args, body)
        if name == method and not killed and theirs & {str(one) for one in args.values()}:
            killed = True
            process.kill_now()

    monkeypatch.setattr(WebApi, "_record_call", record_and_kill)
    number = user.slack_user.new_request(requester_email=requester.person.email)
    await user.type(f"create {number}")
    if method == "chat.update":
        await until(lambda: user.card(number, "in Slack: sent"), timeout=LONG)
        await user.type(f"end {number}")
    await process.wait()
    assert killed
    await process.start()
    if method != "chat.update":
        await until(lambda: user.card(number, "Message to Ann Lee in Slack: sent"), timeout=LONG)
        assert requester.labels(requester.messages()[0]) == ["Join", "Not now"]
        await end_and_look(user, number, requester)
    else:
        await until(lambda: not requester.links(requester.messages()[0]), timeout=LONG)
        assert len(requester.messages()) == 1
    assert await process.stop() == 0
    assert "Traceback" not in process.log()


async def test_one_message_in_teams_and_the_card_says_that_it_is_not_sure(
    own_environment: Environment,
    process: BotProcess,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Teams does not show the bot its messages. A second one could confuse the requester, so there is none."""
    environment = own_environment
    user = InTeams(SlackUser.new(environment))
    await process.start()
    await user.authorize()
    requester = await new_requester(environment, InvitedInTeams)
    chat = environment.teams.personal_chat(requester.person.teams)
    state = environment.teams.state
    add = state.add_message
    killed = False

    def add_and_kill(*args: Any, **more: Any) -> TeamsMessage:
        nonlocal killed
        message = add(*args, **more)
        if message.conversation is chat and message.sender == "bot" and not killed:
            killed = True
            process.kill_now()
        return message

    monkeypatch.setattr(state, "add_message", add_and_kill)
    number = user.slack_user.new_request(requester_email=requester.person.email)
    await user.type(f"create {number}")
    await process.wait()
    assert killed
    await process.start()
    await until(
        lambda: user.card(number, "Message to Ann Lee in Microsoft Teams: not sure it was sent"), timeout=LONG
    )
    assert len(requester.messages()) == 1
    # The message works all the same.
    await requester.press(requester.messages()[0], "Not now")
    await until(lambda: user.card(number, "answered “Not now”"), timeout=LONG)
    assert len(requester.messages()) <= 2, "the message, and the answer to the press"
    assert await process.stop() == 0
    assert "Traceback" not in process.log()
