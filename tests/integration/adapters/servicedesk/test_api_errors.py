"""Each failure of ServiceDesk Plus has its error. A write that may have happened has an unknown outcome."""

import asyncio
import logging
import socket
import traceback

import pytest
from aiohttp import web
from support.servicedesk_script import (
    ADD_NOTE,
    ID,
    NOTES,
    PAGE,
    REPLY,
    SUCCESS,
    TECHNICIANS,
    TOKEN,
    FakeTokens,
    Handler,
    Script,
    hangs_up,
    lists,
    refuses,
    says,
    tells,
)

from adapters.http import new_http_client
from adapters.servicedesk.client import ServiceDeskClient
from bot.errors import BotError, NotAuthorized, OutcomeUnknown, Rejected, Unavailable
from sandbox.server import Server

PARTLY = says(200, {"response_status": {"status_code": 3000, "status": "partial"}, "notification": {}})


FAILURES = [
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


@pytest.mark.parametrize(("answer", "on_read", "on_write"), FAILURES)
async def test_failure_maps_to_its_error_and_an_unclear_write_to_outcome_unknown(
    slack_user: Script, answer: Handler, on_read: type[BotError], on_write: type[BotError]
) -> None:
    slack_user.on(NOTES, answer)
    slack_user.on(ADD_NOTE, answer)
    with pytest.raises(BotError) as read:
        await slack_user.client.find_note(ID, "x")
    with pytest.raises(BotError) as written:
        await slack_user.client.add_note(ID, "x")
    assert (type(read.value), type(written.value)) == (on_read, on_write)
    assert TOKEN not in "".join(traceback.format_exception(written.value))


async def test_write_without_a_success_status_has_an_unknown_outcome(slack_user: Script) -> None:
    slack_user.on(ADD_NOTE, says(200, {"notice": "sign in first"}))
    with pytest.raises(OutcomeUnknown):
        await slack_user.client.add_note(ID, "x")


async def test_rate_limit_is_unavailable_with_the_time_to_retry(slack_user: Script) -> None:
    slack_user.on(TECHNICIANS, refuses(400, 4015), says(429, "", Retry_After="42"))
    for seconds in (300, 42):
        with pytest.raises(Unavailable) as caught:
            await slack_user.client.technicians()
        assert caught.value.retry_after == seconds


async def test_refusal_shows_the_reason_from_servicedesk_plus(slack_user: Script) -> None:
    slack_user.on(ADD_NOTE, refuses(400, 4001, field="level", message="Invalid Input"))
    with pytest.raises(Rejected, match="Invalid Input: level"):
        await slack_user.client.add_note(ID, "x")


async def test_refused_token_is_renewed_once_and_the_call_repeated(slack_user: Script) -> None:
    slack_user.on(ADD_NOTE, refuses(401, 4022), tells("request_note", id="5"))
    await slack_user.client.add_note(ID, "x")
    assert slack_user.tokens.refused == [f"{TOKEN}0"]
    assert [asked.token[-1] for asked in slack_user.asked[ADD_NOTE]] == ["0", "1"]


async def test_missing_scope_renews_the_token_only_once(slack_user: Script) -> None:
    slack_user.on(ADD_NOTE, says(401, PAGE), refuses(401, 4002), refuses(401, 4002))
    for _attempt in range(2):
        with pytest.raises(NotAuthorized, match=r"scope SDPOnDemand\.requests\.CREATE"):
            await slack_user.client.add_note(ID, "x")
    assert slack_user.tokens.refused == [f"{TOKEN}0"]
    slack_user.on(NOTES, refuses(401, 4022), lists("notes"))
    assert await slack_user.client.find_note(ID, "x") is None


async def test_write_that_could_not_connect_is_unavailable() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
        async with new_http_client(timeout=5) as http:
            client = ServiceDeskClient(http, api_url=url, web_urls=[url], portal=None, tokens=FakeTokens())
            with pytest.raises(Unavailable) as caught:
                await client.reply(REPLY)
    assert type(caught.value) is Unavailable


async def test_at_most_three_calls_run_at_once_and_the_default_portal_has_no_path() -> None:
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
    async with new_http_client(timeout=5) as http, asyncio.timeout(10):
        client = ServiceDeskClient(http, api_url=url, web_urls=[url], portal=None, tokens=FakeTokens())
        await asyncio.gather(*(client.technicians() for _call in range(9)))
    await server.stop()
    assert peak == 3


async def test_refused_call_logs_no_token(
    slack_user: Script, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    slack_user.on(NOTES, refuses(403, 4002, message=f"{TOKEN}0 may not"))
    with pytest.raises(Rejected):
        await slack_user.client.find_note(ID, "x")
    logged = caplog.text + capsys.readouterr().out
    assert "not done" in logged
    assert TOKEN not in logged
