"""Jobs about planned sessions. The sweep creates them and enqueues the reminders (``bot/workflows/start_plans.py``)."""

from typing import ClassVar

from bot.jobs.queues import Queue
from bot.model.ids import PlanId
from bot.model.notice import Channel
from bot.model.plan import PlanNews
from bot.model.technician import Platform
from bot.values import value_class


@value_class
class PreparePlan:
    """Look up the request of a new planned session, then enqueue its card and the requester's mail."""

    tag: ClassVar[str] = "prepare_plan"
    queue: ClassVar[Queue] = Queue.LOOK_UP
    platform: Platform
    plan: PlanId


@value_class
class ShowPlan:
    """Update the card of a planned session. One job alone posts it (``posts``), so that two never post it at once."""

    tag: ClassVar[str] = "show_plan"
    queue: ClassVar[Queue] = Queue.ANSWER
    platform: Platform
    plan: PlanId
    posts: bool = False
    tries: int = 0


@value_class
class MailPlan:
    """Mail the requester about a planned session, and say on the request what came of it.

    ``sequence``: of the change that the mail is about. A later change has a mail of its own. ``to``: the address of who was the
    requester before, whose appointment is cancelled. Empty: the mail is for the requester.
    """

    tag: ClassVar[str] = "mail_plan"
    queue: ClassVar[Queue] = Queue.NOTICE
    channel: ClassVar[Channel] = Channel.MAIL
    plan: PlanId
    sequence: int
    news: PlanNews
    to: str = ""


@value_class
class TellOfPlan:
    """Send the technician of a planned session a private message about it. ``by``: who moved or cancelled it."""

    tag: ClassVar[str] = "tell_of_plan"
    queue: ClassVar[Queue] = Queue.MESSAGE
    plan: PlanId
    news: PlanNews
    by: str = ""
    tries: int = 0
