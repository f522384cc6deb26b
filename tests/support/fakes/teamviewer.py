"""A fake of TeamViewer."""

# ruff: noqa: ARG002 - a fake has the signature of its port
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import ClassVar

from support.clock import Clock
from support.fakes.service import FakeService

from bot.model.connection import Account, Tokens
from bot.model.ids import Email, SessionCode
from bot.model.secret import Secret
from bot.model.session import Kind, RemoteSession
from bot.ports import (
    AssignedSession,
    ConnectionReport,
    NewRemoteSession,
    OpenSession,
    SessionStatus,
    TokenSource,
)
from bot.values import replace


class FakeTeamViewer(FakeService):
    """TeamViewer with one account. ``remote`` are the sessions that it created, by our session id.

    ``shown_online`` and ``shown_reports`` are what it answered last: what the bot can know.
    ``sms`` are the SMS that it accepted: session code, number and language.
    """

    port: ClassVar[str] = "TeamViewer"

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.owner = Account("u1", "Ana at TeamViewer", Email("ana@example.com"))
        self.created: list[NewRemoteSession] = []
        self.remote: dict[str, RemoteSession] = {}
        self.open_codes: set[SessionCode] = set()
        self.online: set[SessionCode] = set()
        self.unlisted: set[SessionCode] = set()
        self.reports: list[ConnectionReport] = []
        self.shown_online: set[SessionCode] = set()
        self.shown_reports: dict[str, ConnectionReport] = {}
        self.assigned: dict[SessionCode, str] = {}
        self.revoked: list[str] = []
        self.verifiers: list[Secret] = []
        self.exchanged_with: list[Secret] = []
        self.sms: list[tuple[SessionCode, str, str]] = []
        self._clock = clock
        self._issued = 0

    def authorize_url(self, state: str, verifier: Secret) -> str:
        self.verifiers.append(verifier)
        return f"https://login.example/authorize?state={state}"

    def _issue_tokens(self) -> Tokens:
        self._issued += 1
        return Tokens(Secret(f"access-{self._issued}"), Secret(f"refresh-{self._issued}"), 86400)

    async def exchange(self, code: str, verifier: Secret) -> Tokens:
        tokens = self._issue_tokens()
        async with self._calling("exchange"):
            self.exchanged_with.append(verifier)
        return tokens

    async def refresh(self, refresh_token: Secret) -> Tokens:
        tokens = self._issue_tokens()
        async with self._calling("refresh"):
            pass
        return tokens

    async def revoke(self, access_token: Secret) -> None:
        async with self._calling("revoke"):
            self.revoked.append(access_token.reveal())

    async def account(self, access_token: Secret) -> Account:
        owner = self.owner
        async with self._calling("account"):
            pass
        return owner

    async def create_session(self, token: TokenSource, new: NewRemoteSession) -> RemoteSession:
        code = SessionCode(f"s10-000-{len(self.remote) + 1:03}")
        links = Secret(f"https://get.example/{code}"), Secret(f"https://start.example/{code}")
        # TeamViewer gives no such link for a Pilot session, as far as is known.
        browser = Secret(f"https://browser.example/{code}") if new.kind is Kind.REMOTE else None
        remote = RemoteSession(code, *links, self._clock() + timedelta(hours=24), browser)
        async with self._calling("create_session"):
            self.created.append(new)
            self.remote[new.key] = remote
            self.open_codes.add(code)
        return remote

    async def find_session(self, token: TokenSource, key: str) -> RemoteSession | None:
        remote = self.remote.get(key)
        found = remote if remote is not None and remote.code in self.open_codes else None
        async with self._calling("find_session"):
            pass
        return found

    async def open_sessions(self, token: TokenSource) -> Sequence[OpenSession]:
        listed = [OpenSession(code, code in self.online) for code in sorted(self.open_codes - self.unlisted)]
        async with self._calling("open_sessions"):
            pass
        for one in listed:
            self._show_online(one.code, is_online=one.is_online)
        return listed

    async def session_status(self, token: TokenSource, code: SessionCode) -> SessionStatus:
        status = SessionStatus(is_open=code in self.open_codes, is_online=code in self.online)
        async with self._calling("session_status"):
            pass
        self._show_online(code, is_online=status.is_online)
        return status

    def _show_online(self, code: SessionCode, *, is_online: bool) -> None:
        self.shown_online = self.shown_online | {code} if is_online else self.shown_online - {code}

    async def assigned_session(self, token: TokenSource, code: SessionCode) -> AssignedSession | None:
        remote = next((one for one in self.remote.values() if one.code == code), None)
        assigned = self.assigned.get(code, self.owner.user_id)
        async with self._calling("assigned_session"):
            pass
        return None if remote is None else AssignedSession(remote, assigned, is_open=code in self.open_codes)

    async def assign_session(self, token: TokenSource, code: SessionCode, user_id: str) -> None:
        async with self._calling("assign_session"):
            self.assigned[code] = user_id
            key = next(key for key, one in self.remote.items() if one.code == code)
            # Whether the supporter link changes is not documented: here it does.
            link = Secret(f"https://start.example/{code}/{user_id}")
            self.remote[key] = replace(self.remote[key], supporter_link=link)

    async def send_sms(self, token: TokenSource, code: SessionCode, number: Secret, language: str) -> None:
        async with self._calling("send_sms"):
            self.sms.append((code, number.reveal(), language))

    async def close_session(self, token: TokenSource, code: SessionCode) -> None:
        async with self._calling("close_session"):
            self.open_codes.discard(code)

    async def connection_reports(
        self, token: TokenSource, *, since: datetime, code: SessionCode | None = None
    ) -> Sequence[ConnectionReport]:
        reports = [
            one for one in self.reports if code in {None, one.code} and one.connection.started_at >= since
        ]
        async with self._calling("connection_reports"):
            pass
        self.shown_reports |= {one.connection.id: one for one in reports}
        return reports
