"""End the open sessions of a request that was closed in ServiceDesk Plus, and cancel the planned ones."""

import re
from datetime import datetime

from bot.jobs import EndSession
from bot.model.session import ENDED_BY_SERVICEDESK
from bot.unit_of_work import UnitOfWork
from bot.use_cases.ending import accept_end
from bot.use_cases.plan import cancel_plans_of_closed_request

BY = ENDED_BY_SERVICEDESK
_REFERENCE = re.compile(r"(?:[A-Za-z]{1,10}-)?#{0,2}(\d{1,30})#{0,2}")


def read_reference(given: object) -> str | None:
    """Return the digits of a request's id or display number, as a trigger sends it. None for anything else.

    A trigger may send a text or a number, perhaps with the marks that ServiceDesk Plus puts around a number.
    """
    if isinstance(given, bool) or not isinstance(given, str | int):
        return None
    found = _REFERENCE.fullmatch(str(given).strip())
    return found[1] if found and found[1].isascii() else None


async def end_sessions_of_closed_request(reference: str, unit_of_work: UnitOfWork, now: datetime) -> int:
    """Accept the end of each open session of a request, and cancel the planned ones. Returns how many there are.

    0 while the integration is off.

    ``reference`` is the request's long id or its display number. A connection that runs is no reason to wait: ending a
    session stops new connections, and a running one may go on until its window is closed. Raises NotConfirmed.

    A session that ended already is skipped by its job, so a repeated call is harmless. Each call enqueues a new job:
    if the first one failed, the next one tries again.
    """
    async with unit_of_work.write() as tx:
        if not (await tx.switches.read()).integration:
            return 0
        sessions = await tx.sessions.open_about(reference)
        for session in sessions:
            job = EndSession(session.id, by=BY, email=BY)
            key = f"closed:{session.id}:{now.isoformat(timespec='microseconds')}"
            await accept_end(job, tx, now, key=key, known=session)
        planned = await cancel_plans_of_closed_request(reference, tx, now)
    return len(sessions) + planned
