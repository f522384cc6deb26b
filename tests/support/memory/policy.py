"""The rules about which sessions may be created, in memory."""

from collections.abc import Sequence
from datetime import datetime

from support.memory.data import Data

from bot.model.ids import Email, SessionId
from bot.model.notice import Channel, NoticeState, Recipient
from bot.model.policy import Creation, NumberedRule, Origin, PastSession, Rule
from bot.model.session import Kind
from bot.values import replace


class MemoryPolicy:
    """The rules of one transaction."""

    def __init__(self, data: Data) -> None:
        self._data = data

    async def rules(self) -> Sequence[NumberedRule]:
        return [NumberedRule(number, rule) for number, rule in self._data.rules.items() if rule is not None]

    async def lock(self) -> None:
        return None

    async def add(self, rule: Rule) -> NumberedRule:
        number = len(self._data.rules) + 1
        self._data.rules[number] = rule
        return NumberedRule(number, rule)

    async def remove(self, number: int) -> bool:
        if self._data.rules.get(number) is None:
            return False
        self._data.rules[number] = None
        return True

    async def count_open(self, *, technician: Email | None = None, kind: Kind | None = None) -> int:
        sessions = [row.session for row in self._data.sessions.values() if row.session.is_usable]
        return sum(technician in {None, one.technician} and kind in {None, one.kind} for one in sessions)

    async def store_origin(self, session_id: SessionId, origin: Origin) -> None:
        self._data.origins.setdefault(session_id, origin)

    async def store_request(self, session_id: SessionId, *, site: str, group: str) -> None:
        origin = self._data.origins.get(session_id)
        if origin is not None:
            self._data.origins[session_id] = replace(origin, site=site, group=group)

    async def origin(self, session_id: SessionId) -> Origin | None:
        return self._data.origins.get(session_id) if session_id in self._data.sessions else None

    async def created_since(self, since: datetime, *, limit: int) -> Sequence[PastSession]:
        sessions = [row.session for row in self._data.sessions.values()]
        found = [
            PastSession(one.number, self._creation(one.id), one.ended_at)
            for one in sorted(sessions, key=lambda one: one.created_at, reverse=True)
            if one.code is not None and one.created_at >= since
        ]
        return found[:limit]

    def _creation(self, session_id: SessionId) -> Creation:
        session = self._data.sessions[session_id].session
        creation = Creation(session.kind, session.technician, session.created_at)
        origin = self._data.origins.get(session_id)
        if origin is not None:
            creation = replace(
                creation,
                channel=origin.channel,
                is_admin=origin.is_admin,
                site=origin.site,
                group=origin.group,
            )
        is_mailed = any(
            one.session_id == session_id
            and one.recipient is Recipient.REQUESTER
            and one.channel in {Channel.REPLY, Channel.MAIL}
            and one.state is NoticeState.SENT
            for one in self._data.notices.values()
        )
        return replace(creation, is_mailed=is_mailed)
