"""Where the bot's own access token comes from: Microsoft Entra ID, with one of three proofs, or a managed identity itself.

Source: Microsoft identity platform, "OAuth 2.0 client credentials flow" (shared secret; federated credential), and
"Managed identities for Azure resources". The managed identity is asked through Microsoft's own library (MSAL), which
knows where each of Azure's hosts answers.
"""

import asyncio
import functools
import json
import re
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any, Protocol

import structlog
from aiohttp import ClientError, ClientSession, ClientTimeout

from bot.errors import BotError, Rejected, Unavailable
from bot.i18n import _
from bot.model.secret import Secret
from bot.values import value_class

TIMEOUT_SECONDS = 10.0
_DEFAULT_LIFETIME_SECONDS = 3600
"""The shortest lifetime of Microsoft's tokens (Microsoft identity platform, access tokens)."""
_MAX_LIFETIME_SECONDS = 86400
SECRET_EXPIRED = 7000222
"""AADSTS7000222: the client secret of the app has expired (Microsoft Entra authentication and authorization error codes)."""
_ERROR_CODE = re.compile(r"[a-z_]{1,40}")
_IDENTITY_REFUSALS = frozenset(
    {"invalid_request", "invalid_client", "unauthorized_client", "invalid_resource", "access_denied"}
)
"""Errors with which a host refuses its identity. Any other may pass: MSAL reports each failure of App Service as
``invalid_scope``, also a status 500 (its source, ``managed_identity.py``)."""
_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
log = structlog.get_logger("teams")


@value_class
class FreshToken:
    """A token that was just issued."""

    token: Secret
    lifetime_seconds: int


class TokenSource(Protocol):
    """Issues access tokens for the Bot Connector."""

    async def fetch(self) -> FreshToken:
        """Return a new token. Raises Unavailable, Rejected."""
        ...


class SignInRefused(Rejected):
    """Microsoft Entra ID refuses the bot's sign-in. ``number`` is that of its AADSTS error, 0 if it named none."""

    def __init__(self, error: str, number: int) -> None:
        if number == SECRET_EXPIRED:
            text = _(
                "The client secret of the Teams app has expired ({error}). Ask your administrator to make a new one.",
                error=f"AADSTS{number}",
            )
        else:
            text = _(
                "Microsoft does not accept the bot’s sign-in ({error}). "
                "Ask your administrator to check the ID, credentials and tenant of the Teams app in the bot’s settings.",
                error=f"{error}, AADSTS{number}" if number else error,
            )
        super().__init__(text)
        self.number = number


class Proof(Protocol):
    """What shows Microsoft Entra ID that the caller is the app."""

    async def form_fields(self) -> Mapping[str, str]:
        """Return the fields of the token request that carry the proof. Raises Unavailable, Rejected."""
        ...


@value_class
class ClientSecret:
    """The secret of the app."""

    secret: Secret

    async def form_fields(self) -> Mapping[str, str]:
        """Return the secret's field."""
        return {"client_secret": self.secret.reveal()}


@value_class
class FederatedTokenFile:
    """A file with a token of an issuer that the app trusts, such as Kubernetes' for a service account."""

    path: Path

    async def form_fields(self) -> Mapping[str, str]:
        """Return the token as it is in the file now: the issuer replaces it about once an hour. Raises Unavailable."""
        try:
            token = (await asyncio.to_thread(self.path.read_text, encoding="utf-8")).strip()
        except (OSError, ValueError) as error:
            log.warning("federated token unreadable", error=type(error).__name__)
            token = ""
        if not token:
            raise Unavailable(_("The file with the federated token of the Teams app cannot be read."))
        return _assertion(Secret(token))


@value_class
class ManagedIdentity:
    """A user-assigned managed identity of the Azure host that the bot runs on.

    ``audience`` names whom its tokens are for. As a proof they are for Entra ID's token exchange; as a source
    (where the bot is registered as a managed identity itself) for the Bot Connector.
    """

    client_id: str
    audience: str

    async def form_fields(self) -> Mapping[str, str]:
        """Return the fields of an exchange. Raises Unavailable, Rejected."""
        return _assertion((await self.fetch()).token)

    async def fetch(self) -> FreshToken:
        """Return a token of the identity. Raises Unavailable, Rejected."""
        try:
            answer = await asyncio.to_thread(self._ask)
        # MSAL lets errors of its HTTP client and of its JSON parser through.
        except (OSError, ValueError) as error:
            log.warning("managed identity unanswered", error=type(error).__name__)
            raise _unavailable() from None
        if "error" in answer and answer["error"] not in _IDENTITY_REFUSALS:
            log.warning("managed identity failed")
            raise _unavailable()
        status = HTTPStatus.BAD_REQUEST if "error" in answer else HTTPStatus.OK
        return _read_token(status, answer)

    def _ask(self) -> dict[str, Any]:
        import msal  # noqa: PLC0415 - it is large, and needed only where this is set
        import requests  # noqa: PLC0415 - likewise

        with requests.Session() as session:
            # MSAL takes any object with these methods, and gives no time limit of its own.
            session.request = functools.partial(session.request, timeout=TIMEOUT_SECONDS)  # type: ignore[method-assign]  # of this one object
            identity = msal.UserAssignedManagedIdentity(client_id=self.client_id)
            # A client of its own for each call: its cache would return a token that the connector has refused.
            client = msal.ManagedIdentityClient(identity, http_client=session)
            answer = client.acquire_token_for_client(resource=self.audience)
        return answer if isinstance(answer, dict) else {}


class EntraTokens:
    """Tokens that Microsoft Entra ID issues to the app, by a proof."""

    def __init__(
        self, session: ClientSession, token_url: str, app_id: str, proof: Proof, *, scope: str
    ) -> None:
        self._session = session
        self._token_url = token_url
        self._app_id = app_id
        self._proof = proof
        self._scope = scope

    async def fetch(self) -> FreshToken:
        """Return a new token. Raises Unavailable, Rejected."""
        form = {
            "grant_type": "client_credentials",
            "client_id": self._app_id,
            "scope": self._scope,
            **await self._proof.form_fields(),
        }
        timeout = ClientTimeout(total=TIMEOUT_SECONDS)
        try:
            async with self._session.post(
                self._token_url, data=form, timeout=timeout, allow_redirects=False
            ) as answer:
                status, body = answer.status, _json_object(await answer.read())
        except (ClientError, TimeoutError) as error:
            log.warning("token unanswered", error=type(error).__name__)
            raise _unavailable() from None
        return _read_token(status, body)


def _assertion(token: Secret) -> Mapping[str, str]:
    return {"client_assertion_type": _ASSERTION_TYPE, "client_assertion": token.reveal()}


def _read_token(status: int, body: dict[str, Any]) -> FreshToken:
    token = body.get("access_token")
    if status != HTTPStatus.OK or not isinstance(token, str) or not token:
        raise _refusal(status, body)
    return FreshToken(Secret(token), _lifetime_seconds(body))


def _json_object(answered: bytes) -> dict[str, Any]:
    try:
        body = json.loads(answered)
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def _lifetime_seconds(body: dict[str, Any]) -> int:
    try:
        return min(max(int(body["expires_in"]), 1), _MAX_LIFETIME_SECONDS)
    except (KeyError, TypeError, ValueError, OverflowError):
        return _DEFAULT_LIFETIME_SECONDS


def _refusal(status: int, body: dict[str, Any]) -> BotError:
    """Return the error to raise. It names Microsoft's error code only: its sentences quote ids."""
    code = str(body.get("error", ""))
    error = code if _ERROR_CODE.fullmatch(code) else ""
    log.warning("token refused", status=status, error=error)
    refused = HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR
    if refused and error and error != "temporarily_unavailable" and status != HTTPStatus.TOO_MANY_REQUESTS:
        return SignInRefused(error, _error_number(body))
    return _unavailable()


def _error_number(body: dict[str, Any]) -> int:
    """Return the number of the AADSTS error, 0 if there is none (Microsoft identity platform, "Error codes")."""
    numbers = body.get("error_codes")
    first = numbers[0] if isinstance(numbers, list) and numbers else 0
    return first if isinstance(first, int) and not isinstance(first, bool) and first > 0 else 0


def _unavailable() -> Unavailable:
    return Unavailable(_("Microsoft’s sign-in service does not answer."))
