"""A technician's authorization: sign-in, tokens, and whose they are."""

from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlencode

from adapters.teamviewer.api_response import Answer, Payload
from adapters.teamviewer.errors import app_refused, refusal, sign_in_lost, sign_in_refused
from adapters.teamviewer.payload import accepted, needed, text
from adapters.teamviewer.wire import Wire, permitted
from bot.model.connection import Account, Tokens
from bot.model.ids import email
from bot.model.secret import Secret

_SHORTEST_LIFE_SECONDS = 3600
"""The shorter of the two lives that TeamViewer API documentation 2023-03 prints (p. 14), where none is told."""


@dataclass(frozen=True, slots=True)
class App:
    """The bot's app at TeamViewer. ``redirect_uri`` is exactly the one registered there."""

    authorize_url: str
    client_id: str
    client_secret: Secret
    redirect_uri: str


class OAuth:
    """The calls that need no token yet, or a bare one."""

    def __init__(self, wire: Wire, app: App) -> None:
        self._wire = wire
        self._app = app

    def authorize_url(self, state: str) -> str:
        """Return the sign-in page (TeamViewer API documentation 2023-03, p. 13: ``display`` must be ``popup``)."""
        query = {
            "response_type": "code",
            "client_id": self._app.client_id,
            "redirect_uri": self._app.redirect_uri,
            "display": "popup",
            "state": state,
        }
        joint = "&" if "?" in self._app.authorize_url else "?"
        return f"{self._app.authorize_url}{joint}{urlencode(query)}"

    async def exchange(self, code: str) -> Tokens:
        """Turn a code into tokens (TeamViewer API documentation 2023-03, p. 14)."""
        answer = await self._grant(
            {"grant_type": "authorization_code", "code": code, "redirect_uri": self._app.redirect_uri}
        )
        if answer.is_refusal:
            raise sign_in_refused()
        return _tokens(answer)

    async def refresh(self, refresh_token: Secret) -> Tokens:
        """Turn a refresh token into new ones (TeamViewer API documentation 2023-03, p. 15).

        How a burnt one is refused is undocumented, so every other refusal is assumed to mean that.
        """
        answer = await self._grant({"grant_type": "refresh_token", "refresh_token": refresh_token.reveal()})
        if answer.is_refusal:
            raise sign_in_lost()
        return _tokens(answer)

    async def _grant(self, grant: dict[str, str]) -> Answer:
        """Ask for tokens. Raises Rejected, Unavailable.

        A 403 is about the bot's address and ``invalid_client`` about its own secret, neither about the grant: nobody
        has to authorize again because of them.
        """
        credentials = {
            "client_id": self._app.client_id,
            "client_secret": self._app.client_secret.reveal(),
        }
        answer = await self._wire.ask("POST", "/oauth2/token", form=grant | credentials)
        if answer.status == HTTPStatus.FORBIDDEN:
            raise refusal(Answer(answer.status, {"error": answer.error}, ""))
        if answer.error == "invalid_client":
            raise app_refused()
        return answer

    async def revoke(self, access_token: Secret) -> None:
        """Kill a token and its refresh token (TeamViewer API documentation 2023-03, p. 16)."""
        answer = await self._wire.ask("POST", "/oauth2/revoke", access_token)
        if not answer.refuses_token:
            accepted(answer)

    async def account(self, access_token: Secret) -> Account:
        """Tell whose a token is. Without the permission ``Account.ReadEmail`` there is no address."""
        payload = accepted(permitted(await self._wire.ask("GET", "/account", access_token)))
        user_id, address = needed(payload, "userid"), text(payload, "email")
        return Account(
            user_id, text(payload, "name") or address or user_id, email(address) if address else None
        )


def _tokens(answer: Answer) -> Tokens:
    payload = accepted(answer)
    refresh = text(payload, "refresh_token")
    return Tokens(
        Secret(needed(payload, "access_token")), Secret(refresh) if refresh else None, _life_seconds(payload)
    )


def _life_seconds(payload: Payload) -> int:
    """The number is told, and is believed: 86400 in production traffic, 3600 in the documentation's example."""
    try:
        return int(payload["expires_in"])
    except (KeyError, TypeError, ValueError, OverflowError):
        return _SHORTEST_LIFE_SECONDS
