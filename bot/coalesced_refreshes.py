"""Refreshes of cards and homes, at most one in the queue for each of them: it shows the newest state when it runs.

A chat takes few updates a second. Without this, a card that changes often would be updated once for each change, and all the
others would wait for that. While the chat takes none, one refresh of each card and each home waits to be tried again.
"""

import secrets

from bot.jobs import ChatJob, RefreshCard, RefreshCards, RefreshHome, RefreshInvitation, RefreshOutage
from bot.model.card import Card
from bot.model.chat_invitation import ChatInvitation
from bot.model.ids import NoticeId, OutageId, SessionId
from bot.model.session import SessionSummary
from bot.model.shown_session import SessionPlaces
from bot.model.technician import Actor
from bot.unit_of_work import Transaction

CHANGES_TOGETHER_SECONDS = 0.1
"""How long a card and a home wait for further changes: in a new session three follow each other, as it opens and as its mails are sent."""
LATEST_SHARED_TRY = 50
"""Up to which try one retry stands for all changes of a place. It has half of its tries left then, about half a day."""


async def enqueue_refreshes(
    session: SessionSummary, tx: Transaction, places: SessionPlaces | None = None
) -> None:
    """Enqueue the refresh of each card of a session, and of each home of its creator and of who is invited to it.

    The card of an outage shows its sessions too.

    Call it in the transaction that changes the session.

    Write or lock the session in this transaction first. Then a card that is stored at the same time waits for this change,
    and the job that stores it sees the change. ``places``: what was found since then in this transaction.
    """
    # Asked at once: most sessions have cards alone.
    places = places or await tx.shown_sessions.find_places(session.id)
    for card in places.cards:
        await enqueue_refresh_of_card(card, tx)
    if session.outage is not None:
        await enqueue_refresh_of_outage(session.outage, tx)
    for shown in await tx.chat_invitations.of_session(session.id) if places.has_chat_invitations else ():
        await enqueue_refresh_of_invitation(shown, tx)
    readers = [session.technician] if places.has_homes else []
    if places.has_invitations:
        invitations = await tx.invitations.of_session(session.id)
        readers += [one.technician for one in invitations if one.is_open]
    for reader in dict.fromkeys(readers):
        for actor in await tx.homes.of_technician(reader):
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


async def enqueue_refresh_of_outage(outage: OutageId, tx: Transaction) -> None:
    """Enqueue the refresh of the card of an outage."""
    stored = await tx.outages.get(outage)
    if stored is not None and await tx.cards.queue_refresh(_outage(outage)):
        await tx.enqueue(
            RefreshOutage(stored.actor.platform, outage), key=f"outage_card:{secrets.token_hex(16)}"
        )


async def begin_refresh_of_outage(outage: OutageId, tx: Transaction) -> None:
    """Let the next change enqueue another refresh of an outage. Read what is shown after that transaction."""
    await tx.cards.begin_refresh(_outage(outage))


async def enqueue_refresh_of_invitation(invitation: ChatInvitation, tx: Transaction) -> None:
    """Enqueue the refresh of the message of an invitation in a chat, where its place is known."""
    if invitation.message and await tx.cards.queue_refresh(_invitation(invitation.notice)):
        job = RefreshInvitation(invitation.actor.platform, invitation.notice)
        await tx.enqueue(job, key=f"invitation:{secrets.token_hex(16)}")


async def begin_refresh_of_invitation(notice: NoticeId, tx: Transaction) -> None:
    """Let the next change enqueue another refresh of an invitation. Read what is shown after that transaction."""
    await tx.cards.begin_refresh(_invitation(notice))


async def enqueue_refresh_of_home(actor: Actor, tx: Transaction) -> None:
    """Enqueue the refresh of one home."""
    if await tx.cards.queue_refresh(_home(actor)):
        await tx.enqueue(RefreshHome(actor), key=f"home:{secrets.token_hex(16)}")


async def begin_refresh_of_home(actor: Actor, tx: Transaction) -> None:
    """Let the next change enqueue another refresh of a home. Read what is shown after that transaction."""
    await tx.cards.begin_refresh(_home(actor))


async def queue_retry(job: ChatJob, tx: Transaction) -> bool:
    """Return whether the next try of a job has to be enqueued. False where a retry waits that will show the same place.

    ``job`` is that next try. The one that waits runs later than every change so far, so it is enough for all of them.
    """
    place = _place_of_retry(job)
    return not place or await tx.cards.queue_refresh(place)


def shares_retry(job: ChatJob) -> bool:
    """Return whether a job is a retry that stands for every change of its place."""
    return bool(_place_of_retry(job))


async def begin_retry(job: ChatJob, tx: Transaction) -> None:
    """Let the next refresh that fails enqueue a retry of its own. Read what is shown after that transaction."""
    await tx.cards.begin_refresh(_place_of_retry(job))


def _place_of_retry(job: ChatJob) -> str:
    """Return the name of what a retry shows. Empty for a job that stands for itself alone.

    Such is each retry near the end of its tries: a later change needs one that goes on for long enough.
    """
    if not 0 < job.tries <= LATEST_SHARED_TRY:
        return ""
    match job:
        # One that may do nothing, because of what was shown when it was enqueued, is no use to a later change.
        case RefreshCard(unless_state=""):
            return f"retry of {_card(job.card)}"
        case RefreshInvitation():
            return f"retry of {_invitation(job.notice)}"
        case RefreshOutage():
            return f"retry of {_outage(job.outage)}"
        case RefreshHome():
            return f"retry of {_home(job.actor)}"
        case _:
            return ""


def _session(session_id: SessionId) -> str:
    return f"session/{session_id}"


def _home(actor: Actor) -> str:
    return f"home/{actor.platform}/{actor.tenant}/{actor.user}"


def _outage(outage: OutageId) -> str:
    return f"outage/{outage}"


def _invitation(notice: NoticeId) -> str:
    return f"invitation/{notice}"


def _card(card: Card) -> str:
    return f"card/{card.platform}/{card.tenant}/{card.channel}/{card.message}"
