"""The simulated TeamViewer: reports, rate limits, faults and the session pages."""

from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from support.teamviewer_browser import ANN, Browser, Clock
from yarl import URL

from sandbox.faults import Fault


async def test_connection_is_reported_after_its_end(ann: Browser, clock: Clock) -> None:
    """After the report delay, with the number of its type."""
    code = (await ann.create(end_customer={"name": "Ann", "email": ANN}))["code"]
    ann.sandbox.options.report_delay = timedelta(minutes=3)

    async def records(**query: str) -> list[dict[str, Any]]:
        return list((await ann.call("GET", "/reports/connections", params=query))[1]["records"])

    ann.sandbox.connect_session(code)
    assert (await ann.call("GET", f"/sessions/{code}"))[1]["online"] is True
    clock.forward(minutes=20)
    assert await records() == []
    ann.sandbox.leave_session(code)
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
    """Each connection has its own record. Closing the session ends the last one."""
    code = (await ann.create())["code"]
    for device in ("ONE", "TWO", "THREE"):
        ann.sandbox.connect_session(code, device)
        clock.forward(minutes=1)
        (ann.sandbox.close_session if device == "THREE" else ann.sandbox.leave_session)(code)
    ann.sandbox.options.page_size = 2
    _, first, _ = await ann.call("GET", "/reports/connections")
    assert [one["devicename"] for one in first["records"]] == ["THREE", "TWO"]
    assert (first["next_offset"], first["records_remaining"]) == (first["records"][1]["id"], 1)
    _, second, _ = await ann.call("GET", "/reports/connections", params={"offset_id": first["next_offset"]})
    assert ([one["devicename"] for one in second["records"]], "next_offset" in second) == (["ONE"], False)


@pytest.mark.parametrize("status", [403, 429])
async def test_rate_limit_is_per_function_and_token(ann: Browser, clock: Clock, status: Any) -> None:
    """The third call in an hour is refused. The next hour starts again."""
    ann.sandbox.options.rate_limits = {"sessions.list": 2}
    ann.sandbox.options.rate_limit_status = status
    answered = [(await ann.call("GET", "/sessions"))[0] for _ in range(3)]
    assert answered == [200, 200, status]
    assert (await ann.call("GET", "/account"))[0] == 200
    _, refusal, response = await ann.call("GET", "/sessions")
    assert (refusal["error"], "Retry-After" in response.headers) == ("rate_limit_reached", status == 429)
    clock.forward(hours=1)
    assert (await ann.call("GET", "/sessions"))[0] == 200


async def test_session_exists_after_a_lost_response(ann: Browser) -> None:
    """The call is recorded with the status 0."""
    ann.sandbox.faults.plan("sessions.create", Fault.DROP_AFTER_COMMIT)
    with pytest.raises(aiohttp.ClientConnectionError):
        await ann.create()
    assert [one.custom_api for one in ann.sandbox.sessions.values()] == ["key-1"]
    assert ann.sandbox.calls[-1] == ("sessions.create", 0)
    assert ann.sandbox.count_calls("sessions.create") == 1


async def test_restart_keeps_address_tokens_and_sessions(ann: Browser) -> None:
    """An outage loses nothing."""
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
    """The supporter's page shows the connection."""
    session = await ann.create(support_session_type=kind, end_customer={"name": "Raj <b>Patel"})
    customer, supporter = session["end_customer_link"], session["supporter_link"]
    assert URL(customer).parts[1] == place
    status, html = await ann.page(customer)
    assert (status, button in html, "Raj &lt;b&gt;Patel" in html) == (200, True, True)
    assert session["supporter_link"][-12:] not in html
    assert "has not joined" in (await ann.page(supporter))[1]
    assert "Leave" in (await ann.page(customer, action="join"))[1]
    assert ann.sandbox.sessions[session["code"]].online
    assert ann.sandbox.connections == [], "the requester only waits"
    assert "has not connected yet" in (await ann.page(customer))[1]
    assert "-RAJ" in (await ann.page(supporter, action="connect"))[1]
    assert "You are connected" in (await ann.page(customer))[1]
    assert button in (await ann.page(customer, action="leave"))[1]
    assert not ann.sandbox.sessions[session["code"]].online
    assert [one.ended_at is None for one in ann.sandbox.connections] == [False]


async def test_supporter_cannot_connect_to_nobody(ann: Browser) -> None:
    """Neither on the page nor by the method for tests."""
    session = await ann.create()
    assert "Waiting for the requester" in (await ann.page(session["supporter_link"], action="connect"))[1]
    assert ann.sandbox.connections == []
    await ann.page(session["end_customer_link"], action="connect")
    assert ann.sandbox.connections == []


@pytest.mark.parametrize("disconnects", [True, False])
async def test_closing_may_leave_a_running_connection(ann: Browser, *, disconnects: bool) -> None:
    """Documented is only that it stops new ones. The closed session still shows who is there."""
    ann.sandbox.options.closing_disconnects = disconnects
    code = (await ann.create())["code"]
    ann.sandbox.connect_session(code)
    assert (await ann.call("PUT", f"/sessions/{code}", json={"state": "closed"}))[0] == 204
    assert (await ann.call("GET", f"/sessions/{code}"))[1]["online"] is not disconnects
    assert [one.ended_at is None for one in ann.sandbox.connections] == [not disconnects]
    ann.sandbox.leave_session(code)
    assert (await ann.call("GET", f"/sessions/{code}"))[1]["online"] is False


async def test_requester_can_rate_a_connection(ann: Browser) -> None:
    """The report has an empty object until then."""
    code = (await ann.create())["code"]
    ann.sandbox.connect_session(code)
    ann.sandbox.leave_session(code)

    async def feedback() -> Any:
        return (await ann.call("GET", "/reports/connections"))[1]["records"][0]["feedback"]

    assert await feedback() == {}
    ann.sandbox.rate_session(code, 4, "Quick help")
    assert await feedback() == {"session_rating": 4, "user_comment": "Quick help"}


async def test_supporter_link_cannot_join_as_requester(ann: Browser) -> None:
    """The web client link is a supporter's link, too."""
    session = await ann.create()
    await ann.page(session["supporter_link"], action="join")
    assert not ann.sandbox.sessions[session["code"]].online
    status, html = await ann.page(session["webclient_supporter_link"])
    assert (status, "web client" in html) == (200, True)


async def test_unknown_closed_and_expired_links_show_a_notice(ann: Browser, clock: Clock) -> None:
    """A wrong supporter token is like an unknown session."""
    closed, expired = await ann.create(), await ann.create()
    ann.sandbox.close_session(closed["code"])
    assert (await ann.page(f"{ann.sandbox.origin}/v15/s999999999"))[0] == 404
    assert (await ann.page(expired["end_customer_link"] + "-AAAAAAAAAAAA"))[0] == 404
    status, html = await ann.page(closed["end_customer_link"], action="join")
    assert (status, "closed" in html) == (410, True)
    clock.forward(hours=24)
    status, html = await ann.page(expired["supporter_link"])
    assert (status, "expired" in html) == (410, True)
    with pytest.raises(ValueError, match="no longer"):
        ann.sandbox.join_session(expired["code"])


async def test_call_without_token_returns_invalid_token(browser: Browser) -> None:
    """Except the ping."""
    for path in ("/account", "/sessions", "/reports/connections"):
        async with browser.http.get(f"{browser.sandbox.api_url}{path}") as response:
            assert (response.status, (await response.json())["error"]) == (401, "invalid_token")
