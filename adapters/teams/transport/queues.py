"""Order in each conversation: calls run one after another, and a newer version of a card replaces a waiting one."""

import asyncio
from asyncio import CancelledError, Future, get_running_loop
from collections import deque
from collections.abc import Awaitable, Callable
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from typing import Any, TypeVar

from adapters.tasks import Tasks
from adapters.teams.incoming.activity import without_thread
from adapters.teams.transport.connector import Connector, Payload

T = TypeVar("T")


@dataclass(slots=True)
class _QueuedCall:
    """A call, with the context of its caller: it belongs to that caller's job, and not to the one that began the queue."""

    call: Callable[[], Awaitable[Any]]
    context: Context
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
    """Runs the calls of one conversation in order, and conversations in parallel.

    Teams limits how fast a bot may write into one conversation, and two calls at once may overtake each other. A queue
    exists while it has something in it.
    """

    def __init__(self, tasks: Tasks) -> None:
        self._tasks = tasks
        self._queues: dict[str, deque[_QueuedCall]] = {}

    def __len__(self) -> int:
        return len(self._queues)

    async def run_call_in_order(
        self, conversation: str, call: Callable[[], Awaitable[T]], *, replaces: str | None = None
    ) -> T:
        """Run a call when its turn comes and return its outcome. Raises what it raises.

        Of the waiting calls with the same ``replaces`` only the newest runs, in the position of the first, and all
        callers get its outcome. A call is skipped if all its callers are cancelled before its turn.
        """
        waiter: Future[T] = get_running_loop().create_future()
        queue = self._queues.get(conversation)
        if queue is None:
            queue = self._queues[conversation] = deque()
            self._tasks.start_task(self._run_queue(conversation, queue))
        for queued in queue if replaces is not None else ():
            if queued.replaces == replaces:
                queued.call, queued.context = call, copy_context()
                queued.waiters.append(waiter)
                break
        else:
            queue.append(_QueuedCall(call, copy_context(), replaces, [waiter]))
        return await waiter

    async def _run_queue(self, conversation: str, queue: deque[_QueuedCall]) -> None:
        try:
            while queue:
                queued = queue.popleft()
                if all(waiter.done() for waiter in queued.waiters):
                    continue
                call = asyncio.create_task(_as_coroutine(queued.call), context=queued.context)
                try:
                    await asyncio.wait({call})
                except CancelledError:
                    call.cancel()
                    queued.settle(None, CancelledError())
                    raise
                if call.cancelled():
                    # Its job may make no call any more. The other jobs, and the people who wait, have nothing to do with it.
                    queued.settle(None, CancelledError())
                elif (error := call.exception()) is not None:
                    queued.settle(None, error)
                else:
                    queued.settle(call.result())
        finally:
            del self._queues[conversation]
            for queued in queue:
                queued.settle(None, CancelledError())


class OrderedConnector:
    """The writing calls of the connector, in order per conversation. They raise what the connector raises."""

    def __init__(self, connector: Connector, queues: ConversationQueues) -> None:
        self._connector = connector
        self._queues = queues

    async def send_activity_in_order(
        self, service_url: str, conversation: str, activity: Payload, *, parent_activity_id: str | None = None
    ) -> str:
        """Send an activity, as a reply to the one with the id ``parent_activity_id`` if given. Return its id."""

        async def call() -> str:
            if parent_activity_id:
                return await self._connector.reply_to_activity(
                    service_url, conversation, parent_activity_id, activity
                )
            return await self._connector.send_activity(service_url, conversation, activity)

        return await self._queues.run_call_in_order(_queue_of(service_url, conversation), call)

    async def send_activity_at_once(self, service_url: str, conversation: str, activity: Payload) -> str:
        """Send an activity ahead of everything that waits. Return its id."""
        return await self._connector.send_activity(service_url, conversation, activity)

    async def update_activity_in_order(
        self, service_url: str, conversation: str, activity_id: str, activity: Payload
    ) -> str:
        """Replace an activity. If a newer version comes while this one waits, only the newer one is sent."""

        async def call() -> str:
            return await self._connector.update_activity(service_url, conversation, activity_id, activity)

        queue = _queue_of(service_url, conversation)
        return await self._queues.run_call_in_order(queue, call, replaces=activity_id)

    async def delete_activity_in_order(self, service_url: str, conversation: str, activity_id: str) -> None:
        """Delete an activity, after everything that was sent before."""

        async def call() -> None:
            await self._connector.delete_activity(service_url, conversation, activity_id)

        await self._queues.run_call_in_order(_queue_of(service_url, conversation), call)


async def _as_coroutine(call: Callable[[], Awaitable[T]]) -> T:
    return await call()


def _queue_of(service_url: str, conversation: str) -> str:
    """Threads of a channel share its queue, because they share its rate limit (Teams, rate limits)."""
    return f"{service_url.rstrip('/')} {without_thread(conversation)}"
