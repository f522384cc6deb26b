"""Interactions as no client of ours would send them: from another workspace, from an old message, or broken."""

from typing import Any

from sandbox.slack import payloads
from sandbox.slack.request_delivery import DeliveryResult
from sandbox.slack.sandbox import SlackSandbox


async def press_as_is(
    slack: SlackSandbox, presser: str, channel: str, action: dict[str, Any], **more: Any
) -> DeliveryResult:
    """Press a button that no message shows any more; ``more`` replaces parts of the payload."""
    payload = payloads.build_interaction(slack.state, "block_actions", presser)
    payload |= {
        "channel": {"id": channel},
        "container": {"type": "message", "channel_id": channel},
        "actions": [{"type": "button", **action}],
        "trigger_id": slack.state.new_trigger(presser),
        "response_url": slack.state.new_response_url(presser, channel),
    }
    return await slack.delivery.deliver_interaction(payload | more)


async def submit_as_is(slack: SlackSandbox, user: str, view: dict[str, Any]) -> DeliveryResult:
    """Send a form with these values, valid or not."""
    payload = payloads.build_interaction(slack.state, "view_submission", user)
    return await slack.delivery.deliver_interaction(payload | {"view": view})
