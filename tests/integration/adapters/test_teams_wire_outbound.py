"""The bot's own token and the connector: what is asked, what is repeated, and what is told when it fails."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from support.clock import Clock
from support.microsoft import APP, CONVERSATION, PASSWORD, answers, hangs_up, microsoft
from support.ports import free_port
from support.teams_wire import Wire, wire_to

from adapters.teams import connector
from adapters.teams.answer import TeamsRejected
from adapters.teams.connector import Connector, new_session
from bot.errors import OutcomeUnknown, Rejected, Unavailable
from bot.model.secret import Secret

QUOTED = "/v3/conversations/19%3Aabc%40thread.tacv2%3Bmessageid%3D1700000000000"
HELLO = {"type": "message", "text": "héllo"}


@pytest.fixture
async def wire(clock: Clock) -> AsyncIterator[Wire]:
    async with microsoft(clock) as playing, wire_to(playing) as whole:
        yield whole


async def _send(wire: Wire) -> str:
    return await wire.connector.send(wire.playing.service_url, CONVERSATION, HELLO)


async def test_each_call_is_the_api_s(wire: Wire) -> None:
    """Ids are quoted whole: they hold colons, semicolons, at signs and slashes."""
    call, url = wire.connector, wire.playing.service_url
    assert await call.send(url, CONVERSATION, HELLO) == "m1"
    assert await call.reply(url, CONVERSATION, "17/0:0", HELLO) == "m2"
    await call.typing(url, CONVERSATION)
    assert await call.update(url, CONVERSATION, "m1", HELLO) == "m4"
    await call.delete(url, CONVERSATION, "m1")
    assert await call.create_conversation(url, {"isGroup": False}) == "m6"
    wire.playing.planned.append(answers(200, {"id": "29:ann", "email": "ann@example.test"}))
    assert (await call.member(url.rstrip("/"), CONVERSATION, "29:ann"))["email"] == "ann@example.test"
    assert wire.playing.calls == [
        ("POST", f"{QUOTED}/activities", HELLO),
        ("POST", f"{QUOTED}/activities/17%2F0%3A0", HELLO),
        ("POST", f"{QUOTED}/activities", {"type": "typing"}),
        ("PUT", f"{QUOTED}/activities/m1", HELLO),
        ("DELETE", f"{QUOTED}/activities/m1", None),
        ("POST", "/v3/conversations", {"isGroup": False}),
        ("GET", f"{QUOTED}/members/29%3Aann", None),
    ]
    assert set(wire.playing.tokens_shown) == {"Bearer token-1"}


async def test_the_token_is_asked_for_once_and_kept_until_five_minutes_before_its_end(
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


async def test_a_token_of_a_short_life_is_not_asked_for_at_each_call(wire: Wire, clock: Clock) -> None:
    wire.playing.token_life = 60
    await wire.tokens.token()
    clock.move(seconds=29)
    assert await wire.tokens.token() == Secret("token-1")
    clock.move(seconds=2)
    assert await wire.tokens.token() == Secret("token-2")


async def test_a_token_serves_to_its_end_while_no_other_can_be_had(wire: Wire, clock: Clock) -> None:
    await wire.tokens.token()
    wire.playing.token_answer = (503, {})
    clock.move(seconds=3599)
    assert await wire.tokens.token() == Secret("token-1")
    clock.move(seconds=1)
    with pytest.raises(Unavailable):
        await wire.tokens.token()


async def test_a_refused_token_is_renewed_once(wire: Wire) -> None:
    """By all who were refused together, and not for ever."""
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
async def test_a_failed_sign_in_says_what_to_do_and_nothing_secret(
    wire: Wire, capsys: Any, status: int, body: Any, kind: type[Exception]
) -> None:
    wire.playing.token_answer = (status, body)
    with pytest.raises(kind) as failed:
        await _send(wire)
    said = capsys.readouterr()
    assert PASSWORD not in f"{failed.value!r} {failed.value} {said.out} {said.err}"
    assert wire.playing.calls == []


async def test_what_passes_is_tried_again(wire: Wire) -> None:
    """After as long as Teams says, else after two seconds, four, and eight, and a little more."""
    wire.playing.planned.extend([answers(429, {}, Retry_After="1"), answers(502, "<html>"), answers(412, {})])
    assert await _send(wire) == "m4"
    assert wire.paused[0] == 1
    assert 4 <= wire.paused[1] <= 5
    assert 8 <= wire.paused[2] <= 10


@pytest.mark.parametrize("status", [412, 429, 502, 504])
async def test_it_is_not_tried_for_ever(wire: Wire, status: int) -> None:
    wire.playing.planned.extend([answers(status, {})] * 9)
    with pytest.raises(Unavailable) as away:
        await _send(wire)
    assert not isinstance(away.value, OutcomeUnknown)
    assert len(wire.playing.calls) == connector.TRIES
    assert 14 <= sum(wire.paused) <= connector.LONGEST_WAIT_SECONDS


@pytest.mark.parametrize("header", ["21", "86400", "Wed, 24 Nov 2100 09:00:00 GMT"])
async def test_a_long_wait_is_left_to_the_durable_work(wire: Wire, header: str) -> None:
    wire.playing.planned.append(answers(429, {}, Retry_After=header))
    with pytest.raises(Unavailable) as away:
        await _send(wire)
    assert (away.value.retry_after or 0) > 20
    assert wire.paused == []
    assert len(wire.playing.calls) == 1


@pytest.mark.parametrize("header", ["soon", "-1", "", "\xb2"])
async def test_a_retry_after_that_cannot_be_read_counts_as_none(wire: Wire, header: str) -> None:
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
async def test_a_refusal_is_told_in_teams_own_words_and_not_repeated(
    wire: Wire, status: int, body: Any, code: str, sub_code: str
) -> None:
    wire.playing.planned.append(answers(status, body))
    with pytest.raises(TeamsRejected) as refused:
        await _send(wire)
    assert (refused.value.status, refused.value.code, refused.value.sub_code) == (status, code, sub_code)
    assert str(refused.value).endswith(f"({sub_code or code or f'HTTP {status}'}).")
    assert len(wire.playing.calls) == 1


@pytest.mark.parametrize("status", [500, 503])
async def test_other_errors_on_its_side_are_left_to_the_durable_work(wire: Wire, status: int) -> None:
    wire.playing.planned.append(answers(status, "<html>"))
    with pytest.raises(Unavailable):
        await _send(wire)
    assert len(wire.playing.calls) == 1


@pytest.mark.parametrize("answer", [hangs_up, answers(200, "<html>Please sign in</html>")])
async def test_a_post_without_an_answer_may_have_been_done_and_is_not_repeated(
    wire: Wire, answer: Any
) -> None:
    for call in (
        _send(wire),
        wire.connector.reply(wire.playing.service_url, CONVERSATION, "1", HELLO),
        wire.connector.create_conversation(wire.playing.service_url, {}),
    ):
        wire.playing.planned.append(answer)
        with pytest.raises(OutcomeUnknown):
            await call
    assert len(wire.playing.calls) == 3


@pytest.mark.parametrize("answer", [hangs_up, answers(200, "<html>Please sign in</html>")])
async def test_whatever_can_be_repeated_is_only_unavailable(wire: Wire, answer: Any) -> None:
    url = wire.playing.service_url
    for call in (
        wire.connector.update(url, CONVERSATION, "1", HELLO),
        wire.connector.delete(url, CONVERSATION, "1"),
        wire.connector.member(url, CONVERSATION, "29:ann"),
    ):
        wire.playing.planned.extend([answer] * 2)  # aiohttp itself repeats what may be repeated once
        with pytest.raises(Unavailable) as away:
            await call
        assert not isinstance(away.value, OutcomeUnknown)
        wire.playing.planned.clear()


async def test_a_post_that_times_out_is_not_repeated(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connector, "TIMEOUT_SECONDS", 0.2)
    async with new_session() as impatient:
        call = Connector(impatient, None, pause=wire._pause)
        wire.playing.gate = asyncio.Event()
        with pytest.raises(OutcomeUnknown):
            await call.send(wire.playing.service_url, CONVERSATION, HELLO)
        with pytest.raises(Unavailable) as away:
            await call.update(wire.playing.service_url, CONVERSATION, "1", HELLO)
        assert not isinstance(away.value, OutcomeUnknown)
    assert [method for method, _path, _body in wire.playing.calls] == ["POST", "PUT"]
    assert wire.paused == []


async def test_what_was_surely_not_sent_is_only_unavailable(wire: Wire) -> None:
    with pytest.raises(Unavailable) as away:
        await wire.connector.send(f"http://127.0.0.1:{free_port()}", CONVERSATION, HELLO)
    assert not isinstance(away.value, OutcomeUnknown)


@pytest.mark.parametrize(
    "url", ["http://smba.example.com/", "file:///etc/passwd", "", "https://", "http://[", "//x"]
)
async def test_the_token_goes_nowhere_but_to_https_or_this_machine(wire: Wire, url: str) -> None:
    with pytest.raises(Rejected):
        await wire.connector.send(url, CONVERSATION, HELLO)
    assert wire.playing.tokens_shown == []


async def test_a_redirect_is_not_followed(wire: Wire) -> None:
    wire.playing.planned.append(answers(307, "", Location=f"{wire.playing.service_url}elsewhere"))
    with pytest.raises(Unavailable):
        await _send(wire)
    assert len(wire.playing.calls) == 1


async def test_half_a_character_is_no_reason_to_break(wire: Wire) -> None:
    await wire.connector.send(wire.playing.service_url, CONVERSATION, {"text": "\ud83d"})
    assert wire.playing.calls[0][2] == {"text": "\ud83d"}
