"""The calls of a technician's authorization: sign-in, tokens, and the account that they belong to."""

import base64
import hashlib
from http import HTTPStatus
from typing import Protocol
from urllib.parse import urlencode

from adapters.dates import parse_seconds
from adapters.teamviewer.api import TeamViewerApi, require_permitted
from adapters.teamviewer.api_response import ApiResponse, Payload
from adapters.teamviewer.errors import (
    lost_sign_in_error,
    refusal_error,
    refused_app_error,
    refused_sign_in_error,
)
from adapters.teamviewer.fields import require_accepted, required_text, text_field
from bot.model.connection import Account, Tokens
from bot.model.ids import email
from bot.model.secret import Secret
from bot.values import value_class

_DEFAULT_LIFETIME_SECONDS = 3600
"""Assumed lifetime without ``expires_in``: the shorter of the two in TeamViewer API documentation 2023-03, p. 14."""
_LONGEST_LIFETIME_SECONDS = 366 * 86_400


@value_class
class App:
    """The bot's app at TeamViewer. ``redirect_uri`` is exactly the one registered there.

    ``uses_pkce``: sign-ins are bound to the bot by PKCE (RFC 7636). TeamViewer's OpenAPI file lists ``code_verifier`` for
    the exchange. Whether the sign-in page takes ``code_challenge`` is documented nowhere.
    """

    authorize_url: str
    client_id: str
    client_secret: Secret
    redirect_uri: str
    uses_pkce: bool = False


class NoteApp(Protocol):
    """Notes whether TeamViewer has just accepted the bot's app."""

    def __call__(self, *, is_accepted: bool) -> None: ...


def _note_nothing(*, is_accepted: bool) -> None:
    del is_accepted


class OAuthCalls:
    """The calls under ``/oauth2``, and ``/account``."""

    def __init__(self, api: TeamViewerApi, app: App, note_app: NoteApp | None = None) -> None:
        self._api = api
        self._app = app
        self._note_app: NoteApp = note_app or _note_nothing

    def make_authorize_url(self, state: str, verifier: Secret) -> str:
        """Return the address of the sign-in page (TeamViewer API documentation 2023-03, p. 13: ``display`` must be ``popup``)."""
        query = {
            "response_type": "code",
            "client_id": self._app.client_id,
            "redirect_uri": self._app.redirect_uri,
            "display": "popup",
            "state": state,
        }
        if self._app.uses_pkce:
            query |= {"code_challenge": _code_challenge(verifier), "code_challenge_method": "S256"}
        separator = "&" if "?" in self._app.authorize_url else "?"
        return f"{self._app.authorize_url}{separator}{urlencode(query)}"

    async def exchange_code(self, code: str, verifier: Secret) -> Tokens:
        """Exchange a code for tokens (TeamViewer API documentation 2023-03, p. 14)."""
        grant = {"grant_type": "authorization_code", "code": code, "redirect_uri": self._app.redirect_uri}
        if self._app.uses_pkce:
            grant["code_verifier"] = verifier.reveal()
        response = await self._request_tokens(grant)
        if response.is_refusal:
            raise refusal_error(response) if response.names_licence else refused_sign_in_error()
        return _read_tokens(response)

    async def refresh_tokens(self, refresh_token: Secret) -> Tokens:
        """Exchange a refresh token for new tokens (TeamViewer API documentation 2023-03, p. 15).

        How an invalid refresh token is refused is undocumented, so every other refusal is assumed to mean that.
        """
        response = await self._request_tokens(
            {"grant_type": "refresh_token", "refresh_token": refresh_token.reveal()}
        )
        if response.is_refusal:
            raise lost_sign_in_error()
        return _read_tokens(response)

    async def _request_tokens(self, grant: dict[str, str]) -> ApiResponse:
        """Request tokens for a grant. Raises Rejected, Unavailable.

        A 403 means the bot's address, and ``invalid_client`` its own secret. Neither means the grant, so nobody has to
        authorize again because of them.
        """
        credentials = {
            "client_id": self._app.client_id,
            "client_secret": self._app.client_secret.reveal(),
        }
        response = await self._api.call_once("POST", "/oauth2/token", form=grant | credentials)
        if response.status == HTTPStatus.FORBIDDEN:
            raise refusal_error(ApiResponse(response.status, {"error": response.error}, ""))
        if response.error == "invalid_client":
            self._note_app(is_accepted=False)
            raise refused_app_error()
        self._note_app(is_accepted=True)
        return response

    async def revoke_tokens(self, access_token: Secret) -> None:
        """Revoke a token and its refresh token (TeamViewer API documentation 2023-03, p. 16)."""
        response = await self._api.call_once("POST", "/oauth2/revoke", access_token)
        if not response.refuses_token:
            require_accepted(response)

    async def fetch_account(self, access_token: Secret) -> Account:
        """Return the account of a token. Its address is missing without the permission ``Account.ReadEmail``."""
        payload = require_accepted(
            require_permitted(await self._api.call_once("GET", "/account", access_token))
        )
        user_id, address = required_text(payload, "userid"), text_field(payload, "email")
        return Account(
            user_id, text_field(payload, "name") or address or user_id, email(address) if address else None
        )


def _code_challenge(verifier: Secret) -> str:
    """Return the challenge of a verifier, by the method S256 (RFC 7636, 4.2)."""
    digest = hashlib.sha256(verifier.reveal().encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _read_tokens(response: ApiResponse) -> Tokens:
    payload = require_accepted(response)
    refresh = text_field(payload, "refresh_token")
    return Tokens(
        Secret(required_text(payload, "access_token")),
        Secret(refresh) if refresh else None,
        _lifetime_seconds(payload),
    )


def _lifetime_seconds(payload: Payload) -> int:
    """Return ``expires_in``: 86400 in production traffic, 3600 in the documentation's example.

    A lifetime that no token has must not keep the tokens from being stored: a refresh token works once.
    """
    seconds = parse_seconds(payload.get("expires_in"), longest=_LONGEST_LIFETIME_SECONDS)
    return seconds or _DEFAULT_LIFETIME_SECONDS
