"""One command being heard: who asks, from where, in which transaction."""

from dataclasses import dataclass
from datetime import datetime

from bot.commands import CommandRequest
from bot.model.technician import Technician
from bot.services import Services
from bot.unit_of_work import Job, Transaction


@dataclass(frozen=True, slots=True)
class CommandContext:
    """What a use case works with. It makes no outside call: it reads, writes and enqueues, or raises BotError."""

    by: Technician
    command_request: CommandRequest
    tx: Transaction
    services: Services
    now: datetime

    async def enqueue(self, job: str, **arguments: str) -> None:
        """Hand outside work over. A command heard twice hands it over once."""
        key = f"{job}:{self.command_request.key}"
        await self.tx.enqueue(Job(job, key, {"command": self.command_request.key, **arguments}))
