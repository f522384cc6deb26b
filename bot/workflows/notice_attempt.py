"""The mark of a notice whose call is about to be made. It is taken back if the call certainly did nothing."""

from contextlib import AbstractAsyncContextManager

from bot.attempts import attempting
from bot.model.notice import Notice, NoticeState
from bot.ports import Clock
from bot.unit_of_work import UnitOfWork
from bot.values import replace


def notice_attempt(
    notice: Notice, unit_of_work: UnitOfWork, clock: Clock
) -> AbstractAsyncContextManager[bool]:
    """Mark a notice as attempted, and yield whether an earlier attempt may have sent it: see ``attempting``."""

    async def mark() -> bool:
        async with unit_of_work.write() as tx:
            tx.end_with_next_statement()
            return await tx.notices.mark_attempted(notice.id, clock())

    return attempting(mark, lambda: unmark_attempted(notice, unit_of_work))


async def unmark_attempted(notice: Notice, unit_of_work: UnitOfWork) -> None:
    """Store that a notice was certainly not sent. A result that was stored meanwhile stays."""
    async with unit_of_work.write() as tx:
        current = await tx.notices.get(notice.id)
        if current is not None:
            await tx.notices.save(replace(current, attempted_at=None), known_state=NoticeState.PENDING)
