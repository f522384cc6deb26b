"""Who sent a command, from where, the switches, and the transaction that it runs in."""

from datetime import datetime

from bot.commands import CommandRequest
from bot.installation import Installation
from bot.jobs import Job
from bot.model.switches import Switches
from bot.model.technician import Technician
from bot.unit_of_work import Transaction
from bot.values import value_class


@value_class
class CommandContext:
    """What a use case works with. It makes no outside call: it reads, writes and enqueues, or raises BotError.

    ``switches`` are those at the begin of the transaction. Only a command that moves one reads it again, under a lock.
    """

    by: Technician
    command_request: CommandRequest
    switches: Switches
    tx: Transaction
    installation: Installation
    now: datetime

    async def enqueue(self, job: Job) -> None:
        """Enqueue the work that makes outside calls. A command that is delivered again enqueues it once."""
        await self.tx.enqueue(job, key=f"{job.tag}:{self.command_request.key}")
