"""The simulated ServiceDesk Plus: tokens, scopes, portals."""

import pytest
from support.servicedesk_caller import REFRESH, Caller, Clock, refusal


async def test_a_refresh_gives_an_access_token_and_no_new_refresh_token(stranger: Caller) -> None:
    """Parameters may stand in the form or in the query."""
    status, answer = await stranger.token()
    assert status == 200
    assert answer["access_token"] in stranger.desk.issued_tokens
    assert (answer["expires_in"], answer["token_type"]) == (3600, "Bearer")
    assert "refresh_token" not in answer
    async with stranger.http.post(f"{stranger.desk.accounts_url}/oauth/v2/token", params=REFRESH) as response:
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
async def test_the_accounts_server_says_no_with_http_200(stranger: Caller, fields, error) -> None:
    assert await stranger.token(**fields) == (200, {"error": error})


async def test_a_grant_code_is_good_once_and_for_three_minutes(stranger: Caller, clock: Clock) -> None:
    code, late = stranger.desk.new_grant_code(), stranger.desk.new_grant_code()
    _, answer = await stranger.token(grant_type="authorization_code", code=code)
    assert (await stranger.token(grant_type="authorization_code", code=code))[1] == {"error": "invalid_code"}
    assert "access_token" in (await stranger.token(refresh_token=answer["refresh_token"]))[1]
    clock.forward(minutes=3)
    assert (await stranger.token(grant_type="authorization_code", code=late))[1] == {"error": "invalid_code"}


@pytest.mark.parametrize("denied_status", [200, 400])
async def test_the_eleventh_token_in_ten_minutes_is_denied(
    stranger: Caller, clock: Clock, denied_status
) -> None:
    """Until the ten minutes are over."""
    stranger.desk.oauth_denied_status = denied_status
    for _ in range(10):
        assert "access_token" in (await stranger.token())[1]
    status, answer = await stranger.token()
    assert (status, answer["error"]) == (denied_status, "Access Denied")
    clock.forward(minutes=10)
    assert "access_token" in (await stranger.token())[1]


@pytest.mark.parametrize("accept", ["*/*", "application/json"])
async def test_another_accept_header_is_refused_before_anything_else(caller: Caller, accept) -> None:
    caller.headers["Accept"] = accept
    status, answer = await caller.get("/requests")
    assert status == 415
    assert answer.startswith("<!doctype html>")


async def test_only_a_live_zoho_token_opens_the_api(caller: Caller, clock: Clock) -> None:
    """No ``Bearer``, no token of an hour ago."""
    good = caller.headers["Authorization"]
    assert (await caller.get("/requests"))[0] == 200
    for bad in ("", good.replace("Zoho-oauthtoken", "Bearer"), "Zoho-oauthtoken 1000.never.given"):
        caller.headers["Authorization"] = bad
        assert refusal(await caller.get("/requests"))[:2] == (401, 4022)
    caller.headers["Authorization"] = good
    clock.forward(hours=1)
    assert refusal(await caller.get("/requests"))[:2] == (401, 4022)


async def test_a_missing_scope_closes_its_resource_alone(caller: Caller, request_id: str) -> None:
    caller.desk.scopes = {"SDPOnDemand.requests.READ"}
    assert (await caller.get("/technicians"))[0] == 401
    assert (await caller.post(f"/requests/{request_id}/notes", request_note={"description": "x"}))[0] == 401
    assert (await caller.get("/requests"))[0] == 200
    caller.desk.scopes = {"SDPOnDemand.technicians.ALL"}
    assert (await caller.get("/technicians"))[0] == 200


async def test_the_portal_stands_in_the_path_or_is_the_default_one(caller: Caller) -> None:
    for prefix in ("/app/itdesk/api/v3", "/api/v3"):
        caller.prefix = prefix
        assert (await caller.get("/requests"))[0] == 200
    _, answer = await caller.get("/portals")
    assert [portal["name"] for portal in answer["portals"]] == ["itdesk"]
    caller.prefix = "/app/hr/api/v3"
    assert refusal(await caller.get("/requests"))[:2] == (404, 4007)


async def test_an_unknown_endpoint_answers_with_a_page(caller: Caller, request_id: str) -> None:
    for path in ("/requests/_metainfo", f"/requests/{request_id}/reply", "/gizmos"):
        status, answer = await caller.get(path)
        assert status == 400, path
        assert answer.startswith("<!doctype html>")
