"""End what is open for a request that was closed in ServiceDesk Plus."""

from bot.model.ids import RequestId
from bot.store import Job
from bot.world import World

BY = "ServiceDesk Plus"


async def request_closed(request_id: RequestId, world: World) -> int:
    """End the open sessions of a request; returns how many. Told twice, each is ended once.

    Every telling counts: where the end failed, the next one tries it anew.
    """
    async with world.books.write() as tx:
        if not (await tx.switches.read()).integration:
            return 0
        theirs = [one for one in await tx.sessions.all_open() if one.request_id == request_id]
        for session in theirs:
            arguments = {"session": session.id, "by": BY, "email": BY, "command": ""}
            told_at = world.clock().isoformat(timespec="microseconds")
            await tx.enqueue(Job("end_session", f"closed:{session.id}:{told_at}", arguments))
    return len(theirs)
