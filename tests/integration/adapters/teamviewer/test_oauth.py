"""Sign-in at TeamViewer: codes, tokens and accounts."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from support.teamviewer_script import CHALLENGE, PAGE, VERIFIER, Handler, Script, hangs_up, refuses, says

from bot.errors import BotError, NotAuthorized, Rejected, Unavailable
from bot.model.secret import Secret

TOKENS = {"access_token": "1-new", "token_type": "bearer", "expires_in": 86400, "refresh_token": "1-next"}


async def test_sign_in_url_asks_for_a_popup_and_the_registered_callback(tv: Script) -> None:
    url = urlsplit(tv.client.authorize_url("st&te", VERIFIER))
    assert f"{url.scheme}://{url.netloc}{url.path}" == "https://login.teamviewer.com/oauth2/authorize"
    assert parse_qs(url.query) == {
        "response_type": ["code"],
        "client_id": ["1-app"],
        "redirect_uri": ["https://bot.example/oauth/teamviewer/callback"],
        "display": ["popup"],
        "state": ["st&te"],
    }


async def test_code_is_exchanged_for_tokens_with_their_lifetime(tv: Script) -> None:
    tv.on("POST /oauth2/token", says(200, TOKENS | {"expires_in": 1234}))
    tokens = await tv.client.exchange("abcd1234", VERIFIER)
    assert (tokens.access, tokens.refresh, tokens.expires_in) == (Secret("1-new"), Secret("1-next"), 1234)
    assert parse_qs(tv.asked["POST /oauth2/token"][0].body) == {
        "grant_type": ["authorization_code"],
        "code": ["abcd1234"],
        "redirect_uri": ["https://bot.example/oauth/teamviewer/callback"],
        "client_id": ["1-app"],
        "client_secret": ["app-secret"],
    }


async def test_with_pkce_the_sign_in_carries_a_challenge_and_the_exchange_its_verifier(
    tv: Script,
) -> None:
    """Verifier and challenge are the example of RFC 7636."""
    query = parse_qs(urlsplit(tv.pkce_client.authorize_url("state", VERIFIER)).query)
    assert (query["code_challenge"], query["code_challenge_method"]) == ([CHALLENGE], ["S256"])
    tv.on("POST /oauth2/token", says(200, TOKENS))
    await tv.pkce_client.exchange("abcd1234", VERIFIER)
    form = parse_qs(tv.asked["POST /oauth2/token"][0].body)
    assert form["code_verifier"] == [VERIFIER.reveal()]


@pytest.mark.parametrize("odd", [10**18, -1, 0, "soon", None, "9" * 400])
async def test_tokens_whose_lifetime_cannot_be_right_are_not_lost(tv: Script, odd: object) -> None:
    """A refresh token works once, so the new pair must be stored, whatever is said about its lifetime."""
    tv.on("POST /oauth2/token", says(200, TOKENS | {"expires_in": odd}))
    tokens = await tv.client.refresh(Secret("1-last"))
    assert (tokens.refresh, tokens.expires_in) == (Secret("1-next"), 3600)


async def test_refresh_returns_a_new_token_pair(tv: Script) -> None:
    tv.on("POST /oauth2/token", says(200, TOKENS))
    tokens = await tv.client.refresh(Secret("1-last"))
    assert tokens.refresh == Secret("1-next")
    form = parse_qs(tv.asked["POST /oauth2/token"][0].body)
    assert (form["grant_type"], form["refresh_token"]) == (["refresh_token"], ["1-last"])


REFRESH_FAILURES = [
    (refuses(400, "invalid_request", "refresh_token is wrong"), NotAuthorized),
    (refuses(401, "invalid_token"), NotAuthorized),
    (refuses(404, "not_found"), NotAuthorized),
    (says(400, "no JSON"), NotAuthorized),
    (refuses(403, "rate_limit_reached"), Unavailable),
    (refuses(403, "blocked"), Rejected),
    (says(429), Unavailable),
    (refuses(500, "internal_error"), Unavailable),
    (says(200, PAGE), Unavailable),
    (says(200, {"token_type": "bearer"}), Unavailable),
    (hangs_up, Unavailable),
]


@pytest.mark.parametrize(("answer", "error"), REFRESH_FAILURES)
async def test_refused_refresh_is_not_authorized_and_a_failed_one_is_unavailable(
    tv: Script, answer: Handler, error: type[BotError]
) -> None:
    tv.on("POST /oauth2/token", answer)
    with pytest.raises(BotError) as raised:
        await tv.client.refresh(Secret("1-last"))
    assert type(raised.value) is error


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (refuses(400, "invalid_request", "code expired"), NotAuthorized),
        (refuses(401, "invalid_client"), Rejected),
    ],
)
async def test_refused_code_is_not_authorized_and_a_wrong_app_is_rejected(
    tv: Script, answer: Handler, error: type[BotError]
) -> None:
    tv.on("POST /oauth2/token", answer)
    with pytest.raises(error):
        await tv.client.exchange("abcd1234", VERIFIER)


@pytest.mark.parametrize("answer", [says(204), says(200), refuses(401, "invalid_token")])
async def test_revoke_succeeds_if_the_token_is_revoked_or_invalid(tv: Script, answer: Handler) -> None:
    tv.on("POST /oauth2/revoke", answer)
    await tv.client.revoke(Secret("1-token"))
    asked = tv.asked["POST /oauth2/revoke"][0]
    assert (asked.token, asked.body) == ("1-token", "")


@pytest.mark.parametrize(
    ("fields", "name", "email"),
    [
        ({"name": "Jon Snow", "email": "Jon@Example.com"}, "Jon Snow", "jon@example.com"),
        ({"email": None}, "u11293276", None),
    ],
)
async def test_account_has_its_name_and_address_or_defaults(
    tv: Script, fields: dict[str, Any], name: str, email: str | None
) -> None:
    tv.on("GET /account", says(200, {"userid": "u11293276"} | fields))
    account = await tv.client.account(Secret("1-token"))
    assert (account.user_id, account.name, account.email) == ("u11293276", name, email)


async def test_account_that_cannot_be_read_is_not_authorized(tv: Script) -> None:
    tv.on("GET /account", refuses(401, "invalid_token"))
    with pytest.raises(NotAuthorized):
        await tv.client.account(Secret("1-token"))
