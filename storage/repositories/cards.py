"""Cards: the chat messages that show a session."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache

import sqlalchemy as sa

from bot.model.card import Audience, Card, PostAttempt
from bot.model.ids import CommandKey, Email, SessionId
from bot.model.technician import Platform
from bot.values import replace
from storage.compiled_statements import Row
from storage.row_context import RowContext, RowQuery, start_insert
from storage.tables import IS_OPEN, cards, post_attempts, queued_refreshes, sessions

_BY_SESSION = (sessions.c.id, cards.c.platform, cards.c.tenant, cards.c.channel, cards.c.message)
_OF_SESSION: RowQuery = (
    sa.select(cards).where(cards.c.session_id == sa.bindparam("session_id")).order_by(cards.c.id)
)
_OF_COMMAND: RowQuery = _OF_SESSION.where(cards.c.command_key == sa.bindparam("command"))


_BEGIN_REFRESH = sa.delete(queued_refreshes).where(queued_refreshes.c.shown == sa.bindparam("of_shown"))
_DELETE_ATTEMPT = sa.delete(post_attempts).where(
    post_attempts.c.session_id == sa.bindparam("of_session"),
    post_attempts.c.command_key == sa.bindparam("of_command"),
    post_attempts.c.is_private == sa.bindparam("of_private"),
)
_LONGEST_IN_QUEUE = timedelta(minutes=10)
"""A refresh that has waited for longer may have been lost with its job, as after a restore. Then another one is enqueued."""


@cache
def _queue_refresh(dialect: str) -> sa.Executable:
    # On PostgreSQL the row is locked also where it stays as it is. So a refresh that begins waits until this change is stored.
    insert = start_insert(dialect, queued_refreshes)
    return insert.on_conflict_do_update(
        index_elements=[queued_refreshes.c.shown],
        set_={"queued_at": insert.excluded.queued_at},
        where=queued_refreshes.c.queued_at
        < sa.bindparam("lost_before", type_=queued_refreshes.c.queued_at.type),
    ).returning(sa.literal(1))


class SqlCardRepository:
    """Stores where the card messages of each session are."""

    def __init__(self, row_context: RowContext) -> None:
        self._context = row_context

    async def add(self, card: Card, command: CommandKey) -> None:
        """Store where a card was posted for a command. A message that is stored already stays as it is."""
        await self._context.put_off_insert(
            cards,
            org_id=self._context.org_id,
            session_id=card.session_id,
            platform=card.platform.value,
            tenant=card.tenant,
            channel=card.channel,
            message=card.message,
            audience=card.audience.value,
            locale=card.locale,
            timezone=card.timezone,
            command_key=command,
            invited=card.invited,
        )

    async def queue_refresh(self, shown: str) -> bool:
        """Store that a refresh of something that is shown waits in the queue. False if one waits already."""
        now = datetime.now(UTC)
        statement = _queue_refresh(self._context.connection.dialect.name)
        lost_before = now - _LONGEST_IN_QUEUE
        return await self._context.returns_row(statement, shown=shown, queued_at=now, lost_before=lost_before)

    async def begin_refresh(self, shown: str) -> None:
        """Store that a refresh does not wait any more. What changes from now on needs another one."""
        await self._context.put_off(_BEGIN_REFRESH, of_shown=shown)

    async def of_session(self, session_id: SessionId) -> Sequence[Card]:
        """List the cards of a session, in the order in which they were stored."""
        rows = await self._context.fetch_rows(_OF_SESSION, session_id=session_id)
        return [read_card(row) for row in rows]

    async def of_command(self, session_id: SessionId, command: CommandKey) -> Sequence[Card]:
        """List the cards of a session that were posted for a command, in the order in which they were stored."""
        rows = await self._context.fetch_rows(_OF_COMMAND, session_id=session_id, command=command)
        return [read_card(row) for row in rows]

    async def add_attempt(self, attempt: PostAttempt) -> PostAttempt:
        """Store an attempt to post a card. Returns the stored one: an earlier one of the same post, where there is one."""
        is_new = await self._context.insert_if_absent(
            post_attempts,
            session_id=attempt.session_id,
            command_key=attempt.command,
            is_private=attempt.is_private,
            org_id=self._context.org_id,
            marker=attempt.marker,
            attempted_at=attempt.at,
        )
        if is_new:
            return attempt
        found = await self.find_attempt(attempt.session_id, attempt.command, is_private=attempt.is_private)
        return found or attempt

    async def find_attempt(
        self, session_id: SessionId, command: CommandKey, *, is_private: bool
    ) -> PostAttempt | None:
        """Return the attempt to post a card for a command. None where there is none, or its card is stored."""
        row = await self._context.fetch_row(
            sa.select(post_attempts).where(*_same_post(session_id, command, is_private=is_private))
        )
        return _read_attempt(row) if row is not None else None

    async def find_marked_attempt(self, session_id: SessionId, marker: str) -> PostAttempt | None:
        """Return the attempt whose marker a message carries. None where its card is stored, or there never was one."""
        row = await self._context.fetch_row(
            sa.select(post_attempts).where(
                post_attempts.c.session_id == session_id, post_attempts.c.marker == marker
            )
        )
        return _read_attempt(row) if row is not None else None

    async def delete_attempt(self, attempt: PostAttempt) -> None:
        """Delete an attempt: its card is stored, or was certainly not posted."""
        await self._context.put_off(
            _DELETE_ATTEMPT,
            of_session=attempt.session_id,
            of_command=attempt.command,
            of_private=attempt.is_private,
        )

    async def of_open_sessions(self, *, after: Card | None, limit: int) -> Sequence[Card]:
        """List cards of open sessions, session by session: the first ones after ``after``."""
        # In the order of the open sessions, which have an index: there are far more cards of sessions that are over.
        query = (
            sa.select(cards)
            .join(sessions, sessions.c.id == cards.c.session_id)
            .where(
                sessions.c.org_id == self._context.org_id,
                IS_OPEN,
                sessions.c.id >= (after.session_id if after is not None else ""),
            )
            .order_by(*_BY_SESSION)
            .limit(limit)
        )
        if after is not None:
            last = (after.session_id, after.platform.value, after.tenant, after.channel, after.message)
            query = query.where(sa.tuple_(*_BY_SESSION) > sa.tuple_(*map(sa.literal, last)))
        return [read_card(row) for row in await self._context.fetch_rows(query)]

    async def delete(self, card: Card) -> None:
        """Delete a card, for example because its message no longer exists."""
        await self._context.connection.execute(sa.delete(cards).where(*_same_card(card)))

    async def change_audience(self, card: Card, audience: Audience) -> Card:
        """Store who sees a card from now on, and return the card."""
        await self._context.connection.execute(
            sa.update(cards).where(*_same_card(card)).values(audience=audience.value)
        )
        return replace(card, audience=audience)


def _same_card(card: Card) -> Sequence[sa.ColumnElement[bool]]:
    """Return the condition for the row of one card."""
    return (
        cards.c.platform == card.platform.value,
        cards.c.tenant == card.tenant,
        cards.c.channel == card.channel,
        cards.c.message == card.message,
    )


def read_card(row: Row) -> Card:
    """Return the card in a row of ``cards``."""
    return Card(
        session_id=SessionId(row["session_id"]),
        platform=Platform(row["platform"]),
        tenant=row["tenant"],
        channel=row["channel"],
        message=row["message"],
        audience=Audience(row["audience"]),
        locale=row["locale"],
        timezone=row["timezone"],
        invited=Email(row["invited"]) if row["invited"] else None,
    )


def _same_post(
    session_id: SessionId, command: CommandKey, *, is_private: bool
) -> Sequence[sa.ColumnElement[bool]]:
    """Return the condition for the attempts of one post."""
    return (
        post_attempts.c.session_id == session_id,
        post_attempts.c.command_key == command,
        post_attempts.c.is_private == is_private,
    )


def _read_attempt(row: Row) -> PostAttempt:
    return PostAttempt(
        session_id=SessionId(row["session_id"]),
        command=CommandKey(row["command_key"]),
        is_private=row["is_private"],
        marker=row["marker"],
        at=row["attempted_at"],
    )
