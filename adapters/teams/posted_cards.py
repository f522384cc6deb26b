"""Settle cards that are not stored: a press or a refresh of one tells the id of its message.

The id of an activity is in the response to its post alone. If the bot is killed before it has stored the id, it does not know
the message. But an invoke from a card names the message (``replyToId``), and a new card also sends back which post it is of.
So does the view of it that one person gets: the bot may be killed after it has answered, and before it has stored the job here.
"""

from adapters.teams.incoming.activity import TeamsActivity
from adapters.teams.incoming.commands import read_outage_post, read_post
from bot.jobs import SettleOutage, SettlePost
from bot.model.ids import OutageId
from bot.model.technician import Platform
from bot.unit_of_work import UnitOfWork

SETTLE_AFTER_SECONDS = 1
"""A client may refresh a card while the response to its post is still on its way. By then that card is stored."""


class PostedCards:
    """Compares the cards that people use with the cards that are stored."""

    def __init__(self, unit_of_work: UnitOfWork) -> None:
        self._unit_of_work = unit_of_work

    async def settle(self, activity: TeamsActivity) -> None:
        """Enqueue a job for the card that sent an activity, if it is not stored. Raises Unavailable.

        Only a known technician's client is believed: the job may change what the message shows.
        """
        post = read_post(activity)
        outage_post = read_outage_post(activity)
        if outage_post is not None:
            await self._settle_outage(activity, *outage_post)
        if post is None:
            return
        session, marker = post
        async with self._unit_of_work.read() as tx:
            known_user = await tx.people.known_user(activity.actor)
            cards = await tx.cards.of_session(session)
        if known_user is None or known_user.listed_as is None:
            return
        if any((card.platform, card.message) == (Platform.TEAMS, activity.reply_to) for card in cards):
            return
        job = SettlePost(
            Platform.TEAMS, activity.tenant, activity.conversation, activity.reply_to, session, marker
        )
        async with self._unit_of_work.write() as tx:
            await tx.enqueue(job, key=f"settle:{activity.key}", delay_seconds=SETTLE_AFTER_SECONDS)

    async def _settle_outage(self, activity: TeamsActivity, outage_id: OutageId, marker: str) -> None:
        async with self._unit_of_work.read() as tx:
            known_user = await tx.people.known_user(activity.actor)
            outage = await tx.outages.get(outage_id)
        if known_user is None or known_user.listed_as is None or outage is None:
            return
        if outage.place is not None and outage.place.message == activity.reply_to:
            return
        job = SettleOutage(Platform.TEAMS, activity.conversation, activity.reply_to, outage_id, marker)
        async with self._unit_of_work.write() as tx:
            await tx.enqueue(job, key=f"settle:{activity.key}", delay_seconds=SETTLE_AFTER_SECONDS)
