"""Each call to an outside system is measured, with the system and how it ended."""

from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
from aiohttp import ClientError, ClientSession, web
from prometheus_client import REGISTRY
from support.ports import free_port

from adapters.calls import measure_calls
from adapters.http import NoResponse, new_http_client, send_request
from adapters.notify.mailer import SmtpMailer
from adapters.notify.texter import AppriseTexter
from adapters.outside_calls import System
from adapters.slack.webapi import SlackWebApi, new_session
from bot.errors import BotError
from bot.model.secret import Secret
from bot.ports import Mail
from sandbox.server import Server

MAIL = Mail("ann@example.test", "Subject", "Text", "<p>Text</p>", "<ab12@tvbot>")
ENDS = pytest.mark.parametrize(
    ("status", "result"),
    [(200, "done"), (404, "refused"), (429, "rate_limited"), (503, "failed"), (0, "no_answer")],
)


def count(system: str, result: str) -> float:
    labels = {"system": system, "result": result}
    return REGISTRY.get_sample_value("tvbot_outside_call_seconds_count", labels) or 0.0


@pytest.fixture
async def url() -> AsyncIterator[str]:
    """A server that answers with the status, and Slack's code, that its address names. Status 0: it hangs up."""

    async def answer(request: web.Request) -> web.Response:
        status, code = int(request.match_info["status"]), request.match_info["code"]
        if not status:
            assert request.transport
            request.transport.abort()
        return web.json_response({"ok": code == "ok", "error": code}, status=status or 200)

    app = web.Application()
    app.router.add_route("*", "/{status}/{code}/{method:.*}", answer)
    server = Server(app)
    await server.start()
    yield server.url
    await server.stop()


@ENDS
async def test_call_to_an_api(url: str, status: int, result: str) -> None:
    before = count("servicedesk", result)
    async with new_http_client(system=System.SERVICEDESK) as http:
        with suppress(NoResponse):
            await send_request(http, "GET", f"{url}/{status}/ok/requests")
    assert count("servicedesk", result) == before + 1


@ENDS
async def test_call_through_a_session(url: str, status: int, result: str) -> None:
    before = count("teams", result)
    async with ClientSession(trace_configs=[measure_calls(System.TEAMS)]) as session:
        with suppress(ClientError):
            await (await session.post(f"{url}/{status}/ok/activities")).read()
    assert count("teams", result) == before + 1


@pytest.mark.parametrize(
    ("path", "result"),
    [
        ("200/ok", "done"),
        ("200/not_in_channel", "refused"),
        ("200/ratelimited", "rate_limited"),
        ("429/ratelimited", "rate_limited"),
        ("200/fatal_error", "failed"),
        ("503/ok", "failed"),
        ("0/ok", "no_answer"),
    ],
)
async def test_call_to_slack(url: str, path: str, result: str) -> None:
    """Slack says in the body what became of the call."""
    before = count("slack", result)
    async with new_session() as session:
        api = SlackWebApi(session, f"{url}/{path}", _no_token)
        with suppress(BotError):
            await api.call_with(Secret("token-1"), "chat.postMessage")
    assert count("slack", result) == before + 1


async def test_mail_and_sms_that_nobody_answers() -> None:
    before = count("mail", "no_answer"), count("sms", "no_answer")
    port = free_port()
    with suppress(BotError):
        await SmtpMailer(f"smtp://127.0.0.1:{port}?starttls=0", "desk@example.test").send(MAIL)
    with suppress(BotError):
        texter = AppriseTexter(Secret(f"json://127.0.0.1:{port}/sms/{{to}}"))
        await texter.send(Secret("+33612345678"), "hello")
    assert (count("mail", "no_answer"), count("sms", "no_answer")) == (before[0] + 1, before[1] + 1)


async def _no_token(_tenant: str) -> Secret:
    raise AssertionError
