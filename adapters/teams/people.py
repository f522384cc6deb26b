"""People in Teams: their profiles from rosters, and their private chats with the bot."""

from contextlib import suppress
from typing import Any

from adapters.teams.conversations import TeamsConversations
from adapters.teams.incoming.activity import TeamsActivity, without_thread
from adapters.teams.transport.connector import Connector
from bot.errors import Rejected
from bot.i18n import _
from bot.model.ids import email
from bot.model.technician import Actor, Platform, Profile
from bot.ports import Clock
from bot.values import replace
from storage.repositories.teams import ReachableAccount, TeamsAccount, TeamsConversation
from storage.unit_of_work import SqlUnitOfWork

MOST_ROSTERS = 5
"""Rosters that are searched for somebody, besides that of their own conversation."""


class TeamsPeople:
    """What the bot knows of people in Teams, and what it asks Teams about them."""

    def __init__(
        self,
        connector: Connector,
        conversations: TeamsConversations,
        unit_of_work: SqlUnitOfWork,
        clock: Clock,
        *,
        app_id: str,
        language: str,
    ) -> None:
        self._connector = connector
        self._conversations = conversations
        self._unit_of_work = unit_of_work
        self._clock = clock
        self._bot_id = f"28:{app_id}"
        self._language = language

    async def profile(self, actor: Actor) -> Profile:
        """Read a person's profile from the roster of a conversation. Raises Rejected if the bot never met them.

        Somebody who was only mentioned need not be in that conversation: other rosters may have them.
        """
        met = await self.require_met(actor)
        error: Rejected = _not_met()
        for conversation in dict.fromkeys(one for one in (met.personal, met.account.met_in) if one):
            try:
                address = await self._conversations.address(actor.tenant, conversation)
                return await self._read_profile(actor, met, address)
            except Rejected as rejected:
                # The person, or the bot, has left this conversation, but perhaps not the other.
                error = rejected
        if met.personal:
            raise error
        async with self._unit_of_work.read() as tx:
            others = await tx.teams.list_group_conversations(actor.tenant, MOST_ROSTERS)
        for other in others:
            with suppress(Rejected):
                return await self._read_profile(actor, met, other)
        raise _not_met()

    async def _read_profile(
        self, actor: Actor, met: ReachableAccount, roster_of: TeamsConversation
    ) -> Profile:
        member = await self._connector.read_member(roster_of.service_url, roster_of.id, met.account.mri)
        return _profile(actor, met, member, self._language)

    async def require_met(self, actor: Actor) -> ReachableAccount:
        """Return the account of a person. Raises Rejected if the bot never met them."""
        async with self._unit_of_work.read() as tx:
            met = await tx.teams.find_account(actor.tenant, actor.user)
        if met is None:
            raise _not_met()
        return met

    async def private_chat(self, actor: Actor) -> str:
        """Return the id of a person's private chat, which is opened if it does not exist. Raises Rejected."""
        async with self._unit_of_work.read() as tx:
            met = await tx.teams.find_account(actor.tenant, actor.user)
            known = await tx.teams.find_latest_conversation(actor.tenant)
        if met is None or known is None:
            raise _not_met()
        return met.personal or await self._open_private_chat(met.account, known.service_url)

    async def _open_private_chat(self, account: TeamsAccount, service_url: str) -> str:
        tenant = account.tenant
        parameters = {
            "isGroup": False,
            "bot": {"id": self._bot_id},
            "members": [{"id": account.mri}],
            "tenantId": tenant,
            "channelData": {"tenant": {"id": tenant}},
        }
        personal = await self._connector.create_conversation(service_url, parameters)
        opened = TeamsConversation(tenant, personal, is_personal=True, service_url=service_url)
        async with self._unit_of_work.write() as tx:
            await tx.teams.store_conversation(opened, self._clock())
            await tx.teams.store_personal_chat(account, personal)
        return personal

    async def meet_sender(self, activity: TeamsActivity) -> None:
        """Find a conversation whose roster has the sender of an invoke, for somebody who never wrote to the bot.

        It is the one they are in, if the bot is a member there, else another one of the bot's. Else their private chat is
        opened, without a message in it. Raises Rejected, Unavailable.
        """
        met = await self.require_met(activity.actor)
        if met.personal or met.account.met_in:
            return
        own = TeamsConversation(
            activity.tenant,
            without_thread(activity.conversation),
            activity.is_personal,
            activity.service_url,
            team=activity.team,
        )
        async with self._unit_of_work.read() as tx:
            others = await tx.teams.list_group_conversations(activity.tenant, MOST_ROSTERS)
        for conversation in (own, *(one for one in others if one.id != own.id)):
            with suppress(Rejected):
                await self._connector.read_member(conversation.service_url, conversation.id, activity.mri)
                async with self._unit_of_work.write() as tx:
                    await tx.teams.store_conversation(conversation, self._clock())
                    met_there = replace(met.account, met_in=conversation.id)
                    await tx.teams.store_account(met_there, self._clock())
                return
        await self._open_private_chat(met.account, activity.service_url)


def _not_met() -> Rejected:
    return Rejected(_("I do not know this person in Teams yet. They must write to me once."))


def _profile(actor: Actor, met: ReachableAccount, member: dict[str, Any], language: str) -> Profile:
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
        # A guest's sign-in name contains #EXT# (Microsoft Entra, B2B user properties), whatever userRole says.
        is_guest=role == "guest" or "#EXT#" in sign_in_name.upper(),
        is_external=tenant.lower() != actor.tenant.lower() or role == "anonymous",
        is_bot=met.account.mri.startswith("28:"),
    )
