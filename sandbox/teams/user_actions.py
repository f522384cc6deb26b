"""User actions in conversations: post, install and remove the app, join and leave."""

from collections.abc import Sequence
from typing import Any

from sandbox.teams.activities import build_account, build_activity, build_message_content
from sandbox.teams.activity_delivery import DeliveryResult
from sandbox.teams.base import SandboxBase
from sandbox.teams.model import Conversation, Json, TeamsMessage, TeamsPerson


class UserActions(SandboxBase):
    """The part of ``TeamsSandbox`` for users in conversations."""

    reads_all_messages: bool

    def build_activity(
        self, person: TeamsPerson, conversation: Conversation, kind: str = "message", **overrides: Any
    ) -> Json:
        """Return an activity in Teams' format without sending it. ``overrides`` replace default fields."""
        if kind == "message":
            overrides = {"id": self.state.new_message_id(), "text": "", "textFormat": "plain", **overrides}
        return build_activity(self.state, person, conversation, kind, **overrides)

    async def post_message(
        self,
        person: TeamsPerson,
        conversation: Conversation,
        text: str,
        *,
        mention: bool = True,
        mentions: Sequence[TeamsPerson] = (),
        thread: TeamsMessage | str | None = None,
    ) -> DeliveryResult:
        """Post a message. Outside the personal chat the bot receives only messages that mention it.

        ``@Name`` in the text becomes a mention of somebody in ``mentions``. ``thread`` is a message of the thread, or its
        id. A message that is not for the bot returns the status 0 and no error.
        """
        if person not in conversation.members:
            raise LookupError(f"{person.name} is not in {conversation.name or conversation.id}")
        thread_root = self._find_thread_root(conversation, thread)
        message = self.state.add_message(conversation, person, {"text": text}, thread_root)
        # A personal chat has one recipient, so nobody mentions the bot there.
        mentions_bot = mention and conversation.kind != "personal"
        activity = self._build_message_activity(person, message, text, mentions, mentions_bot=mentions_bot)
        message.activity_json = activity
        is_for_bot = conversation.kind == "personal" or mention or self.reads_all_messages
        if not is_for_bot or not conversation.bot_is_member or conversation.is_blocked:
            return DeliveryResult(0, None, activity)
        result = await self.activity_delivery.deliver_activity(activity)
        return self.show_error(person, result, result.error) if result.error else result

    def _build_message_activity(
        self,
        person: TeamsPerson,
        message: TeamsMessage,
        text: str,
        mentions: Sequence[TeamsPerson],
        *,
        mentions_bot: bool,
    ) -> Json:
        content = build_message_content(self.state, text, mentions, mentions_bot=mentions_bot)
        activity = self.build_activity(
            person,
            message.conversation,
            id=message.id,
            thread=self.thread_of(message),
            text=content["text"],
            textFormat=content["textFormat"],
            attachments=content["attachments"],
        )
        activity["entities"] = [*content["mentions"], *activity["entities"]]
        return activity

    def _find_thread_root(self, conversation: Conversation, thread: TeamsMessage | str | None) -> str | None:
        if thread is None:
            return None
        if conversation.kind != "channel":
            raise LookupError("only channels have threads")
        return thread.thread_root if isinstance(thread, TeamsMessage) else thread

    async def install_app(self, conversation: Conversation, by: TeamsPerson) -> list[DeliveryResult]:
        """Add the app to a conversation and send both activities. Teams documents no order for the two."""
        # Adding the app again also unblocks it.
        conversation.bot_is_member, conversation.is_blocked = True, False
        added = [self.state.bot]
        if conversation.kind == "personal":
            # In a personal chat Teams reports the user as a new member, too.
            added.insert(0, build_account(by))
        return [
            await self._send_conversation_update(by, conversation, "teamMemberAdded", membersAdded=added),
            await self._send_installation_update(by, conversation, "add"),
        ]

    async def uninstall_app(self, conversation: Conversation, by: TeamsPerson) -> list[DeliveryResult]:
        """Remove the app from a conversation and send both activities. The bot cannot write there any more."""
        conversation.bot_is_member = False
        return [
            await self._send_conversation_update(
                by, conversation, "teamMemberRemoved", membersRemoved=[self.state.bot]
            ),
            await self._send_installation_update(by, conversation, "remove"),
        ]

    async def join_conversation(self, conversation: Conversation, person: TeamsPerson) -> DeliveryResult:
        """Add a person to a conversation and notify the bot."""
        conversation.members.append(person)
        return await self._send_conversation_update(
            person, conversation, "teamMemberAdded", membersAdded=[build_account(person)]
        )

    async def leave_conversation(self, conversation: Conversation, person: TeamsPerson) -> DeliveryResult:
        """Remove a person from a conversation and notify the bot."""
        conversation.members.remove(person)
        return await self._send_conversation_update(
            person, conversation, "teamMemberRemoved", membersRemoved=[build_account(person)]
        )

    def block_bot(self, person: TeamsPerson) -> None:
        """Block the bot in a person's personal chat. Teams does not notify the bot."""
        chat = self.state.find_personal_chat(person) or self.state.add_conversation("personal", [person])
        chat.is_blocked = True

    async def redeliver_activity(self, result: DeliveryResult) -> DeliveryResult:
        """Send the same activity again, as Teams does after a lost or late response."""
        return await self.activity_delivery.deliver_activity(result.activity)

    async def _send_installation_update(
        self, by: TeamsPerson, conversation: Conversation, action: str
    ) -> DeliveryResult:
        return await self.activity_delivery.deliver_activity(
            self.build_activity(by, conversation, "installationUpdate", action=action)
        )

    async def _send_conversation_update(
        self, by: TeamsPerson, conversation: Conversation, event: str, **members: Any
    ) -> DeliveryResult:
        updated = self.build_activity(by, conversation, "conversationUpdate", **members)
        if conversation.kind == "channel":
            updated["channelData"] |= {
                "eventType": event,
                "team": {"id": conversation.team, "name": conversation.team_name},
            }
        return await self.activity_delivery.deliver_activity(updated)
