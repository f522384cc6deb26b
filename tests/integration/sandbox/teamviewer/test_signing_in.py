"""The simulated TeamViewer: consent, codes, tokens."""

import re
from typing import Any

import pytest
from support.teamviewer_browser import ANN, CALLBACK, PRINTER, Browser, Clock
from yarl import URL


async def test_consent_page_names_the_accounts_and_returns_code_and_state(browser: Browser) -> None:
    """The page offers every account; Allow leads back with a code, Deny with the refusal, both with the state."""
    status, html = await browser.page(browser.authorize_url())
    assert status == 200
    assert all(text in html for text in (ANN, "jon@example.com", "Allow", "Deny"))
    allowed = URL(await browser.sandbox.approve_sign_in(browser.authorize_url(), ANN))
    assert str(allowed.with_query(None)) == CALLBACK
    assert re.fullmatch(r"[A-Za-z0-9]{8}", allowed.query["code"])
    denied = URL(await browser.sandbox.deny_sign_in(browser.authorize_url()))
    assert denied.query["error"] == "access_denied"
    assert allowed.query["state"] == denied.query["state"] == "a b&c=d"


@pytest.mark.parametrize(
    "wrong",
    [
        {"client_id": "stranger"},
        {"redirect_uri": CALLBACK + "/"},
        {"response_type": "token"},
        {"display": "page"},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
async def test_authorize_refuses_what_is_not_exact(browser: Browser, wrong: dict[str, str]) -> None:
    """A wrong parameter is told on the page, and the browser is sent nowhere."""
    status, html = await browser.page(browser.authorize_url(**wrong))
    assert (status, next(iter(wrong)) in html) == (400, True)
    with pytest.raises(ValueError, match="400"):
        await browser.sandbox.approve_sign_in(browser.authorize_url(**wrong), ANN)


async def test_code_is_good_for_one_exchange(browser: Browser) -> None:
    """The first exchange answers tokens that nobody may cache, the second is refused."""
    code = await browser.code()
    status, tokens, response = await browser.exchange(code)
    assert (status, tokens["token_type"], tokens["expires_in"]) == (200, "bearer", 86400)
    assert response.headers["Cache-Control"] == "no-store"
    status, refusal, _ = await browser.exchange(code)
    assert (status, refusal["error"]) == (400, "invalid_request")


async def test_code_dies_after_ten_minutes(browser: Browser, clock: Clock) -> None:
    """A code is good for less than ten minutes and dead at ten."""
    early, late = await browser.code(), await browser.code()
    clock.forward(minutes=9, seconds=59)
    assert (await browser.exchange(early))[0] == 200
    clock.forward(seconds=1)
    assert (await browser.exchange(late))[0] == 400


async def test_exchange_needs_the_secret_and_the_same_redirect_uri(browser: Browser) -> None:
    """A wrong secret, another redirect URI and (by default) none at all are refused."""
    fields = {"grant_type": "authorization_code", "redirect_uri": CALLBACK}
    status, refusal, _ = await browser.grant(**fields, code=await browser.code(), client_secret="guess")
    assert (status, refusal["error"]) == (400, "invalid_client")
    other = {**fields, "redirect_uri": "http://127.0.0.1:9/other"}
    assert (await browser.grant(**other, code=await browser.code()))[0] == 400
    bare = {"grant_type": "authorization_code", "code": await browser.code()}
    assert (await browser.grant(**bare))[0] == 400
    browser.sandbox.options.redirect_uri_required = False
    assert (await browser.grant(**bare))[0] == 200


@pytest.mark.parametrize(("reuse", "error"), [(400, "invalid_request"), (401, "invalid_token")])
async def test_refresh_token_rotates_and_is_single_use(browser: Browser, reuse: Any, error: str) -> None:
    """A refresh brings a new pair; the old refresh token is burnt and the new one is good."""
    browser.sandbox.options.token_reuse_status = reuse
    first = await browser.sign_in()
    status, second, _ = await browser.refresh(first["refresh_token"])
    assert status == 200
    assert second["refresh_token"] != first["refresh_token"]
    status, refusal, _ = await browser.refresh(first["refresh_token"])
    assert (status, refusal["error"], "refresh_token" in refusal["error_description"]) == (reuse, error, True)
    assert (await browser.refresh(second["refresh_token"]))[0] == 200


async def test_tokens_expire_and_are_revoked(browser: Browser) -> None:
    """An expired token can be refreshed; a revoked one takes its refresh token with it; a ping tells it in a 200."""
    tokens = await browser.sign_in()
    assert (await browser.call("GET", "/ping"))[1] == {"token_valid": True}
    browser.sandbox.expire_access_tokens()
    status, refusal, _ = await browser.call("GET", "/account")
    assert (status, refusal["error"]) == (401, "token_expired")
    assert (await browser.call("GET", "/ping"))[:2] == (200, {"token_valid": False})
    _, renewed, _ = await browser.refresh(tokens["refresh_token"])
    browser.token = renewed["access_token"]
    assert (await browser.call("POST", "/oauth2/revoke"))[:2] == (204, "")
    status, refusal, _ = await browser.call("GET", "/account")
    assert (status, refusal["error"]) == (401, "invalid_token")
    assert (await browser.refresh(renewed["refresh_token"]))[0] == 400


async def test_revoke_everything_strikes_one_account_only(browser: Browser) -> None:
    """The account's owner revokes the app; another account's token lives on."""
    anns, jons = await browser.sign_in(), await browser.sign_in("jon@example.com")
    browser.sandbox.revoke_tokens(ANN)
    assert (await browser.call("GET", "/account", token=anns["access_token"]))[0] == 401
    assert (await browser.refresh(anns["refresh_token"]))[0] == 400
    status, account, _ = await browser.call("GET", "/account", token=jons["access_token"])
    assert (status, account["email"], account["name"]) == (200, "jon@example.com", "Jon Snow")


async def test_missing_permission_says_invalid_token(ann: Browser) -> None:
    """A token without the permission is refused as if it were wrong, and the e-mail is hidden without its own."""
    ann.sandbox.options.scopes -= {"Sessions.Create", "Account.ReadEmail"}
    status, refusal, _ = await ann.call("POST", "/sessions", json=PRINTER)
    assert (status, refusal["error"]) == (401, "invalid_token")
    assert "email" not in (await ann.call("GET", "/account"))[1]
