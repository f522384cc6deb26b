"""Commands for SDAdmins."""

from typing import ClassVar

from bot.commands.limits import LAST_PAGE
from bot.model.report import Period
from bot.model.switches import Location
from bot.values import value_class


@value_class
class AdminHelp:
    """List the administration commands."""

    tag: ClassVar[str] = "admin"
    only_reads: ClassVar[bool] = True


@value_class
class AdminStatus:
    """Show the switches."""

    tag: ClassVar[str] = "admin-status"
    only_reads: ClassVar[bool] = True


@value_class
class SwitchIntegration:
    """Switch the integration on or off."""

    tag: ClassVar[str] = "admin-integration"
    only_reads: ClassVar[bool] = False

    on: bool


@value_class
class SwitchWidget:
    """Switch the widget on or off, as a whole or at one ``location``."""

    tag: ClassVar[str] = "admin-widget"
    only_reads: ClassVar[bool] = False

    on: bool
    location: Location | None = None


@value_class
class ChangeAdmin:
    """Grant SDAdmin, or revoke it.

    ``user`` is the platform's id of an account, or an e-mail address.
    """

    tag: ClassVar[str] = "admin-grant"
    only_reads: ClassVar[bool] = False

    user: str
    on: bool = True


@value_class
class ShowReport:
    """Show the figures of a week or a month. It stores a grant for the page of the report."""

    tag: ClassVar[str] = "admin-report"
    only_reads: ClassVar[bool] = False

    period: Period = Period.WEEK


@value_class
class ShowPolicy:
    """List the rules about which sessions may be created."""

    tag: ClassVar[str] = "admin-policy"
    only_reads: ClassVar[bool] = True


@value_class
class OpenPolicyForm:
    """Open the form for a new rule."""

    tag: ClassVar[str] = "admin-policy-form"
    only_reads: ClassVar[bool] = True


@value_class
class TryRule:
    """Show which sessions of the last 30 days a rule would have refused. ``words`` are the rule as it is typed."""

    tag: ClassVar[str] = "admin-policy-try"
    only_reads: ClassVar[bool] = True

    words: str


@value_class
class AddRule:
    """Add a rule. ``words`` are the rule as it is typed."""

    tag: ClassVar[str] = "admin-policy-add"
    only_reads: ClassVar[bool] = False

    words: str


@value_class
class RemoveRule:
    """Remove the rule with this number."""

    tag: ClassVar[str] = "admin-policy-remove"
    only_reads: ClassVar[bool] = False

    number: int

    def __post_init__(self) -> None:
        if not 1 <= self.number <= LAST_PAGE:
            raise ValueError("no number of a rule")


@value_class
class ListAdmins:
    """List the SDAdmins."""

    tag: ClassVar[str] = "admin-admins"
    only_reads: ClassVar[bool] = True


@value_class
class ShowAuditLog:
    """Show the newest ``count`` entries of the audit log."""

    tag: ClassVar[str] = "admin-audit"
    only_reads: ClassVar[bool] = True

    count: int | None = None

    def __post_init__(self) -> None:
        if self.count is not None and self.count < 1:
            raise ValueError("no number of entries")


@value_class
class RunDoctor:
    """Check everything that the bot depends on."""

    tag: ClassVar[str] = "admin-doctor"
    only_reads: ClassVar[bool] = False
