"""Forged and broken requests to the routes of Slack and Teams."""

import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from support.forgery import FORM, JSON, TOKENS, Forgery, ForgeryDraws
from support.in_teams import OTHER_TENANT


class ChatForgeries(ForgeryDraws):
    """Draws requests that Slack or Teams could have sent."""

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
            lambda: f"Bearer {self._random.choice(TOKENS[1:4])}",
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
