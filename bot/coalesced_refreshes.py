"""Refreshes of cards, at most one in the queue for each session and each card: it shows the newest state when it runs.

A chat takes few updates a second. Without this, a card that changes often would be updated once for each change, and all the
others would wait for that.
"""

import secrets

from bot.jobs import RefreshCard, RefreshCards
from bot.model.card import Card
from bot.model.ids import SessionId
from bot.unit_of_work import Transaction


async def enqueue_refresh_of_session(session_id: SessionId, tx: Transaction) -> None:
    """Enqueue the refresh of everything that shows a session, in the transaction that changes it."""
    if await tx.cards.queue_refresh(_session(session_id)):
        await tx.enqueue(RefreshCards(session_id), key=f"refresh:{session_id}:{secrets.token_hex(8)}")


async def begin_refresh_of_session(session_id: SessionId, tx: Transaction) -> None:
    """Let the next change enqueue another refresh. Read what is shown after that."""
    await tx.cards.begin_refresh(_session(session_id))


async def enqueue_refresh_of_card(card: Card, tx: Transaction) -> None:
    """Enqueue the refresh of one card."""
    if await tx.cards.queue_refresh(_card(card)):
        await tx.enqueue(RefreshCard(card), key=f"card:{secrets.token_hex(16)}")


async def begin_refresh_of_card(card: Card, tx: Transaction) -> None:
    """Let the next change enqueue another refresh of a card. Read what is shown after that transaction."""
    await tx.cards.begin_refresh(_card(card))


def _session(session_id: SessionId) -> str:
    return f"session/{session_id}"


def _card(card: Card) -> str:
    return f"card/{card.platform}/{card.tenant}/{card.channel}/{card.message}"
