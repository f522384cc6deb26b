"""Every view is rendered with hostile texts somewhere, so the limits of each platform are tested for all of them."""

from typing import get_args

from support.hostile_views import FLAVOURS, HostileViews

from bot.views.form import InviteForm, SessionForm
from bot.views.outage import OutageForm
from bot.views.pages import View
from bot.views.plan_form import PlanForm
from bot.views.policy import PolicyForm
from bot.views.transfer_form import TransferForm

FORMS = {InviteForm, SessionForm, OutageForm, PlanForm, PolicyForm, TransferForm}
"""A form has no texts of its own: what it shows is tested with the forms of each platform."""


def test_every_view_has_a_hostile_example() -> None:
    views = HostileViews(next(iter(FLAVOURS)))
    examples = {type(view) for _name, view in (*views.cards(), *views.pages(2))}
    missing = set(get_args(View)) - examples - FORMS
    assert not missing, f"tests/support/hostile_views.py has no {sorted(one.__name__ for one in missing)}"
