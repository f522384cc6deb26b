"""One command being heard: who asks, from where, in which transaction."""

from dataclasses import dataclass
from datetime import datetime

from bot.commands import Incoming
from bot.model.technician import Technician
from bot.store import Job, Transaction
from bot.world import World


@dataclass(frozen=True, slots=True)
class Visit:
    """What a use case works with. It makes no outside call: it reads, writes and enqueues, or raises BotError."""

    by: Technician
    incoming: Incoming
    tx: Transaction
    world: World
    now: datetime

    async def enqueue(self, job: str, **arguments: str) -> None:
        """Hand outside work over. A command heard twice hands it over once."""
        key = f"{job}:{self.incoming.key}"
        await self.tx.enqueue(Job(job, key, {"command": self.incoming.key, **arguments}))
