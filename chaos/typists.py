"""The people of the chaos run: technicians who type commands in Slack and in Teams all the while."""

import asyncio
from collections.abc import Callable
from random import Random
from typing import Protocol

from support.chat_user import ChatUser
from support.in_slack import InSlack
from support.in_teams import InTeams
from support.slack_user import SlackUser

from chaos.book import Answer, Book, Entry, Word
from sandbox.environment import Environment

SUBJECT = "Chaos case"
"""The subject of every request. It is written on cards, and on no other message in a channel."""
_ACCEPTED = (
    "Creating a",
    "Ending the session",
    "is ended",
    "One moment",
    "Your open sessions",
    "no open session",
)
_ALREADY = ("You have a session open", "was over before", "No session is open")
"""Answers to a command that was typed again: the first one counted."""
_OUT_OF_ORDER = (
    "Something went wrong in the bot",
    "own database does not answer",
    "could not confirm your command",
)
_TRIES = 4
_WEIGHTS = {Word.CREATE: 4, Word.PILOT: 3, Word.END: 2, Word.LIST: 1}
_OK = range(200, 300)


class Typist(Protocol):
    """A technician in one chat. ``send`` types a command once, and returns the answer with its text."""

    @property
    def user(self) -> ChatUser:
        """The technician."""

    async def send(self, words: str) -> tuple[Answer, str]:
        """Type a command."""


class SlackTypist:
    """A technician in Slack, where the response to the command is the answer."""

    def __init__(self, environment: Environment) -> None:
        self.user = InSlack(SlackUser.new(environment))

    async def send(self, words: str) -> tuple[Answer, str]:
        """Type a command."""
        outcome = await self.user.slack_user.type(words)
        if outcome.status not in _OK:
            return Answer.NONE, ""
        return read_answer(outcome.body), outcome.body


class TeamsTypist:
    """A technician in Teams. The response is empty, and a refusal comes as a message in the same thread.

    ``threads`` are the threads of the commands that the bot took, by their words.
    """

    def __init__(self, environment: Environment) -> None:
        self.user = InTeams(SlackUser.new(environment))
        self.threads: dict[str, list[str]] = {}

    async def send(self, words: str) -> tuple[Answer, str]:
        """Type a command."""
        outcome = await self.user.teams.say(words)
        if outcome.status not in _OK:
            return Answer.NONE, ""
        self.threads.setdefault(words, []).append(str(outcome.activity["id"]))
        return Answer.ACCEPTED, ""


def read_answer(text: str) -> Answer:
    """Return what an answer in Slack means for a command. One that was typed again counts as accepted."""
    if any(words in text for words in (*_ACCEPTED, *_ALREADY)):
        return Answer.ACCEPTED
    return Answer.NONE if any(words in text for words in _OUT_OF_ORDER) else Answer.REFUSED


class Worker:
    """Types commands as one person until told to stop, and writes each into the book.

    ``is_finished`` says of a request whether everything was done about its session: only such a session is ended, because
    its card no longer says what became of each mail.
    """

    def __init__(self, typist: Typist, rng: Random, is_finished: Callable[[Typist, str], bool]) -> None:
        self.typist = typist
        self.book = Book()
        self._rng = rng
        self._is_finished = is_finished
        self._ended: set[str] = set()

    async def work(self, stop: asyncio.Event, pause: tuple[float, float]) -> None:
        """Type commands, with a pause of a random length in seconds between them."""
        while not stop.is_set():
            word = self._rng.choices(list(_WEIGHTS), list(_WEIGHTS.values()))[0]
            await self._type(word)
            try:
                async with asyncio.timeout(self._rng.uniform(*pause)):
                    await stop.wait()
            except TimeoutError:
                continue

    async def _type(self, word: Word) -> None:
        number = self._choose_request(word)
        if number is None:
            return
        entry = self.book.write(word, number)
        words = f"{word} {number}".strip()
        for attempt in range(_TRIES):
            answer, text = await self.typist.send(words)
            entry.answers.append(answer)
            if answer is Answer.REFUSED and word is not Word.LIST:
                self.book.refusals[text[:160]] += 1
            if answer is not Answer.NONE:
                return
            await asyncio.sleep(1 + attempt)

    def _choose_request(self, word: Word) -> str | None:
        """Return the request that a command is about: a new one, or one whose session can be ended. None if there is none."""
        if word is Word.LIST:
            return ""
        if word is not Word.END:
            return new_request(self.typist.user.slack_user)
        created = [one for one in self.book.entries if one.word in {Word.CREATE, Word.PILOT}]
        for entry in created:
            if entry.number not in self._ended and self._is_finished(self.typist, entry.number):
                self._ended.add(entry.number)
                return entry.number
        return None

    def entries(self, *words: Word) -> list[Entry]:
        """Return the commands of these words."""
        return [one for one in self.book.entries if one.word in words]


def new_request(slack_user: SlackUser) -> str:
    """Let a requester raise a request, with a mobile number of their own."""
    number = slack_user.new_request(SUBJECT)
    requester = slack_user.environment.servicedesk.requests[number].requester
    assert requester is not None  # it was just given
    requester.mobile = mobile_of(number)
    return number


def mobile_of(number: str) -> str:
    """Return the mobile number of a request's requester."""
    return f"+336{10_000_000 + int(number):08}"
