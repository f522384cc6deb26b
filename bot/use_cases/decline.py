"""Answer an invitation in a chat with “Not now”: the only command of somebody who need not be a technician.

The invited account may give this answer, and nobody else. A refusal is the same for each wrong account and for an invitation
that does not exist, so it reveals nothing.
"""

from datetime import datetime

from bot.chat_invitations import audit_subject
from bot.coalesced_refreshes import enqueue_refresh_of_invitation, enqueue_refresh_of_session
from bot.commands import DeclineInvitation
from bot.errors import NotAllowed, NotFound
from bot.i18n import _
from bot.jobs import PingDecline
from bot.model.audit import Action, AuditEntry
from bot.model.effect import Effect
from bot.model.notice import NoticeState
from bot.model.technician import Actor, Platform
from bot.unit_of_work import Transaction
from bot.values import replace
from bot.views.chat_invitation import over_text
from bot.views.pages import Message
from bot.views.parts import confirm

_REQUESTER = "requester"
"""Who answered, in the audit log. It keeps no addresses of requesters, because it is kept longer than they are."""
_ANSWERABLE = {NoticeState.SENT, NoticeState.UNSURE, NoticeState.PENDING}
"""The message of a pending or unsure one may have arrived before its outcome is known."""


async def decline_invitation(
    command: DeclineInvitation, by: Actor, tx: Transaction, now: datetime
) -> Message:
    """Store that the requester does not join now, once, and enqueue that the technician learns it.

    Raises NotAllowed for any account but the invited one, and NotFound once the session is over.
    """
    invitation = await tx.chat_invitations.get(command.notice)
    if invitation is None or invitation.actor != by:
        raise NotAllowed(_("Only the person who was invited can answer this invitation."))
    # Locked, so that two presses at the same moment make one answer.
    session = await tx.sessions.lock(invitation.session)
    notice = await tx.notices.get(command.notice)
    if session is None or notice is None:
        raise NotAllowed(_("Only the person who was invited can answer this invitation."))
    # The message may still show the buttons.
    await enqueue_refresh_of_invitation(invitation, tx)
    if not session.is_usable:
        raise NotFound(over_text(session))
    is_new = notice.declined_at is None and notice.state in _ANSWERABLE
    if is_new:
        await tx.notices.save(replace(notice, declined_at=now), known_state=notice.state)
        subject = audit_subject(session, by.platform)
        await tx.audit.append(AuditEntry(now, _REQUESTER, Action.REQUESTER_DECLINED, subject))
        await enqueue_refresh_of_session(session.id, tx)
        for platform in Platform:
            await tx.enqueue(PingDecline(platform, notice.id), key=f"declined:{notice.id}:{platform}")
    said = confirm(
        Effect.of(changed=is_new),
        changed=_(
            "Your answer is shown to {technician}. You can still join with the link.",
            technician=session.technician_name,
        ),
        nothing=_("You answered “Not now” before. You can still join with the link."),
    )
    return Message.confirming(said)
