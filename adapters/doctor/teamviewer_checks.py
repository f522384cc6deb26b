"""Checks of TeamViewer: the app, its permissions, and the licence of an account that is connected."""

from http import HTTPStatus

from adapters.doctor.examination import Examination
from adapters.doctor.outcome import SEE_SETTINGS, CannotTell, Outcome, fails, is_unknown, works
from adapters.http import NoResponse, send_request
from adapters.settings import reveal_setting
from adapters.teamviewer.api import TeamViewerApi, require_permitted
from adapters.teamviewer.api_response import read_response
from adapters.teamviewer.errors import (
    find_failure,
    no_response_error,
    refusal_error,
    refused_app_error,
)
from adapters.teamviewer.fields import require_accepted, text_field
from bot.errors import NotAuthorized
from bot.i18n import Words, _
from bot.model.secret import Secret

_REFUSED_GRANTS = frozenset({"invalid_request", "invalid_grant", "invalid_token"})
"""How TeamViewer may refuse a refresh token (undocumented; RFC 6749, 5.2, and TeamViewer API documentation 2023-03)."""


async def check_app(examination: Examination) -> Outcome:
    """Ask for tokens with an invented refresh token: a server that knows the app refuses that token, not the app.

    By RFC 6749 (3.2.1, 5.2) the server looks at the app first, and calls a wrong one ``invalid_client``.
    """
    settings = examination.settings
    if not settings.teamviewer_client_id or settings.teamviewer_client_secret is None:
        raise CannotTell(SEE_SETTINGS)
    form = {
        "grant_type": "refresh_token",
        "refresh_token": "tvbot-doctor",
        "client_id": settings.teamviewer_client_id,
        "client_secret": reveal_setting(settings.teamviewer_client_secret).reveal(),
    }
    # Not through the client, which would log the refusal as a failed call.
    try:
        answer = await send_request(
            examination.gated_http,
            "POST",
            f"{settings.teamviewer_api_url.rstrip('/')}/oauth2/token",
            data=form,
            headers={"Accept": "application/json"},
        )
    except NoResponse as error:
        # The cause holds the request, and the request holds the secret.
        raise no_response_error(error, creates=False) from None
    response = read_response(answer, None)
    failure = find_failure(response, creates=False)
    if failure is not None:
        raise failure
    if response.error == "invalid_client":
        return fails(refused_app_error().text)
    if response.error in _REFUSED_GRANTS and response.status != HTTPStatus.FORBIDDEN:
        return works(_("TeamViewer answers, and does not refuse the app."))
    return fails(refusal_error(response).text)


async def check_permissions(examination: Examination) -> Outcome:
    """Say that the app's permissions and its redirect address cannot be read."""
    del examination
    return is_unknown(
        _(
            "TeamViewer shows the app’s permissions and its redirect address only to its owner. "
            "To check them, let a technician sign in with {words}.",
            words=Words("auth"),
        )
    )


async def check_licence(examination: Examination) -> Outcome:
    """Read the account of the technician who connected last: TeamViewer says whether its licence is active.

    ``license`` with ``type`` and ``isactive`` was seen in answers to ``GET /account``, and is documented nowhere. Which
    features a licence includes is in no answer. Only a valid access token is used: a refresh here would take the refresh
    token away from the bot.
    """
    token = await _usable_token(examination)
    if token is None:
        return is_unknown(
            _(
                "No technician’s account can be asked now. After a technician has typed {words}, run the checks again.",
                words=Words("auth"),
            )
        )
    api = TeamViewerApi(examination.gated_http, examination.settings.teamviewer_api_url)
    try:
        payload = require_accepted(require_permitted(await api.call_once("GET", "/account", token)))
    except NotAuthorized as error:
        return is_unknown(error.text)
    licence = payload.get("license")
    if not isinstance(licence, dict) or not isinstance(licence.get("isactive"), bool):
        return is_unknown(_("TeamViewer does not say whether the licence is active."))
    name = text_field(licence, "type") or "?"
    if not licence["isactive"]:
        return fails(_("TeamViewer says that the licence ({name}) is not active.", name=name))
    return works(
        _(
            "The licence ({name}) is active. Whether it includes Enterprise Integrations and Pilot shows at the first session.",
            name=name,
        )
    )


async def _usable_token(examination: Examination) -> Secret | None:
    unit_of_work = await examination.require_schema()
    now = examination.installed.clock()
    async with unit_of_work.read() as tx:
        connection = await tx.connections.with_usable_token(now)
        tokens = await tx.tokens.read(connection.token_name) if connection else None
    return tokens.access if tokens else None
