"""Enqueue the pings of a session: its creator is notified when the requester arrives, or leaves without having been helped."""

from datetime import datetime

from bot.jobs import CheckDeparture, PingArrival, PingInvited
from bot.model.session import SAME_ARRIVAL, Session
from bot.model.technician import Platform
from bot.unit_of_work import Transaction

_MARGIN_SECONDS = 10
"""A return that is seen at the last moment is stored by then."""
DEPARTURE_AFTER_SECONDS = int(SAME_ARRIVAL.total_seconds()) + _MARGIN_SECONDS
"""How long after a departure its ping is sent: until then a return belongs to the same arrival."""


def arrival_key(job: PingArrival) -> str:
    """Return the key of a ping: the arrival, and the platform on which its creator is notified."""
    return f"arrival:{job.session}:{job.arrival.isoformat()}:{job.platform}"


async def enqueue_pings(before: Session, after: Session, tx: Transaction) -> None:
    """Enqueue the pings of a change that shows an arrival or a departure.

    The key of a ping is the arrival or the departure itself, so each is sent once. Each platform has a job of its own, so
    that one that is down does not delay the other.
    """
    if not after.state.is_live or after.is_ending:
        return
    arrival = after.arrival_began_at
    if arrival is not None and arrival != before.arrival_began_at:
        for platform in Platform:
            job = PingArrival(platform, after.id, arrival)
            await tx.enqueue(job, key=arrival_key(job))
        await _enqueue_pings_to_invited(after, arrival, tx)
    if after.left_at is not None and after.left_at != before.left_at:
        key = f"departure:{after.id}:{after.left_at.isoformat()}"
        departure = CheckDeparture(after.id, after.left_at)
        await tx.enqueue(departure, key=key, delay_seconds=DEPARTURE_AFTER_SECONDS)


async def _enqueue_pings_to_invited(session: Session, arrival: datetime, tx: Transaction) -> None:
    """Enqueue that who is invited is notified of an arrival too, each on each platform."""
    for invitation in await tx.invitations.of_session(session.id):
        if invitation.is_open:
            for platform in Platform:
                job = PingInvited(platform, session.id, invitation.technician, arrival)
                key = f"arrival:{session.id}:{arrival.isoformat()}:{platform}:{invitation.technician}"
                await tx.enqueue(job, key=key)
