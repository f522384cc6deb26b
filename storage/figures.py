"""Count what operators ask for: sessions, notices and tokens by their state. No figure is about a person or a request."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.model.ids import OrgId
from bot.values import value_class
from storage.database import Database
from storage.tables import IS_OPEN, IS_OVER, notices, sessions, tokens

RECENT = timedelta(hours=1)
"""Sessions that were created within this time, and their notices, are counted by how they came out."""
ENDING = timedelta(minutes=10)
"""An access token that is valid for no longer than this is about to end."""

_OPEN = sa.and_(sessions.c.org_id == sa.bindparam("of_org"), IS_OPEN)
_RECENT = sa.and_(sessions.c.org_id == sa.bindparam("of_org"), sessions.c.created_at >= sa.bindparam("since"))
# Two parts, because each of the two indices serves one of them.
_IS_RECENT = [sa.and_(_RECENT, part) for part in (IS_OPEN, IS_OVER)]
_OPEN_SESSIONS = sa.select(sessions.c.state, sa.func.count()).where(_OPEN).group_by(sessions.c.state)
_RECENT_SESSIONS = [
    sa.select(sessions.c.state, sa.func.count()).where(part).group_by(sessions.c.state) for part in _IS_RECENT
]
_RECENT_NOTICES = [
    sa.select(notices.c.channel, notices.c.state, sa.func.count())
    .join(sessions, sessions.c.id == notices.c.session_id)
    .where(part)
    .group_by(notices.c.channel, notices.c.state)
    for part in _IS_RECENT
]
_TOKENS = sa.select(tokens.c.name, tokens.c.sealed_access.is_(None), tokens.c.expires_at).where(
    tokens.c.org_id == sa.bindparam("of_org")
)


@value_class
class Figures:
    """What is in the database at one moment.

    Attributes:
        open_sessions: The open sessions by state.
        recent_sessions: The sessions that were created within ``RECENT``, by state.
        recent_notices: Their notices, by channel and state.
        tokens: The tokens by system (``teamviewer``, ``slack``, ``servicedesk``) and state: ``valid``, ``ending`` within
            ``ENDING``, ``ended`` (the next use renews it) or ``lost`` (no longer accepted).
    """

    open_sessions: Mapping[str, int]
    recent_sessions: Mapping[str, int]
    recent_notices: Mapping[tuple[str, str], int]
    tokens: Mapping[tuple[str, str], int]


async def read_figures(database: Database, org_id: OrgId, now: datetime) -> Figures:
    """Count everything. Raises SQLAlchemyError."""
    values = {"of_org": org_id, "since": now - RECENT}
    async with database.reader.connect() as connection:
        open_sessions = await connection.execute(_OPEN_SESSIONS, {"of_org": org_id})
        recent_sessions = [await connection.execute(query, values) for query in _RECENT_SESSIONS]
        recent_notices = [await connection.execute(query, values) for query in _RECENT_NOTICES]
        stored_tokens = await connection.execute(_TOKENS, {"of_org": org_id})
        counted_notices: dict[tuple[str, str], int] = {}
        for result in recent_notices:
            for channel, state, count in result:
                counted_notices[channel, state] = counted_notices.get((channel, state), 0) + count
        counted_tokens: dict[tuple[str, str], int] = {}
        for name, is_lost, expires_at in stored_tokens:
            # The rest of the name says whose token it is.
            key = name.partition("/")[0], _token_state(now, expires_at, is_lost=is_lost)
            counted_tokens[key] = counted_tokens.get(key, 0) + 1
        return Figures(
            {state: count for state, count in open_sessions},  # noqa: C416 - a row is no tuple for the type check
            {state: count for result in recent_sessions for state, count in result},
            counted_notices,
            counted_tokens,
        )


def _token_state(now: datetime, expires_at: datetime | None, *, is_lost: bool) -> str:
    if is_lost:
        return "lost"
    if expires_at is None or expires_at > now + ENDING:
        return "valid"
    return "ending" if expires_at > now else "ended"
