"""Whoever is not Slack gets an empty answer, and nothing of what they sent is logged."""

import hashlib
import hmac
import io
import time
from urllib.parse import urlencode

import aiohttp
import pytest
from support.bot import RunningBot

from sandbox.environment import Environment

MARK = "forged-7c1d"


def signed(secret: str, body: str, timestamp: str | None = None) -> dict[str, str]:
    """Sign a body as Slack does."""
    timestamp = timestamp or str(int(time.time()))
    digest = hmac.new(secret.encode(), f"v0:{timestamp}:{body}".encode(), hashlib.sha256).hexdigest()
    return {
        "X-Slack-Request-Timestamp": timestamp,
        "X-Slack-Signature": f"v0={digest}",
        "Content-Type": "application/x-www-form-urlencoded",
    }


def body_of(**more: str) -> str:
    return urlencode(
        {"command": "/tv", "text": f"create 101 --note {MARK}", "user_id": "U1", "team_id": "T1", **more}
    )


async def post(environment: Environment, body: str | bytes, headers: dict[str, str]) -> tuple[int, bytes]:
    async with (
        aiohttp.ClientSession() as client,
        client.post(
            environment.slack.events_url,
            data=io.BytesIO(body.encode() if isinstance(body, str) else body),
            headers=headers,
        ) as answer,
    ):
        return answer.status, await answer.read()


def _headers(kind: str, secret: str, body: str) -> dict[str, str]:
    good = signed(secret, body)
    forged = {
        "unsigned": {"Content-Type": good["Content-Type"]},
        "wrongly signed": signed("another secret", body),
        "old": signed(secret, body, str(int(time.time()) - 301)),
        # A minute more than Slack's limit of five: on a busy machine a second passes before the request arrives.
        "from the future": signed(secret, body, str(int(time.time()) + 360)),
        "non-numeric timestamp": good | {"X-Slack-Request-Timestamp": "yesterday"},
        "non-ASCII signature": good | {"X-Slack-Signature": "v0=é" + "0" * 63},
        "no signature": {name: value for name, value in good.items() if name != "X-Slack-Signature"},
        "another body": signed(secret, body + "&x=1"),
    }
    return forged[kind]


@pytest.mark.parametrize(
    "kind",
    [
        "unsigned",
        "wrongly signed",
        "old",
        "from the future",
        "non-numeric timestamp",
        "non-ASCII signature",
        "no signature",
        "another body",
    ],
)
async def test_a_forged_request_is_refused(
    environment: Environment, bot: RunningBot, capfd: pytest.CaptureFixture[str], kind: str
) -> None:
    """401, empty, and silent."""
    body = body_of(trigger_id="1.2.3")
    status, answer = await post(environment, body, _headers(kind, environment.slack.signing_secret, body))
    assert (status, answer) == (401, b"")
    shown = capfd.readouterr()
    assert MARK not in shown.out + shown.err


@pytest.mark.parametrize(
    "body", ["garbage", "payload=not-json", "{", "", "payload=%7B%7D", "hello=world", "[]"]
)
async def test_a_signed_body_that_cannot_be_read(
    environment: Environment, bot: RunningBot, body: str
) -> None:
    """400, empty."""
    assert await post(environment, body, signed(environment.slack.signing_secret, body)) == (400, b"")


async def test_a_signed_json_body_that_cannot_be_read(environment: Environment, bot: RunningBot) -> None:
    headers = signed(environment.slack.signing_secret, "{oops") | {"Content-Type": "application/json"}
    assert await post(environment, "{oops", headers) == (400, b"")


async def test_a_body_of_two_megabytes(environment: Environment, bot: RunningBot) -> None:
    """413, empty, signed or not."""
    body = "text=" + "x" * (2 * 1024 * 1024)
    assert await post(environment, body, signed(environment.slack.signing_secret, body)) == (413, b"")


async def test_the_url_check_of_slack_is_answered(environment: Environment, bot: RunningBot) -> None:
    """Slack's own handshake works."""
    body = '{"type":"url_verification","challenge":"c-1"}'
    headers = signed(environment.slack.signing_secret, body) | {"Content-Type": "application/json"}
    status, answer = await post(environment, body, headers)
    assert status == 200
    assert b"c-1" in answer


async def test_a_body_that_is_not_compressed_as_it_says(environment: Environment, bot: RunningBot) -> None:
    """400, empty."""
    headers = {"Content-Encoding": "gzip", **signed(environment.slack.signing_secret, "command=/tv")}
    assert await post(environment, b"command=/tv", headers) == (400, b"")
