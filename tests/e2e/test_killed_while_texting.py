"""kill -9 while an SMS is sent: it is never sent twice, and the card says that it is not sure."""

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest
from support.bot import BotProcess, settings_for
from support.chat_user import ChatUser
from support.slack_user import SlackUser, until

from sandbox.environment import Environment

pytestmark = pytest.mark.long

MOBILE = "+33612345678"


@pytest.fixture(
    params=[("gateway", "the SMS gateway"), ("teamviewer", "TeamViewer")], ids=["gateway", "teamviewer"]
)
async def bot_and_sender(
    request: pytest.FixtureRequest,
    own_environment: Environment,
    bot_process: Callable[..., BotProcess],
    tmp_path: Path,
) -> tuple[BotProcess, str]:
    """A bot that sends SMS in one of both ways, and the sender's name on a card."""
    via, name = request.param
    settings = settings_for(own_environment, f"sqlite:///{tmp_path}/tvbot.db", TVBOT_SMS_VIA=via)
    own_environment.set_bot_url(settings["TVBOT_PUBLIC_URL"])
    bot = bot_process(settings, tmp_path / "log", "serve")
    await bot.start()
    return bot, name


async def test_sms_that_was_accepted_as_the_process_died_is_not_sent_again(
    bot_and_sender: tuple[BotProcess, str],
    own_environment: Environment,
    chat: Callable[[SlackUser], ChatUser],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The SMS is on its way, and the answer finds no process."""
    bot, name = bot_and_sender
    user = chat(SlackUser.new(own_environment))
    await user.authorize()
    sms = own_environment.sms
    deliver = sms.deliver

    def deliver_and_kill(number: str, text: str, sender: Literal["gateway", "teamviewer"]) -> None:
        deliver(number, text, sender)
        bot.kill_now()

    monkeypatch.setattr(sms, "deliver", deliver_and_kill)
    number = user.slack_user.new_request(mobile=MOBILE)
    await user.type(f"pilot {number}")
    await bot.wait()
    assert len(sms.messages_to(MOBILE)) == 1

    await bot.start()
    await until(lambda: user.card(number, f"SMS to Ann Lee: not sure it was sent by {name}"))
    await until(lambda: own_environment.servicedesk.notes(number))
    assert len(sms.messages_to(MOBILE)) == 1
    assert await bot.stop() == 0
