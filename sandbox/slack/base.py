"""What every way of acting as a person rests on: who acts where, and what came of it."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from sandbox.slack.model import Channel, Ephemeral, Json, Message, View
from sandbox.slack.payloads import Target
from sandbox.slack.request_delivery import DeliveryResult, RequestDelivery
from sandbox.slack.state import SlackState
from sandbox.slack.tokens import ApiError

Reference = Target | tuple[str, str] | str
"""A thing on the screen: itself, a message's (channel, time stamp), or a view's id."""


class SandboxBase:
    """The world, and the way to the bot."""

    world: SlackState
    delivery: RequestDelivery
    suggested: dict[tuple[str, str], list[Json]]

    def channel_of(self, user: str, channel: str) -> Channel:
        """Return a channel that a person is in. Raises LookupError where they are not."""
        place = self.world.channels.get(channel)
        if place is None or user not in place.members:
            raise LookupError(f"{user} is not in {channel}")
        return place

    def on_screen(self, user: str, reference: Reference, *, even_gone: bool = False) -> Target:
        """Return what a person means, if they can see it. Raises LookupError."""
        target = self._resolved(user, reference)
        owner = target.user if isinstance(target, Ephemeral | View) else user
        if target is None or owner != user or not (even_gone or self._is_there(target)):
            raise LookupError(f"{user} does not see {reference!r}")
        if not isinstance(target, Ephemeral | View):
            self.channel_of(user, target.channel)
        return target

    def _is_there(self, target: Target) -> bool:
        match target:
            case Message():
                return target in self.world.channels[target.channel].messages
            case Ephemeral():
                return not target.is_deleted
            case View():
                return self.world.view(target.id) is target
            case _:
                return target in self.world.unfurls

    def _resolved(self, user: str, reference: Reference) -> Target | None:
        if isinstance(reference, tuple):
            return self.world.find_message(*reference, user)
        return self.world.view(reference) if isinstance(reference, str) else reference

    def suggestions(self, user: str) -> list[Json]:
        """Return every option that the bot has suggested to a person."""
        return [one for (who, _), options in self.suggested.items() if who == user for one in options]

    async def witnessed(
        self,
        user: str,
        sending: Awaitable[DeliveryResult],
        shown: Callable[[DeliveryResult], Any] = lambda _: None,
    ) -> DeliveryResult:
        """Let the bot answer, show its answer, and tell what the person saw meanwhile."""
        before = len(self.world.ephemerals)
        outcome = await sending
        if not outcome.trouble:
            try:
                shown(outcome)
            except ApiError as refusal:
                self.world.warnings.append(
                    f"the answer to an interaction was refused: {refusal.error} {refusal.more}"
                )
                outcome = replace(outcome, trouble=refusal.error)
        self.world.changes.touch()
        seen = tuple(one for one in self.world.ephemerals[before:] if one.user == user)
        return replace(outcome, ephemerals=seen)


def response_to(target: Target) -> str | None:
    """Return the time stamp of the message that a later answer may replace."""
    return target.ts if isinstance(target, Message | Ephemeral) else None
