"""Cards in memory."""

from collections.abc import Sequence

from support.memory.data import Data

from bot.model.card import Audience, Card, PostAttempt
from bot.model.ids import CommandKey, SessionId
from bot.values import replace


class MemoryCards:
    """The cards of one transaction."""

    def __init__(self, data: Data) -> None:
        self._data = data

    async def add(self, card: Card, command: CommandKey) -> None:
        if _address(card) not in map(_address, self._data.cards):
            self._data.cards.append(card)
            self._data.card_commands[_address(card)] = command

    async def queue_refresh(self, shown: str) -> bool:
        is_new = shown not in self._data.queued_refreshes
        self._data.queued_refreshes.add(shown)
        return is_new

    async def begin_refresh(self, shown: str) -> None:
        self._data.queued_refreshes.discard(shown)

    async def of_session(self, session_id: SessionId) -> Sequence[Card]:
        return [card for card in self._data.cards if card.session_id == session_id]

    async def of_command(self, session_id: SessionId, command: CommandKey) -> Sequence[Card]:
        return [
            card
            for card in await self.of_session(session_id)
            if self._data.card_commands[_address(card)] == command
        ]

    async def add_attempt(self, attempt: PostAttempt) -> PostAttempt:
        return self._data.post_attempts.setdefault(_post(attempt), attempt)

    async def find_attempt(
        self, session_id: SessionId, command: CommandKey, *, is_private: bool
    ) -> PostAttempt | None:
        return self._data.post_attempts.get((session_id, command, is_private))

    async def find_marked_attempt(self, session_id: SessionId, marker: str) -> PostAttempt | None:
        attempts = self._data.post_attempts.values()
        return next((one for one in attempts if (one.session_id, one.marker) == (session_id, marker)), None)

    async def delete_attempt(self, attempt: PostAttempt) -> None:
        self._data.post_attempts.pop(_post(attempt), None)

    async def of_open_sessions(self, *, after: Card | None, limit: int) -> Sequence[Card]:
        ordered = sorted(filter(self._is_open, self._data.cards), key=_place)
        return [one for one in ordered if after is None or _place(one) > _place(after)][:limit]

    def _is_open(self, card: Card) -> bool:
        stored = self._data.sessions.get(card.session_id)
        return stored is not None and stored.session.state.is_open

    async def delete(self, card: Card) -> None:
        self._data.cards = [one for one in self._data.cards if _address(one) != _address(card)]

    async def change_audience(self, card: Card, audience: Audience) -> Card:
        changed = replace(card, audience=audience)
        self._data.cards = [changed if _address(one) == _address(card) else one for one in self._data.cards]
        return changed


def _address(card: Card) -> tuple[str, ...]:
    return (card.platform, card.tenant, card.channel, card.message)


def _place(card: Card) -> tuple[str, ...]:
    return (card.session_id, *_address(card))


def _post(attempt: PostAttempt) -> tuple[SessionId, CommandKey, bool]:
    return (attempt.session_id, attempt.command, attempt.is_private)
