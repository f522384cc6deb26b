"""End the open sessions of a request that was closed in ServiceDesk Plus."""

from datetime import datetime

from bot.jobs import EndSession
from bot.model.ids import RequestId
from bot.unit_of_work import UnitOfWork

BY = "ServiceDesk Plus"


async def end_sessions_of_closed_request(
    request_id: RequestId, unit_of_work: UnitOfWork, now: datetime
) -> int:
    """Enqueue the end of each open session of a request. Returns how many there are.

    A session that ended already is skipped by its job, so a repeated call is harmless. Each call enqueues a new job:
    if the first one failed, the next one tries again.
    """
    async with unit_of_work.write() as tx:
        if not (await tx.switches.read()).integration:
            return 0
        sessions = [one for one in await tx.sessions.all_open() if one.request_id == request_id]
        for session in sessions:
            job = EndSession(session.id, by=BY, email=BY)
            await tx.enqueue(job, key=f"closed:{session.id}:{now.isoformat(timespec='microseconds')}")
    return len(sessions)
