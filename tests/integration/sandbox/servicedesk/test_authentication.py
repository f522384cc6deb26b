"""Authentication at the simulated ServiceDesk Plus: tokens, scopes, headers and portals."""

import pytest
from support.servicedesk_caller import REFRESH, Caller, Clock, refusal


async def test_refresh_returns_access_token_and_no_refresh_token(anonymous_caller: Caller) -> None:
    """Parameters may be in the form or in the query."""
    status, body = await anonymous_caller.token()
    assert status == 200
    assert body["access_token"] in anonymous_caller.servicedesk.issued_tokens
    assert (body["expires_in"], body["token_type"]) == (3600, "Bearer")
    assert "refresh_token" not in body
    async with anonymous_caller.http.post(
        f"{anonymous_caller.servicedesk.accounts_url}/oauth/v2/token", params=REFRESH
    ) as response:
        assert "access_token" in await response.json()


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"client_secret": "wrong"}, "invalid_client"),
        ({"refresh_token": "1000.wrong"}, "invalid_code"),
        ({"grant_type": "password"}, "invalid_grant"),
        ({"grant_type": "authorization_code", "code": "1000.never"}, "invalid_code"),
    ],
)
async def test_accounts_server_returns_errors_with_http_200(
    anonymous_caller: Caller, fields: dict[str, str], error: str
) -> None:
    """The body has the error code."""
    assert await anonymous_caller.token(**fields) == (200, {"error": error})


async def test_grant_code_is_valid_once_for_three_minutes(anonymous_caller: Caller, clock: Clock) -> None:
    """A second use and a late use are refused."""
    code, late = anonymous_caller.servicedesk.new_grant_code(), anonymous_caller.servicedesk.new_grant_code()
    _, body = await anonymous_caller.token(grant_type="authorization_code", code=code)
    assert (await anonymous_caller.token(grant_type="authorization_code", code=code))[1] == {
        "error": "invalid_code"
    }
    assert "access_token" in (await anonymous_caller.token(refresh_token=body["refresh_token"]))[1]
    clock.forward(minutes=3)
    assert (await anonymous_caller.token(grant_type="authorization_code", code=late))[1] == {
        "error": "invalid_code"
    }


@pytest.mark.parametrize("denied_status", [200, 400])
async def test_eleventh_token_in_ten_minutes_is_denied(
    anonymous_caller: Caller, clock: Clock, denied_status: int
) -> None:
    """The next one is issued when the ten minutes are over."""
    anonymous_caller.servicedesk.oauth_denied_status = denied_status
    for _ in range(10):
        assert "access_token" in (await anonymous_caller.token())[1]
    status, body = await anonymous_caller.token()
    assert (status, body["error"]) == (denied_status, "Access Denied")
    clock.forward(minutes=10)
    assert "access_token" in (await anonymous_caller.token())[1]


@pytest.mark.parametrize("accept", ["*/*", "application/json"])
async def test_wrong_accept_header_returns_415_html_page(caller: Caller, accept: str) -> None:
    """The header is checked before the token."""
    caller.headers["Accept"] = accept
    status, body = await caller.get("/requests")
    assert status == 415
    assert body.startswith("<!doctype html>")


async def test_missing_wrong_and_expired_tokens_are_refused(caller: Caller, clock: Clock) -> None:
    """The scheme is ``Zoho-oauthtoken``, not ``Bearer``."""
    good = caller.headers["Authorization"]
    assert (await caller.get("/requests"))[0] == 200
    for bad in ("", good.replace("Zoho-oauthtoken", "Bearer"), "Zoho-oauthtoken 1000.never.given"):
        caller.headers["Authorization"] = bad
        assert refusal(await caller.get("/requests"))[:2] == (401, 4022)
    caller.headers["Authorization"] = good
    clock.forward(hours=1)
    assert refusal(await caller.get("/requests"))[:2] == (401, 4022)


async def test_missing_scope_refuses_only_its_resource(caller: Caller, request_id: str) -> None:
    """Another resource stays available."""
    caller.servicedesk.scopes = {"SDPOnDemand.requests.READ"}
    assert (await caller.get("/technicians"))[0] == 401
    assert (await caller.post(f"/requests/{request_id}/notes", request_note={"description": "x"}))[0] == 401
    assert (await caller.get("/requests"))[0] == 200
    caller.servicedesk.scopes = {"SDPOnDemand.technicians.ALL"}
    assert (await caller.get("/technicians"))[0] == 200


async def test_portal_in_path_is_optional_and_unknown_portal_is_refused(caller: Caller) -> None:
    """Without a portal in the path, the default portal is used."""
    for prefix in ("/app/itdesk/api/v3", "/api/v3"):
        caller.prefix = prefix
        assert (await caller.get("/requests"))[0] == 200
    _, body = await caller.get("/portals")
    assert [portal["name"] for portal in body["portals"]] == ["itdesk"]
    caller.prefix = "/app/hr/api/v3"
    assert refusal(await caller.get("/requests"))[:2] == (404, 4007)


async def test_portals_are_listed_refused_or_absent(caller: Caller) -> None:
    """One of several is the default one. The scope of the list is undocumented, so the list can be refused by itself."""
    caller.prefix, caller.servicedesk.other_portals = "/api/v3", ["hr", "facilities"]
    _, body = await caller.get("/portals")
    found = {portal["name"]: portal["is_default"] for portal in body["portals"]}
    assert found == {"hr": False, "facilities": False, "itdesk": True}
    caller.servicedesk.refuse_portals = True
    assert (await caller.get("/portals"))[0] == 401
    assert (await caller.get("/requests"))[0] == 200
    caller.servicedesk.has_portals = False
    status, page = await caller.get("/portals")
    assert status == 400
    assert page.startswith("<!doctype html>")


async def test_unknown_endpoint_returns_400_html_page(caller: Caller, request_id: str) -> None:
    """Real paths of other API versions are unknown, too."""
    for path in ("/requests/_metainfo", f"/requests/{request_id}/reply", "/gizmos"):
        status, body = await caller.get(path)
        assert status == 400, path
        assert body.startswith("<!doctype html>")
