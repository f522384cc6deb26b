"""How many sessions one person can create in an hour."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.errors import NotAllowed
from bot.i18n import _
from bot.model.session import Session
from bot.use_cases.context import CommandContext
from bot.use_cases.policy_check import is_new

_HOUR = timedelta(hours=1)
_MINUTE = timedelta(minutes=1)


async def require_within_limit(
    new: Sequence[Session], context: CommandContext, *, another: bool = False
) -> None:
    """Raise NotAllowed if these sessions would be more than their technician can create in an hour, where that is limited.

    Sessions whose request was not found do not count. One that would not be created, because one is open already, does not count, unless ``another`` was asked for.
    Two commands of one person at the same moment do not see each other, and may exceed the limit on PostgreSQL.
    """
    most = context.installation.creations_per_hour
    if most is None:
        return
    created = await context.tx.sessions.newest_created(
        context.by.email, since=context.now - _HOUR, limit=most
    )
    if len(created) + len(new) <= most:
        return
    count = 0
    for session in new:
        count += await is_new(session, context, another=another)
    if count == 0 or len(created) + count <= most:
        return
    if count > most:
        raise NotAllowed(
            _(
                "One person can create {limit} sessions in an hour at most, and these are {count}. Nothing was done.",
                limit=most,
                count=count,
            )
        )
    # The newest sessions count longest: so many of them may remain beside the new ones.
    leaving = created[most - count]
    raise NotAllowed(
        _(
            "One person can create {limit} sessions in an hour at most: this is possible again after {time}.",
            limit=most,
            time=_next_minute(leaving + _HOUR),
        )
    )


def _next_minute(moment: datetime) -> datetime:
    """Return the first full minute that is not before a moment, because people are shown no seconds."""
    minute = moment.replace(second=0, microsecond=0)
    return minute if minute == moment else minute + _MINUTE
