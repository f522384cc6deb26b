"""kill -9 at each step of a transfer: one session is open, one technician has it, and nobody is invited twice."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pytest
from support.bot import BotProcess, settings_for
from support.chat_user import ChatUser
from support.colleague import offer_to
from support.in_slack import InSlack
from support.in_teams import InTeams
from support.slack_user import SlackUser, until

from bot.values import replace
from sandbox.environment import Environment
from sandbox.faults import Fault

pytestmark = pytest.mark.long

LONG = 200
"""Seconds that a transfer and two starts may take on a busy machine."""
HANG_SECONDS = 100
"""How long an outside system answers nothing. The kill comes first."""


@dataclass(frozen=True, slots=True)
class Kill:
    """The call that has been carried out, and has no answer yet, when the bot is killed. ``calls`` are those before it."""

    operation: str
    earlier: int = 0
    reassigning: Literal["new_link", "same_link", "refused"] = "new_link"
    system: Literal["teamviewer", "servicedesk"] = "teamviewer"


KILLS = {
    "read before the assignment": Kill("sessions.get"),
    "assigned": Kill("sessions.update"),
    "assigned with the same link": Kill("sessions.update", reassigning="same_link"),
    "read after the assignment": Kill("sessions.get", earlier=1),
    "refused": Kill("sessions.update", reassigning="refused"),
    "replaced": Kill("sessions.create", reassigning="refused"),
    "former one closed": Kill("sessions.update", earlier=1, reassigning="refused"),
    "note": Kill("notes.add", system="servicedesk"),
}


@pytest.mark.parametrize("kill", KILLS.values(), ids=KILLS)
async def test_transfer_is_completed_once_after_a_kill(
    own_environment: Environment,
    database_url: str,
    tmp_path: Path,
    bot_process: Callable[..., BotProcess],
    kill: Kill,
) -> None:
    """From Slack to a colleague in Teams."""
    settings = settings_for(own_environment, database_url, TVBOT_DEAD_AFTER_SECONDS="3")
    bot = bot_process(settings, tmp_path / "log", "serve")
    own_environment.set_bot_url(settings["TVBOT_PUBLIC_URL"])
    own_environment.teamviewer.options.reassigning = kill.reassigning
    await bot.start()
    slack_user = SlackUser.new(own_environment)
    # Before the bot reads the technician list, which it does not read again at once.
    ines = slack_user.new_technician()
    user: ChatUser = InSlack(slack_user)
    await user.authorize()
    colleague: ChatUser = InTeams(replace(slack_user, technician=ines))
    await colleague.authorize()
    number, session = await user.create()
    offer = await offer_to(user, colleague, number)
    faults = getattr(own_environment, kill.system).faults
    if kill.earlier:
        faults.plan(kill.operation, Fault.SLOW, times=kill.earlier)
    faults.plan(kill.operation, Fault.HANG_AFTER_COMMIT, seconds=HANG_SECONDS)
    await colleague.press(offer, "Accept")
    await until(lambda: (kill.operation, Fault.HANG_AFTER_COMMIT) in faults.injected, timeout=LONG)
    await bot.kill()
    faults.clear()
    await bot.start()
    await _expect_one_of_each(user, colleague, number, session)
    assert await bot.stop() == 0
    assert "Traceback" not in bot.log()


OFFER_STEPS = {
    "the colleague is looked up": ("users.info", "members.get"),
    "the offer is sent": ("chat.postMessage", "activities.send"),
    "its buttons are replaced": ("chat.update", "activities.update"),
}


@pytest.mark.parametrize("calls", OFFER_STEPS.values(), ids=OFFER_STEPS)
async def test_offer_is_made_once_after_a_kill_and_keeps_no_buttons(  # noqa: PLR0917 - where it is killed, and on what
    own_environment: Environment,
    database_url: str,
    tmp_path: Path,
    bot_process: Callable[..., BotProcess],
    chat: Callable[[SlackUser], ChatUser],
    calls: tuple[str, str],
) -> None:
    """The calls of both chats are carried out, and not answered. The colleague is named as the chat mentions people."""
    settings = settings_for(own_environment, database_url, TVBOT_DEAD_AFTER_SECONDS="3")
    own_environment.set_bot_url(settings["TVBOT_PUBLIC_URL"])
    bot = bot_process(settings, tmp_path / "log", "serve")
    slack_user = SlackUser.new(own_environment)
    user = chat(slack_user)
    ines = user.new_technician()
    await bot.start()
    await user.authorize()
    colleague = chat(replace(slack_user, technician=ines))
    await colleague.authorize()
    number, _session = await user.create()
    is_teams = isinstance(user, InTeams)
    faults, call = (own_environment.teams if is_teams else own_environment.slack).faults, calls[is_teams]

    async def kill_at_the_call(act: Callable[[], Awaitable[None]]) -> None:
        before = len(faults.injected)
        faults.plan(call, Fault.HANG_AFTER_COMMIT, times=None, seconds=HANG_SECONDS)
        await act()
        await until(lambda: len(faults.injected) > before, timeout=LONG)
        await bot.kill()
        faults.clear()
        await bot.start()

    async def make_offer() -> None:
        await user.type(f"transfer {number} {{}}", mentioning=ines)

    async def withdraw() -> None:
        await user.type(f"transfer {number} --withdraw")

    def shown() -> Sequence[Any]:
        """Return every message of the offer, as it is or as it was replaced."""
        return [*colleague.own_chat("would like to hand"), *colleague.own_chat("is no longer offered to you")]

    is_offered = call in OFFER_STEPS["its buttons are replaced"]
    await (make_offer() if is_offered else kill_at_the_call(make_offer))
    # In Slack an answer that was on its way is not sent again after a kill. In Teams it is what hangs.
    answer = "is offered to Ines Moreau" if is_teams else ""
    await until(lambda: answer in user.seen() and shown(), timeout=LONG)
    await (kill_at_the_call(withdraw) if is_offered else withdraw())
    await until(lambda: colleague.own_chat("is no longer offered to you"), timeout=LONG)
    assert await bot.stop() == 0
    # Teams shows no bot what it has sent: an offer whose answer was lost may be there twice.
    most = 2 if call == "activities.send" else 1
    assert 1 <= len(shown()) <= most
    assert colleague.labels(colleague.own_chat("is no longer offered to you")[-1]) == []
    assert "Traceback" not in bot.log()


async def _expect_one_of_each(user: ChatUser, colleague: ChatUser, number: str, former: Any) -> None:
    environment = user.environment
    await until(lambda: colleague.own_chat("is yours now"), timeout=LONG)
    await until(lambda: user.own_chat("You can no longer enter it"), timeout=LONG)
    await until(lambda: len(_transfer_notes(environment, number)) == 1, timeout=LONG)
    await until(lambda: len(_open(user, number)) == 1, timeout=LONG)
    await until(lambda: user.card(number, "Transferred from Tom Ray to Ines Moreau"), timeout=LONG)
    (remote,) = _open(user, number)
    accounts = environment.teamviewer.accounts.values()
    assert [one.email for one in accounts if one.userid == remote.assigned_userid] == [
        colleague.technician.email
    ]
    await until(
        lambda: any(remote.supporter_link in one.text for one in _mails(colleague, number)), timeout=LONG
    )
    assert len(environment.mailbox.messages_to(f"ann{number}@example.test")) == 1
    assert len(environment.mailbox.distinct_messages_to(colleague.technician.email)) == 1
    assert len(_transfer_notes(environment, number)) == 1
    assert len(user.slack_user.sessions(number)) == (1 if remote is former else 2)


def _open(user: ChatUser, number: str) -> Sequence[Any]:
    return [one for one in user.slack_user.sessions(number) if one.state == "open"]


def _transfer_notes(environment: Environment, number: str) -> Sequence[str]:
    return [str(one) for one in environment.servicedesk.notes(number) if "took it over" in str(one)]


def _mails(colleague: ChatUser, number: str) -> Sequence[Any]:
    mails = colleague.environment.mailbox.messages_to(colleague.technician.email)
    return [one for one in mails if f"#{number}" in one.subject]
