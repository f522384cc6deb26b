"""Requests that nobody may send, and signed ones that nobody can read: made by a seeded generator, one by one."""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from support.chat_forgeries import ChatForgeries
from support.forgery import Forgery
from support.sent_forgeries import close, send_all
from support.slack_user import SlackUser
from support.teams_user import TeamsUser
from support.web_forgeries import WebForgeries

__all__ = ["Forger", "close", "send_all"]


class Forger(ChatForgeries, WebForgeries):
    """Draws requests against one installation, in the name of a connected technician with an open session.

    ``states`` were given out by the page that adds the app to Slack, and not used.
    """

    def __init__(
        self,
        seed: int,
        technician: SlackUser,
        teams: TeamsUser,
        number: str,
        *,
        states: Sequence[str] = ("", ""),
    ) -> None:
        super().__init__(seed, technician, teams, number)
        self._makers: list[Callable[[], Forgery]] = [
            *[self._forged_slack] * 4,
            *[self._broken_slack] * 3,
            *[self._forged_teams] * 4,
            *[self._broken_teams] * 2,
            self._sign_in,
            self._hook,
            self._broken_hook,
            self._install,
            self._page,
            self._raw,
            self._raw_header,
        ]
        self._installs = [self._install, self._raw_header]
        self._states = list(pairwise(states))

    def draw(self, number: int) -> Iterator[Forgery]:
        """Draw as many requests."""
        for _one in range(number):
            self._drawn += 1
            yield self._random.choice(self._makers)()

    def draw_installs(self, number: int) -> Iterator[Forgery]:
        """Draw as many requests to the routes that add the app."""
        for _one in range(number):
            self._drawn += 1
            yield self._random.choice(self._installs)()

    def _raw(self) -> Forgery:
        raw = self._random.choice(
            [
                b"GET / HTTP/9.9\r\n\r\n",
                b"\x16\x03\x01\x02\x00\x01\x00",
                b"GET /\x00 HTTP/1.1\r\nHost: x\r\n\r\n",
                b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
                b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
                b"POST /slack/events HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
                b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 500 + b"\r\n",
                b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\n\r\n",
                b"GET / HTTP/1.1\r\n: x\r\n\r\n",
                b"\r\n\r\n",
            ]
        )
        return Forgery(f"raw {raw[:60]!r}", "", "", raw=raw)

    def _raw_header(self) -> Forgery:
        """Make a request with bytes in a header, or in the address, that no browser sends."""
        junk = self._random.choice(
            [b"\xff", b"\xed\xa0\x80", b'"\xff"', b"a\xffb", b"%ff", b"\xc3\xa9", b"v0=\xff"]
        )
        query = self._random.choice(
            [b"state=%ff&code=x", b"state=%ed%a0%80&code=x", b"state=a&code=%ff", b"state=\xff&code=x"]
        )
        activity = json.dumps(self._activity("help")).encode()
        now = str(int(time.time())).encode()
        route, headers, body = self._random.choice(
            [
                (b"GET /slack/oauth_redirect?" + query, [b"Cookie: tvbot-slack-install=" + junk], b""),
                (
                    b"GET /slack/oauth_redirect?code=x&state=" + junk,
                    [b"Cookie: tvbot-slack-install=" + junk],
                    b"",
                ),
                (b"GET /slack/install?" + query, [b"Host: " + junk], b""),
                (b"GET /oauth/teamviewer/callback?" + query, [b"Cookie: tvbot-sign-in-1=" + junk], b""),
                (
                    b"POST /oauth/teamviewer/confirm",
                    [b"Cookie: tvbot-sign-in-1=" + junk, b"Origin: " + junk],
                    b"confirmation=%ff",
                ),
                (b"POST /api/messages", [b"Authorization: Bearer " + junk], activity),
                (b"POST /api/messages", [b"Authorization: " + junk, b"Content-Type: " + junk], activity),
                (
                    b"POST /slack/events",
                    [b"X-Slack-Request-Timestamp: " + now, b"X-Slack-Signature: v0=" + junk],
                    self._command("help"),
                ),
                (
                    b"POST /slack/events",
                    [b"X-Slack-Request-Timestamp: " + junk, b"X-Slack-Signature: x"],
                    b"x=1",
                ),
                (b"POST /hooks/servicedesk", [b"X-TVBot-Secret: " + junk], b"{}"),
                (b"GET /join/" + self._random.choice([b"%ff", b"\xff"]), [b"Accept-Language: " + junk], b""),
                (b"DELETE /about", [b"X-Forwarded-For: " + junk], b""),
            ]
        )
        length = b"Content-Length: %d" % len(body)
        lines = [route + b" HTTP/1.1", b"Host: x", *headers, length, b"Connection: close", b"", body]
        return Forgery(f"raw {route!r} {headers!r}", "", "", raw=b"\r\n".join(lines), is_forged=False)
