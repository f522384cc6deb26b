"""The simulated TeamViewer is as strict on the wire as the real one is known to be."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
from yarl import URL

from sandbox.faults import Fault
from sandbox.teamviewer import TeamViewerSandbox

CALLBACK = "http://127.0.0.1:9/oauth/teamviewer/callback"
ANN = "ann@example.com"
PRINTER = {"groupname": "Helpdesk", "description": "Ticket 4711", "custom_api": "key-1"}


class Clock:
    """A clock that the test sets."""

    def __init__(self) -> None:
        self.time = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def forward(self, **by: float) -> None:
        self.time += timedelta(**by)


class Browser:
    """Speaks HTTP to the sandbox, with a bearer token once it has one."""

    def __init__(self, sandbox: TeamViewerSandbox, http: aiohttp.ClientSession) -> None:
        self.sandbox = sandbox
        self.http = http
        self.token = ""

    async def call(
        self, method: str, path: str, *, token: str | None = None, **options: Any
    ) -> tuple[int, Any, aiohttp.ClientResponse]:
        """Call the API; return the status, the JSON (or text) and the response."""
        headers = {"Authorization": f"Bearer {token or self.token}"}
        url = f"{self.sandbox.api_url}{path}"
        async with self.http.request(method, url, headers=headers, **options) as response:
            is_json = response.content_type == "application/json"
            return response.status, await (response.json() if is_json else response.text()), response

    def authorize_url(self, **changed: str) -> str:
        asked = {
            "response_type": "code",
            "client_id": "tv-client",
            "redirect_uri": CALLBACK,
            "display": "popup",
            "state": "a b&c=d",
        }
        return str(URL(self.sandbox.authorize_url).with_query({**asked, **changed}))

    async def grant(self, **fields: str) -> tuple[int, Any, aiohttp.ClientResponse]:
        client = {"client_id": "tv-client", "client_secret": "tv-secret"}
        return await self.call("POST", "/oauth2/token", data={**client, **fields})

    async def code(self, email: str = ANN) -> str:
        return URL(await self.sandbox.approve(self.authorize_url(), email)).query["code"]

    async def exchange(self, code: str) -> tuple[int, Any, aiohttp.ClientResponse]:
        return await self.grant(grant_type="authorization_code", code=code, redirect_uri=CALLBACK)

    async def refresh(self, token: str) -> tuple[int, Any, aiohttp.ClientResponse]:
        return await self.grant(grant_type="refresh_token", refresh_token=token)

    async def sign_in(self, email: str = ANN) -> dict[str, Any]:
        _, tokens, _ = await self.exchange(await self.code(email))
        self.token = tokens["access_token"]
        return dict(tokens)

    async def create(self, **fields: Any) -> dict[str, Any]:
        status, session, _ = await self.call("POST", "/sessions", json={**PRINTER, **fields})
        assert status == 200, session
        return dict(session)

    async def page(self, url: str, **form: str) -> tuple[int, str]:
        """Open a page, or send its form and follow where that leads."""
        method = "POST" if form else "GET"
        async with self.http.request(method, url, data=form or None) as response:
            return response.status, await response.text()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def sandbox(clock: Clock) -> AsyncIterator[TeamViewerSandbox]:
    sandbox = TeamViewerSandbox(now=clock, redirect_uris=[CALLBACK])
    sandbox.add_account(ANN, "Ann Example")
    sandbox.add_account("jon@example.com", "Jon Snow")
    await sandbox.start()
    yield sandbox
    await sandbox.stop()


@pytest.fixture
async def browser(sandbox: TeamViewerSandbox) -> AsyncIterator[Browser]:
    async with aiohttp.ClientSession() as http:
        yield Browser(sandbox, http)


@pytest.fixture
async def ann(browser: Browser) -> Browser:
    await browser.sign_in()
    return browser


async def test_consent_page_names_the_accounts_and_returns_code_and_state(browser: Browser) -> None:
    """The page offers every account; Allow leads back with a code, Deny with the refusal, both with the state."""
    status, html = await browser.page(browser.authorize_url())
    assert status == 200
    assert all(text in html for text in (ANN, "jon@example.com", "Allow", "Deny"))
    allowed = URL(await browser.sandbox.approve(browser.authorize_url(), ANN))
    assert str(allowed.with_query(None)) == CALLBACK
    assert re.fullmatch(r"[A-Za-z0-9]{8}", allowed.query["code"])
    denied = URL(await browser.sandbox.deny(browser.authorize_url()))
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
        await browser.sandbox.approve(browser.authorize_url(**wrong), ANN)


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
    browser.sandbox.revoke_everything(ANN)
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


async def test_create_answers_200_with_location_and_two_links(ann: Browser, clock: Clock) -> None:
    """The supporter's link is the requester's with a token; the code has dashes, the links have none."""
    status, session, response = await ann.call("POST", "/sessions", json=PRINTER)
    assert (status, response.headers["Location"]) == (200, f"/api/v1/sessions/{session['code']}")
    assert re.fullmatch(r"s\d{3}-\d{3}-\d{3}", session["code"])
    assert session["end_customer_link"] == f"{ann.sandbox.origin}/v15/{session['code'].replace('-', '')}"
    assert re.fullmatch(
        re.escape(session["end_customer_link"]) + "-[A-Za-z0-9]{12}", session["supporter_link"]
    )
    assert session["state"] == "Open"
    assert session["valid_until"] == f"{clock.time + timedelta(hours=24):%Y-%m-%dT%H:%M:%SZ}"
    assert not {"online", "closed_at", "end_customer", "waiting_message"} & set(session)
    assert session["supporter_link"][-12:] not in repr(ann.sandbox.sessions)


@pytest.mark.parametrize(
    "wrong",
    [
        {"end_customer": "Ann"},
        {"end_customer": {"name": "x" * 101}},
        {"end_customer": {"email": "x" * 255}},
        {"custom_api": "x" * 4001},
        {"custom_api": 4711},
        {"groupid": "272032545"},
        {"groupid": "g1"},
        {"assigned_userid": "ann"},
        {"assigned_userid": "u1"},
        {"valid_until": "tomorrow"},
        {"valid_until": "2026-03-02T08:59:59Z"},
        {"support_session_type": "Meeting"},
        {"groupname": None},
        {"colour": "blue"},
    ],
    ids=str,
)
async def test_create_refuses_what_is_wrong(ann: Browser, wrong: dict[str, Any]) -> None:
    """A wrong field is answered 400 invalid_request and nothing is created."""
    status, refusal, _ = await ann.call("POST", "/sessions", json={**PRINTER, **wrong})
    assert (status, refusal["error"]) == (400, "invalid_request")
    assert not ann.sandbox.sessions


async def test_body_must_be_json(ann: Browser) -> None:
    """A form, broken JSON and a list are refused."""
    json_type = {"Content-Type": "application/json"}
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {ann.token}"} | json_type) as http:
        for text in ("{", "[]"):
            async with http.post(f"{ann.sandbox.api_url}/sessions", data=text) as response:
                assert response.status == 400
    assert (await ann.call("POST", "/sessions", data={"groupname": "Helpdesk"}))[0] == 400
    assert not ann.sandbox.sessions


async def test_create_variants(ann: Browser) -> None:
    """The switches change the answer and not the session."""
    options = ann.sandbox.options
    options.state_casing = "int"
    assert isinstance((await ann.create())["state"], int)
    options.state_casing = "open"
    assert (await ann.create())["state"] == "open"
    options.minimal_create_answer = options.extra_fields = True
    bare = await ann.create()
    assert set(bare) == {"code", "x_added_later"}
    _, full, _ = await ann.call("GET", f"/sessions/{bare['code']}")
    assert full["end_customer_link"] == ann.sandbox.sessions[bare["code"]].end_customer_link


async def test_licence_limits(ann: Browser) -> None:
    """Pilot needs its licence; the limit of open sessions is told in plain text, and closing one makes room."""
    ann.sandbox.options.pilot_licensed = False
    assert (await ann.call("POST", "/sessions", json={**PRINTER, "support_session_type": "Pilot"}))[0] == 400
    ann.sandbox.options.max_open_sessions = 1
    first = await ann.create()
    status, text, response = await ann.call("POST", "/sessions", json=PRINTER)
    assert (status, response.content_type, "license limitations" in text) == (400, "text/plain", True)
    ann.sandbox.close(first["code"])
    await ann.create()


async def test_list_is_minimal_newest_first_and_paged(ann: Browser, clock: Clock) -> None:
    """Pages continue after the given code, even where that session was closed in between."""
    codes: list[str] = []
    for _ in range(5):
        codes.insert(0, (await ann.create())["code"])
        clock.forward(seconds=1)
    ann.sandbox.options.page_size = 2
    _, first, _ = await ann.call("GET", "/sessions")
    assert [one["code"] for one in first["sessions"]] == codes[:2]
    assert set(first["sessions"][0]) == {"code", "state", "online", "groupid", "support_session_type"}
    assert (first["next_offset"], first["sessions_remaining"]) == (codes[1], 3)
    ann.sandbox.close(codes[1])
    _, second, _ = await ann.call("GET", "/sessions", params={"offset": codes[1], "full_list": "true"})
    assert [one["code"] for one in second["sessions"]] == codes[2:4]
    assert second["sessions"][0]["custom_api"] == "key-1"
    _, last, _ = await ann.call("GET", "/sessions", params={"offset": second["next_offset"]})
    assert [one["code"] for one in last["sessions"]] == codes[4:]
    assert not {"next_offset", "sessions_remaining"} & set(last)


async def test_list_filters_by_state_and_account(ann: Browser, clock: Clock) -> None:
    """Open is the default and includes the expired; another account sees nothing of it and finds no such code."""
    closed, expired = (await ann.create())["code"], (await ann.create())["code"]
    ann.sandbox.close(closed)
    clock.forward(hours=23)
    await ann.sign_in()
    clock.forward(hours=2)

    async def listed(**query: str) -> set[str]:
        return {one["code"] for one in (await ann.call("GET", "/sessions", params=query))[1]["sessions"]}

    assert await listed() == {expired}
    assert await listed(state="CLOSED") == {closed}
    assert await listed(state="open,closed") == {closed, expired}
    assert (await ann.call("GET", "/sessions", params={"state": "expired"}))[0] == 400
    await ann.sign_in("jon@example.com")
    assert await listed(state="open,closed") == set()
    assert (await ann.call("GET", f"/sessions/{expired}"))[0] == 404


async def test_update_answers_204_and_cannot_move_the_expiry(ann: Browser) -> None:
    """What may change changes; a body with valid_until is refused whole."""
    code = (await ann.create())["code"]
    path = f"/sessions/{code}"
    assert (await ann.call("PUT", path, json={"description": "later"}))[:2] == (204, "")
    late = {"description": "refused", "valid_until": "2030-01-01T00:00:00Z"}
    assert (await ann.call("PUT", path, json=late))[0] == 400
    assert ann.sandbox.sessions[code].description == "later"
    assert (await ann.call("PUT", path, json={"state": "closed"}))[0] == 204
    _, session, _ = await ann.call("GET", path)
    assert (session["state"], "closed_at" in session) == ("Closed", True)


async def test_unknown_code_and_unknown_function_are_not_found(ann: Browser) -> None:
    """Both are answered 404 not_found, as JSON."""
    for method, path in (("GET", "/sessions/s999-999-999"), ("PUT", "/sessions/s999-999-999"), ("GET", "/x")):
        status, refusal, _ = await ann.call(method, path, json={} if method == "PUT" else None)
        assert (status, refusal["error"]) == (404, "not_found")


async def test_connection_is_reported_once_it_ended(ann: Browser, clock: Clock) -> None:
    """A running connection is in no report; an ended one is, after the delay, with numbers for its type."""
    code = (await ann.create(end_customer={"name": "Ann", "email": ANN}))["code"]
    ann.sandbox.options.report_delay = timedelta(minutes=3)

    async def records(**query: str) -> list[dict[str, Any]]:
        return list((await ann.call("GET", "/reports/connections", params=query))[1]["records"])

    ann.sandbox.customer_joins(code)
    assert (await ann.call("GET", f"/sessions/{code}"))[1]["online"] is True
    clock.forward(minutes=20)
    assert await records() == []
    ann.sandbox.customer_leaves(code)
    assert await records() == []
    clock.forward(minutes=3)
    [record] = await records(session_code=code)
    assert (record["start_date"], record["end_date"]) == ("2026-03-02T09:00:00Z", "2026-03-02T09:20:00Z")
    assert (record["support_session_type"], record["devicename"]) == (2, "LAPTOP-ANN")
    assert (record["custom_api"], record["session_note"]) == ("key-1", "Ticket 4711")
    assert len(await records(from_date="2026-03-02T09:00:00Z")) == 1
    assert await records(to_date="2026-03-02T09:00:00Z") == []
    assert await records(session_code="s999-999-999") == await records(has_code="false") == []


async def test_reports_are_paged_latest_end_first(ann: Browser, clock: Clock) -> None:
    """Every stay in a session is a record of its own; closing ends the last one."""
    code = (await ann.create())["code"]
    for device in ("ONE", "TWO", "THREE"):
        ann.sandbox.customer_joins(code, device)
        clock.forward(minutes=1)
        (ann.sandbox.close if device == "THREE" else ann.sandbox.customer_leaves)(code)
    ann.sandbox.options.page_size = 2
    _, first, _ = await ann.call("GET", "/reports/connections")
    assert [one["devicename"] for one in first["records"]] == ["THREE", "TWO"]
    assert (first["next_offset"], first["records_remaining"]) == (first["records"][1]["id"], 1)
    _, second, _ = await ann.call("GET", "/reports/connections", params={"offset_id": first["next_offset"]})
    assert ([one["devicename"] for one in second["records"]], "next_offset" in second) == (["ONE"], False)


@pytest.mark.parametrize("status", [403, 429])
async def test_rate_is_counted_for_each_function_and_token(ann: Browser, clock: Clock, status: Any) -> None:
    """The third call in an hour is refused; another function, another token and the next hour are not."""
    ann.sandbox.options.rate_limits = {"sessions.list": 2}
    ann.sandbox.options.rate_limit_status = status
    answered = [(await ann.call("GET", "/sessions"))[0] for _ in range(3)]
    assert answered == [200, 200, status]
    assert (await ann.call("GET", "/account"))[0] == 200
    _, refusal, response = await ann.call("GET", "/sessions")
    assert (refusal["error"], "Retry-After" in response.headers) == ("rate_limit_reached", status == 429)
    clock.forward(hours=1)
    assert (await ann.call("GET", "/sessions"))[0] == 200


async def test_session_outlives_a_lost_answer(ann: Browser) -> None:
    """A create whose answer is lost has happened, and is noted with the status 0."""
    ann.sandbox.faults.plan("sessions.create", Fault.DROP_AFTER_COMMIT)
    with pytest.raises(aiohttp.ClientConnectionError):
        await ann.create()
    assert [one.custom_api for one in ann.sandbox.sessions.values()] == ["key-1"]
    assert ann.sandbox.calls[-1] == ("sessions.create", 0)
    assert ann.sandbox.count("sessions.create") == 1


async def test_it_comes_back_at_the_same_address_and_remembers(ann: Browser) -> None:
    """An outage loses nothing: the address, the token and the session are those from before."""
    code, origin = (await ann.create())["code"], ann.sandbox.origin
    await ann.sandbox.stop()
    with pytest.raises(aiohttp.ClientConnectionError):
        await ann.call("GET", "/ping")
    assert await ann.sandbox.start() == origin
    assert (await ann.call("GET", f"/sessions/{code}"))[0] == 200


@pytest.mark.parametrize(
    ("kind", "button", "place"),
    [("Default", "Allow remote control", "v15"), ("Pilot", "Share my camera", "pilot")],
)
async def test_requester_joins_and_leaves_on_the_page(
    ann: Browser, kind: str, button: str, place: str
) -> None:
    """The requester's button makes a connection that the supporter's page sees, and Leave ends it."""
    session = await ann.create(support_session_type=kind, end_customer={"name": "Raj <b>Patel"})
    customer, supporter = session["end_customer_link"], session["supporter_link"]
    assert URL(customer).parts[1] == place
    status, html = await ann.page(customer)
    assert (status, button in html, "Raj &lt;b&gt;Patel" in html) == (200, True, True)
    assert session["supporter_link"][-12:] not in html
    assert "has not joined" in (await ann.page(supporter))[1]
    assert "Leave" in (await ann.page(customer, action="join"))[1]
    assert ann.sandbox.sessions[session["code"]].online
    assert "-RAJ" in (await ann.page(supporter))[1]
    assert button in (await ann.page(customer, action="leave"))[1]
    assert not ann.sandbox.sessions[session["code"]].online
    assert [one.ended_at is None for one in ann.sandbox.connections] == [False]


async def test_supporter_link_cannot_join_as_the_requester(ann: Browser) -> None:
    """Only the requester's link makes the requester join; the web client is the supporter's too."""
    session = await ann.create()
    await ann.page(session["supporter_link"], action="join")
    assert not ann.sandbox.sessions[session["code"]].online
    status, html = await ann.page(session["webclient_supporter_link"])
    assert (status, "web client" in html) == (200, True)


async def test_dead_links_say_so(ann: Browser, clock: Clock) -> None:
    """An unknown code, a wrong token, a closed and an expired session each have their own words."""
    closed, expired = await ann.create(), await ann.create()
    ann.sandbox.close(closed["code"])
    assert (await ann.page(f"{ann.sandbox.origin}/v15/s999999999"))[0] == 404
    assert (await ann.page(expired["end_customer_link"] + "-AAAAAAAAAAAA"))[0] == 404
    status, html = await ann.page(closed["end_customer_link"], action="join")
    assert (status, "closed" in html) == (410, True)
    clock.forward(hours=24)
    status, html = await ann.page(expired["supporter_link"])
    assert (status, "expired" in html) == (410, True)
    with pytest.raises(ValueError, match="no longer"):
        ann.sandbox.customer_joins(expired["code"])


async def test_no_token_is_invalid_token(browser: Browser) -> None:
    """Every API call but the ping wants a bearer token."""
    for path in ("/account", "/sessions", "/reports/connections"):
        async with browser.http.get(f"{browser.sandbox.api_url}{path}") as response:
            assert (response.status, (await response.json())["error"]) == (401, "invalid_token")
