"""Measure the commands: how many of each word there are, how they are answered, and how long the answer and the card take."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from enum import StrEnum
from itertools import product
from typing import Generic, TypeVar, get_args

from prometheus_client import Counter, Histogram

from adapters.traces import SpanKind, span
from bot.command_dispatcher import COMMAND_TIMEOUT_SECONDS, CommandDispatcher, DispatcherServices
from bot.commands import Command, CommandRequest, OnSession, Verb, name_of
from bot.model.technician import Platform
from bot.ports import AnswerFormat
from bot.views.pages import Message, View
from bot.views.parts import Reader, Tone

COMMANDS = Counter(
    "tvbot_commands_total",
    "Commands by platform and word, and how they were answered.",
    ["platform", "word", "result"],
)
ANSWERS = Histogram(
    "tvbot_command_answer_seconds",
    "From a command to its first answer, which the chat platform waits for.",
    ["platform"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3),
)
FIRST_CARDS = Histogram(
    "tvbot_first_card_seconds",
    "From the command that creates a session to the first card of the session.",
    ["platform"],
    buckets=(0.5, 1, 2, 3, 5, 10, 20, 30, 60, 300),
)
A = TypeVar("A")


class CommandResult(StrEnum):
    """How a command was answered at first."""

    DONE = "done"
    ACCEPTED = "accepted"
    """A job carries it out, and answers later."""
    REPEATED = "repeated"
    """The platform delivered it again, and got the first answer again."""
    REFUSED = "refused"
    """By a rule: for example, the sender is no technician."""
    PROBLEM = "problem"
    """Something broke, and the answer says so."""
    UNCONFIRMED = "unconfirmed"
    """The time was up. The answer asks the sender to check before they repeat it."""
    FAILED = "failed"
    """No answer: for example, the database was away."""


_BY_TONE = {
    Tone.WAIT: CommandResult.ACCEPTED,
    Tone.PROBLEM: CommandResult.PROBLEM,
    Tone.REFUSED: CommandResult.REFUSED,
}


TROUBLES = (CommandResult.PROBLEM, CommandResult.UNCONFIRMED, CommandResult.FAILED)
_WORDS = {one.tag for one in get_args(Command) if one is not OnSession} | {verb.value for verb in Verb}


class MeasuredDispatcher(CommandDispatcher):
    """A dispatcher that counts the commands of a platform, and measures the time of their answers."""

    def __init__(self, services: DispatcherServices, platform: Platform) -> None:
        super().__init__(services)
        for word, trouble in product(sorted(_WORDS), TROUBLES):
            # So that Prometheus sees the first one as a step from 0 to 1.
            COMMANDS.labels(platform.value, word, trouble.value)

    async def dispatch(
        self, command_request: CommandRequest, answers: AnswerFormat[A], *, is_looked_at: bool = False
    ) -> A:
        """Dispatch a command, and measure it."""
        watched = _WatchedFormat(answers)
        with _measured(command_request, watched):
            return await super().dispatch(command_request, watched, is_looked_at=is_looked_at)

    async def accept(
        self, command_request: CommandRequest, answers: AnswerFormat[A], *, refusal: View | None = None
    ) -> None:
        """Accept a command, and measure it. One that waits for a look-up, or that is delivered again, is *accepted*."""
        watched = _WatchedFormat(answers)
        with _measured(command_request, watched):
            await super().accept(command_request, watched, refusal=refusal)

    async def run_unanswered(self, command_request: CommandRequest) -> None:
        """Run a command that nobody waits for, and count it as accepted."""
        with _measured(command_request, _WatchedFormat[object](None)):
            await super().run_unanswered(command_request)


class _WatchedFormat(Generic[A]):
    """An answer format that notes what kind of answer it was given."""

    def __init__(self, answers: AnswerFormat[A] | None) -> None:
        self._answers = answers
        self.result = CommandResult.ACCEPTED

    def render(self, view: View, reader: Reader) -> A:
        tone = view.tone if isinstance(view, Message) else Tone.PLAIN
        self.result = _BY_TONE.get(tone, CommandResult.DONE)
        return self._format.render(view, reader)

    def dump(self, answer: A) -> str:
        return self._format.dump(answer)

    def load(self, stored: str) -> A:
        self.result = CommandResult.REPEATED
        return self._format.load(stored)

    @property
    def _format(self) -> AnswerFormat[A]:
        if self._answers is None:
            raise RuntimeError("a command that nobody waits for has no answer")
        return self._answers


@contextmanager
def _measured(command_request: CommandRequest, watched: _WatchedFormat[A]) -> Iterator[None]:
    platform, word = command_request.actor.platform.value, name_of(command_request.command)
    began = time.perf_counter()
    try:
        with span(f"command {word}", SpanKind.SERVER, {"tvbot.platform": platform, "tvbot.word": word}):
            yield
    except Exception:
        COMMANDS.labels(platform, word, CommandResult.FAILED.value).inc()
        raise
    seconds = time.perf_counter() - began
    result = CommandResult.UNCONFIRMED if seconds >= COMMAND_TIMEOUT_SECONDS else watched.result
    COMMANDS.labels(platform, word, result.value).inc()
    ANSWERS.labels(platform).observe(seconds)


class FirstCards:
    """Implements the port ``Meter``."""

    def record_first_card(self, platform: Platform, after: timedelta) -> None:
        """Record that the first card of a session was posted, and how long after the command."""
        # The two times may come from two machines, whose clocks differ.
        FIRST_CARDS.labels(platform.value).observe(max(after.total_seconds(), 0.0))
