"""Make the error for each way in which a call of TeamViewer can fail."""

import re
from http import HTTPStatus

from adapters.http import NoResponse
from adapters.teamviewer.api_response import ApiResponse
from bot.errors import NotAuthorized, OutcomeUnknown, Rejected, Unavailable
from bot.i18n import Text, Words, _
from bot.model.session import Kind

RATE_LIMIT_PAUSE_SECONDS = 60.0
"""Pause after a rate limit that names none (undocumented, assumed)."""

_TRANSIENT = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY})
_LICENCE_LIMIT = re.compile(r"licen[sc]e limitation", re.IGNORECASE)
"""Seen in production traffic: too many sessions are open at a time."""
_PILOT_LICENCE = re.compile(r"\bassist\b|\bAR\b|augmented reality|\bpilot\b", re.IGNORECASE)
_TENSOR_LICENCE = re.compile(r"\btensor\b|enterprise integration", re.IGNORECASE)
"""The two names of TeamViewer's guide to its integration with ServiceDesk Plus."""


def no_response_error(error: NoResponse, *, creates: bool) -> Unavailable:
    """Return the error for a call without a response."""
    return _unavailable_error(_("TeamViewer does not answer."), creates=creates and error.may_have_arrived)


def find_failure(response: ApiResponse, *, creates: bool) -> Unavailable | None:
    """Return the error for a response that neither accepts nor refuses the call. None if it does either."""
    if response.is_rate_limited:
        return _rate_limit_error(response)
    # A missing licence does not come back by itself, so it is no failure on TeamViewer's side.
    if response.names_licence:
        return None
    if response.status >= HTTPStatus.INTERNAL_SERVER_ERROR or response.status in _TRANSIENT:
        text = _("TeamViewer reports an error on its side.")
        return _unavailable_error(text, creates=creates, retry_after=response.retry_after)
    if response.is_refusal or (creates and response.created_code):
        return None
    if not response.is_success or response.payload is None:
        return unreadable_response_error(creates=creates)
    return None


def unreadable_response_error(*, creates: bool = False) -> Unavailable:
    """Return the error for a response that the API does not send, such as the page of a proxy or half a body."""
    return _unavailable_error(_("TeamViewer gave an answer that cannot be read."), creates=creates)


def not_confirmed_error(retry_after: float | None = None) -> OutcomeUnknown:
    """Return the error for a session that may have been created, or was created, but whose links are not known."""
    text = _("TeamViewer has not confirmed the session: it may exist there.")
    return OutcomeUnknown(text, retry_after=retry_after)


def _unavailable_error(text: Text, *, creates: bool, retry_after: float | None = None) -> Unavailable:
    return not_confirmed_error(retry_after) if creates else Unavailable(text, retry_after=retry_after)


def _rate_limit_error(response: ApiResponse) -> Unavailable:
    pause = RATE_LIMIT_PAUSE_SECONDS if response.retry_after is None else response.retry_after
    return Unavailable(_("TeamViewer accepts no more calls for now: there were too many."), retry_after=pause)


class PermissionMissing(NotAuthorized):
    """TeamViewer refuses a new token for one call: a permission is missing."""


def missing_permission_error() -> PermissionMissing:
    """Return the error for a new token that is refused: a permission is missing (seen in production traffic)."""
    return PermissionMissing(
        _(
            "TeamViewer does not permit this: the bot’s TeamViewer app or the TeamViewer account lacks a permission. "
            "Ask your administrator to grant it, then type {words}.",
            words=Words("auth"),
        )
    )


def lost_sign_in_error() -> NotAuthorized:
    """Return the error for a refresh token that was used, was revoked or has expired."""
    return NotAuthorized(
        _("The TeamViewer authorization is no longer valid. To renew it, type {words}.", words=Words("auth"))
    )


def refused_sign_in_error() -> NotAuthorized:
    """Return the error for an authorization code that is wrong, was used or is older than 10 minutes."""
    return NotAuthorized(
        _("TeamViewer did not accept the sign-in. To start it again, type {words}.", words=Words("auth"))
    )


def refused_app_error() -> Rejected:
    """Return the error for a wrong client id or secret."""
    return Rejected(
        _("TeamViewer does not know the bot’s app. Ask your administrator to check its client ID and secret.")
    )


def refusal_error(response: ApiResponse, kind: Kind | None = None) -> Rejected:
    """Return the error for a refused call, with TeamViewer's own explanation if there is one.

    ``kind`` is the kind of the session that the call was to create, if it was.
    """
    if response.error == "blocked":
        return Rejected(
            _(
                "TeamViewer blocks the address the bot calls from. Ask your administrator to have it unblocked."
            )
        )
    if response.names_licence:
        return _licence_error(response.reason, kind)
    if response.reason and kind is Kind.PILOT:
        # How a missing licence is worded is undocumented, so it may be the reason without being named.
        return Rejected(
            _(
                "TeamViewer refuses the Pilot session: {reason}. "
                "If the licence of your account lacks Assist AR, ask your TeamViewer administrator for it.",
                reason=response.reason.rstrip("."),
            )
        )
    if response.reason:
        return Rejected(_("TeamViewer refuses it: {reason}", reason=response.reason))
    return Rejected(_("TeamViewer refuses it and does not say why."))


def _licence_error(reason: str, kind: Kind | None) -> Rejected:
    """Return the error for a licence that does not allow a call. It does not quote TeamViewer, which speaks English only."""
    if _LICENCE_LIMIT.search(reason):
        return Rejected(
            _(
                "The TeamViewer licence allows no more sessions at a time. End one you no longer need, then try again."
            )
        )
    if not _TENSOR_LICENCE.search(reason) and (kind is Kind.PILOT or _PILOT_LICENCE.search(reason)):
        return Rejected(
            _(
                "The TeamViewer licence of your account does not include Pilot sessions (Assist AR). "
                "Ask your TeamViewer administrator to add it, or create a remote session instead, for example by {words}.",
                words=Words(_("create 123")),
            )
        )
    return Rejected(
        _(
            "The TeamViewer licence of your account does not allow this. "
            "Ask your TeamViewer administrator for TeamViewer Tensor with Enterprise Integrations."
        )
    )
