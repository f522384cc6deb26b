"""Checks of Slack: the signing secret, the tokens and their scopes, the app's registration."""

import re
from collections.abc import Mapping

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
from adapters.settings import reveal_setting
from adapters.slack.installations import ManyWorkspaces
from adapters.slack.webapi import SlackWebApi
from bot.errors import BotError
from bot.i18n import Text, _, labelled
from bot.model.secret import Secret
from manifest.scopes import OPTIONAL_SCOPES, SCOPES

NOT_USED = _("Slack is not set up.")
_SIGNING_SECRET = re.compile(r"[0-9a-f]{32}")
"""The form of every signing secret that Slack has shown. Slack documents none."""
_MOST_WORKSPACES = 50
Scopes = Mapping[str, "frozenset[str] | BotError | None"]


def _uses_slack(examination: Examination) -> bool:
    settings = examination.settings
    return settings.slack_signing_secret is not None or settings.slack_app_token is not None


async def check_signing_secret(examination: Examination) -> Outcome:
    """Look at the form of the signing secret. Only a request of Slack could prove more."""
    if not _uses_slack(examination):
        return is_not_set_up(NOT_USED)
    secret = examination.settings.slack_signing_secret
    if secret is None:
        return is_not_set_up(_("Socket Mode needs no signing secret."))
    if not _SIGNING_SECRET.fullmatch(reveal_setting(secret).reveal()):
        return fails(
            _("It does not look like a signing secret: it must be 32 digits and letters from a to f.")
        )
    return is_unknown(_("Its form is right. Type a command in Slack to check that it is this app’s secret."))


async def _read_scopes(examination: Examination) -> Scopes:
    """Return the scopes of the token of each workspace, the reason why Slack refuses it, or None if they are not listed."""
    settings = examination.settings
    if settings.slack_bot_token is not None:
        token = reveal_setting(settings.slack_bot_token)
        api = SlackWebApi(examination.slack, settings.slack_api_url, _no_token)
        return {"": await _read_scopes_of(api, token)}
    if not settings.slack_client_id or settings.slack_client_secret is None:
        raise CannotTell(SEE_SETTINGS)
    workspaces = ManyWorkspaces(
        await examination.require_schema(),
        examination.installed.clock,
        settings.slack_client_id,
        reveal_setting(settings.slack_client_secret),
        trusted=settings.slack_workspaces,
    )
    api = workspaces.api = SlackWebApi(examination.slack, settings.slack_api_url, workspaces.token_of)
    found: dict[str, frozenset[str] | BotError | None] = {}
    for tenant in list(await workspaces.tenants())[:_MOST_WORKSPACES]:
        try:
            token = await workspaces.token_of(tenant)
        except BotError as error:
            found[tenant] = error
        else:
            found[tenant] = await _read_scopes_of(api, token)
    return found


async def _read_scopes_of(api: SlackWebApi, token: Secret) -> frozenset[str] | BotError | None:
    try:
        return await api.read_scopes(token)
    except BotError as error:
        return error


async def _no_token(_tenant: str) -> Secret:
    raise CannotTell(SEE_SETTINGS)


async def check_bot_tokens(examination: Examination) -> Outcome:
    """Ask Slack whether it accepts the bot token of each workspace."""
    if not _uses_slack(examination):
        return is_not_set_up(NOT_USED)
    scopes = await examination.find_once(_read_scopes)
    if not scopes:
        return is_not_set_up(_("The app is not installed in any workspace yet."))
    refused = {tenant: one.text for tenant, one in scopes.items() if isinstance(one, BotError)}
    if refused:
        return fails(Text("{reasons}", {"reasons": tuple(_named(*one) for one in refused.items())}))
    return works(_("Slack accepts it."))


def _named(tenant: str, reason: Text) -> Text:
    return labelled(tenant, reason) if tenant else reason


async def check_scopes(examination: Examination) -> Outcome:
    """Compare the scopes of each bot token with those that the manifest asks for."""
    if not _uses_slack(examination):
        return is_not_set_up(NOT_USED)
    scopes = await examination.find_once(_read_scopes)
    listed = [one for one in scopes.values() if isinstance(one, frozenset)]
    if not listed:
        return is_unknown(_("Slack did not report the scopes of the token."))
    missing = tuple(sorted({scope for one in listed for scope in SCOPES.keys() - one}))
    if missing:
        return fails(_("The token lacks the scopes {scopes}.", scopes=missing))
    optional = tuple(sorted({scope for one in listed for scope in OPTIONAL_SCOPES.keys() - one}))
    if optional:
        return works(_("All are there but the optional ones: {scopes}.", scopes=optional))
    return works(_("All are there."))


async def check_app_token(examination: Examination) -> Outcome:
    """Ask Slack for the address of a socket with the app-level token, and open none."""
    settings = examination.settings
    if settings.slack_app_token is None:
        return is_not_set_up(_("Slack calls the public address, so no app-level token is needed."))
    api = SlackWebApi(examination.slack, settings.slack_api_url, _no_token)
    await api.call_with(reveal_setting(settings.slack_app_token), "apps.connections.open")
    return works(_("Slack opens a connection with it."))


async def check_registration(examination: Examination) -> Outcome:
    """Say that the registration of the app cannot be read."""
    if not _uses_slack(examination):
        return is_not_set_up(NOT_USED)
    return is_unknown(
        _(
            "Slack shows an app’s manifest only to its owners. Compare it with what `tvbot manifest slack` prints."
        )
    )
