"""What the fakes of outside systems share.

A fake records its calls and holds the state of the outside system that it replaces. ``fail_once`` makes a call fail.
``before_return`` runs code while a call is under way: the outside system has acted, and the bot has no answer yet.
"""

from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import ClassVar

from support.memory.unit_of_work import is_in_transaction
from support.repetition import ATTEMPTED, REPETITION

from bot.attempts import begin_call, current_attempt, let_call_leave
from bot.errors import OutcomeUnknown

Hook = Callable[[], Awaitable[None]]
"""Code that a test runs in the middle of something."""


class FakeService:
    """What all fakes have in common. ``port`` is the Protocol that a fake implements."""

    port: ClassVar[str] = ""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.before_return: dict[str, Hook] = {}
        self._errors: dict[str, deque[BaseException]] = {}

    def fail_once(self, method: str, error: BaseException) -> None:
        """Raise an error at the next call of a method. After OutcomeUnknown the outside system has acted all the same.

        CancelledError stops the call before it leaves.
        """
        self._errors.setdefault(method, deque()).append(error)

    @asynccontextmanager
    async def _calling(self, method: str) -> AsyncIterator[None]:
        """Record a call around its effect."""
        # SQLite has few connections. Jobs that hold them all while they wait stop each other, and everything else.
        assert not is_in_transaction(), f"{method} is called while a transaction is open"
        self.calls.append(method)
        if REPETITION.get(f"{self.port}.{method}") == ATTEMPTED:
            assert current_attempt() is not None, f"{self.port}.{method} must be called within attempting()"
            begin_call()
        errors = self._errors.get(method)
        error = errors.popleft() if errors else None
        if error is None or isinstance(error, OutcomeUnknown):
            let_call_leave()
            yield
        # A hook runs once, so that it may call the same method without an end.
        hook = self.before_return.pop(method, None)
        if hook is not None:
            await hook()
        if error is not None:
            raise error
