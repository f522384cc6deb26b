"""The simulated ServiceDesk Plus is as strict on the wire as the real one is known to be."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest

from sandbox.faults import Fault
from sandbox.mail import Mailbox
from sandbox.servicedesk import ServiceDeskSandbox

ACCEPT = "application/vnd.manageengine.sdp.v3+json"
CLIENT = {"client_id": "1000.CLIENT", "client_secret": "zoho-secret"}
REFRESH = {**CLIENT, "grant_type": "refresh_token", "refresh_token": "1000.refresh.token"}
ANN = "ann@example.test"


class Clock:
    """A clock that the test sets."""

    def __init__(self) -> None:
        self.time = datetime(2026, 1, 9, 10, 2, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def forward(self, **by: float) -> None:
        self.time += timedelta(**by)


class Caller:
    """Speaks HTTP to the sandbox, with a token once it has one."""

    def __init__(self, desk: ServiceDeskSandbox, http: aiohttp.ClientSession) -> None:
        self.desk = desk
        self.http = http
        self.headers = {"Accept": ACCEPT}
        self.prefix = "/app/itdesk/api/v3"

    async def token(self, **fields: str) -> tuple[int, dict[str, Any]]:
        url = f"{self.desk.accounts_url}/oauth/v2/token"
        async with self.http.post(url, data={**REFRESH, **fields}) as response:
            return response.status, await response.json()

    async def sign_in(self) -> None:
        _, answer = await self.token()
        self.headers["Authorization"] = f"Zoho-oauthtoken {answer['access_token']}"

    async def get(self, path: str, **sent: Any) -> tuple[int, Any]:
        return await self._call("GET", path, params={"input_data": json.dumps(sent)})

    async def post(self, path: str, **sent: Any) -> tuple[int, Any]:
        return await self._call("POST", path, data={"input_data": json.dumps(sent)})

    async def put(self, path: str, **sent: Any) -> tuple[int, Any]:
        return await self._call("PUT", path, data={"input_data": json.dumps(sent)})

    async def _call(self, method: str, path: str, **options: Any) -> tuple[int, Any]:
        url = f"{self.desk.api_url}{self.prefix}{path}"
        async with self.http.request(method, url, headers=self.headers, **options) as response:
            is_json = response.content_type == "application/json"
            return response.status, await (response.json() if is_json else response.text())

    async def numbers(self, **criterion: Any) -> list[str]:
        """The numbers of the requests that a criterion finds."""
        status, answer = await self.get("/requests", list_info={"search_criteria": criterion})
        assert status == 200, answer
        return [row["display_id"] for row in answer["requests"]]


def refusal(answer: tuple[int, Any]) -> tuple[int, int, Any]:
    """The HTTP status, the code and the field (or fields, or message) of a refusal."""
    status, body = answer
    assert body["response_status"]["status_code"] == 4000
    assert body["response_status"]["status"] == "failed"
    (message,) = body["response_status"]["messages"]
    return status, message["status_code"], message.get("field", message.get("fields", message.get("message")))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def desk(clock: Clock) -> AsyncIterator[ServiceDeskSandbox]:
    desk = ServiceDeskSandbox(mailbox=Mailbox(), now=clock)
    desk.add_technician("Tom Ray", "tom@example.test")
    await desk.start()
    yield desk
    await desk.stop()


@pytest.fixture
async def stranger(desk: ServiceDeskSandbox) -> AsyncIterator[Caller]:
    async with aiohttp.ClientSession() as http:
        yield Caller(desk, http)


@pytest.fixture
async def caller(stranger: Caller) -> Caller:
    await stranger.sign_in()
    return stranger


@pytest.fixture
def request_id(desk: ServiceDeskSandbox) -> str:
    return desk.add_request(
        "101", "VPN fails", "Ann Lee", ANN, mobile="+33612345678", technician="tom@example.test"
    )


def reply(request_id: str, **changed: Any) -> dict[str, Any]:
    """A reply to the requester, as a client sends it."""
    sent = {
        "type": "REQREPLY",
        "in_reply_to": {"id": request_id},
        "to": [ANN],
        "subject": "Re: [Request ID :##101##] : VPN fails",
        "description": '<p>Click <a href="https://example.test/join/x">here</a>.</p>',
        "is_public": True,
    }
    return {**sent, **changed}


async def test_a_refresh_gives_an_access_token_and_no_new_refresh_token(stranger: Caller) -> None:
    """Parameters may stand in the form or in the query."""
    status, answer = await stranger.token()
    assert status == 200
    assert answer["access_token"] in stranger.desk.tokens_given
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


async def test_a_request_is_found_by_its_number_and_read_by_its_long_id(
    caller: Caller, request_id: str
) -> None:
    """A list's ``response_status`` is an array, a single one's an object; the id is too long for a float."""
    assert len(request_id) == 18
    assert int(float(request_id)) != int(request_id)
    criterion = {"field": "display_id", "condition": "is", "value": "101"}
    sent = {"row_count": 1, "search_criteria": criterion, "fields_required": ["id", "display_id"]}
    _, found = await caller.get("/requests", list_info=sent)
    assert found["requests"] == [{"id": request_id, "display_id": "101"}]
    assert found["response_status"] == [{"status_code": 2000, "status": "success"}]
    _, answer = await caller.get(f"/requests/{request_id}")
    assert answer["response_status"] == {"status_code": 2000, "status": "success"}
    assert answer["request"]["requester"]["mobile"] == "+33612345678"
    assert answer["request"]["technician"]["email_id"] == "tom@example.test"
    assert answer["request"]["created_time"] == {
        "display_value": "Jan 9, 2026 10:02 AM",
        "value": "1767952920000",
    }
    assert refusal(await caller.get("/requests/101"))[:2] == (404, 4007), "the number is no id"


async def test_lists_come_in_pages(caller: Caller) -> None:
    """Ten rows where nothing is said, never more than a hundred, and ``total_count`` only where asked for."""
    for number in range(1, 26):
        caller.desk.add_request(str(number), f"Case {number}", "Ann Lee", ANN)
    _, first = await caller.get("/requests")
    assert first["list_info"] == {"has_more_rows": True, "row_count": 10, "start_index": 1}
    last = {
        "row_count": 20,
        "start_index": 21,
        "get_total_count": True,
        "sort_field": "display_id",
        "sort_order": "desc",
    }
    _, rest = await caller.get("/requests", list_info=last)
    assert [row["display_id"] for row in rest["requests"]] == ["5", "4", "3", "2", "1"]
    assert rest["list_info"]["has_more_rows"] is False
    assert rest["list_info"]["total_count"] == 25
    _, page = await caller.get("/requests", list_info={"row_count": 10, "page": 3})
    assert page["list_info"]["start_index"] == 21


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({"list_info": {"row_count": 101}}, (400, 4001, "row_count")),
        ({"list_info": {"rows": 5}}, (400, 4001, "rows")),
        ({"list_info": {"sort_field": "colour"}}, (400, 4001, "sort_field")),
        ({"list_info": {"fields_required": ["colour"]}}, (400, 4001, "colour")),
        (
            {"list_info": {"search_criteria": {"field": "colour", "condition": "is", "value": "x"}}},
            (400, 4001, "colour"),
        ),
        (
            {"list_info": {"search_criteria": {"field": "id", "condition": "less than", "value": "1"}}},
            (400, 4001, "condition"),
        ),
        (
            {"list_info": {"search_criteria": [{"field": "id", "condition": "is", "value": "1"}]}},
            (400, 4001, "search_criteria"),
        ),
        (
            {"list_info": {"search_criteria": {"field": "subject", "condition": "gt", "value": "1"}}},
            (400, 4021, "value"),
        ),
        ({"list_info": []}, (400, 4021, "list_info")),
    ],
)
async def test_a_wrong_question_is_refused(caller: Caller, request_id: str, sent, expected) -> None:
    assert refusal(await caller.get("/requests", **sent)) == expected


async def test_criteria_find_what_they_say(caller: Caller, clock: Clock) -> None:
    """Operators, dots, values, emptiness, children; names compare in any case."""
    for number, subject, status in [
        ("1", "VPN fails", "Open"),
        ("2", "Mail fails", "On Hold"),
        ("3", "VPN slow", "Closed"),
    ]:
        caller.desk.add_request(number, subject, "Ann Lee", f"ann{number}@example.test", status=status)
        clock.forward(minutes=1)
    caller.desk.add_request("4", "Printer", "Ann Lee", ANN, technician="tom@example.test")
    assert await caller.numbers(field="status.name", condition="is", value="open") == ["1", "4"]
    assert await caller.numbers(field="status.in_progress", condition="is", value=False) == ["3"]
    assert await caller.numbers(field="display_id", condition="is", values=["2", "3"]) == ["2", "3"]
    assert await caller.numbers(field="display_id", condition="not between", values=["2", "3"]) == ["1", "4"]
    assert await caller.numbers(field="requester.email_id", condition="neq", value=ANN) == ["1", "2", "3"]
    assert await caller.numbers(field="technician", condition="is") == ["1", "2", "3"]
    assert await caller.numbers(field="technician.name", condition="starts with", value="TOM") == ["4"]
    assert await caller.numbers(field="created_time", condition="gte", value="1767953040000") == ["3", "4"]
    assert await caller.numbers(field="created_time", condition="lesser than", value="1767953040000") == [
        "1",
        "2",
    ]
    children = [
        {"field": "subject", "condition": "contains", "value": "vpn", "logical_operator": "OR"},
        {"field": "subject", "condition": "ends with", "value": "slow", "logical_operator": "AND"},
    ]
    found = await caller.numbers(field="display_id", condition="is", value="2", children=children)
    assert found == ["2", "3"], "A or (B and C)"


async def test_technicians_come_and_go_and_the_list_of_users_may_be_missing(
    caller: Caller, request_id: str
) -> None:
    added = caller.desk.add_technician("Ines Moreau", "ines@example.test")
    _, answer = await caller.get("/technicians", list_info={"fields_required": ["id", "name", "email_id"]})
    assert answer["technicians"][1] == {name: added[name] for name in ("id", "name", "email_id")}
    caller.desk.remove_technician("INES@example.test")
    _, answer = await caller.get("/technicians")
    assert [one["name"] for one in answer["technicians"]] == ["Tom Ray"]
    criterion = {"field": "email_id", "condition": "is", "value": ANN}
    _, answer = await caller.get("/users", list_info={"search_criteria": criterion})
    assert [one["is_technician"] for one in answer["users"]] == [False]
    caller.desk.has_users = False
    assert refusal(await caller.get("/users"))[:2] == (404, 4007)


async def test_a_note_is_written_listed_and_read(caller: Caller, request_id: str) -> None:
    """The list leaves the text out unless it is asked for; nobody is mailed."""
    path = f"/requests/{request_id}/notes"
    caller.desk.reply_status = 201
    status, added = await caller.post(
        path, request_note={"description": "<b>Done</b>", "show_to_requester": False}
    )
    assert status == 201
    note_id = added["request_note"]["id"]
    _, listed = await caller.get(path)
    assert "description" not in listed["notes"][0]
    _, listed = await caller.get(path, list_info={"fields_required": ["id", "description"]})
    assert listed["notes"] == [{"id": note_id, "description": "<b>Done</b>"}]
    assert (await caller.get(f"{path}/{note_id}"))[1]["note"]["show_to_requester"] is False
    assert refusal(await caller.get(f"{path}/99"))[:2] == (404, 4007)
    assert (await caller.get(f"/requests/{request_id}"))[1]["request"]["has_notes"] is True
    (note,) = caller.desk.notes("101")
    assert (note.type, note.html, note.is_public) == ("NOTES", "<b>Done</b>", False)
    assert caller.desk._mailbox is not None
    assert caller.desk._mailbox.messages == []


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({"note": {"description": "x"}}, (400, 4001, "note")),
        ({"request_note": {"description": "x"}, "list_info": {}}, (400, 4001, "list_info")),
        ({"request_note": {"description": "x", "is_public": True}}, (400, 4001, "is_public")),
        ({"request_note": {"description": ""}}, (400, 4012, ["description"])),
        ({"request_note": {"description": "x", "show_to_requester": "no"}}, (400, 4021, "show_to_requester")),
        ({}, (400, 4012, ["request_note"])),
    ],
)
async def test_a_note_in_another_form_is_refused(caller: Caller, request_id: str, sent, expected) -> None:
    status, body = await caller.post(f"/requests/{request_id}/notes", **sent)
    assert refusal((status, body)) == expected
    is_extra = body["response_status"]["messages"][0].get("message") == "EXTRA_KEY_FOUND_IN_JSON"
    assert is_extra == (expected[1] == 4001)
    assert caller.desk.notes("101") == []


async def test_what_is_written_goes_in_the_form_and_not_in_the_query(caller: Caller, request_id: str) -> None:
    sent = {"input_data": json.dumps({"request_note": {"description": "x"}})}
    url = f"{caller.desk.api_url}/api/v3/requests/{request_id}/notes"
    async with caller.http.post(url, headers=caller.headers, params=sent) as response:
        assert response.status == 400
    async with caller.http.post(url, headers=caller.headers, json=json.loads(sent["input_data"])) as response:
        assert response.status == 400
    assert caller.desk.notes("101") == []


async def test_a_reply_is_mailed_and_stands_in_the_conversation(caller: Caller, request_id: str) -> None:
    """The conversation lists it without its text, which is read by its id."""
    path = f"/requests/{request_id}/notifications"
    status, added = await caller.post(path, notification=reply(request_id, cc=["boss@example.test"]))
    assert (status, added["response_status"]["status_code"]) == (200, 2000)
    await caller.post(f"/requests/{request_id}/notes", request_note={"description": "mailed"})
    fields = ["id", "type", "description"]
    _, listed = await caller.get(
        f"/requests/{request_id}/conversations", list_info={"fields_required": fields}
    )
    mail, note = listed["conversations"]
    assert mail == {"id": added["notification"]["id"], "type": "REQREPLY"}
    assert (note["type"], note["description"]) == ("NOTES", "mailed")
    _, read = await caller.get(f"{path}/{mail['id']}")
    assert "join/x" in read["notification"]["description"]
    assert caller.desk._mailbox is not None
    (letter,) = caller.desk._mailbox.to(ANN)
    assert caller.desk._mailbox.to("boss@example.test") == [letter]
    assert (letter.via, letter.sender) == ("reply", "itdesk@servicedesk.test")
    assert "https://example.test/join/x" in letter.text.split()
    assert [entry.author for entry in caller.desk.replies("101")] == ["Service Desk API"]
    assert [entry.type for entry in caller.desk.conversation("101")] == ["REQREPLY", "NOTES"]


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"to": []}, (400, 4012, ["to"])),
        ({"to": ANN}, (400, 4021, "to")),
        ({"to": [{"email_id": ANN}]}, (400, 4021, "to")),
        ({"to": ["Ann <ann@example.test>"]}, (400, 4001, "to")),
        ({"type": "REPLY"}, (400, 4001, "type")),
        ({"in_reply_to": {"id": "101"}}, (400, 4001, "in_reply_to")),
        ({"in_reply_to": None}, (400, 4012, ["in_reply_to"])),
        ({"body": "x"}, (400, 4001, "body")),
    ],
)
async def test_a_reply_in_another_form_is_refused(caller: Caller, request_id: str, changed, expected) -> None:
    sent = reply(request_id, **changed)
    assert refusal(await caller.post(f"/requests/{request_id}/notifications", notification=sent)) == expected
    assert caller.desk.replies("101") == []


async def test_a_portal_may_refuse_replies(caller: Caller, request_id: str) -> None:
    """The links say so beforehand."""
    path = f"/requests/{request_id}/notifications"
    links = {"operations_required": ["add"]}
    assert (await caller.get(f"{path}/_links", **links))[1]["_links"] == [{"name": "add", "method": "post"}]
    caller.desk.refuse_replies = True
    assert (await caller.get(f"{path}/_links", **links))[1]["_links"] == []
    assert refusal(await caller.post(path, notification=reply(request_id)))[:2] == (403, 4002)
    assert caller.desk.replies("101") == []


async def test_a_worklog_needs_an_owner_and_time_that_goes_forward(caller: Caller, request_id: str) -> None:
    path, owner = f"/requests/{request_id}/worklogs", {"email_id": "tom@example.test"}
    start, end = {"value": "1767952920000"}, {"value": "1767954180000"}
    assert refusal(await caller.post(path, worklog={"description": "x"})) == (400, 4012, ["owner"])
    assert refusal(await caller.post(path, worklog={"owner": {"email_id": ANN}})) == (400, 4001, "owner")
    backwards = {"owner": owner, "start_time": end, "end_time": start}
    assert refusal(await caller.post(path, worklog=backwards))[:2] == (400, 4016)
    _, added = await caller.post(path, worklog={"owner": owner, "start_time": start, "end_time": end})
    assert added["worklog"]["time_spent"]["minutes"] == "21"
    (worklog,) = caller.desk.requests["101"].worklogs
    assert worklog.owner.name == "Tom Ray"


async def test_a_status_tells_whether_work_goes_on(caller: Caller, request_id: str) -> None:
    """By the API or by hand."""
    for name, in_progress in [
        ("On Hold", True),
        ("In Progress", True),
        ("Resolved", False),
        ("Cancelled", False),
    ]:
        caller.desk.set_status("101", name)
        _, answer = await caller.get(f"/requests/{request_id}")
        assert (answer["request"]["status"]["name"], answer["request"]["status"]["in_progress"]) == (
            name,
            in_progress,
        )
    _, answer = await caller.put(
        f"/requests/{request_id}", request={"status": {"name": "closed"}, "technician": None}
    )
    assert caller.desk.request_json("101") == answer["request"]
    assert (answer["request"]["status"]["in_progress"], answer["request"]["technician"]) == (False, None)
    unknown = {"status": {"name": "Lost"}}
    assert refusal(await caller.put(f"/requests/{request_id}", request=unknown)) == (400, 4001, "status")


@pytest.mark.parametrize("throttle_status", [400, 429])
async def test_a_path_that_is_asked_too_often_is_locked_for_five_minutes(
    caller: Caller, clock: Clock, throttle_status
) -> None:
    caller.desk.throttle, caller.desk.throttle_status = 3, throttle_status
    statuses = [(await caller.get("/requests"))[0] for _ in range(4)]
    assert statuses == [200, 200, 200, throttle_status]
    assert (await caller.get("/technicians"))[0] == 200, "another path is free"
    clock.forward(minutes=4)
    assert refusal(await caller.get("/requests"))[:2] == (throttle_status, 4015)
    clock.forward(minutes=1)
    assert (await caller.get("/requests"))[0] == 200


async def test_faults_strike_by_operation_and_calls_are_counted(caller: Caller, request_id: str) -> None:
    """After a reply whose answer is lost, the mail has gone out all the same."""
    path, faults = f"/requests/{request_id}/notifications", caller.desk.faults
    faults.plan("notifications.add", Fault.DROP_AFTER_COMMIT)
    with pytest.raises(aiohttp.ClientError):
        await caller.post(path, notification=reply(request_id))
    await caller.desk.wait_for(lambda: ("notifications.add", 0) in caller.desk.calls)
    assert len(caller.desk.replies("101")) == 1
    faults.plan("requests.list", Fault.RATE_LIMIT)
    assert refusal(await caller.get("/requests"))[:2] == (400, 4015)
    faults.plan("requests.list", Fault.SERVER_ERROR)
    assert refusal(await caller.get("/requests"))[:2] == (500, 4004)
    faults.plan("oauth.token", Fault.RATE_LIMIT)
    assert (await caller.token())[1]["error"] == "Access Denied"
    assert caller.desk.count("requests.list") == 2
    assert caller.desk.count("notifications.add") == 1
    assert caller.desk.count("oauth.token") == 2


async def test_the_page_of_a_request_shows_its_conversation_and_runs_nothing(caller: Caller) -> None:
    request_id = caller.desk.add_request("7", "<script>alert(1)</script>", "Ann <b>", ANN)
    await caller.post(
        f"/requests/{request_id}/notifications", notification=reply(request_id, subject="Your <link>")
    )
    await caller.post(f"/requests/{request_id}/notes", request_note={"description": "<b>Told her</b>"})
    url = f"{caller.desk.web_url}/app/itdesk/ui/requests/{request_id}/details"
    async with caller.http.get(url) as response:
        page = await response.text()
        assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>" not in page
    assert "Your &lt;link&gt;" in page
    assert "<b>Told her</b>" in page
    async with caller.http.get(url.replace(request_id, "1")) as response:
        assert response.status == 404


async def test_it_comes_back_at_the_same_address_with_what_it_knew(caller: Caller, request_id: str) -> None:
    before = (caller.desk.api_url, caller.desk.accounts_url)
    await caller.desk.stop()
    with pytest.raises(aiohttp.ClientConnectionError):
        await caller.get("/requests")
    await caller.desk.start()
    assert (caller.desk.api_url, caller.desk.accounts_url) == before
    assert (await caller.get(f"/requests/{request_id}"))[0] == 200


async def test_no_secret_stands_in_its_repr(desk: ServiceDeskSandbox) -> None:
    assert "zoho-secret" not in repr(desk)
    assert "refresh.token" not in repr(desk)
