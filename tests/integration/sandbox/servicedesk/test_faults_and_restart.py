"""The simulated ServiceDesk Plus as a server: rate limit, planned faults, the request page and restart."""

import aiohttp
import pytest
from support.servicedesk_caller import ANN, Caller, Clock, refusal, reply

from sandbox.faults import Fault
from sandbox.servicedesk import ServiceDeskSandbox


@pytest.mark.parametrize("throttle_status", [400, 429])
async def test_path_over_its_rate_limit_is_locked_for_five_minutes(
    caller: Caller, clock: Clock, throttle_status: int
) -> None:
    """Other paths stay available."""
    caller.servicedesk.throttle, caller.servicedesk.throttle_status = 3, throttle_status
    statuses = [(await caller.get("/requests"))[0] for _ in range(4)]
    assert statuses == [200, 200, 200, throttle_status]
    assert (await caller.get("/technicians"))[0] == 200, "another path is free"
    clock.forward(minutes=4)
    assert refusal(await caller.get("/requests"))[:2] == (throttle_status, 4015)
    clock.forward(minutes=1)
    assert (await caller.get("/requests"))[0] == 200


async def test_planned_fault_affects_its_operation_and_calls_are_counted(
    caller: Caller, request_id: str
) -> None:
    """A reply whose response is lost was sent."""
    path, faults = f"/requests/{request_id}/notifications", caller.servicedesk.faults
    faults.plan("notifications.add", Fault.DROP_AFTER_COMMIT)
    with pytest.raises(aiohttp.ClientError):
        await caller.post(path, notification=reply(request_id))
    await caller.servicedesk.wait_for(lambda: ("notifications.add", 0) in caller.servicedesk.calls)
    assert len(caller.servicedesk.replies("101")) == 1
    faults.plan("requests.list", Fault.RATE_LIMIT)
    assert refusal(await caller.get("/requests"))[:2] == (400, 4015)
    faults.plan("requests.list", Fault.SERVER_ERROR)
    assert refusal(await caller.get("/requests"))[:2] == (500, 4004)
    faults.plan("oauth.token", Fault.RATE_LIMIT)
    assert (await caller.token())[1]["error"] == "Access Denied"
    assert caller.servicedesk.count_calls("requests.list") == 2
    assert caller.servicedesk.count_calls("notifications.add") == 1
    assert caller.servicedesk.count_calls("oauth.token") == 2


async def test_request_page_shows_conversation_and_escapes_markup(caller: Caller) -> None:
    """The page's policy forbids scripts."""
    request_id = caller.servicedesk.add_request("7", "<script>alert(1)</script>", "Ann <b>", ANN)
    await caller.post(
        f"/requests/{request_id}/notifications", notification=reply(request_id, subject="Your <link>")
    )
    await caller.post(f"/requests/{request_id}/notes", request_note={"description": "<b>Told her</b>"})
    url = f"{caller.servicedesk.web_url}/app/itdesk/ui/requests/{request_id}/details"
    async with caller.http.get(url) as response:
        page = await response.text()
        assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>" not in page
    assert "Your &lt;link&gt;" in page
    assert "<b>Told her</b>" in page
    async with caller.http.get(url.replace(request_id, "1")) as response:
        assert response.status == 404


async def test_request_page_has_one_portal(caller: Caller, request_id: str) -> None:
    """A further path and a query show the same page. Whether the portal can be left out is unknown: both can be played."""
    caller.servicedesk.other_portals = ["hr"]

    async def status_of(path: str) -> int:
        async with caller.http.get(f"{caller.servicedesk.web_url}{path}") as response:
            return response.status

    for rest in ("", "/", "/details", "/details?tab=tasks", "/tasks/7"):
        assert await status_of(f"/app/itdesk/ui/requests/{request_id}{rest}") == 200
    for portal in ("hr", "unknown"):
        assert await status_of(f"/app/{portal}/ui/requests/{request_id}/details") == 404
    assert await status_of(f"/app/itdesk/ui/requests/{request_id}x") == 404
    assert await status_of(f"/ui/requests/{request_id}/details") == 404
    caller.servicedesk.opens_pages_without_portal = True
    assert await status_of(f"/ui/requests/{request_id}/details") == 200


async def test_restart_keeps_address_and_records(caller: Caller, request_id: str) -> None:
    """The token stays valid, too."""
    before = (caller.servicedesk.api_url, caller.servicedesk.accounts_url)
    await caller.servicedesk.stop()
    with pytest.raises(aiohttp.ClientConnectionError):
        await caller.get("/requests")
    await caller.servicedesk.start()
    assert (caller.servicedesk.api_url, caller.servicedesk.accounts_url) == before
    assert (await caller.get(f"/requests/{request_id}"))[0] == 200


async def test_repr_contains_no_secret(servicedesk: ServiceDeskSandbox) -> None:
    """Test reports print it."""
    assert "zoho-secret" not in repr(servicedesk)
    assert "refresh.token" not in repr(servicedesk)
