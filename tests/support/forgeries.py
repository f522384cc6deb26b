"""Requests that nobody may send, and signed ones that nobody can read: made by a seeded generator, one by one."""

import asyncio
import hashlib
import hmac
import json
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any
from urllib.parse import urlencode

from aiohttp import ClientError, ClientSession
from support.bot import HOOK_SECRET
from support.in_teams import OTHER_TENANT
from support.slack_user import SlackUser
from support.teams_user import TeamsUser

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
AT_ONCE = 8
_UNKNOWN_INVOKE = 501
_JUNK: list[Any] = [
    None,
    True,
    0,
    -1,
    5,
    1e308,
    10**30,
    "",
    "x",
    "0",
    "x" * 5000,
    "\ud800",
    "\0",
    "<!channel>",
    "../../etc/passwd",
    "' OR 1=1 --",
    [],
    [None],
    [[]],
    {},
    {"id": 5},
    {"": ""},
]
_TOKENS = ["", "x", "0" * 43, "%00", "é", "\udcff", "a" * 3000, "../x", "' OR 1=1 --", "null"]


@dataclass(frozen=True)
class Forgery:
    """One request. ``kind`` names it in a failure. ``is_forged``: it must be refused. Else it must only be answered."""

    kind: str
    method: str
    path: str
    body: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes = b""
    is_forged: bool = True


class Forger:
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
        self._random = random.Random(seed)  # noqa: S311 - the same draws for the same seed
        self._slack = technician.environment.slack
        self._teams = technician.environment.teams
        self._person = technician.technician
        self._channel = technician.channel
        self._chat = teams.personal
        self._number = number
        self._drawn = 0
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

    # Slack

    def _command(self, text: str) -> bytes:
        return urlencode(
            {
                "command": "/tv",
                "text": text,
                "team_id": self._slack.state.team_of(self._person.user).id,
                "user_id": self._person.user,
                "channel_id": self._channel,
                "trigger_id": f"forged.{self._drawn}",
            }
        ).encode()

    def _payload(self, kind: str) -> dict[str, Any]:
        team = self._slack.state.team_of(self._person.user).id
        user = {"id": self._person.user, "team_id": team}
        common = {"type": kind, "team": {"id": team}, "user": user, "trigger_id": f"forged.{self._drawn}"}
        match kind:
            case "block_actions":
                container = {"type": "message", "message_ts": "1.0", "channel_id": self._channel}
                action = {"action_id": "tv:1", "type": "button", "value": '["status"]'}
                return common | {
                    "channel": {"id": self._channel},
                    "container": container,
                    "actions": [action],
                }
            case "view_submission":
                view = {
                    "type": "modal",
                    "id": "V1",
                    "hash": "1",
                    "callback_id": "tv:form",
                    "state": {"values": {}},
                }
                return common | {"view": view}
            case "block_suggestion":
                return common | {"action_id": "request", "block_id": "request", "value": "1"}
            case "message_action":
                return common | {"callback_id": "tv_create_from_message", "message": {"text": "#1"}}
            case _:
                link = {"url": f"https://desk.example.test/requests/{self._number}"}
                event = {"user": self._person.user, "channel": self._channel, "links": [link], "tab": "home"}
                event["type"] = self._random.choice(["app_home_opened", "link_shared", "tokens_revoked"])
                return {"type": "event_callback", "team_id": team, "event_id": "Ev1", "event": event}

    def _any_payload(self) -> tuple[bytes, str]:
        kind = self._random.choice(
            ["block_actions", "view_submission", "block_suggestion", "message_action", "event_callback"]
        )
        payload = self._payload(kind)
        if kind == "event_callback":
            return json.dumps(payload).encode(), JSON
        return urlencode({"payload": json.dumps(payload)}).encode(), FORM

    def _sign_slack(self, body: bytes, *, secret: str = "", seconds: float = 0) -> dict[str, str]:
        at = str(int(time.time() + seconds))
        key = (secret or self._slack.signing_secret).encode()
        digest = hmac.new(key, b"v0:" + at.encode() + b":" + body, hashlib.sha256).hexdigest()
        return {"X-Slack-Request-Timestamp": at, "X-Slack-Signature": f"v0={digest}"}

    def _forged_slack(self) -> Forgery:
        text = self._random.choice(["logout", f"end {self._number}", f"link {self._number}", "admin disable"])
        body, content_type = (
            (self._command(text), FORM) if self._random.random() < 0.6 else self._any_payload()
        )
        good = self._sign_slack(body)
        signature, at = good["X-Slack-Signature"], good["X-Slack-Request-Timestamp"]
        headers = self._random.choice(
            [
                {},
                {"X-Slack-Signature": signature},
                {"X-Slack-Request-Timestamp": at},
                self._sign_slack(body, secret="guess"),
                self._sign_slack(body, seconds=-self._random.randint(400, 10**6)),
                self._sign_slack(body, seconds=self._random.randint(400, 10**6)),
                self._sign_slack(body + b"&x=1"),
                good | {"X-Slack-Signature": signature[:-1]},
                good | {"X-Slack-Signature": signature.replace("v0=", "v1=")},
                good | {"X-Slack-Signature": "v0=" + "é" * 64},
                good
                | {"X-Slack-Request-Timestamp": self._random.choice(["", "x", "1e9", "9" * 5000, at + ".0"])},
            ]
        )
        return Forgery(
            "forged slack", "POST", "/slack/events", body, {"Content-Type": content_type, **headers}
        )

    def _broken_slack(self) -> Forgery:
        kind = self._random.choice(
            ["block_actions", "view_submission", "block_suggestion", "message_action", "event_callback"]
        )
        payload = self._break(self._payload(kind))
        text = json.dumps(payload)
        body, content_type = (
            (text.encode(), JSON)
            if self._random.random() < 0.5
            else (urlencode({"payload": text}).encode(), FORM)
        )
        if self._random.random() < 0.1:
            body = self._break_bytes(body)
        headers = {"Content-Type": content_type, **self._sign_slack(body)}
        return Forgery(f"broken slack {text[:300]}", "POST", "/slack/events", body, headers, is_forged=False)

    # Teams

    def _activity(self, text: str) -> dict[str, Any]:
        activity = self._teams.build_activity(self._person.teams, self._chat, text=text)
        return {**activity, "id": f"forged-{self._drawn}"}

    def _forged_teams(self) -> Forgery:
        activity = self._activity(self._random.choice(["logout", f"end {self._number}", "admin disable"]))
        sign = self._teams.sign
        forged: list[Callable[[], str | None]] = [
            lambda: None,
            lambda: "",
            lambda: "Bearer ",
            lambda: f"Bearer {self._random.choice(_TOKENS[1:4])}",
            lambda: f"Basic {sign(activity)}",
            lambda: f"Bearer {sign(activity, exp=1)}",
            lambda: f"Bearer {sign(activity, nbf=2**33)}",
            lambda: f"Bearer {sign(activity, aud='somebody-else')}",
            lambda: f"Bearer {sign(activity, aud=None)}",
            lambda: f"Bearer {sign(activity, iss='https://evil.test')}",
            lambda: f"Bearer {sign(activity, serviceurl='https://evil.test/')}",
            lambda: f"Bearer {sign(activity, serviceurl=None)}",
            lambda: f"Bearer {sign(activity, alg='none')}",
            lambda: f"Bearer {sign(activity, alg='HS256')}",
            lambda: f"Bearer {sign(activity)[:-4]}AAAA",
        ]
        authorization = self._random.choice(forged)()
        if self._random.random() < 0.2:
            authorization = f"Bearer {sign(activity)}"
            activity = {
                **activity,
                "channelData": {"tenant": {"id": OTHER_TENANT}},
                "conversation": {"id": "a"},
            }
        headers = {"Content-Type": JSON}
        if authorization is not None:
            headers["Authorization"] = authorization
        return Forgery("forged teams", "POST", "/api/messages", json.dumps(activity).encode(), headers)

    def _broken_teams(self) -> Forgery:
        activity = self._activity("help")
        token = self._teams.sign(activity)
        if self._random.random() < 0.5:
            name = self._random.choice(
                [
                    "adaptiveCard/action",
                    "composeExtension/query",
                    "composeExtension/submitAction",
                    "application/search",
                ]
            )
            value = {"action": {"type": "Action.Execute", "verb": "tv", "data": {"command": '["status"]'}}}
            activity |= {"type": "invoke", "name": name, "value": value}
        body = json.dumps(self._break(activity)).encode()
        if self._random.random() < 0.1:
            body = self._break_bytes(body)
        headers = {"Content-Type": JSON, "Authorization": f"Bearer {token}"}
        return Forgery(
            f"broken teams {body[:900]!r}", "POST", "/api/messages", body, headers, is_forged=False
        )

    # The browser's routes, the hook and the pages

    def _sign_in(self) -> Forgery:
        token = self._random.choice(_TOKENS)
        path, cookie = "/oauth/teamviewer/", {"Cookie": f"tvbot-sign-in-1={token}; tvbot-sign-in-2=x"}
        query = urlencode({"state": token, "code": self._random.choice(_TOKENS)}, errors="surrogateescape")
        match self._random.randrange(4):
            case 0:
                return Forgery("start", "GET", f"{path}start?{query}")
            case 1:
                return Forgery("callback", "GET", f"{path}callback?{query}", headers=_printable(cookie))
            case 2:
                error = urlencode({"error": "denied", "state": token}, errors="surrogateescape")
                return Forgery("denied", "GET", f"{path}callback?{error}", headers=_printable(cookie))
            case _:
                form = urlencode({"confirmation": token}, errors="surrogateescape").encode()
                if self._random.random() < 0.3:
                    form = self._break_bytes(form)
                content_type = self._random.choice([FORM, JSON, "multipart/form-data; boundary=x", "x", ""])
                headers = {"Content-Type": content_type, **_printable(cookie)}
                if self._random.random() < 0.3:
                    headers["Origin"] = "https://evil.test"
                return Forgery("confirm", "POST", f"{path}confirm", form, headers)

    def _install(self) -> Forgery:
        """Make a request of a browser that adds the app: none of them may add it."""
        state, other = self._random.choice(self._states)
        junk = self._random.choice(_TOKENS)
        unsigned, _dot, signature = state.rpartition(".")
        late = f"{unsigned}0.{signature}"
        # The state in the address, and the one in the cookie
        states = [
            *((junk, junk), (junk, ""), (state, ""), (state, junk), (state, other), ("", state)),
            *((late, late), (f"{unsigned}.{junk}", f"{unsigned}.{junk}"), (state[:-1], state[:-1])),
            *((f"{junk}.{signature}", f"{junk}.{signature}"), (state + "é", state + "é"), (junk, state)),
        ]
        asked, cookie = self._random.choice(states)
        headers = _printable({"Cookie": f"tvbot-slack-install={cookie}"}) if cookie else {}
        query = urlencode({"state": asked, "code": junk}, errors="surrogateescape")
        match self._random.randrange(8):
            case 0:
                kind = self._random.choice(["GET", "HEAD"])
                return Forgery("install", kind, f"/slack/install?{query}", headers=headers, is_forged=False)
            case 1:
                method = self._random.choice(["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
                path = self._random.choice(["/slack/install", f"/slack/oauth_redirect?{query}"])
                return Forgery("install by another method", method, path, headers=headers)
            case 2:
                path = f"/slack/oauth_redirect?{urlencode({'error': 'access_denied', 'state': state})}"
                return Forgery("install denied", "GET", path, headers=headers, is_forged=False)
            case 3:
                path = f"/slack/oauth_redirect?{urlencode({'state': state})}"
                return Forgery("install without code", "GET", path, headers=_cookie(state))
            case 4:
                # Anybody can open the page and get a state. Slack knows no such code.
                path = f"/slack/oauth_redirect?{urlencode({'state': state, 'code': 'guess'})}"
                return Forgery("install with a guessed code", "GET", path, headers=_cookie(state))
            case _:
                return Forgery(
                    f"forged install {asked[:40]!r} with {cookie[:40]!r}",
                    "GET",
                    f"/slack/oauth_redirect?{query}",
                    headers=headers,
                )

    def _hook(self) -> Forgery:
        body = json.dumps({"event": "request_closed", "request_id": self._number}).encode()
        secret = self._random.choice(
            [None, "", HOOK_SECRET[:-1], HOOK_SECRET.upper(), "é", HOOK_SECRET + "0"]
        )
        headers = {"Content-Type": JSON} | ({} if secret is None else {"X-TVBot-Secret": secret})
        return Forgery("forged hook", "POST", "/hooks/servicedesk", body, headers)

    def _broken_hook(self) -> Forgery:
        body = json.dumps(self._break({"event": "another", "request_id": "1", "more": {"x": [1]}})).encode()
        if self._random.random() < 0.5:
            body = self._break_bytes(body)
        headers = {"Content-Type": self._random.choice([JSON, FORM, ""]), "X-TVBot-Secret": HOOK_SECRET}
        return Forgery(
            f"broken hook {body[:300]!r}", "POST", "/hooks/servicedesk", body, headers, is_forged=False
        )

    def _page(self) -> Forgery:
        token = "".join(self._random.choices("abcXYZ019-_", k=self._random.randint(1, 90)))
        path = self._random.choice(
            [
                f"/join/{token}",
                f"/join/{token}/qr.png",
                f"/join/{token}/rating",
                f"/join/{token}/%00",
                f"/enter/{token}",
                "/join/%ff%fe",
                f"/static/../{token}",
                "/static/%2e%2e/%2e%2e/etc/passwd",
                "/static//etc/passwd",
                f"/{token}",
                f"/api/messages/{token}",
                f"/slack/events?{token}",
                "/%00",
            ]
        )
        languages = self._random.choice(["", "fr;q=x", "fr;q=1e999, en;q=nan", "," * 500, "xx-" * 50, "é"])
        method = self._random.choice(["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
        return Forgery(f"page {path}", method, path, headers={"Accept-Language": languages})

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

    # How a payload is broken

    def _break(self, payload: Any) -> Any:
        """Return a payload in which one value to three are missing, or others than they should be."""
        broken = json.loads(json.dumps(payload))
        for _time in range(self._random.randint(1, 3)):
            broken = self._break_once(broken)
        return broken

    def _break_once(self, value: Any) -> Any:
        if isinstance(value, dict) and value and self._random.random() < 0.85:
            name = self._random.choice(list(value))
            if self._random.random() < 0.2:
                return {key: one for key, one in value.items() if key != name}
            return value | {name: self._break_once(value[name])}
        if isinstance(value, list) and value and self._random.random() < 0.6:
            place = self._random.randrange(len(value))
            return [*value[:place], self._break_once(value[place]), *value[place + 1 :]]
        if self._random.random() < 0.02:
            return _nest(self._random.choice([90, 150, 400]))
        return self._random.choice(_JUNK)

    def _break_bytes(self, body: bytes) -> bytes:
        place = self._random.randint(0, len(body))
        junk = self._random.choice([b"", b"\xff", b"\0", b"[" * 3000, b"{", b"&", b"%", b"NaN", b'"'])
        return body[:place] + junk + body[place + self._random.randint(0, 20) :]


@dataclass
class Outcome:
    """What came of many requests: how many had which status, and which ones were not answered as they must be."""

    statuses: Counter[int] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def add(self, forgery: Forgery, status: int) -> None:
        self.statuses[status] += 1
        # 501 is the Bot Framework's answer to an invoke that a bot does not know.
        is_right = (
            400 <= status < 500 if forgery.is_forged else 200 <= status < 500 or status == _UNKNOWN_INVOKE
        )
        is_closed = status == 0 and bool(forgery.raw)
        if not (is_right or is_closed):
            self.wrong.append(f"{status} for {forgery.kind}")


async def send_all(url: str, forgeries: Iterator[Forgery]) -> Outcome:
    """Send requests, a few at once."""
    outcome = Outcome()
    async with ClientSession() as client:

        async def send_some() -> None:
            for forgery in forgeries:
                outcome.add(forgery, await _send(client, url, forgery))

        await asyncio.gather(*(send_some() for _sender in range(AT_ONCE)))
    return outcome


async def _send(client: ClientSession, url: str, forgery: Forgery) -> int:
    if forgery.raw:
        return await _send_raw(url, forgery.raw)
    try:
        async with client.request(
            forgery.method,
            url + forgery.path,
            data=forgery.body,
            headers=forgery.headers,
            allow_redirects=False,
        ) as answer:
            await answer.read()
            return answer.status
    except ClientError as error:
        raise AssertionError(f"{type(error).__name__} for {forgery.kind}") from error


async def _send_raw(url: str, raw: bytes) -> int:
    """Send bytes that are no request. Return the status of the answer, or 0 where the connection is only closed."""
    host, _colon, port = url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        writer.write(raw)
        # The bot drops a complete request whose sender has closed already.
        if b"Connection: close" not in raw:
            writer.write_eof()
        line = await reader.readline()
        return int(line.split()[1]) if line else 0
    except ConnectionError:
        return 0
    finally:
        await close(writer)


async def close(writer: asyncio.StreamWriter) -> None:
    """Close a connection to its end: one that is only told to close is a warning when it is collected."""
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()


def _nest(levels: int) -> Any:
    nested: Any = 1
    for _level in range(levels):
        nested = {"a": nested}
    return nested


def _cookie(state: str) -> dict[str, str]:
    return {"Cookie": f"tvbot-slack-install={state}"}


def _printable(headers: dict[str, str]) -> dict[str, str]:
    """Return the headers without characters that aiohttp's client does not send."""
    return {name: value.replace("\udcff", "?") for name, value in headers.items()}
