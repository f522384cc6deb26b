"""OAuth at the simulated TeamViewer: consent, codes and tokens."""

import re
from datetime import timedelta
from typing import Any

import pytest
from support.teamviewer_browser import ANN, CALLBACK, PRINTER, Browser, Clock
from yarl import URL


async def test_consent_page_redirects_with_code_or_error_and_state(browser: Browser) -> None:
    """It offers every account."""
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
async def test_invalid_authorize_request_shows_an_error_page(browser: Browser, wrong: dict[str, str]) -> None:
    """There is no redirect."""
    status, html = await browser.page(browser.authorize_url(**wrong))
    assert (status, next(iter(wrong)) in html) == (400, True)
    with pytest.raises(ValueError, match="400"):
        await browser.sandbox.approve_sign_in(browser.authorize_url(**wrong), ANN)


async def test_code_is_exchanged_once(browser: Browser) -> None:
    """The response must not be cached."""
    code = await browser.code()
    status, tokens, response = await browser.exchange(code)
    assert (status, tokens["token_type"], tokens["expires_in"]) == (200, "bearer", 86400)
    assert response.headers["Cache-Control"] == "no-store"
    status, refusal, _ = await browser.exchange(code)
    assert (status, refusal["error"]) == (400, "invalid_request")


async def test_code_expires_after_ten_minutes(browser: Browser, clock: Clock) -> None:
    """It is valid until one second before."""
    early, late = await browser.code(), await browser.code()
    clock.forward(minutes=9, seconds=59)
    assert (await browser.exchange(early))[0] == 200
    clock.forward(seconds=1)
    assert (await browser.exchange(late))[0] == 400


async def test_exchange_with_wrong_secret_or_redirect_uri_is_refused(browser: Browser) -> None:
    """A missing redirect URI is refused by default."""
    fields = {"grant_type": "authorization_code", "redirect_uri": CALLBACK}
    status, refusal, _ = await browser.grant(**fields, code=await browser.code(), client_secret="guess")
    assert (status, refusal["error"]) == (400, "invalid_client")
    other = {**fields, "redirect_uri": "http://127.0.0.1:9/other"}
    assert (await browser.grant(**other, code=await browser.code()))[0] == 400
    bare = {"grant_type": "authorization_code", "code": await browser.code()}
    assert (await browser.grant(**bare))[0] == 400
    browser.sandbox.options.redirect_uri_required = False
    assert (await browser.grant(**bare))[0] == 200


async def test_challenge_is_ignored_checked_or_required(browser: Browser) -> None:
    """Which of them TeamViewer does is undocumented. The values are the example of RFC 7636, appendix B."""
    options, verifier = browser.sandbox.options, "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    challenged = browser.authorize_url(code_challenge=challenge, code_challenge_method="S256")
    exchange = {"grant_type": "authorization_code", "redirect_uri": CALLBACK}

    async def status(url: str, **fields: str) -> int:
        code = URL(await browser.sandbox.approve_sign_in(url, ANN)).query["code"]
        return (await browser.grant(**exchange, **fields, code=code))[0]

    assert await status(challenged, code_verifier="another") == 200
    options.pkce = "checked"
    assert await status(challenged, code_verifier="another") == 400
    assert await status(challenged) == 400
    assert await status(challenged, code_verifier=verifier) == 200
    assert await status(browser.authorize_url()) == 200
    options.pkce = "required"
    with pytest.raises(ValueError, match="400"):
        await status(browser.authorize_url())


@pytest.mark.parametrize(("reuse", "error"), [(400, "invalid_request"), (401, "invalid_token")])
async def test_refresh_token_is_single_use(browser: Browser, reuse: Any, error: str) -> None:
    """A refresh returns a new one."""
    browser.sandbox.options.token_reuse_status = reuse
    first = await browser.sign_in()
    status, second, _ = await browser.refresh(first["refresh_token"])
    assert status == 200
    assert second["refresh_token"] != first["refresh_token"]
    status, refusal, _ = await browser.refresh(first["refresh_token"])
    assert (status, refusal["error"], "refresh_token" in refusal["error_description"]) == (reuse, error, True)
    assert (await browser.refresh(second["refresh_token"]))[0] == 200


async def test_used_refresh_token_works_once_more_within_its_grace(browser: Browser, clock: Clock) -> None:
    """No grace is documented, and other services give one. The tokens of both refreshes are valid."""
    browser.sandbox.options.refresh_token_grace = timedelta(minutes=1)
    first = (await browser.sign_in())["refresh_token"]
    assert (await browser.refresh(first))[0] == 200
    clock.forward(seconds=59)
    assert (await browser.refresh(first))[0] == 200
    assert (await browser.refresh(first))[0] == 400
    late = (await browser.sign_in())["refresh_token"]
    assert (await browser.refresh(late))[0] == 200
    clock.forward(minutes=1)
    assert (await browser.refresh(late))[0] == 400


async def test_expired_and_revoked_tokens_are_refused(browser: Browser) -> None:
    """A revocation includes the refresh token. A ping reports an invalid token with 200."""
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


async def test_revoke_tokens_affects_one_account(browser: Browser) -> None:
    """Tokens of other accounts stay valid."""
    anns, jons = await browser.sign_in(), await browser.sign_in("jon@example.com")
    browser.sandbox.revoke_tokens(ANN)
    assert (await browser.call("GET", "/account", token=anns["access_token"]))[0] == 401
    assert (await browser.refresh(anns["refresh_token"]))[0] == 400
    status, account, _ = await browser.call("GET", "/account", token=jons["access_token"])
    assert (status, account["email"], account["name"]) == (200, "jon@example.com", "Jon Snow")


async def test_missing_permission_returns_invalid_token(ann: Browser) -> None:
    """The e-mail address is omitted without its permission."""
    ann.sandbox.options.scopes -= {"Sessions.Create", "Account.ReadEmail"}
    status, refusal, _ = await ann.call("POST", "/sessions", json=PRINTER)
    assert (status, refusal["error"]) == (401, "invalid_token")
    assert "email" not in (await ann.call("GET", "/account"))[1]
