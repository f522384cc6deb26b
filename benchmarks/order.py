"""Measure how long a session and its messages take after ``pilot N``, while the chat cannot show the session's card.

    sh scripts/bench order [--database URL]

For each chat and each fault it prints the seconds from the command to TeamViewer's session, the requester's mail, the
technician's mail, the SMS and the note on the request. A chat that fails must delay none of them.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from support.bot import BotProcess, settings_for
from support.chat_user import ChatUser
from support.in_slack import InSlack
from support.in_teams import InTeams
from support.slack_user import SlackUser, until

from sandbox.environment import Environment
from sandbox.faults import Fault

LIMIT_SECONDS = 5.0
"""How long a session or message may take that waits for no chat."""
PATIENCE_SECONDS = 300.0
POSTS = {"slack": "chat.postMessage", "teams": "activities.send"}
"""The calls that post a message, by chat."""
FAULTS = (None, Fault.SERVER_ERROR, Fault.RATE_LIMIT)


def _reached(user: ChatUser, number: str) -> dict[str, Callable[[], Any]]:
    """Return what is waited for, by its name."""
    environment = user.environment
    requester = environment.servicedesk.requests[number].requester
    assert requester is not None
    mobile = requester.mobile
    own = f"#{number}"
    return {
        "session": lambda: user.slack_user.sessions(number),
        "mail": lambda: environment.mailbox.messages_to(f"ann{number}@example.test"),
        "own mail": lambda: [
            mail for mail in environment.mailbox.messages_to(user.technician.email) if own in mail.subject
        ],
        "SMS": lambda: [sms for sms in environment.sms.messages if sms.to == mobile],
        "note": lambda: environment.servicedesk.notes(number),
    }


async def _measure(user: ChatUser, chat: str, fault: Fault | None) -> dict[str, float]:
    """Create one session while the chat fails, and return the seconds that each thing took."""
    number = user.slack_user.new_request()
    mobile = f"+33612{int(number):06}"
    requester = user.environment.servicedesk.requests[number].requester
    assert requester is not None
    requester.mobile = mobile
    faults = getattr(user.environment, chat).faults
    if fault is not None:
        faults.plan(POSTS[chat], fault, times=None)
    started = time.perf_counter()
    await user.type(f"pilot {number}")

    async def timed(reached: Callable[[], Any]) -> float:
        await until(reached, timeout=PATIENCE_SECONDS)
        return time.perf_counter() - started

    reached = _reached(user, number)
    took = await asyncio.gather(*(timed(one) for one in reached.values()))
    faults.clear()
    return dict(zip(reached, took, strict=True))


async def measure(database: str | None) -> int:
    """Measure both chats. Return the exit code."""
    environment = Environment()
    await environment.start()
    slowest = 0.0
    # Whatever ends the benchmark, its bot ends with it.
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        settings = settings_for(environment, database or f"sqlite:///{folder}/tvbot.db")
        environment.set_bot_url(settings["TVBOT_PUBLIC_URL"])
        bot = BotProcess(settings, Path(folder) / "log", "serve")
        stack.push_async_callback(bot.kill)
        await bot.start()
        # Both at the start: somebody who is not on the technician list is looked up again only after a while.
        users: dict[str, ChatUser] = {
            "slack": InSlack(SlackUser.new(environment)),
            "teams": InTeams(SlackUser.new(environment)),
        }
        for chat, user in users.items():
            await user.authorize()
            await _measure(user, chat, None)  # the first session also reads the technicians and signs in
            for fault in FAULTS:
                took = await _measure(user, chat, fault)
                shown = "   ".join(f"{name} {seconds:6.2f} s" for name, seconds in took.items())
                print(f"{chat:<6} post: {fault or 'works':<13} {shown}", flush=True)
                slowest = max(slowest, *took.values())
        await stack.aclose()
    await environment.stop()
    within = slowest < LIMIT_SECONDS
    print(f"everything within {LIMIT_SECONDS:.0f} s: {'yes' if within else 'NO'}")
    return 0 if within else 1


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--database")
    sys.exit(asyncio.run(measure(options.parse_args().database)))
