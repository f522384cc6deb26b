"""A year of sessions by chance, and a slow count of them to compare reports with."""

import random
from collections import Counter
from datetime import UTC, datetime, timedelta

from bot.i18n import Text
from bot.model.daily_sums import Figure, Result, SumKey, round_wait, session_label
from bot.model.ids import CommandKey, Email, NoticeId, SessionCode, new_join_token, new_session_id
from bot.model.notice import Channel, Notice, NoticeState, Recipient
from bot.model.rating import Rating
from bot.model.secret import Secret
from bot.model.session import Kind, RemoteSession, Session
from bot.model.session_connection import SessionConnection
from bot.unit_of_work import Transaction, UnitOfWork
from bot.values import replace
from bot.workflows.count_sessions import count_sessions

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
DAYS = 365
_TECHNICIANS = [Email(f"tech{number}@example.test") for number in range(7)]


class GeneratedYear:
    """Sessions by chance. Each goes through its life in steps, and is counted in between, as it happens."""

    def __init__(self, seed: int, like: Session) -> None:
        self._random = random.Random(seed)  # noqa: S311 - the same sessions for the same seed
        self._like = like
        self.sessions: list[Session] = []
        self.notices: list[Notice] = []

    async def store(self, count: int, unit_of_work: UnitOfWork, *, at_once: int = 25) -> None:
        """Store sessions that are over, or open, or failed. Some change after they were counted."""
        for first in range(0, count, at_once):
            async with unit_of_work.write() as tx:
                for _number in range(first, min(first + at_once, count)):
                    await self._live(tx)
            await count_sessions(unit_of_work)
            async with unit_of_work.write() as tx:
                await self._learn_more(tx)
        await count_sessions(unit_of_work)

    async def _live(self, tx: Transaction) -> None:
        choose = self._random
        created = BEGIN + timedelta(seconds=choose.randrange(DAYS * 86_400))
        session = replace(
            self._like,
            id=new_session_id(),
            kind=choose.choice(list(Kind)),
            technician=choose.choice(_TECHNICIANS),
            join_token=new_join_token(),
            created_at=created,
        )
        await tx.sessions.open(session, CommandKey(session.id), another=True)
        await self._add_notices(session, tx)
        fate = choose.choice(["open", "failed", "nobody", "joined", "entered", "reported", "expired"])
        await self._save(session, self._fate(session, fate), tx)

    def _fate(self, session: Session, fate: str) -> Session:
        created = session.created_at
        if fate == "failed":
            return session.failed(Text("no"))
        opened = session.opened(
            RemoteSession(SessionCode("s12-345-678"), Secret("https://r"), Secret("https://s"), None)
        )
        if fate == "open":
            return opened
        if fate == "expired":
            return opened.expired(created + timedelta(days=1))
        if fate != "nobody":
            opened = opened.seen(is_online=True, at=created + timedelta(seconds=self._random.randrange(900)))
        if fate == "entered":
            opened = opened.entered(created + timedelta(seconds=self._random.randrange(9000)))
        if fate == "reported":
            opened = opened.reported([self._connection(opened)], created)
        return opened.ended(created + timedelta(hours=3), by="Tom")

    def _connection(self, session: Session) -> SessionConnection:
        start = session.created_at + timedelta(seconds=self._random.randrange(9000))
        end = start + timedelta(seconds=self._random.randrange(4000))
        return SessionConnection(str(self._random.random()), start, end)

    async def _add_notices(self, session: Session, tx: Transaction) -> None:
        for channel in self._random.sample(list(Channel), self._random.randrange(3)):
            notice = Notice(
                NoticeId(session.id[:10] + channel.value),
                session.id,
                self._random.choice(list(Recipient)),
                channel,
                self._random.choice(list(NoticeState)),
                session.created_at,
            )
            await tx.notices.add(notice)
            self.notices.append(notice)

    async def _learn_more(self, tx: Transaction) -> None:
        """Rate some sessions, report connections of others, and finish a notice."""
        over = [one for one in self.sessions if one.state.is_over]
        for session in self._random.sample(over, len(over) // 10):
            if self._random.random() < 0.5:
                rating = Rating(self._random.random() < 0.7, "", session.created_at)
                await self._save(session, session.rated(rating), tx)
            else:
                await self._save(
                    session, session.reported([self._connection(session)], session.created_at), tx
                )
        for place, notice in enumerate(self.notices):
            if notice.state is NoticeState.PENDING:
                sent = replace(notice, state=NoticeState.SENT)
                assert await tx.notices.save(sent, known_state=notice.state)
                self.notices[place] = sent
                break

    async def _save(self, before: Session, after: Session, tx: Transaction) -> None:
        assert await tx.sessions.save(after, known=before)
        self.sessions = [one for one in self.sessions if one.id != after.id] + [after]

    def slow_count(self) -> Counter[SumKey]:
        """Count everything once, session by session, by other means than the bot's."""
        sums: Counter[SumKey] = Counter()
        for one in self.sessions:
            if one.state.is_open:
                continue
            day = one.created_at.date()
            moments = [c.started_at for c in one.connections] + ([one.entered_at] if one.entered_at else [])
            if one.state == "failed":
                result = Result.FAILED
            elif moments:
                result = Result.CONNECTED
            else:
                result = Result.JOINED if one.arrived_at or one.left_at else Result.NOBODY
            sums[SumKey(day, Figure.SESSIONS, session_label(one.kind, result))] += 1
            sums[SumKey(day, Figure.TECHNICIAN, one.technician)] += 1
            if moments:
                wait = round_wait((min(moments) - one.created_at).total_seconds())
                sums[SumKey(day, Figure.WAIT, str(wait))] += 1
            if one.connected_seconds:
                sums[SumKey(day, Figure.CONNECTED, one.kind)] += one.connected_seconds
            if one.rating:
                sums[SumKey(day, Figure.RATING, "yes" if one.rating.was_helpful else "no")] += 1
            for notice in self.notices:
                if notice.session_id == one.id and notice.recipient is Recipient.REQUESTER:
                    label = f"{notice.channel.value}/{notice.state.value}"
                    sums[SumKey(day, Figure.DELIVERY, label)] += 1
        return sums


async def stored_sums(unit_of_work: UnitOfWork) -> Counter[SumKey]:
    """Return every daily sum of the year, as it is stored."""
    sums: Counter[SumKey] = Counter()
    async with unit_of_work.read() as tx:
        for figure in Figure:
            days = await tx.daily_sums.by_day(figure, BEGIN.date(), BEGIN.date() + timedelta(days=DAYS))
            for day, labels in days.items():
                for label, amount in labels.items():
                    sums[SumKey(day, figure, label)] = amount
    return sums
