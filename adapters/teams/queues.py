"""One queue a conversation: what is sent there keeps its order, and an update that waits gives way to a newer one."""

from asyncio import CancelledError, Future, get_running_loop
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from adapters.tasks import Tasks

T = TypeVar("T")


@dataclass(slots=True)
class _Entry:
    call: Callable[[], Awaitable[Any]]
    replaces: str | None
    waiters: list[Future[Any]] = field(default_factory=list)

    def settle(self, outcome: Any, error: BaseException | None = None) -> None:
        for waiter in self.waiters:
            if waiter.done():
                continue
            if error is None:
                waiter.set_result(outcome)
            elif isinstance(error, CancelledError):
                waiter.cancel()
            else:
                waiter.set_exception(error)


class ConversationQueues:
    """Runs calls one after another in each conversation, and conversations beside one another.

    Teams limits how fast a bot may write into one conversation, and two calls at once may overtake each other. A queue
    exists while there is something in it.
    """

    def __init__(self, tasks: Tasks) -> None:
        self._tasks = tasks
        self._queues: dict[str, deque[_Entry]] = {}

    def __len__(self) -> int:
        return len(self._queues)

    async def run(
        self, conversation: str, call: Callable[[], Awaitable[T]], *, replaces: str | None = None
    ) -> T:
        """Run a call in its turn and return its outcome. Raises what it raises.

        Of the calls that wait with the same ``replaces`` only the newest runs, in the place of the first, and its
        outcome is everybody's. A call that nobody waits for any more when its turn comes is left out.
        """
        waiter: Future[T] = get_running_loop().create_future()
        queue = self._queues.get(conversation)
        if queue is None:
            queue = self._queues[conversation] = deque()
            self._tasks.start(self._drain(conversation, queue))
        for entry in queue if replaces is not None else ():
            if entry.replaces == replaces:
                entry.call = call
                entry.waiters.append(waiter)
                break
        else:
            queue.append(_Entry(call, replaces, [waiter]))
        return await waiter

    async def _drain(self, conversation: str, queue: deque[_Entry]) -> None:
        try:
            while queue:
                entry = queue.popleft()
                if all(waiter.done() for waiter in entry.waiters):
                    continue
                try:
                    outcome = await entry.call()
                except Exception as error:  # noqa: BLE001 - it is raised where the call is waited for
                    entry.settle(None, error)
                except BaseException as error:
                    entry.settle(None, error)
                    raise
                else:
                    entry.settle(outcome)
        finally:
            del self._queues[conversation]
            for entry in queue:
                entry.settle(None, CancelledError())
