"""Enqueue the invitation of a requester in a chat, and choose in which chats they are looked for."""

from collections.abc import Sequence

from bot.installation import Installation
from bot.jobs import InviteInChat
from bot.model.ids import CommandKey, SessionId
from bot.model.notice import Notice
from bot.model.session import Session
from bot.model.technician import Platform
from bot.unit_of_work import Transaction


async def find_search_order(
    session_id: SessionId, installation: Installation, tx: Transaction
) -> Sequence[Platform]:
    """Return the chats that are set up, the one in which the session was created first."""
    origin = await tx.commands.origin_of(session_id)
    first = origin.actor.platform if origin is not None else None
    return sorted(installation.capabilities, key=lambda platform: (platform is not first, platform))


async def enqueue_invitation(
    notice: Notice, installation: Installation, tx: Transaction, *, command: CommandKey | None = None
) -> None:
    """Enqueue the invitation of a requester in the first chat, whose job goes on with the next one."""
    platforms = await find_search_order(notice.session_id, installation, tx)
    job = InviteInChat(platforms[0], notice.id, command)
    await tx.enqueue(job, key=invitation_key(job))


def audit_subject(session: Session, platform: Platform) -> str:
    """Return what the audit log says an invitation in a chat is about. It does not name the requester."""
    return f"#{session.number} {session.code or ''} {platform}"


def invitation_key(job: InviteInChat) -> str:
    """Return the key of an invitation on one platform."""
    return f"invite:{job.notice}:{job.platform}"
