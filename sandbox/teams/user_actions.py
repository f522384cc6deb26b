"""What people do in conversations: talk, install and remove the app, come and go."""

from collections.abc import Sequence
from typing import Any

from sandbox.teams.activities import account, activity, said
from sandbox.teams.activity_delivery import DeliveryResult
from sandbox.teams.base import SandboxBase
from sandbox.teams.model import Conversation, Json, TeamsMessage, TeamsPerson


class UserActions(SandboxBase):
    """People in conversations."""

    hears_everything: bool

    def activity(
        self, person: TeamsPerson, conversation: Conversation, kind: str = "message", **more: Any
    ) -> Json:
        """Return an activity as Teams would send it, with ``more`` in its place, without sending it."""
        if kind == "message":
            more = {"id": self.world.new_message_id(), "text": "", "textFormat": "plain", **more}
        return activity(self.world, person, conversation, kind, **more)

    async def say(
        self,
        person: TeamsPerson,
        conversation: Conversation,
        text: str,
        *,
        mention: bool = True,
        mentions: Sequence[TeamsPerson] = (),
        thread: TeamsMessage | str | None = None,
    ) -> DeliveryResult:
        """Post a message. Outside the personal chat the bot hears only where it is mentioned.

        ``@Name`` in the text becomes the mention of somebody in ``mentions``. ``thread`` is a message of the thread
        that it goes to, or its id. A message that the bot does not hear has the status 0 and no trouble.
        """
        if person not in conversation.members:
            raise LookupError(f"{person.name} is not in {conversation.name or conversation.id}")
        to_bot = mention and conversation.kind != "personal"
        content = said(self.world, text, mentions, to_bot=to_bot)
        root = self._root(conversation, thread)
        shown = {"text": text}
        message = self.world.post(conversation, person, shown, root)
        sent = self.activity(
            person,
            conversation,
            id=message.id,
            thread=self.thread_of(message),
            text=content["text"],
            textFormat=content["textFormat"],
            attachments=content["attachments"],
        )
        sent["entities"] = [*content["mentions"], *sent["entities"]]
        message.raw = sent
        is_heard = conversation.kind == "personal" or mention or self.hears_everything
        if not is_heard or not conversation.bot_is_member or conversation.is_blocked:
            return DeliveryResult(0, None, sent)
        delivery = await self.courier.deliver(sent)
        return self.troubled(person, delivery, delivery.trouble) if delivery.trouble else delivery

    def _root(self, conversation: Conversation, thread: TeamsMessage | str | None) -> str | None:
        if thread is None:
            return None
        if conversation.kind != "channel":
            raise LookupError("only channels have threads")
        return thread.root if isinstance(thread, TeamsMessage) else thread

    async def install(self, conversation: Conversation, by: TeamsPerson) -> list[DeliveryResult]:
        """Add the app to a conversation: both activities come, in no certain order."""
        conversation.bot_is_member, conversation.is_blocked = True, False
        added = [self.world.bot]
        if conversation.kind == "personal":
            added.insert(0, account(by))
        return [
            await self._update(by, conversation, "teamMemberAdded", membersAdded=added),
            await self._install(by, conversation, "add"),
        ]

    async def uninstall(self, conversation: Conversation, by: TeamsPerson) -> list[DeliveryResult]:
        """Remove the app from a conversation: the bot is told, and cannot write there any more."""
        conversation.bot_is_member = False
        return [
            await self._update(by, conversation, "teamMemberRemoved", membersRemoved=[self.world.bot]),
            await self._install(by, conversation, "remove"),
        ]

    async def join(self, conversation: Conversation, person: TeamsPerson) -> DeliveryResult:
        """Let a person come into a conversation."""
        conversation.members.append(person)
        return await self._update(person, conversation, "teamMemberAdded", membersAdded=[account(person)])

    async def leave(self, conversation: Conversation, person: TeamsPerson) -> DeliveryResult:
        """Let a person leave a conversation."""
        conversation.members.remove(person)
        return await self._update(person, conversation, "teamMemberRemoved", membersRemoved=[account(person)])

    def block(self, person: TeamsPerson) -> None:
        """Let a person block the bot in their personal chat: the bot is not told."""
        chat = self.world.personal_chat(person) or self.world.add_conversation("personal", [person])
        chat.is_blocked = True

    async def redeliver(self, delivery: DeliveryResult) -> DeliveryResult:
        """Send the same activity again, as happens where an answer was lost or late."""
        return await self.courier.deliver(delivery.activity)

    async def _install(self, by: TeamsPerson, conversation: Conversation, action: str) -> DeliveryResult:
        return await self.courier.deliver(
            self.activity(by, conversation, "installationUpdate", action=action)
        )

    async def _update(
        self, by: TeamsPerson, conversation: Conversation, event: str, **who: Any
    ) -> DeliveryResult:
        updated = self.activity(by, conversation, "conversationUpdate", **who)
        if conversation.kind == "channel":
            updated["channelData"] |= {
                "eventType": event,
                "team": {"id": conversation.team, "name": conversation.team_name},
            }
        return await self.courier.deliver(updated)
