"""Everything the bot says in Teams goes through here: in order in each conversation, newest card first."""

from adapters.teams.connector import Connector, Payload
from adapters.teams.queues import ConversationQueues


class Outbox:
    """The connector's writing calls, queued by conversation. They raise what the connector raises."""

    def __init__(self, connector: Connector, queues: ConversationQueues) -> None:
        self._connector = connector
        self._queues = queues

    async def send(
        self, service_url: str, conversation_id: str, activity: Payload, *, to_id: str | None = None
    ) -> str:
        """Send an activity, in answer to the one called ``to_id`` where given; returns its id."""

        async def call() -> str:
            if to_id:
                return await self._connector.reply(service_url, conversation_id, to_id, activity)
            return await self._connector.send(service_url, conversation_id, activity)

        return await self._queues.run(_place(service_url, conversation_id), call)

    async def update(
        self, service_url: str, conversation_id: str, activity_id: str, activity: Payload
    ) -> str:
        """Replace an activity, unless a newer version comes while this one waits: then that one is sent alone."""

        async def call() -> str:
            return await self._connector.update(service_url, conversation_id, activity_id, activity)

        return await self._queues.run(_place(service_url, conversation_id), call, replaces=activity_id)

    async def delete(self, service_url: str, conversation_id: str, activity_id: str) -> None:
        """Delete an activity, after whatever was said before."""

        async def call() -> None:
            await self._connector.delete(service_url, conversation_id, activity_id)

        await self._queues.run(_place(service_url, conversation_id), call)


def _place(service_url: str, conversation_id: str) -> str:
    """Threads of a channel share its queue: they share its rate limit (Teams, rate limits)."""
    return f"{service_url.rstrip('/')} {conversation_id.partition(';messageid=')[0]}"
