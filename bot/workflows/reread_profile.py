"""Read the profile of an account that its platform reports as changed."""

from bot.errors import NotAllowed, NotFound, Rejected
from bot.jobs import RefreshCards, RefreshHome, RereadProfile
from bot.model.technician import Actor
from bot.ports import Steps
from bot.unit_of_work import Transaction, UnitOfWork
from bot.workflows.user_lookup import UserLookup


async def reread_profile(
    job: RereadProfile, steps: Steps, *, users: UserLookup, unit_of_work: UnitOfWork
) -> None:
    """Read the profile, then refresh the home of the account and the cards of its sessions: they may lose their links."""

    async def read() -> None:
        try:
            await users.read_profile(job.actor)
        # The account may be gone. What is stored of it stays expired, so it is read before the next command.
        except (Rejected, NotFound, NotAllowed):
            return

    await steps.run_step("read the changed profile", read)
    await steps.run_step("refresh what shows its links", lambda: _enqueue_refreshes(job.actor, unit_of_work))


async def _enqueue_refreshes(actor: Actor, unit_of_work: UnitOfWork) -> None:
    async with unit_of_work.write() as tx:
        if await tx.homes.has(actor):
            await tx.enqueue(RefreshHome(actor), key=f"reread:{actor}:{await _read_at(actor, tx)}")
        stored = await tx.people.profile(actor)
        address = stored[0].email if stored else None
        for session in await tx.sessions.open_of_technician(address) if address else ():
            key = f"reread:{session.id}:{actor}:{await _read_at(actor, tx)}"
            await tx.enqueue(RefreshCards(session.id), key=key)


async def _read_at(actor: Actor, tx: Transaction) -> str:
    """Return when the profile was read, for the keys of jobs: each change refreshes once."""
    stored = await tx.people.profile(actor)
    return stored[1].isoformat() if stored else ""
