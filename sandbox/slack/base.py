"""The base of the simulated users' mixins: find what a user sees, deliver a request, and show the response."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from sandbox.slack.model import Channel, Ephemeral, Json, Message, View
from sandbox.slack.payloads import Target
from sandbox.slack.request_delivery import DeliveryResult, RequestDelivery
from sandbox.slack.state import SlackState
from sandbox.slack.tokens import ApiError

Reference = Target | tuple[str, str] | str
"""Something on a user's screen: the object itself, a message's (channel, ts), or a view's id."""


class SandboxBase:
    """The base class of the mixins that make up ``SlackSandbox``."""

    state: SlackState
    delivery: RequestDelivery
    suggested: dict[tuple[str, str], list[Json]]

    def find_joined_channel(self, user: str, channel: str) -> Channel:
        """Return a channel that the user is a member of. Raises LookupError."""
        found = self.state.channels.get(channel)
        if found is None or user not in found.members:
            raise LookupError(f"{user} is not in {channel}")
        return found

    def find_visible(self, user: str, reference: Reference, *, include_removed: bool = False) -> Target:
        """Return the object that a reference means, if the user can see it. Raises LookupError."""
        target = self._resolve_reference(user, reference)
        owner = target.user if isinstance(target, Ephemeral | View) else user
        if target is None or owner != user or not (include_removed or self._is_still_shown(target)):
            raise LookupError(f"{user} does not see {reference!r}")
        if not isinstance(target, Ephemeral | View):
            self.find_joined_channel(user, target.channel)
        return target

    def _is_still_shown(self, target: Target) -> bool:
        match target:
            case Message():
                return target in self.state.channels[target.channel].messages
            case Ephemeral():
                return not target.is_deleted
            case View():
                return self.state.find_view(target.id) is target
            case _:
                return target in self.state.unfurls

    def _resolve_reference(self, user: str, reference: Reference) -> Target | None:
        if isinstance(reference, tuple):
            return self.state.find_message(*reference, user)
        return self.state.find_view(reference) if isinstance(reference, str) else reference

    def suggested_options(self, user: str) -> list[Json]:
        """Return every option that the bot has suggested to the user in a menu."""
        return [one for (owner, _), options in self.suggested.items() if owner == user for one in options]

    async def deliver_and_show(
        self,
        user: str,
        delivery: Awaitable[DeliveryResult],
        shown: Callable[[DeliveryResult], None] = lambda _: None,
    ) -> DeliveryResult:
        """Send a request to the bot, show its response, and return both with the ephemerals that appeared meanwhile."""
        # The bot may also post ephemerals by API calls before it responds, so remember where the new ones start.
        before = len(self.state.ephemerals)
        result = await delivery
        if not result.error:
            try:
                shown(result)
            # The bot cannot see this error, so record it for the tests.
            except ApiError as refusal:
                self.state.warnings.append(
                    f"the response to an interaction was refused: {refusal.error} {refusal.details}"
                )
                result = replace(result, error=refusal.error)
        self.state.changes.notify()
        ephemerals = tuple(one for one in self.state.ephemerals[before:] if one.user == user)
        return replace(result, ephemerals=ephemerals)


def get_replaceable_ts(target: Target) -> str | None:
    """Return the ts of the message that a response URL may replace."""
    return target.ts if isinstance(target, Message | Ephemeral) else None
