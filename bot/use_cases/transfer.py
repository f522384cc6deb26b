"""Transfer a session to a colleague: offer it, withdraw the offer, accept and decline."""

from collections.abc import Sequence

from bot import access, offers
from bot.access import SessionWord
from bot.coalesced_refreshes import enqueue_refresh_of_session
from bot.commands import AnswerOffer, OpenTransferForm, Transfer, WithdrawOffer
from bot.errors import NotAllowed, NotAuthorized, NotFound, too_many_conflicts
from bot.i18n import _
from bot.jobs import MoveSession, OfferSession
from bot.model import transfer as model
from bot.model.ids import TransferId, is_typed_reference
from bot.model.session import Session, State
from bot.model.transfer import TransferNews, TransferState
from bot.unit_of_work import Transaction
from bot.use_cases.context import CommandContext
from bot.use_cases.find_session import find_meant_sessions
from bot.use_cases.policy_check import require_transfer_allowed
from bot.values import replace
from bot.views.pages import Choice, Message, View
from bot.views.parts import Button, Style, Tone
from bot.views.session import make_session_row
from bot.views.transfer import moving_message
from bot.views.transfer_form import TransferForm

_ATTEMPTS = 5


async def transfer_session(command: Transfer, context: CommandContext) -> View:
    """Offer a session to a colleague. A job looks them up first. Raises NotFound, NotAllowed."""
    access.require_integration_on(context.switches)
    candidates = await find_meant_sessions(SessionWord.TRANSFER, command.reference, context)
    if len(candidates) > 1:
        return _ask_which([(one, Transfer(one.id, command.user)) for one in candidates])
    session = candidates[0]
    _require_movable(session)
    request = context.command_request
    job = OfferSession(
        request.actor.platform, session.id, command.user, context.by.email, context.by.name, request.key
    )
    await context.enqueue(job)
    return Message(_("Looking up who that is…"), Tone.WAIT, is_accepted=True)


async def open_transfer_form(command: OpenTransferForm, context: CommandContext) -> View:
    """Return the form in which a colleague is chosen. Raises NotFound, NotAllowed."""
    access.require_integration_on(context.switches)
    candidates = await find_meant_sessions(SessionWord.TRANSFER, command.reference, context)
    if len(candidates) > 1:
        return _ask_which([(one, OpenTransferForm(one.id)) for one in candidates])
    session = candidates[0]
    _require_movable(session)
    return TransferForm(session.id, session.number, moves=context.by.is_admin)


async def withdraw_offer(command: WithdrawOffer, context: CommandContext) -> View:
    """Withdraw the offer of a session. Raises NotFound, NotAllowed."""
    candidates = await find_meant_sessions(SessionWord.TRANSFER, command.reference, context)
    number = candidates[0].number
    running = [await context.tx.transfers.running_of(one.id) for one in candidates]
    if not any(running):
        raise NotFound(_("The session for request #{number} is not offered to anybody.", number=number))
    for offer in filter(None, running):
        if not await offers.withdraw_offer(offer, context.tx):
            raise NotAllowed(
                _(
                    "{name} has accepted the session for request #{number} already.",
                    name=offer.to.name,
                    number=number,
                )
            )
    return Message(_("The offer of the session for request #{number} is withdrawn.", number=number))


async def answer_offer(command: AnswerOffer, context: CommandContext) -> View:
    """Accept or decline an offer. Raises NotFound, NotAllowed, NotAuthorized (no TeamViewer account is connected)."""
    access.require_integration_on(context.switches)
    offer = await _find_offer(command.offer, context)
    session = await context.tx.sessions.get(offer.session_id) if offer else None
    if offer is None or session is None:
        raise NotFound(_("The bot no longer knows this session."))
    if offer.to.email != context.by.email:
        raise NotAllowed(_("This offer is for {name}.", name=offer.to.name))
    if command.accepts:
        return await _accept(offer, session, context)
    return await _decline(offer, session, context)


async def _find_offer(named: str, context: CommandContext) -> model.Transfer | None:
    """Return the offer that is meant: by its id, or the one to the sender of a session. Raises NotFound."""
    if not is_typed_reference(named):
        return await context.tx.transfers.get(TransferId(named))
    for session in await context.tx.sessions.open_called(named):
        offer = await context.tx.transfers.running_of(session.id)
        if offer is not None and offer.to.email == context.by.email:
            return offer
    raise NotFound(_("Nobody offers you a session for {reference}.", reference=_spoken(named)))


def _spoken(reference: str) -> str:
    return reference if reference.startswith("s") else f"#{reference}"


async def _accept(offer: model.Transfer, session: Session, context: CommandContext) -> View:
    if offer.state is TransferState.MOVING:
        return moving_message(offer.to.name, session.number)
    if offer.state is TransferState.DONE and session.technician == context.by.email:
        return Message(_("The session for request #{number} is yours already.", number=session.number))
    _require_open(offer, session, context)
    if await context.tx.connections.active(context.by.email) is None:
        raise NotAuthorized(
            _(
                "To take over the session for request #{number}, connect your TeamViewer account first. Then press Accept again.",
                number=session.number,
            )
        )
    await require_transfer_allowed(session, context.by.email, context.tx, context.installation)
    moving = offer.moving(context.command_request.key)
    if not await context.tx.transfers.save(moving, known_state=TransferState.OFFERED):
        raise _no_longer_open(session)
    await offers.enqueue_settled(moving, context.tx)
    await begin_move(moving, context.tx)
    return moving_message(offer.to.name, session.number)


async def begin_move(moving: model.Transfer, tx: Transaction) -> None:
    """Let nobody enter a session any more that changes hands, and enqueue the work at TeamViewer.

    The transfer must be stored as moving in this transaction. Raises NotFound, NotConfirmed.
    """
    for _attempt in range(_ATTEMPTS):
        session = await tx.sessions.get(moving.session_id)
        if session is None or not session.state.is_live or session.is_ending:
            raise NotFound(_("The session is over."))
        if await tx.sessions.save(session.moving(moving.to.name), known=session):
            # It may have been renewed since it was offered.
            now_has = replace(moving, former_account=session.account, former_code=session.code)
            await tx.transfers.save(now_has, known_state=TransferState.MOVING)
            await enqueue_refresh_of_session(session.id, tx)
            await tx.enqueue(MoveSession(moving.id), key=f"move:{moving.id}")
            return
    raise too_many_conflicts()


async def _decline(offer: model.Transfer, session: Session, context: CommandContext) -> View:
    _require_open(offer, session, context)
    declined = offer.settled(TransferState.DECLINED)
    if not await context.tx.transfers.save(declined, known_state=TransferState.OFFERED):
        raise _no_longer_open(session)
    await offers.enqueue_settled(declined, context.tx)
    await offers.enqueue_news(offer, TransferNews.DECLINED, context.tx)
    return Message(
        _(
            "You declined the session for request #{number}. {name} gets a message about it.",
            number=session.number,
            name=offer.former.name,
        )
    )


def _require_open(offer: model.Transfer, session: Session, context: CommandContext) -> None:
    """Raise NotFound where an offer can no longer be answered."""
    is_still_theirs = session.technician == offer.former.email
    if not (offer.is_open(context.now) and session.is_usable and is_still_theirs):
        raise _no_longer_open(session)


def _no_longer_open(session: Session) -> NotFound:
    if not session.is_usable:
        return NotFound(
            _("The session for request #{number} is over, and so is this offer.", number=session.number)
        )
    return NotFound(_("This offer of the session for request #{number} is over.", number=session.number))


def _require_movable(session: Session) -> None:
    if session.state is State.CREATING:
        raise NotAllowed(
            _("The session for request #{number} is still being created.", number=session.number)
        )
    access.require_not_moving(session)


def _ask_which(meant: Sequence[tuple[Session, Transfer | OpenTransferForm]]) -> View:
    number = meant[0][0].number
    return Choice(
        _("Several sessions are open for request #{number}. Which one?", number=number),
        [
            (make_session_row(session), Button(_("Transfer"), command, Style.PRIMARY))
            for session, command in meant
        ],
    )
