"""Offer a session to a colleague: find out who is meant, then store the offer and enqueue the message with the buttons."""

from datetime import timedelta

from bot import access
from bot import freshness as limits
from bot.errors import NotAllowed, NotConfirmed, NotFound
from bot.i18n import Words, _
from bot.installation import Installation
from bot.jobs import ExpireOffer, OfferSession, TellOfTransfer
from bot.model.ids import derive_transfer_id, email
from bot.model.sanitize import remove_invisible
from bot.model.session import Session
from bot.model.technician import Actor, Technician
from bot.model.transfer import OFFERED_FOR, Party, Transfer, TransferNews, TransferState
from bot.offers import enqueue_news, enqueue_settled, withdraw_offer
from bot.ports import Clock, Steps
from bot.unit_of_work import Transaction, UnitOfWork
from bot.use_cases.policy_check import require_transfer_allowed
from bot.use_cases.transfer import begin_move
from bot.values import value_class
from bot.views.transfer import moving_message, offered_message, transfer_message
from bot.workflows.chat_retries import TRIES_TO_ANSWER, ChatRetries
from bot.workflows.offer_messages import OfferMessenger
from bot.workflows.replies import Replies, enqueue_reply, problem_view
from bot.workflows.user_lookup import UserLookup

_EXPIRY_MARGIN = timedelta(seconds=2)
"""The job that ends an offer runs a little later than the offer ends."""


@value_class
class _Asked:
    """What somebody asked for: the job, the session, and the two technicians."""

    job: OfferSession
    session: Session
    by: Technician
    colleague: Technician


class SessionOfferer:
    """Offers sessions to colleagues, and ends offers."""

    def __init__(
        self,
        *,
        unit_of_work: UnitOfWork,
        users: UserLookup,
        replies: Replies,
        messages: OfferMessenger,
        installation: Installation,
        clock: Clock,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._users = users
        self._replies = replies
        self._messages = messages
        self._installation = installation
        self._clock = clock

    async def offer(self, job: OfferSession) -> None:
        """Store an offer with its message and its answer, or begin the move that an SDAdmin asked for.

        Raises NotFound, NotAllowed, NotConfirmed, Rejected, Unavailable.
        """
        async with self._unit_of_work.read() as tx:
            address = await tx.commands.return_address(job.command)
        if address is None:
            return
        colleague = await self._identify_colleague(job.user, address.actor)
        async with self._unit_of_work.write() as tx:
            if await tx.transfers.get(derive_transfer_id(job.command)) is not None:
                return
            await self._store(await self._check(job, colleague, tx), tx)

    async def _identify_colleague(self, user: str, asked_by: Actor) -> Technician:
        profile = None
        if "@" not in user:
            profile = await self._users.read_profile(Actor(asked_by.platform, asked_by.tenant, user))
        await self._users.refresh_technicians(older_than=limits.DIRECTORY_FRESH_FOR_UNLISTED)
        address = email(remove_invisible(user)) if profile is None else profile.email
        async with self._unit_of_work.read() as tx:
            listed_as = await tx.people.technician_name(address) if address else None
        if profile is not None:
            return access.require_technician_for(access.Purpose.TRANSFER, profile, listed_as)
        return access.require_listed_address_for(
            access.Purpose.TRANSFER, email(remove_invisible(user)), listed_as
        )

    async def _check(self, job: OfferSession, colleague: Technician, tx: Transaction) -> _Asked:
        """Check everything once more: much may have changed while outside systems were asked."""
        access.require_integration_on(await tx.switches.read())
        session = await tx.sessions.lock(job.session)
        if session is None or not session.state.is_live or session.is_ending:
            raise NotFound(_("The session is over."))
        is_admin = job.by in self._installation.admins or job.by in await tx.people.granted_admins()
        by = Technician(job.by, job.by_name, is_admin=is_admin)
        access.require_word(access.SessionWord.TRANSFER, session, by, is_invited=False)
        access.require_not_moving(session)
        if colleague.email == session.technician:
            raise NotAllowed(
                _(
                    "The session for request #{number} is with {name} already.",
                    number=session.number,
                    name=session.technician_name,
                )
            )
        if not await tx.people.profiles_of(colleague.email):
            raise NotAllowed(
                _(
                    "{name} has not used the bot yet, so it cannot reach them. Ask them to write {words} to it first.",
                    name=colleague.name,
                    words=Words("hello"),
                )
            )
        await require_transfer_allowed(session, colleague.email, tx, self._installation)
        return _Asked(job, session, by, colleague)

    async def _store(self, asked: _Asked, tx: Transaction) -> None:
        job, session = asked.job, asked.session
        offer = Transfer(
            derive_transfer_id(job.command),
            session.id,
            former=Party(session.technician, session.technician_name),
            to=Party(asked.colleague.email, asked.colleague.name),
            by=Party(asked.by.email, asked.by.name),
            command=job.command,
            offered_at=self._clock(),
            former_account=session.account,
            former_code=session.code,
        )
        earlier = await tx.transfers.running_of(session.id)
        if earlier is not None and not await withdraw_offer(earlier, tx):
            access.require_not_moving(session)
        transfer = offer.moving(None) if asked.by.is_admin else offer
        if transfer.state is TransferState.MOVING:
            await self._require_connection(asked.colleague, tx)
        if not await tx.transfers.add(transfer):
            raise NotConfirmed(_("Somebody else was faster. Look at the session, and try again."))
        if transfer.state is TransferState.MOVING:
            await begin_move(transfer, tx)
            answer = moving_message(asked.colleague.name, session.number)
            await enqueue_reply(job.command, answer, tx, reason="moving")
            return
        await enqueue_news(offer, TransferNews.OFFER, tx)
        seconds = int((OFFERED_FOR + _EXPIRY_MARGIN).total_seconds())
        await tx.enqueue(ExpireOffer(offer.id), key=f"expire:{offer.id}", delay_seconds=seconds)
        await enqueue_reply(job.command, offered_message(offer, session), tx, reason="offered")

    @staticmethod
    async def _require_connection(colleague: Technician, tx: Transaction) -> None:
        if await tx.connections.active(colleague.email) is None:
            raise NotAllowed(
                _(
                    "{name} has not connected a TeamViewer account, so the session cannot move there. Ask them to type {words}.",
                    name=colleague.name,
                    words=Words("auth"),
                )
            )

    async def expire(self, job: ExpireOffer) -> None:
        """End an offer that nobody has answered, and tell who made it."""
        async with self._unit_of_work.write() as tx:
            offer = await tx.transfers.get(job.transfer)
            if offer is None:
                return
            expired = offer.settled(TransferState.EXPIRED)
            if await tx.transfers.save(expired, known_state=TransferState.OFFERED):
                await enqueue_news(offer, TransferNews.EXPIRED, tx)
                await enqueue_settled(expired, tx)

    async def tell(self, job: TellOfTransfer) -> None:
        """Send one of the people of a transfer the message about it, unless it is no longer true.

        Raises Unavailable, Rejected (no chat of theirs takes it).
        """
        async with self._unit_of_work.read() as tx:
            transfer = await tx.transfers.get(job.transfer)
            session = await tx.sessions.get(transfer.session_id) if transfer else None
            if transfer is None or session is None:
                return
        if job.news is TransferNews.OFFER:
            if transfer.is_open(self._clock()):
                await self._messages.send(transfer, session)
            else:
                await self._messages.find_unstored(transfer)
            return
        if job.news is TransferNews.SETTLED:
            await self._messages.replace_buttons(transfer, session)
            return
        if job.news is TransferNews.RECEIVED and session.technician != transfer.to.email:
            return
        view = transfer_message(transfer, session, job.news)
        whom = transfer.to if job.news is TransferNews.RECEIVED else transfer.former
        await self._replies.message_person(whom.email, view)

    async def report_unreachable(self, job: TellOfTransfer) -> None:
        """Tell who offered a session that the offer did not arrive, and end it."""
        if job.news is not TransferNews.OFFER:
            return
        async with self._unit_of_work.write() as tx:
            offer = await tx.transfers.get(job.transfer)
            if offer is None:
                return
            failed = offer.settled(TransferState.FAILED)
            if not await tx.transfers.save(failed, known_state=TransferState.OFFERED):
                return
            text = _(
                "{name} could not be reached in chat, so the session stays with you.", name=offer.to.name
            )
            await enqueue_reply(offer.command, problem_view(text), tx, reason="unreachable")


async def offer_session(
    job: OfferSession, steps: Steps, *, offerer: SessionOfferer, replies: Replies
) -> None:
    """Offer a session to a colleague, or move it. The answer is a job of its own."""
    offered = await steps.run_step("store the offer", lambda: offerer.offer(job), is_repeatable=True)
    if offered.problem is not None:
        view = problem_view(offered.problem)
        await steps.run_step(
            "report the refusal", lambda: replies.enqueue_answer(job.command, view, reason="refused")
        )


async def expire_offer(job: ExpireOffer, steps: Steps, *, offerer: SessionOfferer) -> None:
    """End an offer that nobody has answered in time."""
    await steps.run_step("end the offer", lambda: offerer.expire(job), is_repeatable=True)


async def tell_of_transfer(
    job: TellOfTransfer, steps: Steps, *, offerer: SessionOfferer, retries: ChatRetries
) -> None:
    """Send one of the people of a transfer a private message."""
    told = await retries.call_or_retry(
        "send the message", lambda: offerer.tell(job), job, steps, tries=TRIES_TO_ANSWER
    )
    if told.problem is not None:
        await steps.run_step(
            "report that nobody was reached", lambda: offerer.report_unreachable(job), is_repeatable=True
        )
