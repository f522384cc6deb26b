"""Checks of Microsoft Teams: the bot's own token, the keys that verify requests, the app package."""

import json

from adapters.doctor.examination import Examination
from adapters.doctor.outcome import (
    SEE_SETTINGS,
    CannotTell,
    Outcome,
    fails,
    is_not_set_up,
    is_unknown,
    works,
)
from adapters.http import NoResponse, send_request
from adapters.teams.platform import choose_cloud, choose_token_source
from adapters.teams.transport.token_sources import SECRET_EXPIRED, SignInRefused
from bot.i18n import _

_REMEDIES = {
    90002: _("Copy the ID of the tenant into TVBOT_TEAMS_TENANT_ID again."),
    900023: _("Copy the ID of the tenant into TVBOT_TEAMS_TENANT_ID again."),
    700016: _(
        "Copy the Microsoft App ID of the Azure Bot into TVBOT_TEAMS_APP_ID again, and check that TVBOT_TEAMS_TENANT_ID is the tenant in which the app is registered."
    ),
    7000215: _(
        "Set TVBOT_TEAMS_APP_PASSWORD to the value of a client secret of the app, not to the ID of that secret."
    ),
    SECRET_EXPIRED: _(
        "Make a new client secret for the app, set TVBOT_TEAMS_APP_PASSWORD, and restart the bot."
    ),
}
"""What to do about each AADSTS error (Microsoft Entra authentication and authorization error codes)."""
NOT_USED = _("Teams is not set up with credentials.")


def _uses_teams(examination: Examination) -> bool:
    return examination.settings.teams_app_id is not None and not examination.settings.teams_allow_anonymous


async def check_token(examination: Examination) -> Outcome:
    """Get a token for the Bot Connector, as the bot does. It is not used."""
    if not _uses_teams(examination):
        return is_not_set_up(NOT_USED)
    settings = examination.settings
    credentials = (
        settings.teams_app_password,
        settings.teams_managed_identity,
        settings.teams_federated_token_file,
    )
    if settings.teams_tenant_id is None or not any(credentials):
        raise CannotTell(SEE_SETTINGS)
    try:
        await choose_token_source(settings, choose_cloud(settings), examination.teams).fetch()
    except SignInRefused as error:
        return fails(error.text, _REMEDIES.get(error.number))
    return works(_("Microsoft issues a token to the bot."))


async def check_signing_keys(examination: Examination) -> Outcome:
    """Read the metadata that names the keys of Teams' tokens (OpenID Connect Discovery 1.0)."""
    if not _uses_teams(examination):
        return is_not_set_up(NOT_USED)
    unreadable = fails(_("The list of Microsoft’s keys cannot be read, so all that Teams sends is refused."))
    try:
        response = await send_request(examination.http, "GET", choose_cloud(examination.settings).openid_url)
        metadata = json.loads(response.text)
    except (NoResponse, ValueError, RecursionError):
        return unreadable
    if not isinstance(metadata, dict) or not metadata.get("jwks_uri"):
        return unreadable
    return works(_("The list of Microsoft’s keys can be read."))


async def check_invitations(examination: Examination) -> Outcome:
    """Look whether anybody but technicians can be invited in Teams: only who has the app there can get a message."""
    settings = examination.settings
    uses_teams = settings.teams_app_id is not None or settings.teams_allow_anonymous
    if not uses_teams or not settings.tell_requester_in_chat:
        return is_not_set_up(_("Requesters are not invited in Teams."))
    unit_of_work = await examination.require_schema()
    async with unit_of_work.read() as tx:
        is_anybody_there = await tx.teams.has_reachable_requester()
    if not is_anybody_there:
        return fails(_("Nobody but technicians has the app in Teams, so no requester is invited there."))
    return works(_("Requesters who have the app in Teams can be invited there."))


async def check_package(examination: Examination) -> Outcome:
    """Say that the app package in Teams cannot be read."""
    if not _uses_teams(examination):
        return is_not_set_up(NOT_USED)
    return is_unknown(
        _(
            "The bot has no permission to read the package in Teams. Compare its version with the one that you uploaded."
        )
    )
