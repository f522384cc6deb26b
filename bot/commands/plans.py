"""Commands about planned sessions: those that are created at a later time."""

from enum import StrEnum
from typing import ClassVar

from bot.commands.limits import MOST_AT_ONCE
from bot.model.ids import PlanId, RequestNumber, request_number
from bot.model.session import Kind
from bot.values import value_class


@value_class
class PlanSession:
    """Plan a session for a request, and for ``more`` of them: ``MOST_AT_ONCE`` at most, all different.

    ``at`` is the time as it was typed. All else is as in ``Create``, and counts for each of them.
    """

    tag: ClassVar[str] = "plan"
    only_reads: ClassVar[bool] = False

    number: RequestNumber
    at: str
    kind: Kind = Kind.REMOTE
    note: str = ""
    another: bool = False
    in_chat: bool = True
    more: tuple[RequestNumber, ...] = ()

    def __post_init__(self) -> None:
        if not len(set(self.numbers)) == len(self.numbers) <= MOST_AT_ONCE:
            raise ValueError("not several different requests")
        # Checked here, because a decoded command may have been changed by a client.
        if any(request_number(one) != one for one in self.numbers):
            raise ValueError("not a request's number")

    @property
    def numbers(self) -> tuple[RequestNumber, ...]:
        """The numbers of all requests."""
        return (self.number, *self.more)


@value_class
class OpenPlanForm:
    """Open the form in which another time is chosen (a button on the card of a planned session)."""

    tag: ClassVar[str] = "plan-form"
    only_reads: ClassVar[bool] = False

    plan: PlanId


@value_class
class MovePlan:
    """Move a planned session to another time. ``at`` is as in ``PlanSession``."""

    tag: ClassVar[str] = "plan-move"
    only_reads: ClassVar[bool] = False

    plan: PlanId
    at: str


@value_class
class CancelPlan:
    """Cancel a planned session."""

    tag: ClassVar[str] = "plan-cancel"
    only_reads: ClassVar[bool] = False

    plan: PlanId


@value_class
class StartPlan:
    """Create a planned session now."""

    tag: ClassVar[str] = "plan-start"
    only_reads: ClassVar[bool] = False

    plan: PlanId


class PlanVerb(StrEnum):
    """What is done to a planned session by a typed word."""

    START = "start"
    MOVE = "move"
    CANCEL = "cancel"


@value_class
class OnPlan:
    """Start, move or cancel the planned session of a request. ``at``: the new time, as in ``PlanSession``.

    A session is moved without a time where somebody wants to choose it in a form.
    """

    tag: ClassVar[str] = "on-plan"
    only_reads: ClassVar[bool] = False

    verb: PlanVerb
    number: RequestNumber
    at: str = ""
