"""The rules about which sessions may be created, and what they ask about sessions."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from bot.errors import Misunderstood
from bot.model.ids import Email, SessionId
from bot.model.notice import Channel, NoticeState, Recipient
from bot.model.policy import UNKNOWN, Creation, Known, NumberedRule, Origin, PastSession, Rule
from bot.model.session import Kind
from bot.policy_syntax import parse_rule, rule_words
from storage.compiled_statements import Row
from storage.row_context import RowContext, RowQuery
from storage.tables import IS_OPEN, IS_OVER, notices, policy_rules, session_origins, sessions

_OWN = policy_rules.c.org_id == sa.bindparam("org_id")
_RULES: RowQuery = (
    sa.select(policy_rules).where(_OWN, policy_rules.c.words.is_not(None)).order_by(policy_rules.c.number)
)
_LAST_NUMBER = sa.select(sa.func.max(policy_rules.c.number)).where(_OWN)
_ORIGIN: RowQuery = sa.select(session_origins).where(session_origins.c.session_id == sa.bindparam("id"))
_STORE_REQUEST = sa.update(session_origins).where(session_origins.c.session_id == sa.bindparam("of_session"))
_OWN_SESSIONS = sessions.c.org_id == sa.bindparam("org_id")
_COUNT_OPEN = (
    sa.select(sa.func.count())
    .select_from(sessions)
    .where(_OWN_SESSIONS, IS_OPEN, sessions.c.ending_since.is_(None))
)
_IS_MAILED = (
    sa.exists()
    .where(
        notices.c.session_id == sessions.c.id,
        notices.c.recipient == Recipient.REQUESTER.value,
        notices.c.channel.in_([Channel.REPLY.value, Channel.MAIL.value]),
        notices.c.state == NoticeState.SENT.value,
    )
    .label("is_mailed")
)
_CREATED = (
    sa.select(
        *(sessions.c[name] for name in ("number", "kind", "technician", "created_at", "ended_at", "state")),
        *(session_origins.c[name] for name in ("channel", "is_admin", "site", "request_group")),
        _IS_MAILED,
    )
    .select_from(sessions.outerjoin(session_origins, session_origins.c.session_id == sessions.c.id))
    .where(
        _OWN_SESSIONS,
        sessions.c.created_at >= sa.bindparam("since", type_=sessions.c.created_at.type),
        sessions.c.code.is_not(None),
    )
    .order_by(sessions.c.created_at.desc())
    .limit(sa.bindparam("limit", type_=sa.Integer))
)
# Two queries: each has an index of its own.
_CREATED_AND_OPEN: RowQuery = _CREATED.where(IS_OPEN)
_CREATED_AND_OVER: RowQuery = _CREATED.where(IS_OVER)


class SqlPolicyRepository:
    """Stores rules as they are typed, and the origins of sessions."""

    def __init__(self, row_context: RowContext) -> None:
        self._context = row_context

    async def rules(self) -> Sequence[NumberedRule]:
        """List the rules by their numbers."""
        rows = await self._context.fetch_rows(_RULES, org_id=self._context.org_id)
        return [NumberedRule(row["number"], _read_rule(row["words"])) for row in rows]

    async def lock(self) -> None:
        """Let other transactions that lock the rules wait until this one ends."""
        await self._context.lock_name("policy")

    async def add(self, rule: Rule) -> NumberedRule:
        """Store a rule under a new number. Lock the rules first."""
        values = {"org_id": self._context.org_id}
        last = (await self._context.connection.execute(_LAST_NUMBER, values)).scalar() or 0
        added = NumberedRule(last + 1, rule)
        await self._context.put_off_insert(
            policy_rules, org_id=self._context.org_id, number=added.number, words=rule_words(rule)
        )
        return added

    async def remove(self, number: int) -> bool:
        """Remove a rule. False if there is none with this number."""
        stored = sa.and_(
            policy_rules.c.org_id == self._context.org_id,
            policy_rules.c.number == number,
            policy_rules.c.words.is_not(None),
        )
        result = await self._context.connection.execute(
            sa.update(policy_rules).where(stored).values(words=None)
        )
        return result.rowcount == 1

    async def count_open(self, *, technician: Email | None = None, kind: Kind | None = None) -> int:
        """Count the sessions that can be entered, or will be: of a technician and of a kind, or of any."""
        query, values = _COUNT_OPEN, {"org_id": self._context.org_id}
        if technician is not None:
            query = query.where(sessions.c.technician == technician)
        if kind is not None:
            query = query.where(sessions.c.kind == kind.value)
        return (await self._context.connection.execute(query, values)).scalar_one()

    async def store_origin(self, session_id: SessionId, origin: Origin) -> None:
        """Store where and by whom a session was asked for. One that is stored already stays."""
        await self._context.put_off_insert(
            session_origins,
            session_id=session_id,
            org_id=self._context.org_id,
            channel=origin.channel,
            is_admin=origin.is_admin,
        )

    async def store_request(self, session_id: SessionId, *, site: str, group: str) -> None:
        """Store the site and the group of a session's request, empty where it has none."""
        await self._context.put_off(_STORE_REQUEST, of_session=session_id, site=site, request_group=group)

    async def origin(self, session_id: SessionId) -> Origin | None:
        """Return the origin of a session. None if it was asked for before origins were stored."""
        row = await self._context.fetch_row(_ORIGIN, id=session_id)
        if row is None:
            return None
        return Origin(
            row["channel"],
            is_admin=row["is_admin"],
            site=_known(row["site"]),
            group=_known(row["request_group"]),
        )

    async def created_since(self, since: datetime, *, limit: int) -> Sequence[PastSession]:
        """List the newest ``limit`` sessions that were created at TeamViewer since then, the newest first."""
        values = {"org_id": self._context.org_id, "since": since, "limit": limit}
        rows = [
            *await self._context.fetch_rows(_CREATED_AND_OPEN, **values),
            *await self._context.fetch_rows(_CREATED_AND_OVER, **values),
        ]
        found = sorted(map(_read_past_session, rows), key=lambda one: one.creation.at, reverse=True)
        return found[:limit]


def _read_rule(words: str) -> Rule:
    try:
        return parse_rule(words)
    except Misunderstood as error:
        # Never skipped: what a rule forbids would be allowed without a word.
        raise ValueError(f"a stored rule cannot be read: {words}") from error


def _known(value: str | None) -> Known:
    return UNKNOWN if value is None else value


def _read_past_session(row: Row) -> PastSession:
    creation = Creation(
        kind=Kind(row["kind"]),
        technician=Email(row["technician"]),
        at=row["created_at"],
        channel=_known(row["channel"]),
        is_admin=UNKNOWN if row["is_admin"] is None else bool(row["is_admin"]),
        site=_known(row["site"]),
        group=_known(row["request_group"]),
        is_mailed=bool(row["is_mailed"]),
    )
    return PastSession(row["number"], creation, row["ended_at"])
