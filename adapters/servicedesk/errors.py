"""Make the error for each way in which a call of ServiceDesk Plus can fail.

``writes``: the call writes, so without a clear response it may have been carried out.
"""

from adapters.http import NoResponse
from bot.errors import NotAuthorized, OutcomeUnknown, Rejected, Unavailable
from bot.i18n import Text, _

RATE_LIMIT_PAUSE_SECONDS = 300.0
"""Time for which the API refuses every call after too many calls (seen in production traffic)."""


def no_response_error(error: NoResponse, *, writes: bool) -> Unavailable:
    """Return the error for a call without a response."""
    return _unavailable_error(
        _("ServiceDesk Plus does not answer."), writes=writes and error.may_have_arrived
    )


def server_error(*, writes: bool) -> Unavailable:
    """Return the error for a failure of ServiceDesk Plus itself, perhaps after it carried out the call."""
    return _unavailable_error(_("ServiceDesk Plus reports an error on its side."), writes=writes)


def unreadable_response_error(*, writes: bool) -> Unavailable:
    """Return the error for a response that the API does not send: a sign-in page, a proxy's page, half a body."""
    return _unavailable_error(_("ServiceDesk Plus gave an answer that cannot be read."), writes=writes)


def partly_done_error(*, writes: bool) -> Unavailable:
    """Return the error for a call of which only a part was applied. Look up which part before a retry."""
    return _unavailable_error(_("ServiceDesk Plus did only part of what the bot asked."), writes=writes)


def _unavailable_error(text: Text, *, writes: bool) -> Unavailable:
    if writes:
        return OutcomeUnknown(_("ServiceDesk Plus has not confirmed it: it may have been done."))
    return Unavailable(text)


def rate_limit_error(retry_after: float | None) -> Unavailable:
    """Return the error for a call that was not carried out, because there were too many."""
    pause = RATE_LIMIT_PAUSE_SECONDS if retry_after is None else retry_after
    text = _("ServiceDesk Plus accepts no more calls for some minutes: there were too many.")
    return Unavailable(text, retry_after=pause)


class AccessRefused(NotAuthorized):
    """ServiceDesk Plus refuses a new token for one kind of call. Most likely the token lacks the scope of that call."""


def no_access_error(scope: str) -> AccessRefused:
    """Return the error for a new token that is refused. ``scope`` is the one that the call needs."""
    return AccessRefused(
        _(
            "ServiceDesk Plus refuses the bot’s access: its authorization lacks the scope {scope}, or was revoked. "
            "Ask your administrator to renew it.",
            scope=scope,
        )
    )


def forbidden_error() -> Rejected:
    """Return the error for a call that the role of the bot's account does not allow."""
    return Rejected(
        _(
            "ServiceDesk Plus does not allow the bot to do this. "
            "Ask your administrator to check the role of the bot’s account there."
        )
    )


def missing_error() -> Rejected:
    """Return the error for a path at which nothing exists."""
    return Rejected(
        _(
            "ServiceDesk Plus does not find it: the request is gone, or the name of the portal is wrong in the "
            "bot’s settings."
        )
    )


def refusal_error(reason: str) -> Rejected:
    """Return the error for a refused call, with ServiceDesk Plus' own explanation if there is one."""
    if reason:
        return Rejected(_("ServiceDesk Plus refuses it: {reason}", reason=reason))
    return Rejected(_("ServiceDesk Plus refuses it and does not say why."))
