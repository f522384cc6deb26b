"""kill -9 at each step of a planned session: one session is created, and nothing is lost or doubled."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import pytest
import sqlalchemy as sa
from support.bot import BotProcess, settings_for
from support.chat_user import ChatUser
from support.in_teams import InTeams
from support.slack_user import SlackUser, until

from sandbox.environment import Environment
from sandbox.faults import Fault, Faults

pytestmark = pytest.mark.long

LONG = 200
"""Seconds that a plan and several starts may take on a busy machine."""
HANG_SECONDS = 100
"""How long an outside system answers nothing. The kill comes first."""
System = Literal["servicedesk", "chat", "teamviewer"]
POST = {"slack": "chat.postMessage", "teams": "activities.send"}
UPDATE = {"slack": "chat.update", "teams": "activities.update"}


@dataclass(frozen=True, slots=True)
class Kill:
    """The call that has been carried out, and has no answer yet, when the bot is killed.

    ``words``: what is typed to make the call, ``{N}`` standing for the request. Empty: the planned time comes.
    """

    operation: str | dict[str, str]
    system: System
    words: str

    def faults(self, user: ChatUser) -> Faults:
        """Return the faults of the system that is called."""
        chat = "teams" if isinstance(user, InTeams) else "slack"
        found: Faults = getattr(user.environment, chat if self.system == "chat" else self.system).faults
        return found

    def operation_of(self, user: ChatUser) -> str:
        """Return the name of the call in the chat of a user."""
        if isinstance(self.operation, str):
            return self.operation
        return self.operation["teams" if isinstance(user, InTeams) else "slack"]


PLAN = "create {N} --at {at}"
KILLS = {
    "request looked up": Kill("requests.list", "servicedesk", PLAN),
    "card posted": Kill(POST, "chat", PLAN),
    "note added": Kill("notes.add", "servicedesk", PLAN),
    "note of a move added": Kill("notes.add", "servicedesk", "move {N} --at {later}"),
    "card updated": Kill(UPDATE, "chat", "move {N} --at {later}"),
    "session created by a word": Kill("sessions.create", "teamviewer", "start {N}"),
    "session created at its time": Kill("sessions.create", "teamviewer", ""),
    "note of a cancellation added": Kill("notes.add", "servicedesk", "cancel {N}"),
}


@dataclass(slots=True)
class Story:
    """A technician, and the bot that is killed."""

    user: ChatUser
    bot: BotProcess
    database_url: str
    number: str
    kill: Kill

    @property
    def notes(self) -> list[str]:
        """The notes on the request about the planned session."""
        return [
            str(one)
            for one in self.user.environment.servicedesk.notes(self.number)
            if "planned for" in str(one)
        ]

    @property
    def calendar_files(self) -> list[Any]:
        """The different mails to the requester that have a calendar file."""
        mailbox = self.user.environment.mailbox
        mails = mailbox.distinct_messages_to(f"ann{self.number}@example.test")
        return [one for one in mails if one.calendar]

    async def type(self, words: str) -> None:
        """Type words. Where they lead to the call, kill the bot in it, and start it again."""
        if words != self.kill.words:
            await self._send(words)
            return
        user, faults = self.user, self.kill.faults(self.user)
        operation = self.kill.operation_of(user)
        before = len(faults.injected)
        if self.kill.operation is POST:
            await self._send_while_requests_cannot_be_read(words)
        faults.plan(operation, Fault.HANG_AFTER_COMMIT, seconds=HANG_SECONDS)
        if self.kill.operation is POST:
            user.environment.servicedesk.faults.clear()
        elif words:
            await self._send(words)
        else:
            await self._let_begin()
        await until(lambda: (operation, Fault.HANG_AFTER_COMMIT) in faults.injected[before:], timeout=LONG)
        await self.bot.kill()
        faults.clear()
        await self.bot.start()

    async def _send(self, words: str) -> None:
        if not words:
            await self._let_begin()
            return
        day = datetime.now(UTC).date()
        at, later = (f"{day + timedelta(days=days)} 14:30" for days in (2, 4))
        await self.user.type(words.format(N=self.number, at=at, later=later))

    async def _send_while_requests_cannot_be_read(self, words: str) -> None:
        """Type words. What Teams shows at once (a typing sign) must not take the fault that the card gets."""
        user = self.user
        typing = sum(user.environment.teams.typing.values())
        user.environment.servicedesk.faults.plan("requests.list", Fault.SERVER_ERROR, times=None)
        before = len(user.environment.servicedesk.faults.injected)
        await self._send(words)
        await until(lambda: len(user.environment.servicedesk.faults.injected) > before, timeout=LONG)
        if isinstance(user, InTeams):
            await until(lambda: sum(user.environment.teams.typing.values()) > typing, timeout=LONG)

    async def _let_begin(self) -> None:
        """Let the planned session begin now, as if the time until then was over, while nothing runs that could miss it."""
        await self.bot.kill()
        engine = sa.create_engine(self.database_url.replace("postgresql:", "postgresql+psycopg:"))
        with engine.begin() as connection:
            now = datetime.now(UTC)
            value = now if engine.dialect.name == "postgresql" else now.replace(tzinfo=None).isoformat(" ")
            statement = sa.text("UPDATE plans SET starts_at = :now, remind_at = NULL WHERE state = 'planned'")
            connection.execute(statement, {"now": value})
        engine.dispose()
        await self.bot.start()


@pytest.mark.parametrize("kill", KILLS.values(), ids=KILLS)
async def test_planned_session_is_carried_out_once_after_a_kill(  # noqa: PLR0917 - what differs
    own_environment: Environment,
    chat: Callable[[SlackUser], ChatUser],
    database_url: str,
    tmp_path: Path,
    bot_process: Callable[..., BotProcess],
    kill: Kill,
) -> None:
    """It is planned, moved, and then begins or is cancelled."""
    settings = settings_for(own_environment, database_url, TVBOT_DEAD_AFTER_SECONDS="3")
    own_environment.set_bot_url(settings["TVBOT_PUBLIC_URL"])
    bot = bot_process(settings, tmp_path / "log", "serve")
    await bot.start()
    user = chat(SlackUser.new(own_environment))
    await user.authorize()
    story = Story(user, bot, database_url, user.slack_user.new_request("VPN fails"), kill)

    await story.type(PLAN)
    await until(lambda: user.card(story.number, "with a calendar file"), timeout=LONG)
    await until(lambda: story.notes, timeout=LONG)
    assert user.slack_user.sessions(story.number) == []
    await story.type("move {N} --at {later}")
    await until(lambda: len(story.calendar_files) == 2, timeout=LONG)
    is_cancelled = kill.words == "cancel {N}"
    await story.type(kill.words if kill.words in {"", "start {N}", "cancel {N}"} else "")
    end = "was cancelled by" if is_cancelled else "has been started"
    await until(lambda: any(end in one for one in user.bot_messages()), timeout=LONG)
    await until(lambda: is_cancelled or user.card(story.number, "Waiting for"), timeout=LONG)
    await until(lambda: not is_cancelled or len(story.calendar_files) == 3, timeout=LONG)

    assert await bot.stop() == 0
    assert len(user.slack_user.sessions(story.number)) == (0 if is_cancelled else 1)
    # Teams shows a bot none of its messages, so there a second card is possible: each kill may come while a card is posted.
    most = 2 if isinstance(user, InTeams) else 1
    cards = [
        one for one in user.bot_messages() if f"Request #{story.number}: " in one and "planned for" in one
    ]
    assert 1 <= len(cards) <= most
    assert sum(end in one for one in cards) == 1
    assert len(story.calendar_files) == (3 if is_cancelled else 2)
    assert "Traceback" not in bot.log()
