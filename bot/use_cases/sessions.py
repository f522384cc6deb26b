"""Enter, reinvite, link, renew and end: the commands for an open session."""

from collections.abc import Sequence

from bot import access
from bot.access import SessionWord
from bot.chat_invitations import enqueue_invitation
from bot.coalesced_refreshes import enqueue_refresh_of_session
from bot.commands import OnSession, SendAgain, Verb
from bot.errors import NotAllowed, NotFound
from bot.i18n import _
from bot.installation import Installation
from bot.jobs import EndSession, SendNotice
from bot.model.effect import Effect
from bot.model.ids import SessionId, derive_notice_id, is_typed_reference
from bot.model.notice import Channel, Notice, NoticeState, Recipient
from bot.model.request import Requester
from bot.model.session import Kind, Session, State
from bot.use_cases.context import CommandContext
from bot.use_cases.ending import accept_end
from bot.use_cases.find_session import (
    is_invited,
    none_open,
    open_session_by_id,
    require_word_of,
    session_is_ending,
)
from bot.use_cases.invitations import enter_by_invitation
from bot.use_cases.renew import renew_session
from bot.views.chat_notice import no_chat_text
from bot.views.pages import Choice, LinkPage, Message, View
from bot.views.parts import Button, Style, Tone
from bot.views.session import (
    end_confirmation,
    end_question,
    enter_links,
    kind_text,
    make_session_row,
    no_sms_text,
    verb_label,
)
from bot.words_to_type import words_about


async def apply_verb(command: OnSession, context: CommandContext) -> View:
    """Apply a verb to the open session that is meant; ask which one if several are. Raises NotFound, NotAllowed."""
    access.require_integration_on(context.switches)
    candidates = await _candidates(command, context)
    if len(candidates) > 1:
        return _ask_which(command.verb, candidates)
    session = candidates[0]
    if session.state is State.CREATING and command.verb is not Verb.END:
        return Message(
            _("The session for request #{number} is still being created.", number=session.number), Tone.WAIT
        )
    return await _apply(command.verb, session, context)


async def _apply(verb: Verb, session: Session, context: CommandContext) -> View:
    match verb:
        case Verb.ENTER:
            access.require_not_moving(session)
            if session.technician != context.by.email:
                return await enter_by_invitation(session, context)
            await _record_entry(session.id, context)
            return _enter_session(session)
        case Verb.LINK:
            return _show_link(session, context.installation)
        case Verb.REINVITE:
            return await _reinvite_requester(session, context)
        case Verb.RENEW:
            return await renew_session(session, context)
        case Verb.END:
            return await _end_session(session, context)


async def _candidates(command: OnSession, context: CommandContext) -> Sequence[Session]:
    # A button names the session by its id, a person by its request's number or its code.
    if not is_typed_reference(command.reference):
        session = await open_session_by_id(command.reference, context, may_be_ending=command.verb is Verb.END)
        if session is not None:
            await require_word_of(SessionWord(command.verb), session, context)
            return [session]
    open_ones = await context.tx.sessions.open_called(command.reference)
    usable = [one for one in open_ones if one.is_usable]
    # To end a session whose end was asked for already is harmless. Nothing else may be done with it.
    meant = (
        usable if command.verb is not Verb.END else [*usable, *(one for one in open_ones if one.is_ending)]
    )
    if not meant:
        raise NotFound(
            session_is_ending(open_ones[0]) if open_ones else await none_open(command.reference, context)
        )
    # Two technicians may have sessions for one request. Each means their own.
    mine = [one for one in meant if one.technician == context.by.email]
    if not mine and command.verb is Verb.ENTER:
        mine = [one for one in meant if await is_invited(one, context)]
    if mine:
        return [one for one in mine if one.is_usable] or mine[:1]
    others = [one for one in meant if one.is_usable] or meant[:1]
    for one in others:
        await require_word_of(SessionWord(command.verb), one, context)
    return others


def _ask_which(verb: Verb, sessions: Sequence[Session]) -> View:
    number = sessions[0].number
    question = end_question(sessions[0]) if verb is Verb.END else None
    style = Style.DANGER if verb is Verb.END else Style.PRIMARY
    return Choice(
        _("Several sessions are open for request #{number}. Which one?", number=number),
        [
            (make_session_row(one), Button(verb_label(verb), OnSession(verb, one.id), style, question))
            for one in sessions
        ],
    )


async def _record_entry(session_id: SessionId, context: CommandContext) -> None:
    """Store that the technician entered: while the requester is there, that is evidence of a connection."""
    # Another writer may be faster. Without an upper limit: each round means that one made progress.
    while True:
        session = await context.tx.sessions.get(session_id)
        entered = session.entered(context.now) if session else None
        if session is None or entered is None or entered is session:
            return
        if await context.tx.sessions.save(entered, known=session):
            await enqueue_refresh_of_session(session.id, context.tx)
            return


def _enter_session(session: Session) -> Message:
    links = enter_links(session, _("Enter session"))
    if not links:
        raise NotFound(_("TeamViewer gave no link to enter this session with. End it and create another."))
    details = [_("TeamViewer opens in your browser and starts the app. Do not pass the link on.")]
    if session.web_client_link:
        details.append(_("If TeamViewer is not installed on this device, enter in the browser."))
    return Message(
        _(
            "{kind} for request #{number}: this button is only for you.",
            kind=kind_text(session.kind),
            number=session.number,
        ),
        details=details,
        buttons=links,
    )


def _show_link(session: Session, installation: Installation) -> LinkPage:
    if session.requester_link is None:
        raise NotFound(_("TeamViewer gave no link for the requester. End the session and create another."))
    return LinkPage(
        _("The requester’s link for request #{number}", number=session.number),
        session.requester_link,
        installation.join_page(session.join_token),
        _("Give it to the requester only. It works until the session ends."),
    )


async def _reinvite_requester(session: Session, context: CommandContext) -> Message:
    requester = session.requester
    channels = _channels_to(requester, session.kind, context.installation)
    if requester is None or not (requester.name or requester.email):
        raise NotAllowed(
            _(
                "Request #{number} names no requester. Share the link instead: {words}.",
                number=session.number,
                words=words_about("link", session.number),
            )
        )
    if not channels:
        raise NotAllowed(
            _(
                "Request #{number} shows no e-mail address of its requester. Share the link instead: {words}.",
                number=session.number,
                words=words_about("link", session.number),
            )
        )
    for channel in channels:
        await _add_notice(session, channel, context)
    if await _was_found_in_chat(session, context):
        await _add_notice(session, Channel.CHAT, context)
    return Message(_("Resending the link to {requester}…", requester=requester.name), Tone.WAIT)


def _channels_to(requester: Requester | None, kind: Kind, installation: Installation) -> Sequence[Channel]:
    """Return the channels that reach a requester: e-mail and, for a pilot session, which is for a phone, SMS."""
    if requester is None:
        return ()
    by_mail = (Channel.REPLY,) if requester.email else ()
    sms = installation.sms_channel
    return (*by_mail, sms) if sms and kind is Kind.PILOT and requester.phone else by_mail


async def _was_found_in_chat(session: Session, context: CommandContext) -> bool:
    """Whether the requester was invited in a chat before, and may be invited there again."""
    if not (session.in_chat and context.installation.tells_requester_in_chat):
        return False
    notices = await context.tx.notices.of_session(session.id)
    return any(one.channel.is_chat and one.state is not NoticeState.SKIPPED for one in notices)


async def resend_notice(command: SendAgain, context: CommandContext) -> View:
    """Send one notice again because the technician asked for it. Raises NotFound, NotAllowed."""
    access.require_integration_on(context.switches)
    session = await open_session_by_id(command.session, context)
    notice = await context.tx.notices.get(command.notice)
    if session is None or notice is None or notice.session_id != session.id:
        raise NotFound(_("The bot no longer knows this session."))
    channel = _channel_now(notice, context.installation)
    if channel is None:
        raise NotAllowed(no_chat_text() if notice.channel.is_chat else no_sms_text())
    await _add_notice(session, channel, context)
    return Message(_("Sending it again…"), Tone.WAIT)


def _channel_now(notice: Notice, installation: Installation) -> Channel | None:
    """Return the channel of a repeat. Who sends SMS may have changed in the settings; None: nobody does.

    In a chat the requester is looked for again.
    """
    if notice.channel.is_chat:
        return Channel.CHAT if installation.tells_requester_in_chat else None
    return installation.sms_channel if notice.channel.is_sms else notice.channel


async def _add_notice(session: Session, channel: Channel, context: CommandContext) -> None:
    notice = Notice(
        derive_notice_id(f"{context.command_request.key}/{channel}"),
        session.id,
        Recipient.REQUESTER,
        channel,
        NoticeState.PENDING,
        context.now,
    )
    await context.tx.notices.add(notice)
    if channel.is_chat:
        await enqueue_invitation(
            notice, context.installation, context.tx, command=context.command_request.key
        )
        return
    job = SendNotice(session.id, notice.id, channel, context.command_request.key)
    await context.tx.enqueue(job, key=f"notice:{notice.id}")


async def _end_session(session: Session, context: CommandContext) -> Message:
    key = context.command_request.key
    job = EndSession(session.id, context.by.name, context.by.email, key)
    now = await accept_end(job, context.tx, context.now, key=f"{job.tag}:{key}", known=session)
    if now is None or not now.state.is_open:
        # A session that TeamViewer has not confirmed yet ends at once. Somebody else may have been faster.
        effect = Effect.of(changed=now is not None and now.ended_at == context.now)
        return Message.confirming(end_confirmation(session.number, effect))
    return Message(_("Ending the session for request #{number}…", number=session.number), Tone.WAIT)
