"""Remember what this ServiceDesk Plus refuses to the bot, and tell the SDAdmins once: when it begins, and when it is over."""

from datetime import timedelta

import structlog

from bot.i18n import Text
from bot.jobs import WarnAdmins
from bot.model.limitation import KnownLimitation, Limitation
from bot.ports import Clock
from bot.unit_of_work import UnitOfWork
from bot.views.limitations import limitation_found_text, limitation_over_text

log = structlog.get_logger("bot")


class LimitationMonitor:
    """Stores the limitations of this installation, so that every process knows them."""

    def __init__(self, unit_of_work: UnitOfWork, clock: Clock) -> None:
        self._unit_of_work = unit_of_work
        self._clock = clock

    async def find(self, limitation: Limitation) -> KnownLimitation | None:
        """Return a limitation. None where it is not known."""
        async with self._unit_of_work.read() as tx:
            return await tx.limitations.get(limitation)

    def is_current(self, known: KnownLimitation | None) -> bool:
        """Whether the call need not be tried: it was refused, and is not to be tried again yet."""
        return known is not None and self._clock() < known.retry_at

    async def find_current(self, limitation: Limitation) -> KnownLimitation | None:
        """Return a limitation while its call need not be tried. None where it is not known, or is to be tried again."""
        known = await self.find(limitation)
        return known if self.is_current(known) else None

    async def record(
        self, limitation: Limitation, reason: Text, *, retry_after: timedelta = timedelta(0)
    ) -> None:
        """Store that calls are refused, and warn the SDAdmins if that is new. The next try is due after ``retry_after``."""
        now = self._clock()
        known = KnownLimitation(limitation, reason, now, now + retry_after)
        async with self._unit_of_work.write() as tx:
            if not await tx.limitations.store(known):
                return
            key = _key("found", known)
            await tx.enqueue(WarnAdmins(key, limitation_found_text(known).to_json()), key=key)
        log.warning("ServiceDesk Plus refuses calls", limitation=limitation.value)

    async def clear(self, limitation: Limitation) -> None:
        """Store that calls are no longer refused, and say so to the SDAdmins if they were."""
        async with self._unit_of_work.read() as tx:
            known = await tx.limitations.get(limitation)
        if known is None:
            return
        async with self._unit_of_work.write() as tx:
            if await tx.limitations.delete(known):
                key = _key("over", known)
                warning = WarnAdmins(key, limitation_over_text(limitation).to_json(), is_problem=False)
                await tx.enqueue(warning, key=key)
        log.info("ServiceDesk Plus accepts calls again", limitation=limitation.value)


def _key(event: str, known: KnownLimitation) -> str:
    return f"limitation:{known.limitation}:{event}:{known.found_at.isoformat(timespec='microseconds')}"
