"""How old stored knowledge about a person may be when a command relies on it."""

from datetime import datetime, timedelta
from typing import assert_never

from bot.commands import (
    AddRule,
    AdminHelp,
    AdminStatus,
    AnswerOffer,
    Auth,
    CancelPlan,
    ChangeAdmin,
    Command,
    ConfirmAccount,
    ConnectAccount,
    Create,
    CreateSeveral,
    DeclineInvitation,
    EndOutage,
    Hello,
    Help,
    History,
    Invite,
    Leave,
    ListAdmins,
    ListOpen,
    Logout,
    MovePlan,
    Notify,
    OnPlan,
    OnSession,
    OpenForm,
    OpenInviteForm,
    OpenOutageForm,
    OpenPlanForm,
    OpenPolicyForm,
    OpenTransferForm,
    PlanSession,
    RemoveRule,
    ReportOutage,
    Retry,
    ReuseConnection,
    RunDoctor,
    SendAgain,
    Show,
    ShowAuditLog,
    ShowCard,
    ShowConnections,
    ShowHome,
    ShowOutageCard,
    ShowOutageLinks,
    ShowPolicy,
    ShowReport,
    StartPlan,
    Status,
    SwitchIntegration,
    SwitchWidget,
    Transfer,
    TryRule,
    Uninvite,
    Verb,
    WithdrawOffer,
)
from bot.model.technician import KnownUser

DIRECTORY_FRESH = timedelta(minutes=10)
"""Oldest technician list accepted for a technician who is on it."""
DIRECTORY_FRESH_FOR_UNLISTED = timedelta(seconds=15)
"""Oldest technician list accepted for somebody who is not on it: they may have been added a minute ago."""
STALE_LIMIT = timedelta(hours=24)
"""Oldest technician list accepted while ServiceDesk Plus is down, or for read-only commands."""
PROFILE_FRESH = timedelta(hours=1)
"""Oldest chat profile accepted for a command that neither reveals a link nor moves a switch."""
LOOK_AGAIN_AFTER = timedelta(minutes=1)
"""Oldest chat profile accepted where a job shows a link to a person. A command that does so accepts none: see ``looks_again``."""


def looks_again(command: Command) -> bool:  # noqa: C901, PLR0911 - one case a kind of command
    """Whether the sender is looked up again for this command, because its answer reveals a link or it moves a switch.

    Somebody may have become a guest, or have left, since their profile was read. A new kind of command must be put into
    one of the cases. Links that come later, by a job, are checked by ``bot/workflows/careful_chat.py``.
    """
    match command:
        case OnSession(verb):
            return verb in {Verb.ENTER, Verb.LINK}
        case AnswerOffer(accepts=accepts):
            return accepts  # a session changes hands
        case SwitchIntegration() | SwitchWidget() | ChangeAdmin() | ConfirmAccount() | ReuseConnection():
            return True
        case AddRule() | RemoveRule() | Invite():
            return True  # a rule, or a way in for somebody else
        case ShowReport():
            return True  # its link opens outside the chat, where nobody looks at the account
        case ShowCard() | ShowOutageCard():
            return (
                True  # Teams asks for it by itself. It gets no answer later, so Teams looks before it is run.
            )
        case Auth() | ShowConnections() | ConnectAccount():
            return False  # their link signs in at TeamViewer, and opens no session
        case ShowOutageLinks():
            return True
        case (
            Create()
            | CreateSeveral()
            | ReportOutage()
            | Retry()
            | Show()
            | ShowHome()
            | OpenForm()
            | OpenOutageForm()
            | SendAgain()
        ):
            return False  # a job shows what follows
        case (
            Help()
            | Hello()
            | Status()
            | ListOpen()
            | History()
            | Notify()
            | DeclineInvitation()
            | Transfer()
            | OpenTransferForm()
            | WithdrawOffer()
            | Logout()
            | Uninvite()
            | Leave()
            | OpenInviteForm()
            | EndOutage()
            | PlanSession()
            | OpenPlanForm()
            | MovePlan()
            | CancelPlan()
            | StartPlan()
            | OnPlan()
            | AdminHelp()
            | AdminStatus()
            | ListAdmins()
            | ShowAuditLog()
            | RunDoctor()
            | ShowPolicy()
            | OpenPolicyForm()
            | TryRule()
        ):
            return False
        case _:
            assert_never(command)


def is_fresh_enough(
    known_user: KnownUser, command: Command, now: datetime, *, is_looked_at: bool = False
) -> bool:
    """Whether what is stored about a person is recent enough to run their command at once.

    ``is_looked_at``: their profile was read for this command.
    """
    if known_user.listed_at is None or (looks_again(command) and not is_looked_at):
        return False
    oldest_profile, oldest_list = _oldest_accepted(known_user, command)
    return now - known_user.profile_read_at < oldest_profile and now - known_user.listed_at < oldest_list


def _oldest_accepted(known_user: KnownUser, command: Command) -> tuple[timedelta, timedelta]:
    """Return the age limits of the profile and of the technician list."""
    if known_user.listed_as is None:
        return PROFILE_FRESH, DIRECTORY_FRESH_FOR_UNLISTED
    # Read-only commands go on working through an outage: a stale list can at most show what its reader saw yesterday.
    if isinstance(command, Help | Hello | Status | ListOpen | History):
        return STALE_LIMIT, STALE_LIMIT
    return PROFILE_FRESH, DIRECTORY_FRESH
