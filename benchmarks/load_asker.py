"""Ask the bot for ``help`` again and again, one answer after another, until the standard input closes.

``load.py`` starts it as a process of its own, so that its figures do not have the simulated outside systems in them. The
arguments are the bot's port, the secret that signs, the person and their workspace. It prints the waits in milliseconds.
"""

import hashlib
import hmac
import http.client
import itertools
import json
import select
import sys
import time
from http import HTTPStatus
from urllib.parse import urlencode

PAUSE_SECONDS = 0.01


def ask_until_told() -> list[float]:
    """Return how long each answer took, in milliseconds. Raises RuntimeError for a wrong answer."""
    port, secret, user, team = sys.argv[1:]
    connection = http.client.HTTPConnection("127.0.0.1", int(port))
    waited: list[float] = []
    for number in itertools.count():
        body, head = _command(secret, user, team, number)
        begun = time.perf_counter()
        connection.request("POST", "/slack/events", body, head)
        answer = connection.getresponse()
        content = answer.read()
        waited.append((time.perf_counter() - begun) * 1000)
        if answer.status != HTTPStatus.OK or b'"blocks"' not in content:
            raise RuntimeError(f"the bot answered {answer.status}: {content[:300]!r}")
        if select.select([sys.stdin], [], [], PAUSE_SECONDS)[0]:
            break
    return waited


def _command(secret: str, user: str, team: str, number: int) -> tuple[bytes, dict[str, str]]:
    fields = {
        "team_id": team,
        "channel_id": "D1",
        "user_id": user,
        "command": "/tv",
        "text": "help",
        "response_url": "https://hooks.slack.test/commands/1",
        "trigger_id": f"9.9.{number}",
    }
    body, at = urlencode(fields).encode(), str(int(time.time()))
    digest = hmac.new(secret.encode(), b"v0:" + at.encode() + b":" + body, hashlib.sha256).hexdigest()
    return body, {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Slack-Request-Timestamp": at,
        "X-Slack-Signature": f"v0={digest}",
    }


if __name__ == "__main__":
    print(json.dumps(ask_until_told()))
