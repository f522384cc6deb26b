"""A technician in Slack, and how a test reads what they see."""

import asyncio
import itertools
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from support.browser import sign_in
from support.reading import buttons, labels, urls_in, walk

from sandbox.environment import Environment, Person

CONNECT = "Connect this account"
"""The button that confirms in chat an account with another e-mail address."""
_requests = itertools.count(101)
LOOKING_UP = "One moment: looking up who you are"
_people = itertools.count(1)

_NOT_ACCEPTED = ("It is not confirmed", "does not answer", "Too much is happening")
"""What the bot answers to a command that it may not have stored, because the machine is busy."""


_NOT_LISTED = "is not a technician of ServiceDesk Plus"
_LIST_SECONDS = 40
"""Longer than a bot believes a list of technicians without the person who asks, on a busy machine."""


async def until(condition: Callable[..., Any], *values: Any, timeout: float = 20) -> Any:
    """Wait until a condition on the simulated systems is true for these values. Return its result."""
    async with asyncio.timeout(timeout):
        while not (found := condition(*values)):
            await asyncio.sleep(0.01)
    return found


async def asked_until_listed(
    ask: Callable[[], Awaitable[object]], find: Callable[[], str], seen: Callable[[], str]
) -> str:
    """Ask, and return what ``find`` finds then. Ask again while the bot says that this person is no technician.

    A bot that has just started believes for a quarter of a minute the list of technicians that it read before they were added.
    """
    try:
        async with asyncio.timeout(_LIST_SECONDS):
            while True:
                refusals = seen().count(_NOT_LISTED)
                await ask()
                await until(lambda before: find() or seen().count(_NOT_LISTED) > before, refusals)
                if found := find():
                    return found
    except TimeoutError:
        raise AssertionError(f"nothing to sign in with came; this was seen: {seen()}") from None


@dataclass
class SlackUser:
    """A technician, their channel, and requests that only this test knows."""

    environment: Environment
    technician: Person
    channel: str

    @classmethod
    def new(cls, environment: Environment) -> "SlackUser":
        """Add a technician, in a new channel with the bot."""
        number = next(_people)
        technician = environment.add_technician("Tom Ray", f"tom{number}@example.test")
        return cls(
            environment, technician, environment.slack.add_channel(f"helpdesk-{number}", [technician.user])
        )

    def new_technician(self) -> Person:
        """Another technician, in the same channel."""
        person = self.environment.add_technician("Ines Moreau", f"ines{next(_people)}@example.test")
        self.environment.slack.channels[self.channel].members.add(person.user)
        return person

    def new_colleague(self, **account: Any) -> Person:
        """Somebody in the same channel who is no technician."""
        person = self.environment.add_chat_user("Gus Guest", f"gus{next(_people)}@example.test", **account)
        self.environment.slack.channels[self.channel].members.add(person.user)
        return person

    def new_request(self, subject: str = "VPN fails", **more: Any) -> str:
        """Let a requester raise a request; returns its number."""
        number = str(next(_requests))
        details = {
            "requester_name": "Ann Lee",
            "requester_email": f"ann{number}@example.test",
            "mobile": "+33612345678",
        }
        self.environment.servicedesk.add_request(number, subject, **(details | more))
        return number

    async def type(
        self, words: str, *, by: Person | None = None, channel: str | None = None, **more: Any
    ) -> Any:
        """Type the command in the channel; returns what Slack got back."""
        return await self.environment.slack.send_command(
            (by or self.technician).user, channel or self.channel, words, **more
        )

    async def type_until_accepted(self, words: str, **more: Any) -> Any:
        """Type the command again while Slack or the bot says that it was not accepted, as a person does."""
        while True:
            outcome = await self.type(words, **more)
            if not outcome.error and not any(said in outcome.body for said in _NOT_ACCEPTED):
                return outcome

    async def answer_until(self, words: str, saying: str) -> None:
        """Type the command again until its first answer says this."""
        async with asyncio.timeout(60):
            while saying not in (await self.type_until_accepted(words)).body:
                await asyncio.sleep(0.05)

    async def answer_to(self, words: str, saying: str) -> Any:
        """Type the command; returns the message that answers it and says this, once the sender was looked up again."""
        slack, user = self.environment.slack, self.technician.user
        before = len(slack.ephemerals(user, self.channel))
        await self.type(words)

        def newest() -> Any:
            new = slack.ephemerals(user, self.channel)[before:]
            return next((one for one in new if saying in text_of(one)), None)

        return await until(newest)

    async def press(self, message: Any, label: str, *, by: Person | None = None) -> Any:
        """Press the button with this label on a message."""
        (found, *_more) = [one for one in buttons(message) if one["text"]["text"] == label]
        return await self.environment.slack.press_element(
            (by or self.technician).user, message, found["action_id"], value=found.get("value")
        )

    async def authorize(self, by: Person | None = None, *, account: str | None = None) -> None:
        """Type ``auth``, press the button, sign in, and wait for the bot's greeting."""
        person = by or self.technician
        before = self.seen(person).count("You are connected to TeamViewer")
        used = self._sign_in_url(person)
        url = await asked_until_listed(
            lambda: self.type("auth", by=person),
            lambda: url if (url := self._sign_in_url(person)) != used else "",
            lambda: self.seen(person),
        )
        page = await sign_in(self.environment, url, account or person.email)
        if "One step is left" in page:
            asked = await until(lambda: self.newest_with(person, CONNECT))
            await self.press(asked, CONNECT, by=person)
        await until(lambda: self.seen(person).count("You are connected to TeamViewer") > before)

    def newest_with(self, person: Person, label: str) -> Any:
        """Return the newest message for this person's eyes that has a button with this label."""
        shown = self.environment.slack.ephemerals(person.user)
        return next((one for one in reversed(shown) if label in labels(one.blocks)), None)

    def _sign_in_url(self, person: Person) -> str:
        urls = urls_in(self.environment.slack.ephemerals(person.user, self.channel))
        return next((url for url in reversed(urls) if "/oauth/teamviewer/start" in url), "")

    def seen(self, by: Person | None = None) -> str:
        """Everything that a person can see in Slack, as text."""
        return json.dumps(self.environment.slack.visible_to((by or self.technician).user), ensure_ascii=False)

    def sessions(self, number: str) -> list[Any]:
        """The sessions that TeamViewer has for a request."""
        return [
            one
            for one in self.environment.teamviewer.sessions.values()
            if (one.description or "").startswith(f"#{number} ")
        ]


def card_of(slack_user: SlackUser, number: str, saying: str = "") -> Any:
    """The card of a request's session in the channel, where it says this; else None. A reply to a card is none."""
    for message in reversed(slack_user.environment.slack.channels[slack_user.channel].messages):
        if message.thread_ts not in {None, message.ts}:
            continue
        text = text_of(message)
        if f"#{number}" in text and saying in text:
            return message
    return None


def text_of(message: Any) -> str:
    """Everything written on a message, blocks included."""
    texts = [message.text or ""]
    texts += [str(one["text"]) for one in walk(message.blocks or []) if isinstance(one.get("text"), str)]
    return "\n".join(texts).replace("\u2060", "")
