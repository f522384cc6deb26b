"""What is raised for each way in which TeamViewer does not do what it is asked."""

import re
from http import HTTPStatus

from adapters.http import NoResponse
from adapters.teamviewer.api_response import Answer
from bot.errors import NotAuthorized, OutcomeUnknown, Rejected, Unavailable
from bot.i18n import Text, Words, _

RATE_LIMIT_PAUSE_SECONDS = 60.0
"""How long to stay away where a rate limit does not say (undocumented, assumed)."""

_TRANSIENT = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY})
_LICENCE = re.compile(r"licen[sc]e limitation", re.IGNORECASE)


def unanswered(error: NoResponse, *, creates: bool) -> Unavailable:
    """No answer came."""
    return _away(_("TeamViewer does not answer."), creates=creates and error.may_have_arrived)


def trouble(answer: Answer, *, creates: bool) -> Unavailable | None:
    """Tell what is wrong with an answer that neither accepts nor refuses the call."""
    if answer.is_rate_limited:
        return _rate_limited(answer)
    if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR or answer.status in _TRANSIENT:
        text = _("TeamViewer reports an error on its side.")
        return _away(text, creates=creates, retry_after=answer.retry_after)
    if answer.is_refusal or (creates and answer.created_code):
        return None
    if not answer.is_success or answer.payload is None:
        return unreadable(creates=creates)
    return None


def unreadable(*, creates: bool = False) -> Unavailable:
    """It answered something else than its API does: a page of a proxy, half an answer."""
    return _away(_("TeamViewer gave an answer that cannot be read."), creates=creates)


def not_confirmed(retry_after: float | None = None) -> OutcomeUnknown:
    """A session may have been created, or was, and how it can be entered is not known yet."""
    text = _("TeamViewer has not confirmed the session: it may exist there.")
    return OutcomeUnknown(text, retry_after=retry_after)


def _away(text: Text, *, creates: bool, retry_after: float | None = None) -> Unavailable:
    return not_confirmed(retry_after) if creates else Unavailable(text, retry_after=retry_after)


def _rate_limited(answer: Answer) -> Unavailable:
    pause = RATE_LIMIT_PAUSE_SECONDS if answer.retry_after is None else answer.retry_after
    return Unavailable(_("TeamViewer takes no more calls for now: there were too many."), retry_after=pause)


def lacks_permission() -> NotAuthorized:
    """A fresh token was refused, so its age is not what is wrong (seen in production traffic)."""
    return NotAuthorized(
        _(
            "TeamViewer does not permit this: the bot’s TeamViewer app or the TeamViewer account lacks a permission. "
            "Ask your administrator to grant it, then type {words}.",
            words=Words("auth"),
        )
    )


def sign_in_lost() -> NotAuthorized:
    """The refresh token is burnt, revoked or too old."""
    return NotAuthorized(
        _("The TeamViewer authorization is no longer valid. To renew it, type {words}.", words=Words("auth"))
    )


def sign_in_refused() -> NotAuthorized:
    """The authorization code is wrong, was used or is older than 10 minutes."""
    return NotAuthorized(
        _("TeamViewer did not accept the sign-in. To start it again, type {words}.", words=Words("auth"))
    )


def app_refused() -> Rejected:
    """The client id or secret is wrong."""
    return Rejected(
        _("TeamViewer does not know the bot’s app. Ask your administrator to check its client ID and secret.")
    )


def refusal(answer: Answer) -> Rejected:
    """Say why a call was refused, in TeamViewer's own words where it has any."""
    if answer.error == "blocked":
        return Rejected(
            _(
                "TeamViewer blocks the address the bot calls from. Ask your administrator to have it unblocked."
            )
        )
    if _LICENCE.search(answer.text):
        return Rejected(
            _(
                "The TeamViewer licence allows no more sessions at a time. End one you no longer need, then try again."
            )
        )
    if answer.reason:
        return Rejected(_("TeamViewer refuses it: {reason}", reason=answer.reason))
    return Rejected(_("TeamViewer refuses it and does not say why."))
