"""Kills a bot between the posts of cards and their records, again and again, and counts the cards afterwards."""

from collections.abc import Sequence
from dataclasses import dataclass

from support.bot import BotProcess
from support.chat_user import ChatUser
from support.in_teams import InTeams
from support.slack_user import until

from sandbox.environment import Environment
from sandbox.faults import Fault

SESSIONS = 10
"""How many cards are under way at each kill, each in a channel of its own."""
LONG = 200
"""Seconds that ten sessions and two processes may take on a busy machine."""
HANG_SECONDS = 100
"""How long a chat answers nothing. The kill comes first."""


@dataclass(frozen=True, slots=True)
class KilledPost:
    """The card of a session that was posted and not stored when the bot was killed."""

    user: ChatUser
    number: str

    @property
    def cards(self) -> int:
        """How many messages show a card of the session now."""
        return self.user.count_cards(self.number)


async def kill_while_posting(
    bot: BotProcess, user: ChatUser, name: str, sessions: int = SESSIONS
) -> Sequence[KilledPost]:
    """Create sessions, and kill the bot when the chat has each card and has answered none. ``name`` begins channels' names.

    Starts the bot again, ends the sessions, and waits until each has a card that shows it.
    """
    environment = user.environment
    asked = [
        KilledPost(user.in_new_channel(f"{name}-{number}"), user.slack_user.new_request())
        for number in range(sessions)
    ]
    await _type_while_requests_cannot_be_read(environment, asked)
    environment.slack.faults.plan(
        "chat.postMessage", Fault.HANG_AFTER_COMMIT, times=None, seconds=HANG_SECONDS
    )
    environment.teams.faults.plan(
        "activities.send", Fault.HANG_AFTER_COMMIT, times=None, seconds=HANG_SECONDS
    )
    environment.servicedesk.faults.clear()
    await until(lambda: all(one.cards for one in asked), timeout=LONG)
    await bot.kill()
    environment.slack.faults.clear()
    environment.teams.faults.clear()
    await bot.start()
    # A card that the bot does not know of never shows the end.
    for one in asked:
        await one.user.type(f"end {one.number}")
    await until(lambda: all(one.user.card(one.number, "Ended by") for one in asked), timeout=LONG)
    return asked


async def _type_while_requests_cannot_be_read(environment: Environment, asked: Sequence[KilledPost]) -> None:
    """Type the commands. In Teams a typing sign is sent before the card, and it must not take the fault that the card gets.

    A card is posted when its request was read, so ServiceDesk Plus fails until every sign was sent.
    """
    typing = sum(environment.teams.typing.values())
    environment.servicedesk.faults.plan("requests.list", Fault.SERVER_ERROR, times=None)
    before = len(environment.servicedesk.faults.injected)
    for one in asked:
        await one.user.type(f"create {one.number}")
    await until(lambda: len(environment.servicedesk.faults.injected) >= before + len(asked), timeout=LONG)
    if isinstance(asked[0].user, InTeams):
        await until(lambda: sum(environment.teams.typing.values()) >= typing + len(asked), timeout=LONG)
