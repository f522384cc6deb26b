"""The client of TeamViewer's Web API, against a scripted server that answers as badly as TeamViewer may."""

import asyncio
import json
import socket
import traceback
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from aiohttp import web
from multidict import MultiDict

from adapters.http import new_client
from adapters.teamviewer.client import TeamViewerClient
from bot.errors import BotError, NotAuthorized, OutcomeUnknown, Rejected, Unavailable
from bot.model.ids import SessionCode
from bot.model.secret import Secret
from bot.model.session import Kind
from bot.ports import NewRemoteSession, TeamViewer
from sandbox.server import Server

CODE = SessionCode("s119-457-589")
SUPPORTER_LINK = "https://get.teamviewer.com/v15/s119457589-AbCdEfGhIjKl"
SESSION = {
    "code": CODE,
    "state": "Open",
    "custom_api": "our-id",
    "end_customer_link": "https://get.teamviewer.com/v15/s119457589",
    "supporter_link": SUPPORTER_LINK,
    "valid_until": "2024-04-17T20:40:38Z",
    "a_field_of_tomorrow": {"unheard": "of"},
}
TOKENS = {"access_token": "1-new", "token_type": "bearer", "expires_in": 86400, "refresh_token": "1-next"}
UNTIL = datetime(2024, 4, 17, 22, 40, 38, 999, tzinfo=timezone(timedelta(hours=2)))
NEW = NewRemoteSession("our-id", Kind.REMOTE, "#7 Printer", "Ann Example", "ann@example.com", UNTIL)
SINCE = datetime(2024, 4, 16, tzinfo=UTC)
PAGE = "<html><h1>Please sign in</h1></html>"

Handler = Callable[[web.Request], Any]


@dataclass
class Asked:
    """A request as it came in."""

    token: str
    query: dict[str, str]
    body: str

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def says(status: int, body: Any = "", **headers: str) -> Handler:
    """Answer with JSON, or with text as it stands."""
    text = body if isinstance(body, str) else json.dumps(body)
    kind = "application/json" if not isinstance(body, str) else "text/plain"
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _request: web.Response(
        status=status, text=text, content_type=kind, headers=MultiDict(names)
    )


def refuses(status: int, error: str, description: str = "") -> Handler:
    return says(status, {"error": error, "error_description": description, "error_code": 7})


def hangs_up(request: web.Request) -> web.Response:
    assert request.transport
    request.transport.abort()
    return web.Response()


@dataclass
class Script:
    """A server that gives each call its next scripted answer, and keeps what it was asked."""

    client: TeamViewer = field(init=False)
    answers: dict[str, list[Handler]] = field(default_factory=dict)
    asked: dict[str, list[Asked]] = field(default_factory=dict)
    unforeseen: list[str] = field(default_factory=list)
    over: asyncio.Event = field(default_factory=asyncio.Event)

    def on(self, call: str, *answers: Handler) -> None:
        self.answers.setdefault(call, []).extend(answers)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        call = f"{request.method} {request.path.removeprefix('/api/v1')}"
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        self.asked.setdefault(call, []).append(Asked(token, dict(request.query), await request.text()))
        if not self.answers.get(call):
            self.unforeseen.append(call)
            return web.Response(status=501)
        answer = self.answers[call].pop(0)(request)
        response: web.StreamResponse = await answer if asyncio.iscoroutine(answer) else answer
        return response

    async def says_nothing(self, _request: web.Request) -> web.Response:
        await self.over.wait()
        return web.Response()

    def said_everything(self) -> bool:
        return not self.unforeseen and not any(self.answers.values())


def client_of(http: Any, origin: str) -> TeamViewerClient:
    return TeamViewerClient(
        http,
        api_url=f"{origin}/api/v1",
        authorize_url="https://login.teamviewer.com/oauth2/authorize",
        client_id="1-app",
        client_secret=Secret("app-secret"),
        redirect_uri="https://bot.example/oauth/teamviewer/callback",
        group="ServiceDesk Plus",
    )


@pytest.fixture
async def tv() -> AsyncIterator[Script]:
    script = Script()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", script.serve)
    server = Server(app)
    async with new_client(timeout=0.5) as http:
        script.client = client_of(http, await server.start())
        yield script
        script.over.set()
    await server.stop()
    assert script.said_everything(), (script.unforeseen, script.answers)


class FakeTokens:
    """Gives ``old`` until it is refused, then ``fresh``."""

    def __init__(self) -> None:
        self.refused: list[str] = []

    async def token(self) -> Secret:
        return Secret("old")

    async def renew(self, refused: Secret) -> Secret:
        self.refused.append(refused.reveal())
        return Secret("fresh")


async def test_the_sign_in_page_is_asked_for_as_a_popup_with_the_registered_address(tv: Script) -> None:
    url = urlsplit(tv.client.authorize_url("st&te"))
    assert f"{url.scheme}://{url.netloc}{url.path}" == "https://login.teamviewer.com/oauth2/authorize"
    assert parse_qs(url.query) == {
        "response_type": ["code"],
        "client_id": ["1-app"],
        "redirect_uri": ["https://bot.example/oauth/teamviewer/callback"],
        "display": ["popup"],
        "state": ["st&te"],
    }


async def test_a_code_becomes_tokens_with_the_life_that_teamviewer_tells(tv: Script) -> None:
    tv.on("POST /oauth2/token", says(200, TOKENS | {"expires_in": 1234}))
    tokens = await tv.client.exchange("abcd1234")
    assert (tokens.access, tokens.refresh, tokens.expires_in) == (Secret("1-new"), Secret("1-next"), 1234)
    assert parse_qs(tv.asked["POST /oauth2/token"][0].body) == {
        "grant_type": ["authorization_code"],
        "code": ["abcd1234"],
        "redirect_uri": ["https://bot.example/oauth/teamviewer/callback"],
        "client_id": ["1-app"],
        "client_secret": ["app-secret"],
    }


async def test_a_refresh_brings_a_new_pair(tv: Script) -> None:
    tv.on("POST /oauth2/token", says(200, TOKENS))
    tokens = await tv.client.refresh(Secret("1-last"))
    assert tokens.refresh == Secret("1-next")
    form = parse_qs(tv.asked["POST /oauth2/token"][0].body)
    assert (form["grant_type"], form["refresh_token"]) == (["refresh_token"], ["1-last"])


REFRESH_FAILURES = [
    (refuses(400, "invalid_request", "refresh_token is wrong"), NotAuthorized),
    (refuses(401, "invalid_token"), NotAuthorized),
    (refuses(404, "not_found"), NotAuthorized),
    (says(400, "no JSON"), NotAuthorized),
    (refuses(403, "rate_limit_reached"), Unavailable),
    (refuses(403, "blocked"), Rejected),
    (says(429), Unavailable),
    (refuses(500, "internal_error"), Unavailable),
    (says(200, PAGE), Unavailable),
    (says(200, {"token_type": "bearer"}), Unavailable),
    (hangs_up, Unavailable),
]


@pytest.mark.parametrize(("answer", "error"), REFRESH_FAILURES)
async def test_a_refused_refresh_loses_the_authorization_and_a_failed_one_does_not(
    tv: Script, answer: Handler, error: type[BotError]
) -> None:
    tv.on("POST /oauth2/token", answer)
    with pytest.raises(BotError) as raised:
        await tv.client.refresh(Secret("1-last"))
    assert type(raised.value) is error


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (refuses(400, "invalid_request", "code expired"), NotAuthorized),
        (refuses(401, "invalid_client"), Rejected),
    ],
)
async def test_a_refused_sign_in_is_told_from_a_wrong_app(
    tv: Script, answer: Handler, error: type[BotError]
) -> None:
    tv.on("POST /oauth2/token", answer)
    with pytest.raises(error):
        await tv.client.exchange("abcd1234")


@pytest.mark.parametrize("answer", [says(204), says(200), refuses(401, "invalid_token")])
async def test_revoking_is_done_once_the_token_is_dead(tv: Script, answer: Handler) -> None:
    tv.on("POST /oauth2/revoke", answer)
    await tv.client.revoke(Secret("1-token"))
    asked = tv.asked["POST /oauth2/revoke"][0]
    assert (asked.token, asked.body) == ("1-token", "")


@pytest.mark.parametrize(
    ("fields", "name", "email"),
    [
        ({"name": "Jon Snow", "email": "Jon@Example.com"}, "Jon Snow", "jon@example.com"),
        ({"email": None}, "u11293276", None),
    ],
)
async def test_an_account_may_hide_its_address(
    tv: Script, fields: dict[str, Any], name: str, email: str | None
) -> None:
    tv.on("GET /account", says(200, {"userid": "u11293276"} | fields))
    account = await tv.client.account(Secret("1-token"))
    assert (account.user_id, account.name, account.email) == ("u11293276", name, email)


async def test_an_account_that_cannot_be_read_lacks_a_permission(tv: Script) -> None:
    tv.on("GET /account", refuses(401, "invalid_token"))
    with pytest.raises(NotAuthorized):
        await tv.client.account(Secret("1-token"))


async def test_a_session_is_created_as_teamviewer_wants_it(tv: Script) -> None:
    tv.on("POST /sessions", says(200, SESSION, Location=f"/api/v1/sessions/{CODE}"))
    session = await tv.client.create_session(FakeTokens(), NEW)
    assert session.code == CODE
    assert session.requester_link.reveal() == SESSION["end_customer_link"]
    assert session.supporter_link.reveal() == SUPPORTER_LINK
    assert session.valid_until == datetime(2024, 4, 17, 20, 40, 38, tzinfo=UTC)
    assert tv.asked["POST /sessions"][0].json == {
        "groupname": "ServiceDesk Plus",
        "description": "#7 Printer",
        "custom_api": "our-id",
        "support_session_type": "Default",
        "valid_until": "2024-04-17T20:40:38Z",
        "end_customer": {"name": "Ann Example", "email": "ann@example.com"},
    }


async def test_a_pilot_session_for_nobody_known(tv: Script) -> None:
    tv.on("POST /sessions", says(200, SESSION))
    await tv.client.create_session(FakeTokens(), NewRemoteSession("our-id", Kind.PILOT, "", "", None, UNTIL))
    body = tv.asked["POST /sessions"][0].json
    assert body["support_session_type"] == "Pilot"
    assert "end_customer" not in body


@pytest.mark.parametrize(
    "created",
    [
        says(201, {"code": CODE, "state": 0, "support_session_type": 1}),
        says(200, Location=f"/api/v1/sessions/{CODE}"),
        says(302, Location=f"https://webapi.teamviewer.com/api/v1/sessions/{CODE}"),
        says(303, PAGE, Location="https://get.teamviewer.com/v15/s119457589"),
    ],
)
async def test_what_the_answer_to_create_lacks_is_read_from_the_session(tv: Script, created: Handler) -> None:
    tv.on("POST /sessions", created)
    tv.on(f"GET /sessions/{CODE}", says(200, SESSION))
    session = await tv.client.create_session(FakeTokens(), NEW)
    assert (session.code, session.supporter_link) == (CODE, Secret(SUPPORTER_LINK))


async def test_a_created_session_that_may_not_be_read_is_still_known(tv: Script) -> None:
    tv.on("POST /sessions", says(200, {"code": CODE}))
    tv.on(f"GET /sessions/{CODE}", *[refuses(401, "invalid_token")] * 2)
    session = await tv.client.create_session(FakeTokens(), NEW)
    assert session.code == CODE
    assert not session.supporter_link


async def test_a_created_session_that_cannot_be_read_now_is_looked_for_later(tv: Script) -> None:
    tv.on("POST /sessions", says(200, {"code": CODE}))
    tv.on(f"GET /sessions/{CODE}", says(503))
    with pytest.raises(OutcomeUnknown):
        await tv.client.create_session(FakeTokens(), NEW)


@pytest.mark.parametrize(
    "answer",
    [
        hangs_up,
        refuses(500, "internal_error"),
        says(502, PAGE),
        says(200, PAGE),
        says(200, '{"code": "s119'),
        says(200, {"state": "Open"}),
        says(302, Location="https://login.example/"),
    ],
)
async def test_a_create_without_a_clear_answer_may_have_been_done(tv: Script, answer: Handler) -> None:
    tv.on("POST /sessions", answer)
    with pytest.raises(OutcomeUnknown):
        await tv.client.create_session(FakeTokens(), NEW)


async def test_a_create_that_times_out_may_have_been_done(tv: Script) -> None:
    tv.on("POST /sessions", tv.says_nothing)
    with pytest.raises(OutcomeUnknown):
        await tv.client.create_session(FakeTokens(), NEW)


async def test_a_create_that_never_left_was_not_done() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        async with new_client(timeout=0.5) as http:
            client = client_of(http, f"http://127.0.0.1:{nobody.getsockname()[1]}")
            with pytest.raises(Unavailable) as raised:
                await client.create_session(FakeTokens(), NEW)
    assert type(raised.value) is Unavailable


@pytest.mark.parametrize(
    ("answer", "seconds"),
    [
        (refuses(403, "rate_limit_reached"), 60),
        (says(403, "Rate Limit Reached"), 60),
        (says(429), 60),
        (says(429, "", Retry_After="7"), 7),
        (says(429, "", Retry_After="Wed, 21 Oct 2015 07:28:00 GMT"), 0),
        (says(429, "", Retry_After="soon"), 60),
    ],
)
async def test_a_rate_limit_says_when_to_come_back_and_creates_nothing(
    tv: Script, answer: Handler, seconds: float
) -> None:
    tv.on("POST /sessions", answer)
    with pytest.raises(Unavailable) as raised:
        await tv.client.create_session(FakeTokens(), NEW)
    assert type(raised.value) is Unavailable
    assert raised.value.retry_after == seconds


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (says(400, "Creation failed due to license limitations."), "licence allows no more sessions"),
        (refuses(400, "invalid_request", "license limitations"), "licence allows no more sessions"),
        (refuses(403, "blocked"), "blocks the address"),
        (refuses(400, "invalid_request", "groupid is wrong"), "groupid is wrong"),
        (says(404, PAGE), "does not say why"),
    ],
)
async def test_a_refusal_says_why(tv: Script, answer: Handler, words: str) -> None:
    tv.on("POST /sessions", answer)
    with pytest.raises(Rejected) as raised:
        await tv.client.create_session(FakeTokens(), NEW)
    assert words in str(raised.value.text)
    assert "<" not in str(raised.value.text)


TOKEN_REFUSALS = [
    says(401),
    refuses(401, "token_expired"),
    refuses(400, "token_expired"),
    refuses(400, "invalid_token"),
]


@pytest.mark.parametrize("refusal", TOKEN_REFUSALS)
async def test_a_refused_token_is_renewed_once(tv: Script, refusal: Handler) -> None:
    tv.on("POST /sessions", refusal, says(200, SESSION))
    tokens = FakeTokens()
    await tv.client.create_session(tokens, NEW)
    assert tokens.refused == ["old"]
    assert [asked.token for asked in tv.asked["POST /sessions"]] == ["old", "fresh"]


@pytest.mark.parametrize(
    "answers",
    [[refuses(401, "invalid_token")] * 2, [says(401)] * 2, [refuses(403, "invalid_permission")]],
)
async def test_a_fresh_token_that_is_refused_lacks_a_permission(tv: Script, answers: list[Handler]) -> None:
    tv.on("GET /sessions", *answers)
    tokens = FakeTokens()
    with pytest.raises(NotAuthorized, match="permission"):
        await tv.client.open_sessions(tokens)
    assert len(tokens.refused) == len(answers) - 1


async def test_open_sessions_are_listed_page_by_page_in_any_spelling(tv: Script) -> None:
    first = [{"code": "s1-000-001", "state": "Open", "online": True}, {"code": "s1-000-002", "state": "open"}]
    second = [{"code": "s1-000-003", "state": 2, "online": False}, {"code": "s1-000-004", "state": "Closed"}]
    tv.on(
        "GET /sessions",
        says(200, {"sessions": first, "next_offset": "s1-000-002", "sessions_remaining": 2}),
        says(200, {"sessions": second}),
    )
    listed = await tv.client.open_sessions(FakeTokens())
    assert [(one.code, one.is_online) for one in listed] == [
        ("s1-000-001", True),
        ("s1-000-002", False),
        ("s1-000-003", False),
    ]
    assert [asked.query for asked in tv.asked["GET /sessions"]] == [
        {"state": "open"},
        {"state": "open", "offset": "s1-000-002"},
    ]


ENDLESS = says(200, {"sessions": [{"code": CODE, "state": "open"}], "next_offset": CODE})


@pytest.mark.parametrize(
    "answers",
    [
        [ENDLESS, ENDLESS],
        [says(200, {})],
        [says(200, {"sessions": [{"state": "open"}]})],
        [says(200, PAGE)],
        [says(302, Location="/login")],
        [refuses(500, "internal_error")],
        [hangs_up],
    ],
)
async def test_half_a_list_never_passes_for_the_whole(tv: Script, answers: list[Handler]) -> None:
    """A session that is not listed counts as ended, so a list that is in doubt must fail."""
    tv.on("GET /sessions", *answers)
    with pytest.raises(Unavailable) as raised:
        await tv.client.open_sessions(FakeTokens())
    assert type(raised.value) is Unavailable


async def test_a_session_is_found_by_our_id_on_a_later_page(tv: Script) -> None:
    other = SESSION | {"custom_api": "another"}
    tv.on(
        "GET /sessions",
        says(200, {"sessions": [other, SESSION | {"state": "CLOSED"}], "next_offset": CODE}),
        says(200, {"sessions": [SESSION], "next_offset": "s1-000-001"}),
    )
    session = await tv.client.find_session(FakeTokens(), "our-id")
    assert session is not None
    assert session.supporter_link == Secret(SUPPORTER_LINK)
    assert tv.asked["GET /sessions"][0].query == {"state": "open", "full_list": "true"}


async def test_a_session_that_was_never_created_is_not_found(tv: Script) -> None:
    tv.on(
        "GET /sessions",
        says(200, {"sessions": [SESSION | {"custom_api": "another"}, {"code": "s1-000-001"}]}),
    )
    assert await tv.client.find_session(FakeTokens(), "our-id") is None


@pytest.mark.parametrize(
    "answer", [says(204), says(200), says(404), refuses(404, "not_found"), refuses(400, "not_found")]
)
async def test_closing_is_done_once_the_code_is_gone(tv: Script, answer: Handler) -> None:
    tv.on(f"PUT /sessions/{CODE}", answer)
    await tv.client.close_session(FakeTokens(), CODE)
    assert tv.asked[f"PUT /sessions/{CODE}"][0].json == {"state": "closed"}


@pytest.mark.parametrize(
    "seen",
    [says(200, SESSION | {"state": "Closed"}), refuses(400, "invalid_request"), refuses(404, "not_found")],
)
async def test_a_refused_close_is_done_where_nothing_is_left_to_close(tv: Script, seen: Handler) -> None:
    tv.on(f"PUT /sessions/{CODE}", refuses(400, "invalid_request"))
    tv.on(f"GET /sessions/{CODE}", seen)
    await tv.client.close_session(FakeTokens(), CODE)


async def test_a_refused_close_of_an_open_session_is_an_error(tv: Script) -> None:
    tv.on(f"PUT /sessions/{CODE}", refuses(400, "invalid_request", "not yours"))
    tv.on(f"GET /sessions/{CODE}", says(200, SESSION))
    with pytest.raises(Rejected, match="TeamViewer refuses it"):
        await tv.client.close_session(FakeTokens(), CODE)


@pytest.mark.parametrize("answer", [says(302, Location="/login"), says(200, PAGE), says(503), hangs_up])
async def test_a_close_that_teamviewer_did_not_answer_is_not_done(tv: Script, answer: Handler) -> None:
    tv.on(f"PUT /sessions/{CODE}", answer)
    with pytest.raises(Unavailable):
        await tv.client.close_session(FakeTokens(), CODE)


RECORD = {
    "id": "0755a8dd-df19-4ea7-af47-cabb6b2a97e4",
    "session_code": CODE,
    "devicename": "PC-7",
    "support_session_type": 2,
    "start_date": "2024-04-16T14:10:50Z",
    "end_date": "2024-04-16T16:11:01.5+02:00",
    "feedback": {},
}


async def test_reports_are_read_to_the_last_page_each_once(tv: Script) -> None:
    running = {"id": "2", "session_code": "s119457589", "start_date": "2024-04-16T15:00:00", "end_date": None}
    other = RECORD | {"id": "3", "session_code": "s9-999-999"}
    early = RECORD | {"id": "4", "start_date": "2024-04-15T00:00:00Z"}
    tv.on(
        "GET /reports/connections",
        says(200, {"records": [RECORD, other, early], "next_offset": "4", "records_remaining": 2}),
        says(200, {"records": [RECORD, running, {"id": "5"}], "reports_remaining": 0}),
    )
    reports = await tv.client.connection_reports(FakeTokens(), since=SINCE, code=CODE)
    assert [(one.id, one.device) for one in reports] == [(RECORD["id"], "PC-7"), ("2", None)]
    assert reports[0].ended_at == datetime(2024, 4, 16, 14, 11, 1, 500_000, tzinfo=UTC)
    assert (reports[1].started_at, reports[1].ended_at) == (datetime(2024, 4, 16, 15, tzinfo=UTC), None)
    first, second = (asked.query for asked in tv.asked["GET /reports/connections"])
    assert (first["from_date"], first["session_code"]) == ("2024-04-16T00:00:00Z", CODE)
    assert datetime.fromisoformat(first["to_date"]) > datetime.now(UTC) + timedelta(hours=23)
    assert second["offset_id"] == "4"


async def test_reports_of_all_sessions_leave_out_other_connections(tv: Script) -> None:
    tv.on("GET /reports/connections", says(200, {"records": []}))
    assert await tv.client.connection_reports(FakeTokens(), since=SINCE) == []
    assert tv.asked["GET /reports/connections"][0].query["has_code"] == "true"


async def test_no_secret_is_in_what_is_raised_shown_or_logged(
    tv: Script, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    tv.on("POST /sessions", refuses(400, "invalid_request", "token old is odd"), hangs_up, says(200, SESSION))
    tv.on("POST /oauth2/token", refuses(400, "invalid_request", "1-last app-secret"))
    told = [repr(vars(tv.client)), repr(vars(vars(tv.client)["_oauth"]))]
    for call in (
        lambda: tv.client.create_session(FakeTokens(), NEW),
        lambda: tv.client.create_session(FakeTokens(), NEW),
        lambda: tv.client.refresh(Secret("1-last")),
    ):
        with pytest.raises(BotError) as raised:
            await call()
        told += [repr(raised.value), *traceback.format_exception(raised.value)]
    told.append(repr(await tv.client.create_session(FakeTokens(), NEW)))
    everything = "\n".join([*told, caplog.text, *capfd.readouterr()])
    assert "token *** is odd" in everything
    assert not [one for one in ("token old", "1-last", "app-secret", SUPPORTER_LINK) if one in everything]
