"""kill -9 at each call of a renewal: one session is open at TeamViewer, and nobody is invited twice."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from support.bot import BotProcess, settings_for
from support.chat_user import ChatUser
from support.slack_user import SlackUser, until

from sandbox.environment import Environment

pytestmark = pytest.mark.long

LONG = 120
"""Seconds that two starts of a bot may take on a busy machine."""


def kill_after(
    owner: Any, method: str, process: BotProcess, monkeypatch: pytest.MonkeyPatch, *, only: object = None
) -> None:
    """Kill the bot once a method of a simulated system has done its work, and before anybody gets an answer.

    ``only``: at the first call with this argument.
    """
    original = getattr(owner, method)

    def act_and_kill(*arguments: Any, **more: Any) -> Any:
        done = original(*arguments, **more)
        if only is None or only in arguments:
            monkeypatch.undo()
            process.kill_now()
        return done

    monkeypatch.setattr(owner, method, act_and_kill)


def kill_before(owner: Any, method: str, process: BotProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    """Kill the bot as a simulated system gets a call, which then has no effect."""

    def kill(*_arguments: Any, **_more: Any) -> Any:
        monkeypatch.undo()
        process.kill_now()
        raise ConnectionError

    monkeypatch.setattr(owner, method, kill)


MOMENTS: dict[str, Callable[[Environment, BotProcess, pytest.MonkeyPatch], None]] = {
    "before TeamViewer creates the new session": lambda environment, process, patch: kill_before(
        environment.teamviewer._queue, "open_session", process, patch
    ),
    "after TeamViewer created the new session": lambda environment, process, patch: kill_after(
        environment.teamviewer._queue, "open_session", process, patch
    ),
    "before the session before is closed": lambda environment, process, patch: kill_before(
        environment.teamviewer._queue, "close_session", process, patch
    ),
    "after the session before is closed": lambda environment, process, patch: kill_after(
        environment.teamviewer._queue, "close_session", process, patch
    ),
    "after the requester's e-mail was sent": lambda environment, process, patch: kill_after(
        environment.mailbox, "send_reply", process, patch
    ),
    "after the note was added": lambda environment, process, patch: kill_after(
        environment.servicedesk._records, "add_entry", process, patch, only="NOTES"
    ),
}


@pytest.fixture
async def process(
    own_environment: Environment, bot_process: Callable[..., BotProcess], database_url: str, tmp_path: Path
) -> BotProcess:
    settings = settings_for(own_environment, database_url, TVBOT_DEAD_AFTER_SECONDS="3")
    own_environment.set_bot_url(settings["TVBOT_PUBLIC_URL"])
    process = bot_process(settings, tmp_path / "log", "serve")
    await process.start()
    return process


@pytest.mark.parametrize("moment", MOMENTS)
async def test_renewal_is_finished_once(
    moment: str,
    process: BotProcess,
    own_environment: Environment,
    chat: Callable[[SlackUser], ChatUser],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    user = chat(SlackUser.new(own_environment))
    await user.authorize()
    number, first = await user.create()
    mailbox = own_environment.mailbox
    await until(lambda: mailbox.messages_to(user.technician.email), timeout=LONG)
    page = page_in(mailbox.messages_to(f"ann{number}@example.test")[-1].html)

    MOMENTS[moment](own_environment, process, monkeypatch)
    await user.type(f"renew {number}")
    await process.wait()
    await process.start()

    await until(lambda: first.state == "closed" and len(user.slack_user.sessions(number)) == 2, timeout=LONG)
    _first, second = user.slack_user.sessions(number)
    await until(lambda: user.card(number, second.code), timeout=LONG)
    notes = own_environment.servicedesk.notes
    await until(lambda: any("was renewed by" in one.html for one in notes(number)), timeout=LONG)
    replies = await until(lambda: own_mails(mailbox, number, second.end_customer_link), timeout=LONG)
    async with aiohttp.ClientSession() as browser, browser.get(page) as answer:
        assert answer.status == 200
        assert second.end_customer_link in await answer.text()
    assert await process.stop() == 0
    assert second.state == "open"
    assert len(user.slack_user.sessions(number)) == 2, "one for the creation and one for the renewal"
    assert len(replies) == 1, "the requester was invited once"
    assert len([one for one in notes(number) if "was renewed by" in one.html]) == 1


def page_in(html: str) -> str:
    """Return the address of the requester's page in their e-mail."""
    return html.partition('href="')[2].partition('"')[0]


def own_mails(mailbox: Any, number: str, link: str) -> list[Any]:
    """Return the e-mails to the requester that hold a link."""
    return [one for one in mailbox.messages_to(f"ann{number}@example.test") if link in one.html]
