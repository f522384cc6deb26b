"""Cards in memory."""

from collections.abc import Sequence

from support.memory.data import Data

from bot.model.card import Card
from bot.model.ids import SessionId


class MemoryCards:
    """The cards of one transaction."""

    def __init__(self, data: Data) -> None:
        self._data = data

    async def add(self, card: Card) -> None:
        if _address(card) not in map(_address, self._data.cards):
            self._data.cards.append(card)

    async def of_session(self, session_id: SessionId) -> Sequence[Card]:
        return [card for card in self._data.cards if card.session_id == session_id]

    async def delete(self, card: Card) -> None:
        self._data.cards = [one for one in self._data.cards if _address(one) != _address(card)]


def _address(card: Card) -> tuple[str, ...]:
    return (card.platform, card.tenant, card.channel, card.message)
