"""What is stored of outages, as a Protocol."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from bot.model.ids import OutageId
from bot.model.outage import Outage, OutagePlace, Refusal


class Outages(Protocol):
    """Outages, the requests of each that got no session, and where its card is."""

    async def add(self, outage: Outage) -> None:
        """Store a new outage. One that is stored already stays as it is."""

    async def get(self, outage: OutageId) -> Outage | None: ...

    async def with_open_sessions(self) -> Sequence[Outage]:
        """List the outages of which a session is open."""

    async def add_refusal(self, outage: OutageId, refusal: Refusal) -> None:
        """Store why a request got no session. The first reason stays."""

    async def refusals(self, outage: OutageId) -> Sequence[Refusal]: ...

    async def mark_attempted(self, outage: OutageId, at: datetime) -> bool:
        """Store that the card is about to be posted. True where an earlier attempt may have posted it."""

    async def unmark_attempted(self, outage: OutageId) -> None:
        """Store that the card was certainly not posted."""

    async def store_place(self, outage: OutageId, place: OutagePlace | None) -> None:
        """Store where the card is. None: it has no message any more."""

    async def store_shown(self, outage: OutageId, message: str, shown: str) -> bool:
        """Store what the card shows now. False if that message is not the card any more: then nothing is stored."""

    async def purge(self, before: datetime, *, limit: int) -> bool:
        """Delete outages that were reported before that, at most ``limit``. Returns whether there may be more."""
