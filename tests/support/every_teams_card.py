"""Every card that the product can make for Teams."""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

from support.hostile_views import NUMBER, HostileViews

from adapters.teams.render import render, render_home
from adapters.teams.render.answers import DialogAnswers
from adapters.teams.render.attachments import panel_attachment, request_result
from adapters.teams.team_channels import MOST_CHOICES, name_channel
from bot.model.ids import SessionId
from bot.model.plan import PlanState
from bot.model.session import Kind, State
from bot.typed_text import LONGEST_NOTE
from bot.values import replace
from bot.views.form import ChannelChoice, InviteForm, SessionForm
from bot.views.outage import OutageForm, RequestChoice
from bot.views.pages import RequestPanel, View
from bot.views.parts import Reader
from bot.views.plain import in_plain_text
from bot.views.plan_form import PlanForm
from bot.views.policy import PolicyForm
from bot.views.ready import ready_view
from bot.views.transfer_form import TransferForm
from bot.workflows.homes import RECENT

MOST_LISTED = 60


def every_card(
    made: HostileViews,
    language: str,
    lengths: tuple[int, ...],
    *,
    is_wanted: Callable[[str], bool] = lambda _name: True,
) -> Iterator[tuple[str, Any]]:
    """Yield every card by the name of its view, or those views whose name is wanted."""
    reader = Reader(language)
    for name, view in every_view(made, lengths):
        card = render(view, reader, viewers=["29:creator"]).card if is_wanted(name) else None
        if card is not None:
            yield name, card
    yield from other_cards(made, reader)


def every_view(
    made: HostileViews, lengths: tuple[int, ...] = (2, 10, MOST_LISTED)
) -> Iterator[tuple[str, View]]:
    """Yield every view that answers a command, with each of ``lengths`` of what it lists."""
    yield from made.cards()
    for many in lengths:
        pages = list(made.pages(many))
        yield from pages
        yield from ((f"{name} in plain text", in_plain_text(page)) for name, page in pages)
    for kind, note in itertools.product(Kind, ("", made.fill(LONGEST_NOTE))):
        yield f"form {kind}", SessionForm(NUMBER, kind, note, "19:abc@thread.tacv2")
        yield f"form of an outage {kind}", OutageForm(kind, note, "19:abc@thread.tacv2")
    yield "form to invite", InviteForm(SessionId("s"), NUMBER)
    yield "form of a rule", PolicyForm("19:abc@thread.tacv2", "America/Argentina/ComodRivadavia")
    for moves in (False, True):
        yield f"form of a transfer {moves}", TransferForm(SessionId("f" * 32), NUMBER, moves=moves)
    yield "form of a planned session", PlanForm(made.plan(PlanState.PLANNED))
    yield "form of no request", SessionForm(None, Kind.REMOTE, "", "")
    for count in (2, MOST_CHOICES):
        choices = [ChannelChoice(f"19:{'t' * 60} 19:{'c' * 60}", name_channel(made.fill(50), made.fill(50)))]
        yield f"form with {count} channels", SessionForm(NUMBER, Kind.REMOTE, "", "", choices * count)
        yield f"form of an outage with {count} channels", OutageForm(Kind.REMOTE, "", "", choices * count)
    chosen = [RequestChoice(NUMBER, made.fill(250))] * 20
    yield "form of an outage with requests", OutageForm(Kind.REMOTE, "", "", requests=chosen)
    yield "form of an outage with invitation", OutageForm(Kind.PILOT, "", "", offers_chat=True)
    yield "form with invitation", SessionForm(NUMBER, Kind.REMOTE, "", "", offers_chat=True)
    yield "ready in words", in_plain_text(ready_view(made.session(State.WAITING), has_card=False))


def other_cards(made: HostileViews, reader: Reader) -> Iterator[tuple[str, Any]]:
    """Yield the cards that are no answer to a command."""
    for name, page in [*made.homes(2), *made.homes(RECENT)]:
        yield name, render_home(page, reader)
    yield "form in a dialog", DialogAnswers().render(SessionForm(NUMBER, Kind.PILOT, "", "x"), reader).card
    yield "found request", request_result(made.request, reader, reader.language)["content"]
    yield (
        "found closed request",
        request_result(replace(made.request, is_closed=True), reader, reader.language)["content"],
    )
    for many in (2, MOST_LISTED):
        yield "preview", panel_attachment(panel_of(made, many), reader, reader.language)["content"]


def panel_of(made: HostileViews, many: int) -> RequestPanel:
    """Return the panel of a request with ``many`` sessions."""
    panel = dict(made.pages(many))["panel"]
    assert isinstance(panel, RequestPanel)
    return panel
