"""Checks of what arrives: when the last verified request of each chat, and of the triggers of ServiceDesk Plus, came in."""

from datetime import timedelta

from adapters.doctor.examination import Examination
from adapters.doctor.outcome import Outcome, is_not_set_up, is_unknown, works
from bot.i18n import Text, _
from bot.model.delivery import DeliverySource

SHOWS_LITTLE_AFTER = timedelta(days=7)
"""A request that is older does not show that requests arrive now."""
NOT_USED = _("It is not set up.")


async def check_slack_requests(examination: Examination) -> Outcome:
    """Look when Slack last sent a request with a right signature, or over the socket."""
    settings = examination.settings
    if settings.slack_signing_secret is None and settings.slack_app_token is None:
        return is_not_set_up(NOT_USED)
    return await _judge(
        examination, DeliverySource.SLACK, _("None has arrived yet. Type a command in Slack.")
    )


async def check_teams_requests(examination: Examination) -> Outcome:
    """Look when Teams last sent an activity with a valid token."""
    settings = examination.settings
    if settings.teams_app_id is None and not settings.teams_allow_anonymous:
        return is_not_set_up(NOT_USED)
    return await _judge(
        examination, DeliverySource.TEAMS, _("None has arrived yet. Write to the bot in Teams.")
    )


async def check_webhook_calls(examination: Examination) -> Outcome:
    """Look when a trigger of ServiceDesk Plus last called the webhook with its secret. The doctor's own calls do not count."""
    if examination.settings.servicedesk_hook_secret is None:
        return is_not_set_up(NOT_USED)
    return await _judge(
        examination,
        DeliverySource.SERVICEDESK,
        _("ServiceDesk Plus has not called it yet. Close a test request, and look again."),
    )


async def _judge(examination: Examination, source: DeliverySource, never: Text) -> Outcome:
    unit_of_work = await examination.require_schema()
    async with unit_of_work.read() as tx:
        arrived_at = (await tx.deliveries.last()).get(source)
    if arrived_at is None:
        return is_unknown(never)
    age = max(examination.installed.clock() - arrived_at, timedelta(0))
    if age > SHOWS_LITTLE_AFTER:
        return is_unknown(
            _(
                "The last one arrived {duration} ago. Whether they still do shows with the next one.",
                duration=age,
            )
        )
    return works(_("The last one arrived {duration} ago.", duration=age))
