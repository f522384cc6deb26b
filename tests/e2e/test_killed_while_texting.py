"""kill -9 while an SMS is sent: it is never sent twice, and the card says that it is not sure."""

import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Literal

import pytest
from support.bot import BotProcess, settings_for
from support.slack_user import SlackUser, card_of, until

from sandbox.environment import Environment

pytestmark = pytest.mark.long

MOBILE = "+33612345678"


@pytest.fixture
async def environment() -> AsyncIterator[Environment]:
    """A separate environment: its bot is a process that is killed."""
    environment = Environment()
    await environment.start()
    yield environment
    await environment.stop()


@pytest.mark.parametrize(("way", "name"), [("gateway", "the SMS gateway"), ("teamviewer", "TeamViewer")])
async def test_sms_that_was_accepted_as_the_process_died_is_not_sent_again(
    environment: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str, name: str
) -> None:
    """The SMS is on its way, and the answer finds no process."""
    settings = settings_for(environment, f"sqlite:///{tmp_path}/tvbot.db", TVBOT_SMS_VIA=way)
    environment.set_bot_url(settings["TVBOT_PUBLIC_URL"])
    bot = BotProcess(settings, tmp_path / "log", "serve")
    await bot.start()
    slack_user = SlackUser.new(environment)
    await slack_user.authorize()
    deliver = environment.sms.deliver

    def deliver_and_kill(number: str, text: str, sender: Literal["gateway", "teamviewer"]) -> None:
        deliver(number, text, sender)
        os.kill(bot.pid, signal.SIGKILL)

    monkeypatch.setattr(environment.sms, "deliver", deliver_and_kill)
    number = slack_user.new_request(mobile=MOBILE)
    await slack_user.type(f"pilot {number}")
    await bot.wait()
    assert len(environment.sms.messages_to(MOBILE)) == 1

    await bot.start()
    await until(lambda: card_of(slack_user, number, f"SMS to Ann Lee: not sure it was sent by {name}"))
    await until(lambda: environment.servicedesk.notes(number))
    assert len(environment.sms.messages_to(MOBILE)) == 1
    assert await bot.stop() == 0
