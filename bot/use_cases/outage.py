"""Report an outage: a session for each request that it affects, under the same rules as one, and one card for all."""

from collections.abc import Sequence

from bot import access
from bot.access import SessionWord
from bot.commands import (
    Create,
    EndOutage,
    OpenOutageForm,
    ReportOutage,
    ShowOutageCard,
    ShowOutageLinks,
)
from bot.errors import NotAllowed, NotFound
from bot.i18n import Text, Words, _, n_
from bot.jobs import EndSession, PostOutage
from bot.model.ids import OutageId, RequestNumber, derive_outage_id
from bot.model.outage import Outage, Refusal
from bot.model.session import Session, SessionSummary
from bot.use_cases.context import CommandContext
from bot.use_cases.create import enqueue_creation, new_session, read_rules_of_connected, require_connection
from bot.use_cases.create_several import open_already_text
from bot.use_cases.creation_limit import require_within_limit
from bot.use_cases.ending import accept_end
from bot.use_cases.find_session import require_word_of
from bot.use_cases.policy_check import require_allowed
from bot.views.outage import OutageCard, OutageForm, make_outage_card
from bot.views.pages import Message, View
from bot.views.parts import LinkButton, Tone
from bot.views.session import enter_links, state_text

MOST_LINKS = 20
"""Ways in that one answer holds. Slack takes 25 buttons in a row."""


async def open_outage_form(command: OpenOutageForm, context: CommandContext) -> View:
    """Return the form, for a technician who can use it. Raises NotAllowed, NotAuthorized."""
    access.require_integration_on(context.switches)
    await require_connection(context)
    place = context.command_request.place
    return OutageForm(
        command.kind,
        command.note,
        "" if place.is_private else place.channel,
        offers_chat=context.installation.tells_requester_in_chat,
    )


async def report_outage(command: ReportOutage, context: CommandContext) -> Message:
    """Accept a session for each request that has none of the technician's open. Raises NotAllowed, NotAuthorized.

    A rule or a limit that refuses the command refuses all of it. A request that has a session open keeps it, and the card
    says so, as it says of each request that is refused later.
    """
    access.require_integration_on(context.switches)
    rules = await read_rules_of_connected(context)
    outage = _new_outage(command, context)
    wanted = [_new_session(number, command, outage.id, context) for number in command.numbers]
    await require_within_limit(wanted, context)
    await require_allowed(wanted, rules, context, another=False)
    accepted: list[Session] = []
    refusals: list[Refusal] = []
    for session in wanted:
        stored = await context.tx.sessions.open(session, outage.command, another=False)
        if stored.id == session.id:
            accepted.append(session)
        else:
            refusals.append(Refusal(session.number, await open_already_text(stored, context)))
    details = [one.why for one in refusals]
    if not accepted:
        return Message(_("You have a session open for each of these requests already."), details=details)
    await context.tx.outages.add(outage)
    for refusal in refusals:
        await context.tx.outages.add_refusal(outage.id, refusal)
    for session in accepted:
        await enqueue_creation(session, context)
    await context.tx.enqueue(PostOutage(outage.actor.platform, outage.id), key=f"outage:{outage.id}")
    # Several answers can follow it, so nothing replaces it: it has to stay true.
    text = n_(
        "{count} session was asked for. The card of the outage shows what becomes of it.",
        "{count} sessions were asked for. The card of the outage shows what becomes of each.",
        len(accepted),
    )
    # A platform need not keep an answer that only says that work has begun. What is open already has to stay.
    return Message(text, Tone.PLAIN if details else Tone.WAIT, details, is_accepted=True)


def _new_outage(command: ReportOutage, context: CommandContext) -> Outage:
    request = context.command_request
    return Outage(
        id=derive_outage_id(request.key),
        command=request.key,
        actor=request.actor,
        technician=context.by.email,
        technician_name=context.by.name,
        kind=command.kind,
        note=command.note,
        created_at=context.now,
    )


def _new_session(
    number: RequestNumber, command: ReportOutage, outage: OutageId, context: CommandContext
) -> Session:
    create = Create(number, command.kind, command.note, in_chat=command.in_chat)
    return new_session(create, context, derived_from=f"{context.command_request.key}:{number}", outage=outage)


async def show_card(command: ShowOutageCard, context: CommandContext) -> OutageCard:
    """Show the card of an outage as it is now. Raises NotFound."""
    outage = await context.tx.outages.get(command.outage)
    if outage is None:
        raise NotFound(_("The bot no longer knows this outage."))
    sessions = await context.tx.sessions.summaries_of_outage(outage.id)
    return make_outage_card(outage, sessions, await context.tx.outages.refusals(outage.id))


async def show_links(command: ShowOutageLinks, context: CommandContext) -> Message:
    """Show the sender the ways into their own open sessions of an outage. Raises NotAllowed, NotFound."""
    access.require_integration_on(context.switches)
    sessions = await _sessions_of(command.outage, context)
    mine = [one for one in sessions if one.technician == context.by.email and one.is_usable]
    if not mine:
        raise NotFound(
            _(
                "You have no open session in this outage. To see all your sessions, type {words}.",
                words=Words("list"),
            )
        )
    shown, left = mine[:MOST_LINKS], mine[MOST_LINKS:]
    lines = [Text("#{number} · {state}", {"number": one.number, "state": state_text(one)}) for one in shown]
    if left:
        lines.append(
            n_(
                "{count} more is open. To enter it, type {words}.",
                "{count} more are open. To enter one, type for example {words}.",
                len(left),
                words=Words(f"enter {left[0].number}"),
            )
        )
    buttons = [button for one in shown for button in await _way_in(one, context)]
    return Message(
        _("Your sessions of the outage: these buttons are only for you."),
        details=lines,
        buttons=buttons,
        is_personal=True,
    )


async def _way_in(summary: SessionSummary, context: CommandContext) -> Sequence[LinkButton]:
    """Return the button that enters a session. Empty while it is created or handed over."""
    session = await context.tx.sessions.get(summary.id)
    if session is None or session.is_moving:
        return ()
    return enter_links(session, _("Enter #{number}", number=session.number))[:1]


async def end_sessions(command: EndOutage, context: CommandContext) -> Message:
    """Accept the end of each open session that the sender may end. Raises NotAllowed, NotFound, NotConfirmed."""
    access.require_integration_on(context.switches)
    sessions = [one for one in await _sessions_of(command.outage, context) if one.state.is_open]
    if not sessions:
        raise NotFound(_("Every session of this outage is over."))
    ended: list[RequestNumber] = []
    refused: list[tuple[RequestNumber, NotAllowed]] = []
    for summary in sessions:
        session = await context.tx.sessions.get(summary.id)
        if session is None or not session.state.is_open:
            continue
        try:
            await require_word_of(SessionWord.END, session, context)
        except NotAllowed as error:
            refused.append((session.number, error))
            continue
        job = EndSession(session.id, context.by.name, context.by.email)
        key = f"{job.tag}:{context.command_request.key}:{session.id}"
        await accept_end(job, context.tx, context.now, key=key, known=session)
        ended.append(session.number)
    if not ended and refused:
        raise refused[0][1]
    details = []
    if refused:
        numbers = tuple(f"#{number}" for number, _error in refused)
        details.append(_("Not ended, because they belong to somebody else: {numbers}.", numbers=numbers))
    text = n_("Ending {count} session of the outage…", "Ending {count} sessions of the outage…", len(ended))
    return Message(text, Tone.PLAIN if details else Tone.WAIT, details)


async def _sessions_of(outage: OutageId, context: CommandContext) -> Sequence[SessionSummary]:
    """Return the sessions of an outage, in the order of their requests. Raises NotFound."""
    if await context.tx.outages.get(outage) is None:
        raise NotFound(_("The bot no longer knows this outage."))
    sessions = await context.tx.sessions.summaries_of_outage(outage)
    return sorted(sessions, key=lambda one: int(one.number))
