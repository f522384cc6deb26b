"""Post the card of an outage once, and keep it up to date until its sessions are over."""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime

import structlog

from bot.attempts import attempting
from bot.coalesced_refreshes import begin_refresh_of_outage
from bot.errors import BotError, OutcomeUnknown, Rejected, Unavailable
from bot.i18n import Text, Words, _
from bot.installation import Installation
from bot.jobs import PostOutage, RefreshOutage, SettleOutage
from bot.model.ids import OutageId
from bot.model.outage import Outage, OutagePlace, Refusal
from bot.model.session import SessionSummary
from bot.model.switches import Location, Switches
from bot.model.technician import Platform
from bot.outage import outlast_outage
from bot.ports import Chat, Clock, Posted, ReturnAddress, Steps
from bot.unit_of_work import Transaction, UnitOfWork
from bot.values import replace, value_class
from bot.views.outage import OutageCard, make_outage_card
from bot.views.pages import Message
from bot.views.parts import Reader
from bot.views.plain import hidden_outage
from bot.views.shown_card import details_elsewhere
from bot.workflows.chat_retries import TRIES_TO_SHOW, TRIES_WHILE_UNSURE, ChatRetries
from bot.workflows.replies import enqueue_reply, problem_view
from bot.workflows.show_until_current import show_until_current

log = structlog.get_logger("bot")


@value_class
class _ShownOutage:
    """An outage with everything that its card shows, read in one transaction."""

    outage: Outage
    sessions: Sequence[SessionSummary]
    refusals: Sequence[Refusal]
    switches: Switches

    @property
    def card(self) -> OutageCard:
        """The card as everybody in a channel may see it."""
        return make_outage_card(self.outage, self.sessions, self.refusals)


@value_class
class _Target:
    """Where the card of an outage is to be posted, and for whom it is rendered there."""

    address: ReturnAddress
    is_private: bool
    reader: Reader
    language: str
    """The organisation's: of a card that others see too."""

    def reader_of(self, *, is_private: bool) -> Reader:
        """Return for whom the card is rendered in private, or in the channel."""
        return self.reader if is_private else replace(self.reader, language=self.language)


class OutageCards:
    """Posts and updates the cards of outages."""

    def __init__(
        self,
        unit_of_work: UnitOfWork,
        chats: Mapping[Platform, Chat],
        installation: Installation,
        clock: Clock,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._chats = chats
        self._installation = installation
        self._clock = clock

    async def post(self, job: PostOutage) -> None:
        """Post the card of an outage, unless it is there already. Raises Unavailable, Rejected, OutcomeUnknown."""
        shown = await self._load(job.outage)
        if shown is None or not shown.switches.shows(Location.MESSAGE):
            return
        outage = shown.outage
        if outage.place is not None:
            # An earlier run of the job has stored it, and may have died or failed before its look at what changed meanwhile.
            await self._show_until_current(outage.id)
            return
        if job.tries > 0 and shown.card.is_over and outage.attempted_at is None:
            return  # nobody misses it any more
        target = await self._find_target(outage)
        if target is None:
            return

        async def mark() -> bool:
            async with self._unit_of_work.write() as tx:
                return await tx.outages.mark_attempted(outage.id, self._clock())

        async with attempting(mark, lambda: self._unmark(outage.id)) as was_marked:
            place, is_found = await self._look_and_send(job, shown, target, was_marked=was_marked)
        # What an earlier try has posted may show an earlier state.
        await self._store_place(outage.id, place, target, "" if is_found else _digest(shown.card))

    async def _find_target(self, outage: Outage) -> _Target | None:
        """Return where the card is to be posted. None where the command is no longer stored. Raises Unavailable."""
        async with self._unit_of_work.read() as tx:
            address = await tx.commands.return_address(outage.command)
            stored = await tx.people.profile(outage.actor)
        if address is None:
            return None
        is_private = address.is_private or await self._chat_of(outage).is_shared_outside(
            outage.actor.tenant, address.channel
        )
        reader = Reader.of(stored[0] if stored else None, self._installation.language)
        return _Target(address, is_private, reader, self._installation.language)

    async def _look_and_send(
        self, job: PostOutage, shown: _ShownOutage, target: _Target, *, was_marked: bool
    ) -> tuple[OutagePlace, bool]:
        """Look for the message of an earlier attempt, and post where there is none. Returns whether it was found."""
        is_certain = True
        if was_marked:
            try:
                found = await self._find(job, shown.outage, target)
            except Rejected as error:
                # A second card is better than none.
                is_certain = False
                log.warning("card may be posted twice", platform=job.platform, reason=error.log_text)
            else:
                if found is not None:
                    return found, True
        try:
            return await self._send(shown, target), False
        except OutcomeUnknown as error:
            if is_certain:
                # The next try looks first, so it need not be one of the few that are left to an unsure post.
                raise Unavailable(error.text, retry_after=error.retry_after) from error
            raise
        except BotError:
            if is_certain:
                await self._unmark(shown.outage.id)
            raise

    async def _find(self, job: PostOutage, outage: Outage, target: _Target) -> OutagePlace | None:
        """Look for the message of an earlier attempt, in both places. Raises Rejected where it cannot be known, Unavailable."""
        chat, actor = self._chat_of(outage), outage.actor
        since: datetime = outage.attempted_at or outage.created_at
        try:
            if not target.is_private:
                posted = await chat.find_post(actor.tenant, target.address.channel, outage.marker, since)
                if posted is not None:
                    return _place(posted, target, is_private=False)
            posted = await chat.find_private_post(actor, outage.marker, since)
        except Unavailable as error:
            if job.tries < TRIES_WHILE_UNSURE:
                raise
            raise Rejected(error.text) from error
        return None if posted is None else _place(posted, target, is_private=True)

    async def _send(self, shown: _ShownOutage, target: _Target) -> OutagePlace:
        """Post in the channel where the bot may; elsewhere, and in a private chat, to the sender alone."""
        chat, actor, marker = self._chat_of(shown.outage), shown.outage.actor, shown.outage.marker
        if not target.is_private:
            reader = target.reader_of(is_private=False)
            posted = await chat.post(actor.tenant, target.address.channel, shown.card, reader, marker=marker)
            if posted is not None:
                return _place(posted, target, is_private=False)
        private = await chat.post_private(actor, shown.card, target.reader_of(is_private=True), marker=marker)
        return _place(private, target, is_private=True)

    async def _store_place(
        self, outage_id: OutageId, place: OutagePlace, target: _Target, shown: str
    ) -> None:
        """Store where a card was posted, tell its creator where they do not see it, and show what changed meanwhile."""
        outage: Outage | None = None

        async def store() -> None:
            nonlocal outage
            async with self._unit_of_work.write() as tx:
                outage = await tx.outages.get(outage_id)
                if outage is None:
                    return
                await tx.outages.store_place(outage_id, place)
                await tx.outages.store_shown(outage_id, place.message, shown)
                await self._tell_place(outage, place, target, tx)

        await outlast_outage(store, name="store the card of an outage")
        if outage is not None and outage.place is not None and outage.place.message != place.message:
            # Its message became known by a press while this one was posted.
            await self._retire(outage, outage.place)
        # A change that was stored before the place did not refresh the card.
        await self._show_until_current(outage_id)

    async def _tell_place(self, outage: Outage, place: OutagePlace, target: _Target, tx: Transaction) -> None:
        chat, address = self._chat_of(outage), target.address
        if place.is_private and not address.is_private:
            text = _("The card of the outage is in your own chat with the bot.")
        elif chat.needs_card_place(address):
            text = _("The card of the outage is in {channel}.", channel=chat.name_place(address))
            if address.is_private:
                text = _("The card of the outage is in this chat.")
        else:
            return
        await enqueue_reply(outage.command, Message(text), tx, reason="outage_place")

    async def _unmark(self, outage: OutageId) -> None:
        async with self._unit_of_work.write() as tx:
            await tx.outages.unmark_attempted(outage)

    async def refresh(self, job: RefreshOutage) -> None:
        """Bring the card of an outage up to date. Raises Unavailable, Rejected."""
        async with self._unit_of_work.write() as tx:
            await begin_refresh_of_outage(job.outage, tx)
        await self._show_until_current(job.outage)

    async def _show_until_current(self, outage: OutageId) -> None:
        await show_until_current(lambda: self._load(outage), self._show)

    async def _show(self, shown: _ShownOutage | None) -> None:
        """Show an outage on its card, unless the card shows just that."""
        if shown is None or shown.outage.place is None:
            return
        outage, place = shown.outage, shown.outage.place
        view = await self._current_view(shown, place)
        digest = _digest(view)
        if digest == outage.shown:
            return
        try:
            exists = await self._update(outage, place, view)
        except BotError:
            # It may have been updated all the same.
            await self._retire_unless_card(outage, place)
            raise
        async with self._unit_of_work.write() as tx:
            is_card = await tx.outages.store_shown(outage.id, place.message, digest)
            if is_card and not exists:
                await tx.outages.store_place(outage.id, None)
        if exists and not is_card:
            await self._retire_unless_card(outage, place)

    async def _retire_unless_card(self, outage: Outage, place: OutagePlace) -> None:
        """Retire a message that was updated, if another one became the card meanwhile: nothing would update it later."""
        async with self._unit_of_work.read() as tx:
            current = await tx.outages.get(outage.id)
        if current is not None and current.place is not None and current.place.message != place.message:
            await self._retire(outage, place)

    async def _current_view(self, shown: _ShownOutage, place: OutagePlace) -> OutageCard | Message:
        """Return what the card shows now. Raises Unavailable."""
        card = shown.card
        if shown.switches.hides(Location.MESSAGE):
            return hidden_outage(card)
        outage = shown.outage
        # A channel may be shared with another organization after the card was posted there.
        if not place.is_private and await self._chat_of(outage).is_shared_outside(
            outage.actor.tenant, place.channel
        ):
            return Message(card.counts, details=[details_elsewhere()])
        return card

    async def settle(self, job: SettleOutage) -> None:
        """Store the message of an attempt as the card. Retire it, if another message is the card. Raises Unavailable, Rejected."""
        shown = await self._load(job.outage)
        if shown is None or shown.outage.marker != job.marker:
            return
        outage, place = shown.outage, shown.outage.place
        if place is not None:
            if place.message != job.message and place.channel == job.channel:
                await self._show_as_retired(outage, replace(place, message=job.message))
            return
        target = await self._find_target(outage)
        if target is None or outage.attempted_at is None:
            return
        is_private = not self._chat_of(outage).is_channel(job.channel)
        found = _place(Posted(job.channel, job.message), target, is_private=is_private)
        await self._store_place(outage.id, found, target, "")

    async def _retire(self, outage: Outage, place: OutagePlace) -> None:
        """Show on a message that another one is the card. If that fails, a job of its own tries it again."""
        try:
            await self._show_as_retired(outage, place)
        except BotError as error:
            log.warning("a card is to be retired later", error=error.log_text)
            again = SettleOutage(
                outage.actor.platform, place.channel, place.message, outage.id, outage.marker
            )
            async with self._unit_of_work.write() as tx:
                await tx.enqueue(again, key=f"retire:{outage.id}:{secrets.token_hex(8)}")

    async def _show_as_retired(self, outage: Outage, place: OutagePlace) -> None:
        moved = Message(_("The card of the outage is further down now."))
        await self._update(outage, place, moved)

    async def _update(self, outage: Outage, place: OutagePlace, view: OutageCard | Message) -> bool:
        reader = Reader(place.locale, place.timezone)
        posted = Posted(place.channel, place.message)
        return await self._chat_of(outage).update_message(outage.actor.tenant, posted, view, reader)

    async def report_unposted(self, outage_id: OutageId, why: Text) -> None:
        """Tell the technician that the card could not be posted. Their sessions run all the same."""
        async with self._unit_of_work.write() as tx:
            outage = await tx.outages.get(outage_id)
            if outage is None or outage.place is not None:
                return
            text = _(
                "The card of the outage could not be posted. {why} To see your sessions, type {words}.",
                why=why,
                words=Words("list"),
            )
            await enqueue_reply(outage.command, problem_view(text), tx, reason="outage_unposted")

    def _chat_of(self, outage: Outage) -> Chat:
        return self._chats[outage.actor.platform]

    async def _load(self, outage_id: OutageId) -> _ShownOutage | None:
        async with self._unit_of_work.read() as tx:
            outage = await tx.outages.get(outage_id)
            if outage is None:
                return None
            return _ShownOutage(
                outage,
                await tx.sessions.summaries_of_outage(outage_id),
                await tx.outages.refusals(outage_id),
                await tx.switches.read(),
            )


def _place(posted: Posted, target: _Target, *, is_private: bool) -> OutagePlace:
    reader = target.reader_of(is_private=is_private)
    return OutagePlace(posted.channel, posted.message, is_private, reader.language, reader.timezone)


def _digest(view: OutageCard | Message) -> str:
    """Return a digest of what a message shows."""
    return hashlib.sha256(repr(view).encode()).hexdigest()


async def post_outage(job: PostOutage, steps: Steps, *, outages: OutageCards, retries: ChatRetries) -> None:
    """Post the card of an outage. Where that is impossible, tell its technician."""
    outcome = await retries.call_or_retry(
        "post the card of the outage", lambda: outages.post(job), job, steps, tries=TRIES_TO_SHOW
    )
    if outcome.problem is not None:
        why = outcome.problem
        await steps.run_step("say that there is no card", lambda: outages.report_unposted(job.outage, why))


async def refresh_outage(
    job: RefreshOutage, steps: Steps, *, outages: OutageCards, retries: ChatRetries
) -> None:
    """Bring the card of an outage up to date."""
    await retries.call_or_retry(
        "refresh the card of the outage",
        lambda: outages.refresh(job),
        job,
        steps,
        tries=TRIES_TO_SHOW,
        is_repeatable=True,
    )


async def settle_outage(
    job: SettleOutage, steps: Steps, *, outages: OutageCards, retries: ChatRetries
) -> None:
    """Settle a message with a card of an outage that is not stored."""
    await retries.call_or_retry(
        "settle the card of the outage", lambda: outages.settle(job), job, steps, tries=TRIES_TO_SHOW
    )
