"""Slack as a chat platform: profiles, cards, private messages, answers."""

from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, Protocol

from adapters.slack.answers import SlackAnswers, SlackMessage, as_message
from adapters.slack.origin import as_object
from adapters.slack.post_history import PostHistory, build_metadata
from adapters.slack.profile import read_profile
from adapters.slack.render.blocks import Blocks, formatter
from adapters.slack.render.home import home_page
from adapters.slack.response_urls import as_postponed, replaces_message
from adapters.slack.shared_channels import SharedChannels
from adapters.slack.threads import is_chosen, split_thread, with_thread
from adapters.slack.webapi import SlackRejected, SlackWebApi
from bot.commands import Place
from bot.errors import BotError, Unavailable
from bot.i18n import ChannelRef, Text, _
from bot.model.card import Card
from bot.model.ids import Email
from bot.model.pasted_link import PastedLink
from bot.model.secret import Secret
from bot.model.technician import Actor, Platform, Profile
from bot.ports import ChatCapabilities, Posted, ReturnAddress
from bot.values import replace
from bot.views.chat_invitation import Invitation
from bot.views.home import HomePage
from bot.views.outage import OutageCard
from bot.views.pages import Message, RequestPanel, View
from bot.views.parts import Reader
from bot.views.session import SessionCard

_MAY_NOT_POST = {
    "channel_not_found",
    "not_in_channel",
    "is_archived",
    "restricted_action",
    "restricted_action_read_only_channel",
    "restricted_action_thread_only_channel",
    "restricted_action_non_threadable_channel",
    "access_denied",
    "team_access_not_granted",
}
_MAY_NOT_REPLY = {
    "thread_not_found",
    "message_not_found",
    "cannot_reply_to_message",
    "restricted_action_thread_locked",
}
_GONE = {"message_not_found", "cant_update_message", "edit_window_closed", "channel_not_found", "is_archived"}
_NOBODY = {"users_not_found", "user_not_found", "user_not_visible"}
_NO_HOME = {"not_enabled", "user_not_found", "hash_conflict"}
_NO_LINK = {
    "cannot_unfurl_url",
    "cannot_find_service",
    "message_not_found",
    "channel_not_found",
    "cannot_unfurl_message",
}

_CAPABILITIES = ChatCapabilities(
    keeps_answers=False, personalizes_shared_cards=False, has_home_tab=True, opens_forms_in_answers=False
)


class Workspaces(Protocol):
    """The workspaces and Enterprise organizations that are served."""

    async def tenants(self) -> Sequence[str]:
        """List them. Raises Unavailable, SlackRejected."""

    async def homes_for(self, tenant: str) -> Collection[str]:
        """Return the workspaces and organizations whose members may act in ``tenant``. Raises what ``tenants`` raises."""


class SlackChat:
    """The ``Chat`` of Slack workspaces."""

    def __init__(
        self,
        api: SlackWebApi,
        command: str,
        workspaces: Workspaces,
        *,
        allows_unconfirmed_email: bool = False,
    ) -> None:
        self._api = api
        self._command = command
        self._answers = SlackAnswers(command)
        self._workspaces = workspaces
        self._allows_unconfirmed_email = allows_unconfirmed_email
        self._shared_channels = SharedChannels(api)
        self._history = PostHistory(api)

    @property
    def capabilities(self) -> ChatCapabilities:
        """Return what Slack can do: answers are ephemeral messages, and a modal needs a fresh trigger id."""
        return _CAPABILITIES

    def is_channel(self, channel: str) -> bool:
        """Public channels' ids begin with C, private ones' with G."""
        return channel.startswith(("C", "G"))

    def replaces_passing_answers(self, to: ReturnAddress) -> bool:
        """A response URL of a command with one result replaces the command's first answer."""
        return to.url is not None and replaces_message(to.url)

    def needs_card_place(self, to: ReturnAddress) -> bool:
        """Answers to a form come in private. In the bot's own chat, nothing else replaces the answer to a typed command."""
        return is_chosen(to.channel) or (to.is_private and to.url is not None and replaces_message(to.url))

    def name_place(self, to: ReturnAddress) -> Text | ChannelRef:
        """Return the channel that was chosen in a form. Anywhere else the sender was in the channel."""
        return (
            ChannelRef(Place(to.channel).room) if is_chosen(to.channel) else _("the channel of the command")
        )

    async def link_to(self, card: Card) -> Secret | None:
        """Return the permalink of a card. It needs no scope. None where Slack does not give it now."""
        try:
            answer = await self._api.call(
                card.tenant,
                "chat.getPermalink",
                channel=split_thread(card.channel)[0],
                message_ts=card.message,
            )
        except BotError:
            return None
        return Secret(str(answer["permalink"])) if answer.get("permalink") else None

    async def tenants_of(self, channel: str) -> Sequence[str]:  # noqa: ARG002 - Slack tells by refusing
        """List the workspaces that are served."""
        return await self._workspaces.tenants()

    async def is_shared_outside(self, tenant: str, channel: str) -> bool:
        """Whether another organization is in a channel, or invited (Slack Connect). Raises Unavailable.

        Where Slack does not say, because the app lacks the scope, the answer is yes: less is shown then.
        """
        return await self._shared_channels.is_shared_outside(tenant, split_thread(channel)[0])

    async def profile(self, actor: Actor) -> Profile:
        """Read an account's profile. The e-mail address needs the scopes ``users:read`` and ``users:read.email``."""
        answer = await self._api.call(actor.tenant, "users.info", user=actor.user, include_locale="true")
        return read_profile(
            actor,
            as_object(answer.get("user")),
            await self._workspaces.homes_for(actor.tenant),
            allows_unconfirmed_email=self._allows_unconfirmed_email,
        )

    async def find_accounts(self, address: Email, tenant: str | None) -> Sequence[Actor]:
        """List the account of an address in each workspace. It needs the scope ``users:read.email``."""
        found = []
        for workspace in [tenant] if tenant else await self._workspaces.tenants():
            try:
                answer = await self._api.call(workspace, "users.lookupByEmail", email=address)
            except SlackRejected as error:
                if error.code in _NOBODY:
                    continue
                raise
            user = str(as_object(answer.get("user")).get("id") or "")
            if user:
                found.append(Actor(Platform.SLACK, workspace, user))
        return found

    async def post(
        self, tenant: str, channel: str, view: View, reader: Reader, *, marker: str = ""
    ) -> Posted | None:
        """Post a view in a channel or a thread, for everybody there. None if the bot may not post there."""
        message = self._message(view, reader)
        room, thread = split_thread(channel)
        try:
            posted = await self._send(tenant, room, message, thread=thread or None, marker=marker)
        except SlackRejected as error:
            if error.code in _MAY_NOT_POST | _MAY_NOT_REPLY:
                return None
            raise
        return replace(posted, channel=with_thread(posted.channel, thread))

    async def post_private(self, actor: Actor, view: View, reader: Reader, *, marker: str = "") -> Posted:
        """Send a message to one person in their conversation with the bot."""
        message = self._message(view, reader)
        return await self._send(actor.tenant, await self._conversation_with(actor), message, marker=marker)

    async def find_post(self, tenant: str, channel: str, marker: str, since: datetime) -> Posted | None:
        """Find a message of the bot's in a channel by its marker. Raises Unavailable, SlackRejected."""
        room, thread = split_thread(channel)
        found = await self._history.find_post(tenant, room, marker, since, thread=thread)
        return found and replace(found, channel=with_thread(room, thread))

    async def find_private_post(self, actor: Actor, marker: str, since: datetime) -> Posted | None:
        """Find a message of the bot's in a person's conversation with it. Ephemeral messages are in no history."""
        return await self._history.find_post(
            actor.tenant, await self._conversation_with(actor), marker, since
        )

    async def reply(self, card: Card, view: Message, reader: Reader) -> bool:
        """Post in the thread of a card, or in the thread that it is in. False if the bot may not post there."""
        room, thread = split_thread(card.channel)
        try:
            await self._send(card.tenant, room, self._message(view, reader), thread=thread or card.message)
        except SlackRejected as error:
            if error.code in _MAY_NOT_POST | _MAY_NOT_REPLY:
                return False
            raise
        return True

    async def update_card(self, card: Card, view: SessionCard | Message, reader: Reader) -> bool:
        """Update a card. False if its message is gone."""
        return await self._update(card.tenant, Posted(card.channel, card.message), view, reader)

    async def update_message(
        self, tenant: str, posted: Posted, view: Invitation | OutageCard | Message, reader: Reader
    ) -> bool:
        """Update a message that is no card of a session. False if it is gone."""
        return await self._update(tenant, posted, view, reader)

    async def _update(self, tenant: str, posted: Posted, view: View, reader: Reader) -> bool:
        try:
            await self._api.call(
                tenant,
                "chat.update",
                channel=split_thread(posted.channel)[0],
                ts=posted.message,
                **self._message(view, reader),
            )
        except SlackRejected as error:
            if error.code in _GONE:
                return False
            raise
        return True

    async def publish_home(
        self,
        actor: Actor,
        home: HomePage,
        reader: Reader,
        *,
        as_new_message: bool = False,  # noqa: ARG002 - a tab is always there
    ) -> None:
        """Publish a person's App Home. An app without one is no error."""
        view = home_page(home, formatter(reader, self._command))
        try:
            await self._api.call(actor.tenant, "views.publish", user_id=actor.user, view=view)
        except SlackRejected as error:
            if error.code not in _NO_HOME:
                raise

    async def unfurl(self, tenant: str, link: PastedLink, panel: RequestPanel, reader: Reader) -> None:
        """Show a preview below a pasted link. A link that is gone is no error."""
        place = (
            {"unfurl_id": link.unfurl_id, "source": link.source}
            if link.source == "composer"
            else {"channel": link.channel, "ts": link.message}
        )
        unfurls = {link.url: {"blocks": self._message(panel, reader)["blocks"]}}
        try:
            await self._api.call(tenant, "chat.unfurl", unfurls=unfurls, **place)
        except SlackRejected as error:
            if error.code not in _NO_LINK:
                raise

    async def send_answer(self, to: ReturnAddress, view: View, reader: Reader) -> None:
        """Answer a command, so that only its sender sees it."""
        await self.send_message(to, self._answers.render_message(view, reader))

    def dump_answer(self, to: ReturnAddress, view: View, reader: Reader) -> str:  # noqa: ARG002 - every place of Slack has the same slash command
        """Render an answer and return it as text, to be stored and delivered later."""
        return self._answers.dump(self._answers.render(view, reader))

    async def deliver_answer(self, to: ReturnAddress, stored: str) -> None:
        """Deliver what ``dump_answer`` returned, in place of “One moment…”. A modal can no longer be opened, so its fallback is sent."""
        to = replace(to, url=to.url and as_postponed(to.url))
        await self.send_message(to, as_message(self._answers.load(stored)))

    async def send_message(self, to: ReturnAddress, answer: SlackMessage) -> None:
        """Send an answer to the response URL; if that is used up, in the channel; else as a direct message."""
        message = answer.payload
        if to.url is not None:
            # Slack ignores the thread of an answer that replaces a message.
            place = {"replace_original": True} if replaces_message(to.url) else _thread_of(to)
            payload = {"response_type": "ephemeral", "replace_original": False, **place, **message}
            with suppress(Unavailable):
                if await self._api.post_to(to.url, payload):
                    return
        is_seen = not to.is_private and to.channel and not is_chosen(to.channel)
        if is_seen and await self._whisper(to, message):
            return
        # In a person's own chat with the bot, the answer belongs into the thread of their message.
        thread = split_thread(to.channel)[1] if to.is_private else ""
        conversation = await self._conversation_with(to.actor)
        await self._send(to.actor.tenant, conversation, message, thread=thread or None)

    async def _whisper(self, to: ReturnAddress, message: Blocks) -> bool:
        channel, _thread = split_thread(to.channel)
        content = {**_thread_of(to), **message}
        try:
            await self._api.call(
                to.actor.tenant, "chat.postEphemeral", channel=channel, user=to.actor.user, **content
            )
        except SlackRejected:
            return False
        return True

    async def _conversation_with(self, actor: Actor) -> str:
        opened = await self._api.call(actor.tenant, "conversations.open", users=actor.user)
        return str(opened["channel"]["id"])

    async def _send(
        self, tenant: str, channel: str, message: Blocks, *, thread: str | None = None, marker: str = ""
    ) -> Posted:
        # Without a marker a lost answer is as any other failure: the message is sent again.
        call = self._api.create if marker else self._api.call
        answer = await call(
            tenant,
            "chat.postMessage",
            channel=channel,
            thread_ts=thread,
            unfurl_links=False,
            unfurl_media=False,
            metadata=build_metadata(marker) if marker else None,
            **message,
        )
        return Posted(str(answer["channel"]), str(answer["ts"]))

    def _message(self, view: View, reader: Reader) -> Blocks:
        return self._answers.render_message(view, reader).payload


def _thread_of(to: ReturnAddress) -> dict[str, Any]:
    """Return the argument that puts an answer into the thread of the pressed button."""
    _channel, thread = split_thread(to.channel)
    return {"thread_ts": thread} if thread else {}
