"""Sessions of the simulated TeamViewer: create, list and update."""

import re
from datetime import timedelta
from typing import Any, Literal

import aiohttp
import pytest
from support.teamviewer_browser import PRINTER, Browser, Clock


async def test_create_returns_200_with_location_and_two_links(ann: Browser, clock: Clock) -> None:
    """The supporter's link is the requester's with a token. Links contain the code without dashes."""
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
async def test_create_with_invalid_field_is_refused(ann: Browser, wrong: dict[str, Any]) -> None:
    """No session is created."""
    status, refusal, _ = await ann.call("POST", "/sessions", json={**PRINTER, **wrong})
    assert (status, refusal["error"]) == (400, "invalid_request")
    assert not ann.sandbox.sessions


async def test_body_that_is_no_json_object_is_refused(ann: Browser) -> None:
    """A form, broken JSON and a list."""
    json_type = {"Content-Type": "application/json"}
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {ann.token}"} | json_type) as http:
        for text in ("{", "[]"):
            async with http.post(f"{ann.sandbox.api_url}/sessions", data=text) as response:
                assert response.status == 400
    assert (await ann.call("POST", "/sessions", data={"groupname": "Helpdesk"}))[0] == 400
    assert not ann.sandbox.sessions


@pytest.mark.parametrize(
    ("given", "kinds"), [("remote", ["Default"]), ("all", ["Default", "Pilot"]), ("none", [])]
)
async def test_option_says_which_sessions_have_a_link_to_the_web_client(
    ann: Browser, given: Literal["remote", "all", "none"], kinds: list[str]
) -> None:
    ann.sandbox.options.web_client = given
    made = [await ann.create(support_session_type=kind) for kind in ("Default", "Pilot")]
    having = [one for one in made if "webclient_supporter_link" in one]
    assert [one["support_session_type"] for one in having] == kinds
    for one in having:
        assert (await ann.page(one["webclient_supporter_link"]))[0] == 200


async def test_options_change_the_response_of_create(ann: Browser) -> None:
    """The session stays the same."""
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


@pytest.mark.parametrize("status", [400, 403, 500])
async def test_session_that_the_licence_lacks_is_refused(
    ann: Browser, status: Literal[400, 403, 500]
) -> None:
    """Pilot needs a licence of its own, and every session may need one. The description names it."""
    options = ann.sandbox.options
    options.licence_status, options.pilot_licensed = status, False
    pilot = {**PRINTER, "support_session_type": "Pilot"}
    refused, body, _ = await ann.call("POST", "/sessions", json=pilot)
    assert (refused, "AR assist license" in body["error_description"]) == (status, True)
    await ann.create()
    options.tensor_licensed = False
    refused, body, _ = await ann.call("POST", "/sessions", json=PRINTER)
    assert (refused, "Tensor license" in body["error_description"]) == (status, True)


async def test_session_over_the_licence_limit_is_refused(ann: Browser) -> None:
    """The limit of open sessions is a plain-text error."""
    ann.sandbox.options.max_open_sessions = 1
    first = await ann.create()
    status, text, response = await ann.call("POST", "/sessions", json=PRINTER)
    assert (status, response.content_type, "license limitations" in text) == (400, "text/plain", True)
    ann.sandbox.close_session(first["code"])
    await ann.create()


async def test_list_is_short_newest_first_and_paged(ann: Browser, clock: Clock) -> None:
    """The next page follows the given code, even if that session was closed meanwhile."""
    codes: list[str] = []
    for _ in range(5):
        codes.insert(0, (await ann.create())["code"])
        clock.forward(seconds=1)
    ann.sandbox.options.page_size = 2
    _, first, _ = await ann.call("GET", "/sessions")
    assert [one["code"] for one in first["sessions"]] == codes[:2]
    assert set(first["sessions"][0]) == {"code", "state", "online", "groupid", "support_session_type"}
    assert (first["next_offset"], first["sessions_remaining"]) == (codes[1], 3)
    ann.sandbox.close_session(codes[1])
    _, second, _ = await ann.call("GET", "/sessions", params={"offset": codes[1], "full_list": "true"})
    assert [one["code"] for one in second["sessions"]] == codes[2:4]
    assert second["sessions"][0]["custom_api"] == "key-1"
    _, last, _ = await ann.call("GET", "/sessions", params={"offset": second["next_offset"]})
    assert [one["code"] for one in last["sessions"]] == codes[4:]
    assert not {"next_offset", "sessions_remaining"} & set(last)


async def test_list_filters_by_state_and_account(ann: Browser, clock: Clock) -> None:
    """The default is open, which includes expired sessions."""
    closed, expired = (await ann.create())["code"], (await ann.create())["code"]
    ann.sandbox.close_session(closed)
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


async def test_update_returns_204_and_refuses_valid_until(ann: Browser) -> None:
    """A refused update changes nothing."""
    code = (await ann.create())["code"]
    path = f"/sessions/{code}"
    assert (await ann.call("PUT", path, json={"description": "later"}))[:2] == (204, "")
    late = {"description": "refused", "valid_until": "2030-01-01T00:00:00Z"}
    assert (await ann.call("PUT", path, json=late))[0] == 400
    assert ann.sandbox.sessions[code].description == "later"
    assert (await ann.call("PUT", path, json={"state": "closed"}))[0] == 204
    _, session, _ = await ann.call("GET", path)
    assert (session["state"], "closed_at" in session) == ("Closed", True)


async def test_unknown_code_and_unknown_path_return_404(ann: Browser) -> None:
    """Both as JSON ``not_found``."""
    for method, path in (("GET", "/sessions/s999-999-999"), ("PUT", "/sessions/s999-999-999"), ("GET", "/x")):
        status, refusal, _ = await ann.call(method, path, json={} if method == "PUT" else None)
        assert (status, refusal["error"]) == (404, "not_found")


@pytest.mark.parametrize("name", ["groupname", "valid_until"])
async def test_create_refuses_the_field_that_an_option_names(ann: Browser, clock: Clock, name: str) -> None:
    ann.sandbox.options.refused_create_fields = {name}
    ann.sandbox.options.group_required = False
    sent = {
        **PRINTER,
        "groupname": "Desk",
        "valid_until": f"{clock.time + timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}",
    }
    status, refusal, _ = await ann.call("POST", "/sessions", json=sent)
    assert (status, refusal["error_description"]) == (400, f"Unknown parameter: {name}.")
    del sent[name]
    assert (await ann.call("POST", "/sessions", json=sent))[0] == 200


async def test_group_by_name_may_need_a_permission(ann: Browser) -> None:
    ann.sandbox.options.groupname_permission = "Groups.Read"
    assert (await ann.call("POST", "/sessions", json={**PRINTER, "groupname": "Desk"}))[0] == 401
    ann.sandbox.options.scopes.add("Groups.Read")
    assert (await ann.call("POST", "/sessions", json={**PRINTER, "groupname": "Desk"}))[0] == 200


async def test_create_may_not_answer_when_the_links_expire(ann: Browser) -> None:
    ann.sandbox.options.answers_valid_until = False
    _, session, _ = await ann.call("POST", "/sessions", json=PRINTER)
    assert "valid_until" not in session
    assert "valid_until" in (await ann.call("GET", f"/sessions/{session['code']}"))[1]
