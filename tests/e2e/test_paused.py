"""A process that is paused for longer than the others wait: what it began is finished by another one, and nothing twice."""

import asyncio
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from support import postgres
from support.bot import BotProcess, settings_for
from support.in_slack import InSlack
from support.slack_user import SlackUser, until

from sandbox.environment import Environment
from sandbox.faults import Fault

pytestmark = pytest.mark.long

SESSIONS = 24
ROUNDS = 2
DEAD_AFTER = 3
PAUSE_SECONDS = 8
LONG = 240
"""Seconds that two processes may take on a busy machine."""


async def test_paused_worker_repeats_nothing_that_another_one_took_over(
    own_environment: Environment,
    tmp_path: Path,
    bot_process: Callable[..., BotProcess],
    postgres_server: str,
) -> None:
    url = postgres.new_database(postgres_server, "paused")
    settings = settings_for(own_environment, url, TVBOT_DEAD_AFTER_SECONDS=str(DEAD_AFTER))
    own_environment.set_bot_url(settings["TVBOT_PUBLIC_URL"])
    front = bot_process(settings, tmp_path / "front", "serve")
    await front.start()
    worker = bot_process(settings, tmp_path / "worker", "worker")
    await worker.start()
    user = InSlack(SlackUser.new(own_environment))
    await user.authorize()
    _slow_down(own_environment)
    numbers: list[str] = []
    for _round in range(ROUNDS):
        new = [user.slack_user.new_request() for _session in range(SESSIONS)]
        numbers += new
        mails = len(own_environment.mailbox.messages)
        for first in range(0, SESSIONS, 6):
            at_once = new[first : first + 6]
            await asyncio.gather(
                *(user.slack_user.type_until_accepted(f"create {number}") for number in at_once)
            )
        await until(lambda mails=mails: len(own_environment.mailbox.messages) > mails, timeout=LONG)
        os.kill(worker.pid, signal.SIGSTOP)
        # The pause is the fault that this test is about: the other process sees no heartbeat for so long.
        await asyncio.sleep(PAUSE_SECONDS)
        os.kill(worker.pid, signal.SIGCONT)
    await _expect_all_done_once(user, numbers)
    assert [await worker.stop(), await front.stop()] == [0, 0]
    assert "Traceback" not in front.log() + worker.log()


def _slow_down(environment: Environment) -> None:
    for operation, faults in {
        "sessions.create": environment.teamviewer.faults,
        "notifications.add": environment.servicedesk.faults,
        "notes.add": environment.servicedesk.faults,
    }.items():
        faults.plan(operation, Fault.SLOW, times=None, seconds=0.4)


async def _until_all_are_sent(user: InSlack, numbers: list[str]) -> None:
    def others() -> list[str]:
        return [number for number in numbers if not user.card(number, "E-mail to Ann Lee: sent")]

    try:
        await until(lambda: not others(), timeout=LONG)
    except TimeoutError:
        cards = {number: user.card(number) for number in others()}
        pytest.fail(
            "\n".join(user.text(card) if card else f"no card of {number}" for number, card in cards.items())
        )


async def _expect_all_done_once(user: InSlack, numbers: list[str]) -> None:
    servicedesk, mailbox = user.environment.servicedesk, user.environment.mailbox
    await until(lambda: all(servicedesk.notes(number) for number in numbers), timeout=LONG)
    await _until_all_are_sent(user, numbers)
    done = {
        number: (
            len(user.slack_user.sessions(number)),
            len(mailbox.messages_to(f"ann{number}@example.test")),
            len(servicedesk.notes(number)) - len({note.html for note in servicedesk.notes(number)}),
        )
        for number in numbers
    }
    assert {number: counts for number, counts in done.items() if counts != (1, 1, 0)} == {}
    await until(
        lambda: len(mailbox.distinct_messages_to(user.technician.email)) == len(numbers), timeout=LONG
    )
