"""The form in which another time is chosen for a planned session."""

from bot.i18n import Text, _
from bot.model.plan import Plan
from bot.values import value_class


@value_class
class PlanForm:
    """The form in which another time is chosen. It opens with the time that is planned."""

    plan: Plan


def plan_form_title(plan: Plan) -> Text:
    """Return what the form asks."""
    return _("When is the session for request #{number}?", number=plan.number)


def plan_form_hint(plan: Plan) -> Text:
    """Return what the times in the form mean."""
    return _("In the time zone {zone}.", zone=plan.timezone)
