"""Refreshes of cards and homes, at most one in the queue for each of them: it shows the newest state when it runs.

A chat takes few updates a second. Without this, a card that changes often would be updated once for each change, and all the
others would wait for that.
"""

import secrets

from bot.jobs import RefreshCard, RefreshCards, RefreshHome
from bot.model.card import Card
from bot.model.ids import Email, SessionId
from bot.model.technician import Actor
from bot.unit_of_work import Transaction


async def enqueue_refreshes(session_id: SessionId, technician: Email, tx: Transaction) -> None:
    """Enqueue the refresh of each card of a session, and of each home of its creator, in the transaction that changes it.

    Write or lock the session in this transaction first. Then a card that is stored at the same time waits for this change,
    and the job that stores it sees the change.
    """
    for card in await tx.cards.of_session(session_id):
        await enqueue_refresh_of_card(card, tx)
    for actor in await tx.homes.of_technician(technician):
        await enqueue_refresh_of_home(actor, tx)


async def enqueue_refresh_of_session(session_id: SessionId, tx: Transaction) -> None:
    """Enqueue one job that does the same. For a command, whose answer waits for its transaction."""
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


async def enqueue_refresh_of_home(actor: Actor, tx: Transaction) -> None:
    """Enqueue the refresh of one home."""
    if await tx.cards.queue_refresh(_home(actor)):
        await tx.enqueue(RefreshHome(actor), key=f"home:{secrets.token_hex(16)}")


async def begin_refresh_of_home(actor: Actor, tx: Transaction) -> None:
    """Let the next change enqueue another refresh of a home. Read what is shown after that transaction."""
    await tx.cards.begin_refresh(_home(actor))


def _session(session_id: SessionId) -> str:
    return f"session/{session_id}"


def _home(actor: Actor) -> str:
    return f"home/{actor.platform}/{actor.tenant}/{actor.user}"


def _card(card: Card) -> str:
    return f"card/{card.platform}/{card.tenant}/{card.channel}/{card.message}"
