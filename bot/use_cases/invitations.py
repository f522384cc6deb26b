"""Invite, uninvite and leave: the commands for a second technician in a session."""

from collections.abc import Sequence

from bot import access, jobs
from bot.access import SessionWord
from bot.coalesced_refreshes import enqueue_refresh_of_home, enqueue_refresh_of_session
from bot.commands import Invite, Leave, OpenInviteForm, Uninvite
from bot.errors import NotAllowed, NotFound
from bot.i18n import Text, _
from bot.model.audit import Action, AuditEntry
from bot.model.ids import Email, email
from bot.model.invitation import Invitation, find_open
from bot.model.sanitize import remove_invisible
from bot.model.session import Session, State
from bot.unit_of_work import Transaction
from bot.use_cases.context import CommandContext
from bot.use_cases.find_session import find_meant_sessions
from bot.views.form import InviteForm
from bot.views.invitation import (
    enter_answer,
    gave_up_text,
    nobody_invited,
    not_invited,
    withdrawal,
)
from bot.views.pages import Choice, Message, View
from bot.views.parts import Button, Style, Tone
from bot.views.session import make_session_row


async def invite_colleague(command: Invite, context: CommandContext) -> View:
    """Invite a colleague to a session. A job finds out who is meant. Raises NotFound, NotAllowed."""
    found = await _find_session(SessionWord.INVITE, command.reference, context)
    if len(found) > 1:
        return _ask_which(found, _("Invite"), [Invite(one.id, command.user) for one in found])
    request = context.command_request
    await context.enqueue(
        jobs.InviteColleague(
            request.actor.platform,
            found[0].id,
            command.user,
            context.by.email,
            context.by.name,
            request.key,
        )
    )
    return Message(_("Inviting your colleague…"), Tone.WAIT, is_accepted=True)


async def open_invite_form(command: OpenInviteForm, context: CommandContext) -> View:
    """Return the form in which a colleague is chosen. Raises NotFound, NotAllowed."""
    found = await _find_session(SessionWord.INVITE, command.session, context)
    if len(found) > 1:
        return _ask_which(found, _("Invite"), [OpenInviteForm(one.id) for one in found])
    session = found[0]
    return InviteForm(session.id, session.number)


async def withdraw_invitation(command: Uninvite, context: CommandContext) -> View:
    """Withdraw an invitation. Its way in works no more from now on. Raises NotFound, NotAllowed."""
    found = await _find_session(SessionWord.UNINVITE, command.reference, context)
    if len(found) > 1:
        return _ask_which(found, _("Withdraw invitation"), [Uninvite(one.id, command.user) for one in found])
    session = found[0]
    if command.user and "@" not in command.user:
        request, by = context.command_request, context.by
        await context.enqueue(
            jobs.WithdrawInvitation(
                request.actor.platform, session.id, command.user, by.email, by.name, request.key
            )
        )
        return Message(_("Withdrawing the invitation…"), Tone.WAIT)
    await context.tx.sessions.hold(session.id)
    open_ones = [one for one in await context.tx.invitations.of_session(session.id) if one.is_open]
    if not open_ones:
        raise NotFound(nobody_invited(session))
    if not command.user and len(open_ones) > 1:
        return _ask_whom(session, open_ones)
    address = email(remove_invisible(command.user)) if command.user else open_ones[0].technician
    invitation = find_open(open_ones, address)
    if invitation is None:
        raise NotFound(not_invited(session, address))
    entry = AuditEntry(
        context.now, context.by.email, Action.INVITATION_WITHDRAWN, audit_subject(session, address)
    )
    await close_invitation(invitation.withdrawn(), entry, context.tx)
    return withdrawal(session, invitation)


async def leave_session(command: Leave, context: CommandContext) -> View:
    """Decline an invitation, or leave a session. Raises NotFound, NotAllowed."""
    found = await _find_session(SessionWord.LEAVE, command.reference, context)
    if len(found) > 1:
        return _ask_which(found, _("Leave"), [Leave(one.id) for one in found])
    session = found[0]
    await context.tx.sessions.hold(session.id)
    invitation = find_open(await context.tx.invitations.of_session(session.id), context.by.email)
    if invitation is None:
        raise NotAllowed(
            _("You are not invited to the session for request #{number}.", number=session.number)
        )
    action = Action.INVITATION_DECLINED if invitation.entered_at is None else Action.COLLEAGUE_LEFT
    entry = AuditEntry(context.now, context.by.email, action, audit_subject(session, context.by.email))
    await close_invitation(invitation.given_up(), entry, context.tx)
    text = gave_up_text(session, invitation)
    inviter = await context.tx.commands.return_address(invitation.command)
    if inviter is not None:
        reply = jobs.SendReply(inviter.actor.platform, invitation.command, text.to_json(), Tone.PLAIN)
        await context.tx.enqueue(reply, key=f"reply:{invitation.command}:given up")
    return Message(_("You have left the session for request #{number}.", number=session.number))


async def enter_by_invitation(session: Session, context: CommandContext) -> Message:
    """Answer with the way in of an invited technician. Raises NotAllowed."""
    invitation = find_open(await context.tx.invitations.of_session(session.id), context.by.email)
    if invitation is None:
        access.require_creator(session, context.by)
        raise NotAllowed(
            _("You are not invited to the session for request #{number}.", number=session.number)
        )
    return enter_answer(session, context.installation.enter_page(invitation.token))


async def close_invitation(closed: Invitation, entry: AuditEntry, tx: Transaction) -> None:
    """Store an invitation that is over, audit why, and refresh what shows it. Lock its session before."""
    await tx.invitations.save(closed)
    await tx.audit.append(entry)
    await enqueue_refresh_of_session(closed.session_id, tx)
    for actor in await tx.homes.of_technician(closed.technician):
        await enqueue_refresh_of_home(actor, tx)


def audit_subject(session: Session, technician: Email) -> str:
    """Return what the audit log says an invitation is about: the request, the session and who is invited."""
    return f"#{session.number} {session.code or ''} {technician}"


async def _find_session(word: SessionWord, reference: str, context: CommandContext) -> Sequence[Session]:
    """Return the open sessions that are meant, each of which the sender may do this in. Raises NotFound, NotAllowed."""
    access.require_integration_on(context.switches)
    meant = await find_meant_sessions(word, reference, context)
    for one in meant:
        if one.state is State.CREATING:
            raise NotFound(_("The session for request #{number} is still being created.", number=one.number))
    return meant


def _ask_which(
    sessions: Sequence[Session], label: Text, commands: Sequence[Invite | OpenInviteForm | Uninvite | Leave]
) -> Choice:
    return Choice(
        _("Several sessions are open for request #{number}. Which one?", number=sessions[0].number),
        [
            (make_session_row(one), Button(label, command, Style.PRIMARY))
            for one, command in zip(sessions, commands, strict=True)
        ],
    )


def _ask_whom(session: Session, invitations: Sequence[Invitation]) -> Message:
    return Message(
        _(
            "Which invitation to the session for request #{number} do you want to withdraw?",
            number=session.number,
        ),
        buttons=[
            Button(Text("{name}", {"name": one.name}), Uninvite(session.id, one.technician))
            for one in invitations
        ],
    )
