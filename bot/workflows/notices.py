"""Send a session's notices, one step each; what fails is told on the card and never undoes what worked."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot import access, email_templates
from bot.errors import OutcomeUnknown, Rejected, Unavailable
from bot.i18n import Text, _
from bot.model.ids import NoticeId, SessionId, notice_id
from bot.model.notice import Channel, Notice, NoticeState, Recipient
from bot.model.session import Kind, Session
from bot.ports import Mail, Outcome, Reply, Steps
from bot.services import Services
from bot.unit_of_work import Transaction
from bot.views.pages import Message, View
from bot.views.parts import Reader, Tone
from bot.workflows.replies import answer, problem, show_everywhere

_PLAN = (
    (Recipient.REQUESTER, Channel.REPLY),
    (Recipient.TECHNICIAN, Channel.MAIL),
    (Recipient.REQUESTER, Channel.SMS),
)


def planned(session_id: SessionId) -> list[NoticeId]:
    """Return the ids that the notices of a new session have: each follows from the session's own."""
    return [notice_id(f"{session_id}/{recipient}/{channel}") for recipient, channel in _PLAN]


async def plan_notices(session: Session, services: Services, tx: Transaction) -> None:
    """Write down, as the session opens, who is to be told and how; what cannot be sent stands there with its reason."""
    for recipient, channel, why_not in _wanted(session, services):
        state = NoticeState.SKIPPED if why_not else NoticeState.PENDING
        new = notice_id(f"{session.id}/{recipient}/{channel}")
        await tx.notices.add(
            Notice(new, session.id, recipient, channel, state, services.clock(), problem=why_not)
        )


def _wanted(session: Session, services: Services) -> list[tuple[Recipient, Channel, Text | None]]:
    requester = session.requester
    no_mail = None if requester and requester.email else _("The request shows no e-mail address.")
    no_server = None if services.mailer.is_configured else _("No mail server is set up.")
    wanted = [
        (Recipient.REQUESTER, Channel.REPLY, no_mail),
        (Recipient.TECHNICIAN, Channel.MAIL, no_server),
    ]
    if session.kind is Kind.PILOT:
        no_phone = None if requester and requester.phone else _("The request shows no phone number.")
        no_gateway = None if services.texter.is_configured else _("No SMS gateway is set up.")
        wanted.append((Recipient.REQUESTER, Channel.SMS, no_gateway or no_phone))
    return wanted


async def send(which: NoticeId, services: Services, steps: Steps) -> None:
    """Send one notice, if there is one. A reply that ServiceDesk Plus refuses goes out as a mail instead."""
    outcome = await steps.run(f"send notice {which}", lambda: _send(which, services))
    if outcome.error in {"Rejected", "NotAuthorized"}:
        turned = await steps.run(f"turn notice {which} into a mail", lambda: _turn_into_mail(which, services))
        if turned:
            outcome = await steps.run(f"mail notice {which}", lambda: _send(which, services))
    if outcome.problem is not None:
        await steps.run(f"give notice {which} up", lambda: _give_up(which, outcome, services))


async def _send(which: NoticeId, services: Services) -> None:
    async with services.unit_of_work.read() as tx:
        notice = await tx.notices.get(which)
        session = await tx.sessions.get(notice.session_id) if notice else None
        access.require_integration_on(await tx.switches.read())
    if notice is None or session is None or notice.state is not NoticeState.PENDING:
        return
    if not session.state.is_open:
        over = _("The session was over before it could be sent.")
        await _keep(replace(notice, state=NoticeState.SKIPPED, problem=over), services)
        return
    state = await _SEND[notice.channel](notice, session, services)
    await _keep(replace(notice, state=state, attempted_at=notice.attempted_at or services.clock()), services)


async def _keep(notice: Notice, services: Services) -> None:
    async with services.unit_of_work.write() as tx:
        await tx.notices.save(notice)


async def _attempt(notice: Notice, services: Services) -> bool:
    """Note that the call is about to be made. True where it may have been made before."""
    async with services.unit_of_work.write() as tx:
        return await tx.notices.attempt(notice.id, services.clock())


async def _reply(notice: Notice, session: Session, services: Services) -> NoticeState:
    requester = session.requester
    if session.request_id is None or requester is None or not requester.email:
        raise Rejected(_("The request shows no e-mail address."))
    if await _attempt(notice, services) and await services.servicedesk.has_reply(
        session.request_id, notice.id
    ):
        return NoticeState.SENT
    letter = email_templates.to_requester(
        session, services.join_page(session.join_token), notice.id, services.language
    )
    await services.servicedesk.reply(
        Reply(
            session.request_id, session.number, requester.email, letter.subject, letter.html, marker=notice.id
        )
    )
    return NoticeState.SENT


async def _mail(notice: Notice, session: Session, services: Services) -> NoticeState:
    await _attempt(notice, services)
    if notice.recipient is Recipient.TECHNICIAN:
        to: str | None = session.technician
        letter = email_templates.to_technician(session, await _language_of(session, services))
    else:
        to = session.requester.email if session.requester else None
        letter = email_templates.to_requester(
            session, services.join_page(session.join_token), notice.id, services.language
        )
    if not to:
        raise Rejected(_("The request shows no e-mail address."))
    await services.mailer.send(Mail(to, letter.subject, letter.text, letter.html, f"<{notice.id}@tvbot>"))
    return NoticeState.SENT


async def _language_of(session: Session, services: Services) -> str:
    async with services.unit_of_work.read() as tx:
        profiles = await tx.people.profiles_of(session.technician)
    return Reader.of(profiles[0] if profiles else None, services.language).language


async def _sms(notice: Notice, session: Session, services: Services) -> NoticeState:
    """Send an SMS at most once: after an unclear end it is not sent again by itself."""
    if await _attempt(notice, services):
        return NoticeState.UNSURE
    phone = session.requester.phone if session.requester else None
    if phone is None:
        raise Rejected(_("The request shows no phone number."))
    text = email_templates.sms(session, services.join_page(session.join_token), services.language)
    try:
        await services.texter.send(phone, text)
    except OutcomeUnknown:
        return NoticeState.UNSURE
    except Unavailable as error:
        raise Rejected(error.text) from error
    return NoticeState.SENT


_SEND = {Channel.REPLY: _reply, Channel.MAIL: _mail, Channel.SMS: _sms}


async def _turn_into_mail(which: NoticeId, services: Services) -> None:
    """Let a reply that was refused go out by the bot's own mail server. Raises Rejected where that cannot be."""
    async with services.unit_of_work.write() as tx:
        notice = await tx.notices.get(which)
        if notice is None or notice.channel is not Channel.REPLY or not services.mailer.is_configured:
            raise Rejected(_("No mail server is set up."))
        await tx.notices.save(replace(notice, channel=Channel.MAIL, attempted_at=None))


async def _give_up(which: NoticeId, outcome: Outcome, services: Services) -> None:
    """Write down that a notice was not sent, or that nobody knows whether it was."""
    async with services.unit_of_work.write() as tx:
        notice = await tx.notices.get(which)
        if notice is None or notice.state is not NoticeState.PENDING:
            return
        unclear = outcome.error == "OutcomeUnknown" or (outcome.error == "Broken" and notice.attempted_at)
        state = NoticeState.UNSURE if unclear else NoticeState.FAILED
        await tx.notices.save(replace(notice, state=state, problem=outcome.problem))


async def record_note(session_id: SessionId, services: Services) -> None:
    """Note on the request which session was created and who was told: once, whatever happens in between."""
    async with services.unit_of_work.read() as tx:
        session = await tx.sessions.get(session_id)
        notices = await tx.notices.of_session(session_id)
    if session is not None:
        await _note(session, notices, session_id, services)


async def _note(session: Session, notices: Sequence[Notice], reference: str, services: Services) -> None:
    if session.request_id is None or await services.servicedesk.has_note(session.request_id, reference):
        return
    text = email_templates.note(session, notices, reference, services.language)
    await services.servicedesk.add_note(session.request_id, text)


async def send_notice(arguments: Mapping[str, str], services: Services, steps: Steps) -> None:
    """Send one more notice for an open session, at a technician's word, and tell them what became of it."""
    session_id, which = SessionId(arguments["session"]), NoticeId(arguments["notice"])
    await send(which, services, steps)
    await steps.run("note it on the request", lambda: _note_again(session_id, which, services))
    await steps.run("show the cards", lambda: show_everywhere(services, session_id))
    await steps.run("tell", lambda: _tell(session_id, which, arguments["command"], services))


async def _note_again(session_id: SessionId, which: NoticeId, services: Services) -> None:
    """A reply records itself; what went another way is noted."""
    async with services.unit_of_work.read() as tx:
        session = await tx.sessions.get(session_id)
        notice = await tx.notices.get(which)
    if session is not None and notice is not None and notice.channel is not Channel.REPLY:
        await _note(session, [notice], which, services)


async def _tell(session_id: SessionId, which: NoticeId, command_key: str, services: Services) -> None:
    async with services.unit_of_work.read() as tx:
        session = await tx.sessions.get(session_id)
        notice = await tx.notices.get(which)
    if session is not None and notice is not None:
        await answer(services, command_key, _told(notice, session))


def _told(notice: Notice, session: Session) -> View:
    requester = session.requester.name if session.requester else ""
    if notice.state is NoticeState.SENT:
        text = (
            _("{requester} has the link again, by SMS.", requester=requester)
            if notice.channel is Channel.SMS
            else _("{requester} has the link again, by e-mail.", requester=requester)
        )
        return Message(text, Tone.GOOD)
    if notice.state is NoticeState.UNSURE:
        return problem(_("It is not sure that {requester} got it.", requester=requester))
    return problem(
        _(
            "{requester} could not be told. {why}",
            requester=requester,
            why=notice.problem or _("No reason was given."),
        )
    )
