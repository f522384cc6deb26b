"""The client of ServiceDesk Plus, against a scripted server that answers as badly as the real one may."""

import asyncio
import json
import logging
import socket
import traceback
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web
from multidict import MultiDict

from adapters.http import new_client
from adapters.servicedesk.client import ServiceDeskClient
from adapters.servicedesk.data_centers import DATA_CENTERS
from adapters.servicedesk.oauth import ZohoOAuth
from bot.errors import BotError, NotAuthorized, NotFound, OutcomeUnknown, Rejected, Unavailable
from bot.model.ids import RequestId, RequestNumber
from bot.model.secret import Secret
from bot.ports import Reply, ServiceDesk, TokenSource
from sandbox.server import Server

ID = RequestId("216826000006437031")
NUMBER = RequestNumber("10452")
BASE = "/app/itdesk/api/v3"
LIST = "GET /requests"
ONE = f"GET /requests/{ID}"
ADD_REPLY = f"POST /requests/{ID}/notifications"
ADD_NOTE = f"POST /requests/{ID}/notes"
NOTES = f"GET /requests/{ID}/notes"
TALK = f"GET /requests/{ID}/conversations"
TECHNICIANS = "GET /technicians"
TOKEN = "1000.0f0f0f0f0f.f0f0f0f0f0"
PAGE = "<html><h1>Please sign in</h1></html>"
SUCCESS = {"status_code": 2000, "status": "success"}
ROW = {
    "id": ID,
    "display_id": NUMBER,
    "subject": "VPN fails",
    "status": {"name": "Open", "in_progress": True},
}
ANN = {"name": "Ann Lee", "email_id": "Ann@example.test", "phone": "+1 415 555 0100", "mobile": None}
REPLY = Reply(ID, NUMBER, "ann@example.test", "Re: [Request ID :##10452##] : VPN", "<p>Réf. m4rk</p>", "m4rk")

Handler = Callable[[web.Request], web.StreamResponse]


def says(status: int, body: Any, **headers: str) -> Handler:
    """Answer with JSON, or with text as it stands."""
    text = body if isinstance(body, str) else json.dumps(body)
    kind = "text/html" if isinstance(body, str) else "application/json"
    names = MultiDict({name.replace("_", "-"): value for name, value in headers.items()})
    return lambda _request: web.Response(status=status, text=text, content_type=kind, headers=names)


def lists(key: str, *rows: Any, more: bool = False) -> Handler:
    return says(200, {"response_status": [SUCCESS], key: list(rows), "list_info": {"has_more_rows": more}})


def tells(key: str, **entity: Any) -> Handler:
    return says(200, {"response_status": SUCCESS, key: entity})


def refuses(status: int, code: int, **message: Any) -> Handler:
    inner = {"status_code": code, "type": "failed", **message}
    outer = {"status_code": 4000, "status": "failed", "messages": [inner]}
    return says(status, {"response_status": outer})


def hangs_up(request: web.Request) -> web.Response:
    assert request.transport
    request.transport.abort()
    return web.Response()


@dataclass
class FakeTokens:
    """Gives ``TOKEN``, and after each refusal another one."""

    refused: list[str] = field(default_factory=list)

    async def token(self) -> Secret:
        return Secret(f"{TOKEN}{len(self.refused)}")

    async def renew(self, refused: Secret) -> Secret:
        self.refused.append(refused.reveal())
        return await self.token()


@dataclass
class Asked:
    """A call as it came in."""

    token: str
    accept: str
    kind: str
    input_data: Any


@dataclass
class Script:
    """A server that gives each call its next scripted answer, and keeps what it was asked."""

    client: ServiceDeskClient = field(init=False)
    tokens: FakeTokens = field(default_factory=FakeTokens)
    answers: dict[str, list[Handler]] = field(default_factory=dict)
    asked: dict[str, list[Asked]] = field(default_factory=dict)
    unforeseen: list[str] = field(default_factory=list)

    def on(self, call: str, *answers: Handler) -> None:
        self.answers.setdefault(call, []).extend(answers)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        call = f"{request.method} {request.path.removeprefix(BASE)}"
        given = request.query.get("input_data") or (await request.post()).get("input_data") or "null"
        headers = request.headers
        asked = Asked(
            headers["Authorization"], headers["Accept"], request.content_type, json.loads(str(given))
        )
        self.asked.setdefault(call, []).append(asked)
        if not request.path.startswith(f"{BASE}/") or not self.answers.get(call):
            self.unforeseen.append(call)
            return web.Response(status=501)
        return self.answers[call].pop(0)(request)


@pytest.fixture
async def desk() -> AsyncIterator[Script]:
    """The script, and the client that is to be tried against it; every scripted answer must be fetched."""
    script = Script()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", script.serve)
    server = Server(app)
    url = await server.start()
    async with new_client(timeout=5) as http:
        tokens: TokenSource = script.tokens
        script.client = ServiceDeskClient(
            http, api_url=url, web_url="https://sdp.test", portal="itdesk", tokens=tokens
        )
        _port: ServiceDesk = script.client
        yield script
    await server.stop()
    assert not script.unforeseen
    assert not any(script.answers.values())


async def test_a_request_is_looked_up_by_its_number_and_read_by_its_long_id(desk: Script) -> None:
    desk.on(LIST, lists("requests", ROW))
    desk.on(ONE, tells("request", **ROW, requester=ANN, technician={"name": "Tom Ray"}))
    request = await desk.client.request(NUMBER)
    assert (request.id, request.number, request.subject, request.status) == (ID, NUMBER, "VPN fails", "Open")
    assert (request.requester.name, request.requester.email) == ("Ann Lee", "Ann@example.test")
    assert request.requester.phone == Secret("+1 415 555 0100")
    assert request.technician == "Tom Ray"
    assert request.url == f"https://sdp.test/app/itdesk/ui/requests/{ID}/details"
    assert not request.is_closed
    (asked,) = desk.asked[LIST]
    assert asked.token == f"Zoho-oauthtoken {TOKEN}0"
    assert asked.accept == "application/vnd.manageengine.sdp.v3+json"
    criterion = asked.input_data["list_info"]["search_criteria"]
    assert criterion == {"field": "display_id", "condition": "is", "value": NUMBER}


async def test_an_id_told_as_a_number_loses_no_digit_and_a_mobile_number_comes_first(desk: Script) -> None:
    row = ROW | {"id": int(ID), "display_id": None, "display_key": {"display_value": f"IT-{NUMBER}"}}
    desk.on(LIST, lists("requests", row))
    desk.on(ONE, tells("request", **row, requester=ANN | {"mobile": "+33 6 12 34 56 78"}))
    request = await desk.client.request(NUMBER)
    assert request.id == ID
    assert request.requester.phone == Secret("+33 6 12 34 56 78")


@pytest.mark.parametrize(
    ("status", "is_closed"),
    [
        ({"name": "Archived", "in_progress": False}, True),
        ({"name": "Closed", "in_progress": True}, False),
        ({"name": "Resolved"}, True),
        ({"name": "cancelled"}, True),
        ({"name": "On Hold"}, False),
        (None, False),
    ],
)
async def test_closed_is_what_is_not_in_progress_else_what_is_called_so(
    desk: Script, status: Any, is_closed: bool
) -> None:
    desk.on(LIST, lists("requests", ROW))
    desk.on(ONE, tells("request", **(ROW | {"status": status, "requester": None})))
    request = await desk.client.request(NUMBER)
    assert request.is_closed is is_closed
    assert request.requester.email is None


async def test_a_number_that_nobody_has_is_not_found(desk: Script) -> None:
    desk.on(LIST, lists("requests"))
    with pytest.raises(NotFound, match=NUMBER):
        await desk.client.request(NUMBER)


@pytest.mark.parametrize("gone", [refuses(404, 4007, message="Invalid URL"), refuses(400, 4001, field="id")])
async def test_a_request_deleted_since_the_search_is_not_found(desk: Script, gone: Handler) -> None:
    desk.on(LIST, lists("requests", ROW))
    desk.on(ONE, gone)
    with pytest.raises(NotFound):
        await desk.client.request(NUMBER)


@pytest.mark.parametrize("rows", [[ROW | {"display_id": "1"}], [ROW, ROW | {"display_id": "1"}]])
async def test_another_request_is_never_taken_for_the_one_asked_for(desk: Script, rows: list[Any]) -> None:
    desk.on(LIST, lists("requests", *rows))
    with pytest.raises(Unavailable):
        await desk.client.request(NUMBER)


async def test_a_picker_finds_words_in_subjects_and_shows_open_requests_first(desk: Script) -> None:
    closed = ROW | {"id": "1", "display_id": "7", "status": {"name": "Closed"}}
    desk.on(LIST, lists("requests", closed, ROW), lists("requests", closed), lists("requests"))
    found = await desk.client.search(" vpn ")
    assert [request.number for request in found] == [NUMBER, "7"]
    assert [request.number for request in await desk.client.search("#7", limit=1)] == ["7"]
    assert await desk.client.search("") == []
    words, number, nothing = (asked.input_data["list_info"] for asked in desk.asked[LIST])
    assert words["search_criteria"] == {"field": "subject", "condition": "contains", "value": "vpn"}
    assert number["search_criteria"] == {"field": "display_id", "condition": "is", "value": "7"}
    assert "search_criteria" not in nothing


async def test_technicians_are_read_to_the_last_page(desk: Script) -> None:
    first = {"id": "1", "name": "Tom Ray", "email_id": "Tom@Example.test"}
    second = {"id": "2", "name": "Ines", "email_id": "ines@example.test", "status": "ACTIVE"}
    gone = [
        {"id": "3", "name": "Old", "email_id": "old@example.test", "status": "INACTIVE"},
        {"id": "4", "name": "No mail"},
    ]
    desk.on(TECHNICIANS, lists("technicians", first, more=True), lists("technicians", second, *gone))
    assert await desk.client.technicians() == {"tom@example.test": "Tom Ray", "ines@example.test": "Ines"}
    starts = [asked.input_data["list_info"]["start_index"] for asked in desk.asked[TECHNICIANS]]
    assert starts == [1, 2]


@pytest.mark.parametrize("again", [[{"id": "1", "email_id": "tom@example.test"}], []])
async def test_a_list_without_an_end_is_given_up(desk: Script, again: list[Any]) -> None:
    first = {"id": "1", "name": "Tom Ray", "email_id": "tom@example.test"}
    desk.on(TECHNICIANS, lists("technicians", first, more=True), lists("technicians", *again, more=True))
    with pytest.raises(Unavailable):
        await desk.client.technicians()


async def test_a_reply_is_mailed_to_the_requester_and_threads_back(desk: Script) -> None:
    desk.on(ADD_REPLY, tells("notification", id="9"), tells("notification", id="10"))
    await desk.client.reply(REPLY)
    await desk.client.reply(Reply(ID, NUMBER, "ann@example.test", "Your session", "<p>x</p>", "x"))
    first, second = desk.asked[ADD_REPLY]
    assert first.kind == "application/x-www-form-urlencoded"
    assert first.input_data["notification"] == {
        "type": "REQREPLY",
        "in_reply_to": {"id": ID},
        "to": ["ann@example.test"],
        "cc": [],
        "bcc": [],
        "subject": REPLY.subject,
        "description": REPLY.html,
        "is_public": True,
    }
    assert second.input_data["notification"]["subject"] == "Re: [Request ID :##10452##] : Your session"


async def test_a_reply_is_found_by_its_marker_among_the_latest_twenty(desk: Script) -> None:
    talk = [
        {"id": "1", "type": "NOTES"},
        *({"id": str(number), "type": "REQREPLY"} for number in range(2, 30)),
    ]
    desk.on(TALK, lists("conversations", *talk))
    desk.on(f"GET /requests/{ID}/notifications/2", tells("notification", description="<p>else</p>"))
    desk.on(f"GET /requests/{ID}/notifications/3", tells("notification", description="<p>m4rk</p>"))
    assert await desk.client.has_reply(ID, "m4rk")
    desk.on(TALK, lists("conversations", *talk))
    desk.on(f"GET /requests/{ID}/notifications/2", refuses(404, 4007))
    for number in range(3, 22):
        desk.on(f"GET /requests/{ID}/notifications/{number}", tells("notification", description=""))
    assert not await desk.client.has_reply(ID, "m4rk")


async def test_a_note_is_private_and_found_again(desk: Script) -> None:
    desk.on(ADD_NOTE, tells("request_note", id="5"))
    await desk.client.add_note(ID, "<div>m4rk</div>")
    (asked,) = desk.asked[ADD_NOTE]
    note = asked.input_data["request_note"]
    assert (note["description"], note["show_to_requester"]) == ("<div>m4rk</div>", False)
    desk.on(NOTES, lists("notes", {"id": "4", "description": "else"}, {"id": "5"}))
    desk.on(f"{NOTES}/5", tells("note", description="<div>m4rk</div>"))
    assert await desk.client.has_note(ID, "m4rk")
    desk.on(NOTES, lists("notes", {"id": "4", "description": "else"}))
    assert not await desk.client.has_note(ID, "m4rk")


PARTLY = says(200, {"response_status": {"status_code": 3000, "status": "partial"}, "notification": {}})
TROUBLES = [
    (refuses(400, 4001, field="to", message="Invalid Input"), Rejected, Rejected),
    (refuses(403, 4002), Rejected, Rejected),
    (says(403, PAGE), Rejected, Rejected),
    (refuses(404, 4007, message="Invalid URL"), Rejected, Rejected),
    (refuses(400, 4012, fields=["mode", "urgency"]), Rejected, Rejected),
    (refuses(200, 4001, message="failed in spite of 200"), Rejected, Rejected),
    (says(415, PAGE), Rejected, Rejected),
    (refuses(400, 4015), Unavailable, Unavailable),
    (refuses(429, 4015), Unavailable, Unavailable),
    (says(429, PAGE), Unavailable, Unavailable),
    (refuses(500, 4004), Unavailable, OutcomeUnknown),
    (says(502, PAGE), Unavailable, OutcomeUnknown),
    (says(200, PAGE), Unavailable, OutcomeUnknown),
    (says(200, {}), Unavailable, OutcomeUnknown),
    (says(302, "", Location="/login"), Unavailable, OutcomeUnknown),
    (PARTLY, Unavailable, OutcomeUnknown),
    (hangs_up, Unavailable, OutcomeUnknown),
]


@pytest.mark.parametrize(("answer", "on_read", "on_write"), TROUBLES)
async def test_each_trouble_has_its_error_and_a_write_that_may_be_done_is_told_apart(
    desk: Script, answer: Handler, on_read: type[BotError], on_write: type[BotError]
) -> None:
    desk.on(TECHNICIANS, answer)
    desk.on(ADD_REPLY, answer)
    with pytest.raises(BotError) as read:
        await desk.client.technicians()
    with pytest.raises(BotError) as written:
        await desk.client.reply(REPLY)
    assert (type(read.value), type(written.value)) == (on_read, on_write)
    assert TOKEN not in "".join(traceback.format_exception(written.value))


async def test_a_success_that_the_envelope_does_not_confirm_is_none(desk: Script) -> None:
    desk.on(ADD_NOTE, says(200, {"notice": "sign in first"}))
    with pytest.raises(OutcomeUnknown):
        await desk.client.add_note(ID, "x")


async def test_a_rate_limit_says_when_to_come_back(desk: Script) -> None:
    desk.on(TECHNICIANS, refuses(400, 4015), says(429, "", Retry_After="42"))
    for seconds in (300, 42):
        with pytest.raises(Unavailable) as caught:
            await desk.client.technicians()
        assert caught.value.retry_after == seconds


async def test_the_reason_for_a_refusal_is_told_in_its_own_words(desk: Script) -> None:
    desk.on(ADD_NOTE, refuses(400, 4001, field="level", message="Invalid Input"))
    with pytest.raises(Rejected, match="Invalid Input: level"):
        await desk.client.add_note(ID, "x")


async def test_a_refused_token_is_renewed_once_and_the_call_repeated(desk: Script) -> None:
    desk.on(ADD_NOTE, refuses(401, 4022), tells("request_note", id="5"))
    await desk.client.add_note(ID, "x")
    assert desk.tokens.refused == [f"{TOKEN}0"]
    assert [asked.token[-1] for asked in desk.asked[ADD_NOTE]] == ["0", "1"]


async def test_a_missing_scope_costs_one_token_and_not_one_a_call(desk: Script) -> None:
    desk.on(TECHNICIANS, says(401, PAGE), refuses(401, 4002), refuses(401, 4002))
    for _attempt in range(2):
        with pytest.raises(NotAuthorized, match="scope"):
            await desk.client.technicians()
    assert desk.tokens.refused == [f"{TOKEN}0"]
    desk.on(NOTES, refuses(401, 4022), lists("notes"))
    assert not await desk.client.has_note(ID, "x")


async def test_where_nothing_left_the_house_a_write_is_simply_not_done() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        async with new_client(timeout=5) as http:
            client = ServiceDeskClient(http, api_url=url, web_url=url, portal=None, tokens=FakeTokens())
            with pytest.raises(Unavailable) as caught:
                await client.reply(REPLY)
    assert type(caught.value) is Unavailable


async def test_three_calls_at_a_time_and_the_default_portal_has_no_name_in_its_path() -> None:
    running, peak, room = 0, 0, asyncio.Event()

    async def serve(request: web.Request) -> web.Response:
        nonlocal running, peak
        running += 1
        peak = max(peak, running)
        if running == 3:
            room.set()
        await room.wait()
        running -= 1
        body = {"response_status": [SUCCESS], "technicians": [], "list_info": {"has_more_rows": False}}
        return web.json_response(body if request.path == "/api/v3/technicians" else {})

    app = web.Application()
    app.router.add_get("/{path:.*}", serve)
    server = Server(app)
    url = await server.start()
    async with new_client(timeout=5) as http, asyncio.timeout(10):
        client = ServiceDeskClient(http, api_url=url, web_url=url, portal=None, tokens=FakeTokens())
        await asyncio.gather(*(client.technicians() for _call in range(9)))
    await server.stop()
    assert peak == 3


async def test_no_token_is_logged(desk: Script, caplog: pytest.LogCaptureFixture, capsys: Any) -> None:
    caplog.set_level(logging.DEBUG)
    desk.on(TECHNICIANS, refuses(403, 4002, message=f"{TOKEN}0 may not"))
    with pytest.raises(Rejected):
        await desk.client.technicians()
    logged = caplog.text + capsys.readouterr().out
    assert "not done" in logged
    assert TOKEN not in logged


DENIED = {
    "error": "Access Denied",
    "error_description": "You have made too many requests continuously. Please try again after some time.",
    "status": "failure",
}


@pytest.fixture
async def zoho() -> AsyncIterator[tuple[ZohoOAuth, list[Handler], list[dict[str, str]]]]:
    """Zoho's token endpoint: the client, its next answers, and the forms it was sent."""
    answers: list[Handler] = []
    forms: list[dict[str, str]] = []

    async def serve(request: web.Request) -> web.StreamResponse:
        forms.append({name: str(value) for name, value in (await request.post()).items()})
        return answers.pop(0)(request)

    app = web.Application()
    app.router.add_post("/oauth/v2/token", serve)
    server = Server(app)
    url = await server.start()
    async with new_client(timeout=5) as http:
        yield ZohoOAuth(http, url, "1000.CLIENT", Secret("cl-secret"), Secret("1000.refresh")), answers, forms
    await server.stop()


async def test_a_refresh_token_becomes_an_access_token(zoho: Any) -> None:
    client, answers, forms = zoho
    answers.append(
        says(200, {"access_token": TOKEN, "api_domain": "https://www.zohoapis.com", "expires_in": 3600})
    )
    answers.append(says(200, {"access_token": TOKEN, "expires_in": 3600000}))
    tokens = await client.refresh()
    assert (tokens.access, tokens.refresh, tokens.expires_in) == (Secret(TOKEN), None, 3600)
    assert (await client.refresh()).expires_in == 3600
    assert forms[0] == {
        "grant_type": "refresh_token",
        "client_id": "1000.CLIENT",
        "client_secret": "cl-secret",
        "refresh_token": "1000.refresh",
    }


@pytest.mark.parametrize(
    ("answer", "error", "retry_after"),
    [
        (says(200, {"error": "invalid_code"}), NotAuthorized, None),
        (says(200, {"error": "invalid_client"}), NotAuthorized, None),
        (says(400, {"error": "invalid_grant"}), NotAuthorized, None),
        (says(200, DENIED), Unavailable, 600),
        (says(400, DENIED), Unavailable, 600),
        (says(400, {"error": "general_error"}), Unavailable, None),
        (says(200, {}), Unavailable, None),
        (says(200, PAGE), Unavailable, None),
        (says(503, PAGE), Unavailable, None),
        (hangs_up, Unavailable, None),
    ],
)
async def test_zoho_refuses_with_200_too_and_a_throttle_is_no_refusal(
    zoho: Any, answer: Handler, error: type[BotError], retry_after: float | None
) -> None:
    client, answers, _forms = zoho
    answers.append(answer)
    with pytest.raises(BotError) as caught:
        await client.refresh()
    assert type(caught.value) is error
    assert getattr(caught.value, "retry_after", None) == retry_after
    told = "".join(traceback.format_exception(caught.value)) + repr(client.__dict__)
    assert "cl-secret" not in told
    assert "1000.refresh" not in told


def test_the_data_centers_are_those_that_teamviewer_is_offered_in() -> None:
    assert set(DATA_CENTERS) == {"us", "eu", "in", "cn", "jp", "au", "ca"}
    assert DATA_CENTERS["au"].api_url == "https://servicedeskplus.net.au"
    assert DATA_CENTERS["ca"].accounts_url == "https://accounts.zohocloud.ca"
