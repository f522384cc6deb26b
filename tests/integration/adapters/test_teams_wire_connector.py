"""The bot's own token and the connector: which calls are made, which are retried, and which errors are raised."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from support.clock import Clock
from support.microsoft import APP, CONVERSATION, PASSWORD, answers, hangs_up, microsoft
from support.ports import free_port
from support.teams_wire import Wire, wire_to

from adapters.teams.transport import connector
from adapters.teams.transport.api_response import TeamsRejected
from adapters.teams.transport.connector import Connector, new_http_session
from bot.errors import OutcomeUnknown, Rejected, Unavailable
from bot.model.secret import Secret

QUOTED = "/v3/conversations/19%3Aabc%40thread.tacv2%3Bmessageid%3D1700000000000"
HELLO = {"type": "message", "text": "héllo"}


@pytest.fixture
async def wire(clock: Clock) -> AsyncIterator[Wire]:
    async with microsoft(clock) as playing, wire_to(playing) as whole:
        yield whole


async def _send(wire: Wire) -> str:
    return await wire.connector.send_activity(wire.playing.service_url, CONVERSATION, HELLO)


async def test_each_call_has_the_path_and_body_of_the_api(wire: Wire) -> None:
    """Ids contain colons, semicolons, at signs and slashes, so they are quoted whole."""
    call, url = wire.connector, wire.playing.service_url
    assert await call.send_activity(url, CONVERSATION, HELLO) == "m1"
    assert await call.reply_to_activity(url, CONVERSATION, "17/0:0", HELLO) == "m2"
    await call.send_activity(url, CONVERSATION, {"type": "typing"})
    assert await call.update_activity(url, CONVERSATION, "m1", HELLO) == "m4"
    await call.delete_activity(url, CONVERSATION, "m1")
    assert await call.create_conversation(url, {"isGroup": False}) == "m6"
    wire.playing.planned.append(answers(200, {"id": "29:ann", "email": "ann@example.test"}))
    assert (await call.read_member(url.rstrip("/"), CONVERSATION, "29:ann"))["email"] == "ann@example.test"
    wire.playing.planned.append(answers(200, {"members": [], "continuationToken": "a+b"}))
    assert (await call.read_members(url, CONVERSATION))["continuationToken"] == "a+b"
    await call.read_members(url, CONVERSATION, "a+b")
    assert wire.playing.calls == [
        ("POST", f"{QUOTED}/activities", HELLO),
        ("POST", f"{QUOTED}/activities/17%2F0%3A0", HELLO),
        ("POST", f"{QUOTED}/activities", {"type": "typing"}),
        ("PUT", f"{QUOTED}/activities/m1", HELLO),
        ("DELETE", f"{QUOTED}/activities/m1", None),
        ("POST", "/v3/conversations", {"isGroup": False}),
        ("GET", f"{QUOTED}/members/29%3Aann", None),
        ("GET", f"{QUOTED}/pagedmembers?pageSize=500", None),
        ("GET", f"{QUOTED}/pagedmembers?pageSize=500&continuationToken=a%2Bb", None),
    ]
    assert set(wire.playing.tokens_shown) == {"Bearer token-1"}


async def test_token_is_fetched_once_and_renewed_five_minutes_before_it_expires(
    wire: Wire, clock: Clock
) -> None:
    wire.playing.delay = 0.02
    await asyncio.gather(*(wire.tokens.token() for _one in range(20)))
    clock.move(seconds=3299)
    assert await wire.tokens.token() == Secret("token-1")
    assert wire.playing.token_requests == [
        {
            "grant_type": "client_credentials",
            "client_id": APP,
            "client_secret": PASSWORD,
            "scope": "https://api.botframework.com/.default",
        }
    ]
    clock.move(seconds=1)
    assert await wire.tokens.token() == Secret("token-2")


async def test_short_lived_token_is_not_fetched_for_each_call(wire: Wire, clock: Clock) -> None:
    wire.playing.token_life = 60
    await wire.tokens.token()
    clock.move(seconds=29)
    assert await wire.tokens.token() == Secret("token-1")
    clock.move(seconds=2)
    assert await wire.tokens.token() == Secret("token-2")


async def test_old_token_is_used_until_it_expires_while_renewal_fails(wire: Wire, clock: Clock) -> None:
    await wire.tokens.token()
    wire.playing.token_answer = (503, {})
    clock.move(seconds=3599)
    assert await wire.tokens.token() == Secret("token-1")
    clock.move(seconds=1)
    with pytest.raises(Unavailable):
        await wire.tokens.token()


async def test_refused_token_is_renewed_once(wire: Wire) -> None:
    """Calls that were refused at the same time share the renewal, and a second refusal is final."""
    wire.playing.planned.extend([answers(401, {})] * 3)
    assert await asyncio.gather(_send(wire), _send(wire), _send(wire))
    assert len(wire.playing.token_requests) == 2
    wire.playing.planned.extend([answers(401, {"error": {"code": "Unauthorized"}})] * 2)
    with pytest.raises(TeamsRejected) as refused:
        await _send(wire)
    assert (refused.value.status, refused.value.code) == (401, "Unauthorized")
    assert len(wire.playing.calls) == 8


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (401, {"error": "invalid_client", "error_description": f"AADSTS7000215: {PASSWORD}"}, Rejected),
        (400, {"error": "unauthorized_client"}, Rejected),
        (429, {"error": "throttled"}, Unavailable),
        (503, {"error": "temporarily_unavailable"}, Unavailable),
        (400, {}, Unavailable),
        (200, {"access_token": ""}, Unavailable),
        (200, {"access_token": 7}, Unavailable),
    ],
)
async def test_failed_sign_in_says_what_to_do_and_no_secret(
    wire: Wire, capsys: pytest.CaptureFixture[str], status: int, body: Any, kind: type[Exception]
) -> None:
    wire.playing.token_answer = (status, body)
    with pytest.raises(kind) as failed:
        await _send(wire)
    said = capsys.readouterr()
    assert PASSWORD not in f"{failed.value!r} {failed.value} {said.out} {said.err}"
    assert wire.playing.calls == []


async def test_retryable_status_is_retried_after_a_pause(wire: Wire) -> None:
    """The pause is what Teams says, else two, four and eight seconds with a little jitter."""
    wire.playing.planned.extend([answers(429, {}, Retry_After="1"), answers(502, "<html>"), answers(412, {})])
    assert await _send(wire) == "m4"
    assert wire.paused[0] == 1
    assert 4 <= wire.paused[1] <= 5
    assert 8 <= wire.paused[2] <= 10


@pytest.mark.parametrize("status", [412, 429, 502, 504])
async def test_retries_end_after_four_tries(wire: Wire, status: int) -> None:
    wire.playing.planned.extend([answers(status, {})] * 9)
    with pytest.raises(Unavailable) as away:
        await _send(wire)
    assert not isinstance(away.value, OutcomeUnknown)
    assert len(wire.playing.calls) == connector.MAX_ATTEMPTS
    assert 14 <= sum(wire.paused) <= connector.MAX_TOTAL_DELAY_SECONDS


@pytest.mark.parametrize("header", ["21", "86400", "Wed, 24 Nov 2100 09:00:00 GMT"])
async def test_long_retry_after_raises_unavailable_at_once(wire: Wire, header: str) -> None:
    wire.playing.planned.append(answers(429, {}, Retry_After=header))
    with pytest.raises(Unavailable) as away:
        await _send(wire)
    assert (away.value.retry_after or 0) > 20
    assert wire.paused == []
    assert len(wire.playing.calls) == 1


@pytest.mark.parametrize("header", ["soon", "-1", "", "\xb2"])
async def test_invalid_retry_after_is_ignored(wire: Wire, header: str) -> None:
    wire.playing.planned.append(answers(429, {}, Retry_After=header))
    assert await _send(wire) == "m2"
    assert 2 <= wire.paused[0] <= 2.5


@pytest.mark.parametrize(
    ("status", "body", "code", "sub_code"),
    [
        (400, {"error": {"code": "BadSyntax", "message": "x"}}, "BadSyntax", ""),
        (
            403,
            {"error": {"code": "Forbidden"}, "subCode": "MessageWritesBlocked"},
            "Forbidden",
            "MessageWritesBlocked",
        ),
        (
            403,
            {"error": {"code": "Forbidden", "subCode": "MessageWritesBlocked"}},
            "Forbidden",
            "MessageWritesBlocked",
        ),
        (
            403,
            {"error": {"code": "X", "message": '{"subCode":"MessageWritesBlocked"}'}},
            "X",
            "MessageWritesBlocked",
        ),
        (404, {"error": {"code": "ConversationNotFound"}}, "ConversationNotFound", ""),
        (404, "", "", ""),
        (404, {"error": "x"}, "", ""),
        (404, [1], "", ""),
        (403, {"error": {"code": "two words\n"}}, "", ""),
        (413, "<html>Request Entity Too Large</html>", "MessageSizeTooBig", ""),
    ],
)
async def test_refusal_carries_teams_code_and_is_not_retried(
    wire: Wire, status: int, body: Any, code: str, sub_code: str
) -> None:
    wire.playing.planned.append(answers(status, body))
    with pytest.raises(TeamsRejected) as refused:
        await _send(wire)
    assert (refused.value.status, refused.value.code, refused.value.sub_code) == (status, code, sub_code)
    assert str(refused.value).endswith(f"({sub_code or code or f'HTTP {status}'}).")
    assert len(wire.playing.calls) == 1


@pytest.mark.parametrize("status", [500, 503])
async def test_server_error_raises_unavailable_without_a_retry(wire: Wire, status: int) -> None:
    wire.playing.planned.append(answers(status, "<html>"))
    with pytest.raises(Unavailable):
        await _send(wire)
    assert len(wire.playing.calls) == 1


@pytest.mark.parametrize("answer", [hangs_up, answers(200, "<html>Please sign in</html>")])
async def test_post_without_a_response_raises_outcome_unknown_and_is_not_retried(
    wire: Wire, answer: Any
) -> None:
    for call in (
        _send(wire),
        wire.connector.reply_to_activity(wire.playing.service_url, CONVERSATION, "1", HELLO),
        wire.connector.create_conversation(wire.playing.service_url, {}),
    ):
        wire.playing.planned.append(answer)
        with pytest.raises(OutcomeUnknown):
            await call
    assert len(wire.playing.calls) == 3


@pytest.mark.parametrize("answer", [hangs_up, answers(200, "<html>Please sign in</html>")])
async def test_repeatable_call_without_a_response_raises_unavailable(wire: Wire, answer: Any) -> None:
    url = wire.playing.service_url
    for call in (
        wire.connector.update_activity(url, CONVERSATION, "1", HELLO),
        wire.connector.delete_activity(url, CONVERSATION, "1"),
        wire.connector.read_member(url, CONVERSATION, "29:ann"),
    ):
        wire.playing.planned.extend([answer] * 2)  # aiohttp itself repeats what may be repeated once
        with pytest.raises(Unavailable) as away:
            await call
        assert not isinstance(away.value, OutcomeUnknown)
        wire.playing.planned.clear()


async def test_post_that_times_out_is_not_retried(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connector, "TIMEOUT_SECONDS", 0.2)
    async with new_http_session() as impatient:
        call = Connector(impatient, None, pause=wire._pause)
        wire.playing.gate = asyncio.Event()
        with pytest.raises(OutcomeUnknown):
            await call.send_activity(wire.playing.service_url, CONVERSATION, HELLO)
        with pytest.raises(Unavailable) as away:
            await call.update_activity(wire.playing.service_url, CONVERSATION, "1", HELLO)
        assert not isinstance(away.value, OutcomeUnknown)
    assert [method for method, _path, _body in wire.playing.calls] == ["POST", "PUT"]
    assert wire.paused == []


async def test_post_that_was_not_sent_raises_unavailable(wire: Wire) -> None:
    with pytest.raises(Unavailable) as away:
        await wire.connector.send_activity(f"http://127.0.0.1:{free_port()}", CONVERSATION, HELLO)
    assert not isinstance(away.value, OutcomeUnknown)


@pytest.mark.parametrize(
    "url", ["http://smba.example.com/", "file:///etc/passwd", "", "https://", "http://[", "//x"]
)
async def test_token_is_sent_to_https_or_loopback_addresses_only(wire: Wire, url: str) -> None:
    with pytest.raises(Rejected):
        await wire.connector.send_activity(url, CONVERSATION, HELLO)
    assert wire.playing.tokens_shown == []


async def test_redirect_is_not_followed(wire: Wire) -> None:
    wire.playing.planned.append(answers(307, "", Location=f"{wire.playing.service_url}elsewhere"))
    with pytest.raises(Unavailable):
        await _send(wire)
    assert len(wire.playing.calls) == 1


async def test_half_a_character_in_a_message_is_sent(wire: Wire) -> None:
    await wire.connector.send_activity(wire.playing.service_url, CONVERSATION, {"text": "\ud83d"})
    assert wire.playing.calls[0][2] == {"text": "\ud83d"}
