"""What is raised for each way in which ServiceDesk Plus does not do what it is asked."""

from adapters.http import NoResponse
from bot.errors import NotAuthorized, OutcomeUnknown, Rejected, Unavailable
from bot.i18n import Text, _

LOCKED_SECONDS = 300.0
"""How long the API stays closed once there were too many calls (seen in production traffic)."""


def unanswered(error: NoResponse, *, writes: bool) -> Unavailable:
    """No answer came."""
    return _away(_("ServiceDesk Plus does not answer."), writes=writes and error.may_have_arrived)


def broken(*, writes: bool) -> Unavailable:
    """It failed on its side, perhaps after it had done what it was asked."""
    return _away(_("ServiceDesk Plus reports an error on its side."), writes=writes)


def unreadable(*, writes: bool) -> Unavailable:
    """It answered something else than its API does: a sign-in page, a page of a proxy, half an answer."""
    return _away(_("ServiceDesk Plus gave an answer that cannot be read."), writes=writes)


def partly_done(*, writes: bool) -> Unavailable:
    """Only a part was applied: which one has to be looked up before it is done again."""
    return _away(_("ServiceDesk Plus did only a part of what it was asked."), writes=writes)


def _away(text: Text, *, writes: bool) -> Unavailable:
    if writes:
        return OutcomeUnknown(_("ServiceDesk Plus has not confirmed it: it may have been done."))
    return Unavailable(text)


def rate_limited(retry_after: float | None) -> Unavailable:
    """There were too many calls; this one was not carried out."""
    pause = LOCKED_SECONDS if retry_after is None else retry_after
    text = _("ServiceDesk Plus takes no more calls for some minutes: there were too many.")
    return Unavailable(text, retry_after=pause)


def no_access() -> NotAuthorized:
    """A fresh token was refused: the authorization is revoked, or lacks the scope for this call."""
    return NotAuthorized(
        _(
            "ServiceDesk Plus refuses the bot’s access: its authorization was revoked or lacks a permission (scope). "
            "Ask your administrator to renew it."
        )
    )


def forbidden() -> Rejected:
    """The role of the account that the bot works with is too small."""
    return Rejected(
        _(
            "ServiceDesk Plus does not allow the bot to do this. "
            "Ask your administrator to check the role of the bot’s account there."
        )
    )


def missing() -> Rejected:
    """There is nothing at this address."""
    return Rejected(
        _(
            "ServiceDesk Plus does not find it: the request is gone, or the name of the portal is wrong in the "
            "bot’s settings."
        )
    )


def refusal(reason: str) -> Rejected:
    """Say why a call was refused, in ServiceDesk Plus's own words where it has any."""
    if reason:
        return Rejected(_("ServiceDesk Plus refuses it: {reason}", reason=reason))
    return Rejected(_("ServiceDesk Plus refuses it and does not say why."))
