"""User actions in teams: rename a team or a channel, and delete a channel."""

from sandbox.teams.activities import build_activity
from sandbox.teams.activity_delivery import DeliveryResult
from sandbox.teams.base import SandboxBase
from sandbox.teams.model import Conversation, Json, TeamsPerson


class TeamActions(SandboxBase):
    """The part of ``TeamsSandbox`` for teams. Teams reports each change to a bot that is in the team."""

    async def rename_channel(
        self, by: TeamsPerson, channel: Conversation, name: str
    ) -> DeliveryResult | None:
        """Rename a channel. None if the bot is not in the team."""
        channel.name = name
        return await self._report_change(by, channel, "channelRenamed")

    async def delete_channel(self, by: TeamsPerson, channel: Conversation) -> DeliveryResult | None:
        """Delete a channel. None if the bot is not in the team."""
        del self.state.conversations[channel.id]
        return await self._report_change(by, channel, "channelDeleted")

    async def rename_team(self, by: TeamsPerson, channel: Conversation, name: str) -> DeliveryResult | None:
        """Rename the team of a channel. None if the bot is not in it."""
        for one in self.state.channels_of(channel.team or ""):
            one.team_name = name
        return await self._report_change(by, channel, "teamRenamed")

    async def _report_change(
        self, by: TeamsPerson, channel: Conversation, event: str
    ) -> DeliveryResult | None:
        self.state.changes.notify()
        team = self.state.find_team(channel.team or "")
        if team is None or not team.bot_is_member:
            return None
        activity = build_activity(self.state, by, team, "conversationUpdate")
        changed: Json = {"id": channel.id, "name": channel.name}
        activity["channelData"] |= {
            "eventType": event,
            "team": {"id": team.id, "name": team.team_name},
            **({"channel": changed} if event.startswith("channel") else {}),
        }
        return await self.activity_delivery.deliver_activity(activity)
