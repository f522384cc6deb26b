"""Zoho's tokens, and the data centers."""

import traceback
from collections.abc import AsyncIterator
from typing import NamedTuple

import pytest
from aiohttp import web
from support.servicedesk_script import PAGE, TOKEN, Handler, hangs_up, says

from adapters.http import new_http_client
from adapters.servicedesk.data_centers import DATA_CENTERS
from adapters.servicedesk.oauth import AuthorizationRefused, ZohoOAuth
from bot.errors import BotError, Unavailable
from bot.model.secret import Secret
from sandbox.server import Server

DENIED = {
    "error": "Access Denied",
    "error_description": "You have made too many requests continuously. Please try again after some time.",
    "status": "failure",
}


class TokenEndpoint(NamedTuple):
    """Zoho's token endpoint: its client, its next answers, and the forms that it received."""

    client: ZohoOAuth
    answers: list[Handler]
    forms: list[dict[str, str]]


@pytest.fixture
async def zoho() -> AsyncIterator[TokenEndpoint]:
    answers: list[Handler] = []
    forms: list[dict[str, str]] = []

    async def serve(request: web.Request) -> web.StreamResponse:
        forms.append({name: str(value) for name, value in (await request.post()).items()})
        return answers.pop(0)(request)

    app = web.Application()
    app.router.add_post("/oauth/v2/token", serve)
    server = Server(app)
    url = await server.start()
    async with new_http_client(timeout=5) as http:
        client = ZohoOAuth(http, url, "1000.CLIENT", Secret("cl-secret"), Secret("1000.refresh"))
        yield TokenEndpoint(client, answers, forms)
    await server.stop()


async def test_refresh_returns_an_access_token_for_at_most_an_hour(zoho: TokenEndpoint) -> None:
    client, answers, forms = zoho
    answers.append(
        says(200, {"access_token": TOKEN, "api_domain": "https://www.zohoapis.com", "expires_in": 3600})
    )
    answers.append(says(200, {"access_token": TOKEN, "expires_in": 3600000}))
    tokens = await client.request_access_token()
    assert (tokens.access, tokens.refresh, tokens.expires_in) == (Secret(TOKEN), None, 3600)
    assert (await client.request_access_token()).expires_in == 3600
    assert forms[0] == {
        "grant_type": "refresh_token",
        "client_id": "1000.CLIENT",
        "client_secret": "cl-secret",
        "refresh_token": "1000.refresh",
    }


@pytest.mark.parametrize(
    ("answer", "error", "retry_after"),
    [
        (says(200, {"error": "invalid_code"}), AuthorizationRefused, None),
        (says(200, {"error": "invalid_client"}), AuthorizationRefused, None),
        (says(400, {"error": "invalid_grant"}), AuthorizationRefused, None),
        (says(200, DENIED), Unavailable, 600),
        (says(400, DENIED), Unavailable, 600),
        (says(400, {"error": "general_error"}), Unavailable, None),
        (says(200, {}), Unavailable, None),
        (says(200, PAGE), Unavailable, None),
        (says(503, PAGE), Unavailable, None),
        (hangs_up, Unavailable, None),
    ],
)
async def test_zoho_error_with_any_status_maps_to_its_error_without_secrets(
    zoho: TokenEndpoint, answer: Handler, error: type[BotError], retry_after: float | None
) -> None:
    client, answers, _forms = zoho
    answers.append(answer)
    with pytest.raises(BotError) as caught:
        await client.request_access_token()
    assert type(caught.value) is error
    assert getattr(caught.value, "retry_after", None) == retry_after
    shown = "".join(traceback.format_exception(caught.value)) + repr(client.__dict__)
    assert "cl-secret" not in shown
    assert "1000.refresh" not in shown


def test_seven_data_centers_have_their_addresses() -> None:
    assert set(DATA_CENTERS) == {"us", "eu", "in", "cn", "jp", "au", "ca"}
    assert DATA_CENTERS["au"].api_url == "https://servicedeskplus.net.au"
    assert DATA_CENTERS["ca"].accounts_url == "https://accounts.zohocloud.ca"
