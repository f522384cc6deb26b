"""End what is open for a request that was closed in ServiceDesk Plus."""

from bot.model.ids import RequestId
from bot.services import Services
from bot.unit_of_work import Job

BY = "ServiceDesk Plus"


async def end_sessions_of_closed_request(request_id: RequestId, services: Services) -> int:
    """End the open sessions of a request; returns how many. Told twice, each is ended once.

    Every telling counts: where the end failed, the next one tries it anew.
    """
    async with services.unit_of_work.write() as tx:
        if not (await tx.switches.read()).integration:
            return 0
        theirs = [one for one in await tx.sessions.all_open() if one.request_id == request_id]
        for session in theirs:
            arguments = {"session": session.id, "by": BY, "email": BY, "command": ""}
            told_at = services.clock().isoformat(timespec="microseconds")
            await tx.enqueue(Job("end_session", f"closed:{session.id}:{told_at}", arguments))
    return len(theirs)
