"""Forged and broken requests of browsers and of ServiceDesk Plus."""

import json
from urllib.parse import urlencode

from support.bot import HOOK_SECRET
from support.forgery import FORM, JSON, TOKENS, Forgery, ForgeryDraws, printable


class WebForgeries(ForgeryDraws):
    """Draws requests to the pages of the bot, and to its hook.

    ``states`` were given out by the page that adds the app to Slack, and not used.
    """

    _states: list[tuple[str, str]]

    def _sign_in(self) -> Forgery:
        token = self._random.choice(TOKENS)
        path, cookie = "/oauth/teamviewer/", {"Cookie": f"tvbot-sign-in-1={token}; tvbot-sign-in-2=x"}
        query = urlencode({"state": token, "code": self._random.choice(TOKENS)}, errors="surrogateescape")
        match self._random.randrange(4):
            case 0:
                return Forgery("start", "GET", f"{path}start?{query}")
            case 1:
                return Forgery("callback", "GET", f"{path}callback?{query}", headers=printable(cookie))
            case 2:
                error = urlencode({"error": "denied", "state": token}, errors="surrogateescape")
                return Forgery("denied", "GET", f"{path}callback?{error}", headers=printable(cookie))
            case _:
                form = urlencode({"confirmation": token}, errors="surrogateescape").encode()
                if self._random.random() < 0.3:
                    form = self._break_bytes(form)
                content_type = self._random.choice([FORM, JSON, "multipart/form-data; boundary=x", "x", ""])
                headers = {"Content-Type": content_type, **printable(cookie)}
                if self._random.random() < 0.3:
                    headers["Origin"] = "https://evil.test"
                return Forgery("confirm", "POST", f"{path}confirm", form, headers)

    def _install(self) -> Forgery:
        """Make a request of a browser that adds the app: none of them may add it."""
        state, other = self._random.choice(self._states)
        junk = self._random.choice(TOKENS)
        unsigned, _dot, signature = state.rpartition(".")
        late = f"{unsigned}0.{signature}"
        # The state in the address, and the one in the cookie
        states = [
            *((junk, junk), (junk, ""), (state, ""), (state, junk), (state, other), ("", state)),
            *((late, late), (f"{unsigned}.{junk}", f"{unsigned}.{junk}"), (state[:-1], state[:-1])),
            *((f"{junk}.{signature}", f"{junk}.{signature}"), (state + "é", state + "é"), (junk, state)),
        ]
        asked, cookie = self._random.choice(states)
        headers = printable({"Cookie": f"tvbot-slack-install={cookie}"}) if cookie else {}
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


def _cookie(state: str) -> dict[str, str]:
    return {"Cookie": f"tvbot-slack-install={state}"}
