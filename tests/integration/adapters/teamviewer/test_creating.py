"""The TeamViewer client creates sessions, and reports an unclear answer as an unknown outcome."""

import socket
from datetime import UTC, datetime

import pytest
from support.teamviewer_script import (
    CODE,
    NEW,
    PAGE,
    SESSION,
    SUPPORTER_LINK,
    UNTIL,
    WEB_CLIENT_LINK,
    FakeTokens,
    Handler,
    Script,
    client_of,
    hangs_up,
    refuses,
    says,
)

from adapters.http import new_http_client
from bot.errors import BotError, NotAuthorized, OutcomeUnknown, Rejected, Unavailable
from bot.model.secret import Secret
from bot.model.session import Kind
from bot.ports import NewRemoteSession


async def test_session_is_created_with_the_fields_of_teamviewer(tv: Script) -> None:
    tv.on("POST /sessions", says(200, SESSION, Location=f"/api/v1/sessions/{CODE}"))
    session = await tv.client.create_session(FakeTokens(), NEW)
    assert session.code == CODE
    assert session.requester_link.reveal() == SESSION["end_customer_link"]
    assert session.supporter_link.reveal() == SUPPORTER_LINK
    assert session.web_client_link == Secret(WEB_CLIENT_LINK)
    assert session.valid_until == datetime(2024, 4, 17, 20, 40, 38, tzinfo=UTC)
    assert tv.asked["POST /sessions"][0].json == {
        "groupname": "ServiceDesk Plus",
        "description": "#7 Printer",
        "custom_api": "our-id",
        "support_session_type": "Default",
        "valid_until": "2024-04-17T20:40:38Z",
        "end_customer": {"name": "Ann Example", "email": "ann@example.com"},
    }


@pytest.mark.parametrize("odd", ["9999-12-31T23:59:59-14:00", "9999-12-31T23:59:59Z", "0001-01-01", "never"])
async def test_session_whose_end_cannot_be_right_is_created_without_one(tv: Script, odd: str) -> None:
    """It exists at TeamViewer, so that nothing about a date may keep it from being known here."""
    tv.on("POST /sessions", says(200, SESSION | {"valid_until": odd}))
    tv.on("GET /sessions", says(200, {"sessions": [SESSION | {"custom_api": "k", "valid_until": odd}]}))
    created = await tv.client.create_session(FakeTokens(), NEW)
    assert (created.code, created.valid_until) == (CODE, None)
    found = await tv.client.find_session(FakeTokens(), "k")
    assert found is not None
    assert (found.code, found.valid_until) == (CODE, None)


async def test_pilot_session_without_a_requester_has_no_end_customer(tv: Script) -> None:
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
async def test_fields_missing_in_the_create_answer_are_read_from_the_session(
    tv: Script, created: Handler
) -> None:
    tv.on("POST /sessions", created)
    tv.on(f"GET /sessions/{CODE}", says(200, SESSION))
    session = await tv.client.create_session(FakeTokens(), NEW)
    assert (session.code, session.supporter_link) == (CODE, Secret(SUPPORTER_LINK))
    assert session.web_client_link == Secret(WEB_CLIENT_LINK)


async def test_session_without_a_link_to_the_web_client_has_none(tv: Script) -> None:
    """TeamViewer's document does not name it, so one call is enough."""
    without = {name: value for name, value in SESSION.items() if name != "webclient_supporter_link"}
    tv.on("POST /sessions", says(200, without))
    assert (await tv.client.create_session(FakeTokens(), NEW)).web_client_link is None


async def test_created_session_that_may_not_be_read_has_its_code(tv: Script) -> None:
    tv.on("POST /sessions", says(200, {"code": CODE}))
    tv.on(f"GET /sessions/{CODE}", *[refuses(401, "invalid_token")] * 2)
    session = await tv.client.create_session(FakeTokens(), NEW)
    assert session.code == CODE
    assert not session.supporter_link


async def test_created_session_that_cannot_be_read_now_has_an_unknown_outcome(tv: Script) -> None:
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
async def test_create_with_an_unclear_answer_has_an_unknown_outcome(tv: Script, answer: Handler) -> None:
    tv.on("POST /sessions", answer)
    with pytest.raises(OutcomeUnknown):
        await tv.client.create_session(FakeTokens(), NEW)


async def test_create_that_times_out_has_an_unknown_outcome(tv: Script) -> None:
    tv.on("POST /sessions", tv.says_nothing)
    with pytest.raises(OutcomeUnknown):
        await tv.client.create_session(FakeTokens(), NEW)


async def test_create_that_could_not_connect_is_unavailable() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        async with new_http_client(timeout=0.5) as http:
            client = client_of(http, f"http://127.0.0.1:{closed.getsockname()[1]}")
            with pytest.raises(Unavailable) as raised:
                await client.create_session(FakeTokens(), NEW)
    assert type(raised.value) is Unavailable


GROUP_REFUSED = refuses(400, "invalid_request", "Unknown parameter: groupname.")
EXPIRY_REFUSED = refuses(400, "invalid_request", "Unknown parameter: valid_until.")
NO_PERMISSION = [refuses(401, "invalid_token")] * 2


@pytest.mark.parametrize(
    ("refusals", "left_out"),
    [
        ([EXPIRY_REFUSED], {"valid_until"}),
        ([GROUP_REFUSED], {"groupname"}),
        ([GROUP_REFUSED, EXPIRY_REFUSED], {"groupname", "valid_until"}),
        ([says(400, "valid_until is not supported")], {"valid_until"}),
        (NO_PERMISSION, {"groupname"}),
        ([refuses(403, "invalid_permission")], {"groupname"}),
    ],
    ids=["expiry", "group", "both", "plain text", "missing permission", "no permission"],
)
async def test_session_is_created_without_the_optional_field_that_is_refused(
    tv: Script, refusals: list[Handler], left_out: set[str]
) -> None:
    """The account is not asked with that field again: each later session costs one call."""
    tv.on("POST /sessions", *refusals, says(200, SESSION), says(200, SESSION))
    tokens = FakeTokens()
    for _session in range(2):
        assert (await tv.client.create_session(tokens, NEW)).code == CODE
    bodies = [asked.json for asked in tv.asked["POST /sessions"]]
    assert len(bodies) == len(refusals) + 2
    assert bodies[0].keys() - bodies[-1].keys() == left_out
    assert bodies[-1] == bodies[-2]


async def test_field_that_one_account_refused_is_sent_for_another(tv: Script) -> None:
    tv.on("POST /sessions", GROUP_REFUSED, says(200, SESSION), says(200, SESSION))
    await tv.client.create_session(FakeTokens(), NEW)
    await tv.client.create_session(FakeTokens(), NEW)
    assert "groupname" in tv.asked["POST /sessions"][-1].json


async def test_session_without_an_expiry_in_the_answer_has_none(tv: Script) -> None:
    """The product then counts the 24 hours itself."""
    answer = {name: value for name, value in SESSION.items() if name != "valid_until"}
    tv.on("POST /sessions", EXPIRY_REFUSED, says(200, answer))
    assert (await tv.client.create_session(FakeTokens(), NEW)).valid_until is None


@pytest.mark.parametrize(
    ("answers", "error", "words"),
    [
        (
            [GROUP_REFUSED, refuses(400, "invalid_request", "groupid or groupname is needed.")],
            Rejected,
            "Unknown",
        ),
        (
            [*NO_PERMISSION, refuses(400, "invalid_request", "groupid or groupname is needed.")],
            NotAuthorized,
            "lacks",
        ),
        ([*NO_PERMISSION, *NO_PERMISSION], NotAuthorized, "lacks"),
        ([EXPIRY_REFUSED, says(400, "license limitations")], Rejected, "Unknown"),
        ([refuses(400, "invalid_request", "description is too long.")], Rejected, "too long"),
        ([refuses(500, "internal_error", "groupname")], OutcomeUnknown, ""),
        ([GROUP_REFUSED, hangs_up], OutcomeUnknown, ""),
    ],
)
async def test_refusal_that_no_left_out_field_helps_is_reported_by_its_first_reason(
    tv: Script, answers: list[Handler], error: type[BotError], words: str
) -> None:
    tv.on("POST /sessions", *answers)
    with pytest.raises(error) as caught:
        await tv.client.create_session(FakeTokens(), NEW)
    assert words in str(caught.value.text)
