"""The SMTP server of the simulated mail system, and its planned failures."""

import asyncio
import time
from typing import Literal, Protocol

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from sandbox.server import HOST

SmtpStage = Literal["rcpt", "data"]
"""The command of an SMTP dialogue that can be refused."""


class MailStore(Protocol):
    """Where the SMTP server delivers mail, and what tells it to fail."""

    slow_seconds: float
    drop_after_data: bool
    credentials: tuple[str, str] | None

    def take_refusal(self, stage: SmtpStage) -> str | None:
        """Remove and return the next planned refusal of a stage."""

    def receive_envelope(self, envelope: Envelope) -> None:
        """Store an accepted mail."""


class SmtpHandler:
    """Accepts or refuses recipients and mails. aiosmtpd calls the methods by these names."""

    def __init__(self, store: MailStore) -> None:
        self._store = store

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Reply to MAIL FROM."""
        if self._store.credentials is not None and not session.authenticated:
            return "530 5.7.0 Authentication required"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Reply to RCPT TO."""
        refusal = self._store.take_refusal("rcpt")
        if refusal is None:
            envelope.rcpt_tos.append(address)
        return refusal or "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """Reply to the end of DATA."""
        if self._store.slow_seconds:
            await asyncio.sleep(self._store.slow_seconds)
        if (refusal := self._store.take_refusal("data")) is not None:
            return refusal
        self._store.receive_envelope(envelope)
        if self._store.drop_after_data and server.transport is not None:
            server.transport.close()
            # Never reply: aiosmtpd cancels this handler when the connection is gone.
            await asyncio.get_running_loop().create_future()
        return "250 OK"


class SmtpServer(Controller):
    """The SMTP server in its own thread. Port 0 lets the system choose a free port."""

    def __init__(self, store: MailStore, port: int) -> None:
        super().__init__(SmtpHandler(store), hostname=HOST, port=port)
        self._store = store
        self._connections: list[SMTP] = []

    def factory(self) -> SMTP:
        """Create the protocol of one connection. Called by aiosmtpd."""
        connection = SMTP(
            self.handler,
            authenticator=self._authenticate,
            # The server is on loopback, and has no certificate.
            auth_require_tls=False,
            **self.SMTP_kwargs,
        )
        self._connections.append(connection)
        return connection

    def _authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, given: object
    ) -> AuthResult:
        """Compare a user name and a password. A wrong one gets the reply 535 (RFC 4954)."""
        expected = self._store.credentials
        if not isinstance(given, LoginPassword) or expected is None:
            return AuthResult(success=False, handled=False)
        user, password = (one.encode() for one in expected)
        return AuthResult(success=(given.login, given.password) == (user, password), handled=False)

    def _trigger_server(self) -> None:
        # aiosmtpd connects to `self.port` here to start serving, so a port chosen by the system must be known by now.
        assert isinstance(self.server, asyncio.Server)  # noqa: S101 - narrows the type only
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]  # aiosmtpd has no types

    def close_connections(self) -> None:
        """Close every open connection and wait until they are closed."""
        asyncio.run_coroutine_threadsafe(self._close_connections(), self.loop).result(timeout=5)

    async def _close_connections(self) -> None:
        deadline = time.monotonic() + 1
        while any(one.transport is not None for one in self._connections) and time.monotonic() < deadline:
            for connection in self._connections:
                if connection.transport is not None:
                    connection.transport.close()
            await asyncio.sleep(0)
