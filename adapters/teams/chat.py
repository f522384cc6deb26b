"""Microsoft Teams as a place to talk: profiles, cards that follow, private messages, answers."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from adapters.teams.answer import TeamsRejected
from adapters.teams.answers import TeamsAnswer, TeamsAnswers, teams_answer
from adapters.teams.connector import Connector
from adapters.teams.memory import room
from adapters.teams.outbox import Outbox
from adapters.teams.render import Rendered, home_card, render
from adapters.teams.render.attachments import CARD
from adapters.teams.render.markdown import plain_formatter
from bot.errors import BotError, Rejected
from bot.i18n import _
from bot.model.card import Card
from bot.model.ids import email
from bot.model.pasted_link import PastedLink
from bot.model.technician import Actor, Platform, Profile
from bot.ports import ChatCapabilities, Clock, Posted, ReturnAddress
from bot.views.home import HomePage
from bot.views.pages import Message, RequestPanel, View
from bot.views.parts import Reader
from bot.views.session import SessionCard
from storage.repositories.teams import Conversation, Reachable
from storage.unit_of_work import SqlUnitOfWork

_GONE = {
    "ConversationNotFound",
    "ConversationBlockedByUser",
    "MessageWritesBlocked",
    "BotNotInConversationRoster",
}
"""The bot was removed or blocked (Teams, proactive messages; status codes of bot APIs)."""
_NO_MESSAGE = {404, 410}

_CAPABILITIES = ChatCapabilities(
    keeps_answers=True, personalizes_shared_cards=True, has_home_tab=False, opens_forms_in_answers=True
)


class NotThere(Rejected):
    """The bot is not, or no longer, in a conversation."""


class TeamsChat:
    """The ``Chat`` of a Teams tenant."""

    def __init__(
        self,
        outbox: Outbox,
        connector: Connector,
        unit_of_work: SqlUnitOfWork,
        clock: Clock,
        *,
        app_id: str,
        language: str,
    ) -> None:
        self._outbox = outbox
        self._connector = connector
        self._unit_of_work = unit_of_work
        self._clock = clock
        self._bot = f"28:{app_id}"
        self._language = language
        self._answers = TeamsAnswers()

    @property
    def capabilities(self) -> ChatCapabilities:
        """Return what Teams can do: answers are lasting messages, and a card refreshes itself for its creator."""
        return _CAPABILITIES

    def is_channel(self, channel: str) -> bool:
        """Ids of channels and group chats begin with 19."""
        return channel.startswith("19:")

    async def tenants_of(self, channel: str) -> Sequence[str]:
        """List the tenants in which a conversation was heard of: one."""
        async with self._unit_of_work.read() as tx:
            return await tx.teams.tenants_of(channel)

    async def profile(self, actor: Actor) -> Profile:
        """Ask the roster of a conversation who somebody is. Raises Rejected where they were never met.

        A guest's sign-in name holds ``#EXT#`` (Microsoft Entra, B2B user properties); ``userRole`` says it, too.
        """
        met = await self._met(actor)
        trouble: Rejected = _not_met()
        for conversation in dict.fromkeys(one for one in (met.personal, met.account.met_in) if one):
            try:
                place = await self._place(actor.tenant, conversation)
                member = await self._connector.member(place.service_url, place.id, met.account.mri)
            except Rejected as error:
                trouble = error  # they, or the bot, have left that one; perhaps not the other
            else:
                return _profile(actor, met, member, self._language)
        raise trouble

    async def _met(self, actor: Actor) -> Reachable:
        async with self._unit_of_work.read() as tx:
            met = await tx.teams.account(actor.tenant, actor.user)
        if met is None:
            raise _not_met()
        return met

    async def post(self, tenant: str, channel: str, view: View, reader: Reader) -> Posted | None:
        """Post in a conversation, for everybody there. None where the bot may not post."""
        try:
            return await self._send(tenant, channel, await self._rendered(tenant, view, reader))
        except Rejected:
            return None

    async def post_private(self, actor: Actor, view: View, reader: Reader) -> Posted:
        """Write to somebody in their personal chat."""
        return await self._send_privately(actor, await self._rendered(actor.tenant, view, reader))

    async def publish_home(self, actor: Actor, home: HomePage, reader: Reader, *, anew: bool = False) -> None:
        """Show a person their overview: in the message that is theirs, or (``anew``) in a new one, the old one gone."""
        rendered = Rendered(
            text=plain_formatter(reader).say(_("Your overview")), card=home_card(home, reader), private=True
        )
        async with self._unit_of_work.read() as tx:
            met = await tx.teams.account(actor.tenant, actor.user)
        old = Posted(met.personal, met.home_message) if met and met.personal and met.home_message else None
        if not anew:
            if old is not None:
                await self._update(actor.tenant, old, rendered)
            return
        posted = await self._send_privately(actor, rendered)
        async with self._unit_of_work.write() as tx:
            met = await tx.teams.account(actor.tenant, actor.user)
            if met is not None:
                await tx.teams.home_is(met.account, posted.message)
        if old is not None:
            await self.remove(actor.tenant, old)

    async def unfurl(self, tenant: str, link: PastedLink, panel: RequestPanel, reader: Reader) -> None:
        """Do nothing: Teams asks for a preview itself, and gets it in its answer."""

    async def update_card(self, card: Card, view: SessionCard | Message, reader: Reader) -> bool:
        """Show a card anew. False where its message is gone, or the bot may no longer write there."""
        rendered = await self._rendered(card.tenant, view, reader)
        return await self._update(card.tenant, Posted(card.channel, card.message), rendered)

    async def remove(self, tenant: str, posted: Posted) -> None:
        """Take a message away, if it is still there."""
        with suppress(Rejected):
            place = await self._place(tenant, posted.channel)
            await self._outbox.delete(place.service_url, posted.channel, posted.message)

    async def typing(self, tenant: str, channel: str) -> None:
        """Show that the bot is at work."""
        place = await self._place(tenant, channel)
        await self._connector.typing(place.service_url, channel)

    async def send_answer(self, to: ReturnAddress, view: View, reader: Reader) -> None:
        """Answer a command where it was sent; what only its sender may see, in their personal chat."""
        rendered = await self._rendered(to.actor.tenant, view, reader)
        await self.send_rendered(to, teams_answer(view, rendered, reader))

    def dump_answer(self, view: View, reader: Reader) -> str:
        """Render an answer and return it as text, to be stored and delivered later."""
        return self._answers.dump(self._answers.render(view, reader))

    async def deliver_answer(self, to: ReturnAddress, stored: str) -> None:
        """Deliver what ``dump_answer`` returned."""
        await self.send_rendered(to, self._answers.load(stored))

    async def send_rendered(self, to: ReturnAddress, answer: TeamsAnswer) -> None:
        """Send an answer. One that only says that work has begun becomes a typing indicator, which does not stay."""
        if answer.waits:
            with suppress(BotError):
                await self.typing(to.actor.tenant, to.channel)
            return
        rendered = answer.rendered
        if not to.is_private and not answer.private:
            with suppress(Rejected):  # the message extension is used in conversations without the bot, too
                await self._send(to.actor.tenant, to.channel, rendered)
                return
        try:
            await self._send_privately(to.actor, rendered)
        except Rejected:
            if to.is_private:
                raise
            await self._send(to.actor.tenant, to.channel, _plain(answer.unreachable))
            return
        if not to.is_private:
            await self._send(to.actor.tenant, to.channel, _plain(answer.elsewhere))

    async def _rendered(self, tenant: str, view: View, reader: Reader) -> Rendered:
        if not isinstance(view, SessionCard):
            return render(view, reader)
        return render(view, reader, viewers=await self.viewers(tenant, view))

    async def viewers(self, tenant: str, card: SessionCard) -> list[str]:
        """Return whom a card shows more than others: its creator, by Teams' own ids."""
        async with self._unit_of_work.read() as tx:
            return list(await tx.teams.mris_of(card.creator, tenant))

    async def _send(self, tenant: str, channel: str, rendered: Rendered) -> Posted:
        place = await self._place(tenant, channel)
        try:
            return Posted(channel, await self._outbox.send(place.service_url, channel, activity(rendered)))
        except TeamsRejected as error:
            await self._note_if_gone(place, error)
            raise

    async def _update(self, tenant: str, posted: Posted, rendered: Rendered) -> bool:
        try:
            place = await self._place(tenant, posted.channel)
            message = {**activity(rendered), "id": posted.message}
            await self._outbox.update(place.service_url, posted.channel, posted.message, message)
        except TeamsRejected as error:
            await self._note_if_gone(place, error)
            if error.status in _NO_MESSAGE or _is_gone(error):
                return False
            raise
        except NotThere:
            return False
        return True

    async def _place(self, tenant: str, channel: str) -> Conversation:
        """Return where a conversation is reached. Raises Rejected where the bot is not, or no longer, in it."""
        async with self._unit_of_work.read() as tx:
            place = await tx.teams.conversation(tenant, room(channel))
            if place is None and self.is_channel(channel):
                # Nobody has spoken there yet. The address of one conversation serves the whole tenant.
                other = await tx.teams.some_conversation(tenant)
                place = other and replace(other, id=room(channel), is_personal=False, has_left=False)
        if place is None or place.has_left:
            raise NotThere(_("I am not in this conversation in Teams. Add me there first."))
        return place

    async def _note_if_gone(self, place: Conversation, error: TeamsRejected) -> None:
        """Nothing more is tried there until somebody speaks to the bot there again."""
        if _is_gone(error):
            async with self._unit_of_work.write() as tx:
                await tx.teams.left(place.tenant, place.id, self._clock())

    async def _send_privately(self, actor: Actor, rendered: Rendered) -> Posted:
        return await self._send(actor.tenant, await self._personal(actor), rendered)

    async def _personal(self, actor: Actor) -> str:
        """Return somebody's personal chat with the bot; it is opened where there is none yet. Raises Rejected."""
        async with self._unit_of_work.read() as tx:
            met = await tx.teams.account(actor.tenant, actor.user)
            place = await tx.teams.some_conversation(actor.tenant)
        if met is None or place is None:
            raise _not_met()
        if met.personal:
            return met.personal
        personal = await self._connector.create_conversation(
            place.service_url,
            {
                "isGroup": False,
                "bot": {"id": self._bot},
                "members": [{"id": met.account.mri}],
                "tenantId": actor.tenant,
                "channelData": {"tenant": {"id": actor.tenant}},
            },
        )
        opened = Conversation(actor.tenant, personal, is_personal=True, service_url=place.service_url)
        async with self._unit_of_work.write() as tx:
            await tx.teams.met_in(opened, self._clock())
            await tx.teams.reached_in(met.account, personal)
        return personal


def activity(rendered: Rendered) -> dict[str, Any]:
    """Make a message of what was rendered; ``summary`` is what notifications show of a card."""
    if rendered["card"] is None:
        return {"type": "message", "text": rendered["text"], "textFormat": "plain"}
    return {"type": "message", "summary": rendered["text"], "attachments": [attachment(rendered["card"])]}


def attachment(card: dict[str, Any]) -> dict[str, Any]:
    """Make an attachment of a card."""
    return {"contentType": CARD, "content": card}


def _is_gone(error: TeamsRejected) -> bool:
    return bool({error.code, error.sub_code} & _GONE)


def _plain(text: str) -> Rendered:
    return Rendered(text=text, card=None, private=False)


def _not_met() -> Rejected:
    return Rejected(_("I have not met this person in Teams yet. They have to write to me once."))


def _profile(actor: Actor, met: Reachable, member: dict[str, Any], language: str) -> Profile:
    sign_in_name = str(member.get("userPrincipalName") or "")
    address = str(member.get("email") or "") or sign_in_name
    directory_id = member.get("objectId") or member.get("aadObjectId")
    tenant = str(member.get("tenantId") or actor.tenant)
    role = str(member.get("userRole") or "user").lower()
    return Profile(
        actor=Actor(Platform.TEAMS, actor.tenant, str(directory_id or actor.user)),
        name=str(member.get("name") or member.get("givenName") or actor.user),
        email=email(address) if "@" in address else None,
        locale=met.account.locale or language,
        timezone=met.account.timezone or "UTC",
        is_guest=role == "guest" or "#EXT#" in sign_in_name.upper(),
        is_external=tenant.lower() != actor.tenant.lower() or role == "anonymous",
        is_bot=met.account.mri.startswith("28:"),
    )
