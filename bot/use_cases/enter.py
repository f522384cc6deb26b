"""Enter a session by an invitation: the way in is checked each time, and gives TeamViewer's link at the last moment."""

from datetime import datetime
from enum import StrEnum

from bot import access
from bot.account_check import AccountCheck
from bot.coalesced_refreshes import enqueue_refreshes
from bot.errors import NotAllowed, NotFound
from bot.i18n import _
from bot.model.audit import Action, AuditEntry
from bot.model.ids import EnterToken
from bot.model.invitation import Invitation
from bot.model.secret import Secret
from bot.model.session import Session
from bot.ports import Clock
from bot.unit_of_work import Transaction, UnitOfWork
from bot.use_cases.invitations import audit_subject
from bot.values import value_class


class Way(StrEnum):
    """How TeamViewer is started: the installed one, or the one in the browser."""

    APP = "app"
    BROWSER = "browser"


@value_class
class WayIn:
    """An open invitation, and its session, which can be entered."""

    invitation: Invitation
    session: Session


async def find_way_in(token: EnterToken, unit_of_work: UnitOfWork, now: datetime) -> WayIn:
    """Return what a way in leads to. Raises NotFound if it is closed, NotAllowed if the integration is switched off."""
    async with unit_of_work.read() as tx:
        return await _read_way_in(token, tx, now)


async def use_way_in(
    token: EnterToken, way: Way, unit_of_work: UnitOfWork, clock: Clock, *, accounts: AccountCheck
) -> Secret:
    """Return TeamViewer's link, and store that it was given. Raises NotFound, NotAllowed, Unavailable.

    The invited technician's account is looked at again before.
    """
    found = await find_way_in(token, unit_of_work, clock())
    await _require_technician(found.invitation, unit_of_work, accounts)
    async with unit_of_work.write() as tx:
        # Locked: a withdrawal is stored before this and seen here, or after it and then knows that they entered.
        await tx.sessions.hold(found.session.id)
        now = clock()
        current = await _read_way_in(token, tx, now)
        link = _link(current.session, way)
        await tx.invitations.save(current.invitation.entered(now))
        subject = audit_subject(current.session, current.invitation.technician)
        entry = AuditEntry(now, current.invitation.technician, Action.COLLEAGUE_ENTERED, subject)
        await tx.audit.append(entry)
        await enqueue_refreshes(current.session, tx)
    return link


async def _read_way_in(token: EnterToken, tx: Transaction, now: datetime) -> WayIn:
    invitation = await tx.invitations.by_token(token)
    session = await tx.sessions.get(invitation.session_id) if invitation else None
    if invitation is None or session is None or not invitation.is_open:
        raise NotFound(
            _("This invitation is over, or the link is not complete. Ask the technician to invite you again.")
        )
    if not session.state.is_live or session.is_ending or session.is_due(now):
        raise NotFound(_("The session for request #{number} is over.", number=session.number))
    access.require_integration_on(await tx.switches.read())
    access.require_not_moving(session)
    return WayIn(invitation, session)


async def _require_technician(
    invitation: Invitation, unit_of_work: UnitOfWork, accounts: AccountCheck
) -> None:
    """Look at the accounts of an invited technician. Raises NotAllowed if none is a technician's any more, Unavailable."""
    async with unit_of_work.read() as tx:
        profiles = await tx.people.profiles_of(invitation.technician)
    refusal = NotAllowed(_("It is not clear who you are."))
    for profile in profiles:
        try:
            await accounts.require_current(profile.actor)
        except NotAllowed as error:
            refusal = error
        else:
            return
    raise refusal


def _link(session: Session, way: Way) -> Secret:
    link = session.web_client_link if way is Way.BROWSER else session.supporter_link
    if link is None:
        raise NotFound(_("TeamViewer gave no link to enter this session with."))
    return link
