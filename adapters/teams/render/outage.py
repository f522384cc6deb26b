"""The card of an outage, and the form that reports one."""

from collections.abc import Sequence

from adapters.teams.render.actions import CHOSEN, NUMBERS, OUTAGE_FORM, actions, execute, refresh
from adapters.teams.render.card import CardContent, Element, aside, clamped, fitted, group, heading, text
from adapters.teams.render.form import channel_choice, in_chat_toggle, kind_choice, note_field
from adapters.teams.render.markdown import brief, cut, linked, plain
from bot.commands import ShowOutageCard
from bot.i18n import Language, _
from bot.request_numbers import LONGEST_LIST
from bot.views.outage import OutageCard, OutageForm, OutageRow, RequestChoice
from bot.views.parts import Style
from bot.views.session import kind_text
from bot.views.wording import STATE_SIGNS

REFUSED_SIGN = "🚫"
_NAME = 80
_NOTE_LINES = 4
_ROW_LINES = 3


def outage_card(card: OutageCard, say: Language, viewers: Sequence[str] = ()) -> CardContent:
    """Render the card: what counts, then one paragraph for each request. The clients of ``viewers`` ask for it while it is open."""
    short = brief(say, _NAME)
    head: list[Element] = [
        group([heading(say.say(card.counts))], style="emphasis", bleed=True),
        aside(
            f"{say.say(kind_text(card.kind))}  ·  {short.say(_('Technician: {name}', name=card.technician_name))}"
        ),
    ]
    if card.note:
        head.append(clamped(say.say(_("Note: {note}", note=card.note)), _NOTE_LINES, spacing="Small"))
    rows: list[list[Element]] = [[_row(row, short, say)] for row in card.rows]
    if card.more:
        rows.append([text(say.say(card.more_text), spacing="Small")])
    return CardContent(
        plain(say).say(card.counts),
        fitted(head, rows, actions(card.buttons, say)),
        refresh=refresh(ShowOutageCard(card.outage), _("Show my view"), viewers, say)
        if viewers and not card.is_over
        else None,
    )


def _row(row: OutageRow, short: Language, say: Language) -> Element:
    sign = STATE_SIGNS[row.state] if row.state is not None else REFUSED_SIGN
    number = f"#{say.say(row.number)}"
    title = f"{sign} **{linked(row.url, number) if row.url else number}**"
    name = f" {short.say(row.requester_name)}" if row.requester_name else ""
    return clamped(f"{title}{name}  ·  {short.say(row.text)}", _ROW_LINES, spacing="Small")


def outage_form(view: OutageForm, say: Language) -> CardContent:
    """Render the form. A picker of Teams that searches takes one choice, so the numbers of other requests are typed."""
    title = _("Outage")
    body: list[Element] = [
        heading(say.say(title)),
        aside(say.say(_("Each request gets a session of its own. One card shows them all."))),
        *([_own_requests(view.requests, say)] if view.requests else []),
        _numbers_field(say, is_required=not view.requests),
        kind_choice(view.kind, say),
        note_field(view.note, say),
        *([in_chat_toggle(say)] if view.offers_chat else []),
        *([channel_choice(view, say)] if view.choices else []),
        {"type": "ActionSet", "actions": [execute(_("Create"), {OUTAGE_FORM: True}, say, Style.PRIMARY)]},
    ]
    return CardContent(plain(say).say(title), body)


def _own_requests(requests: Sequence[RequestChoice], say: Language) -> Element:
    """Return the input in which several requests of the reader can be chosen."""
    return {
        "type": "Input.ChoiceSet",
        "id": CHOSEN,
        "isMultiSelect": True,
        "wrap": True,
        "label": plain(say).say(_("Your requests")),
        "choices": [
            {"title": f"#{one.number}  {cut(one.subject, _NAME)}", "value": one.number} for one in requests
        ],
    }


def _numbers_field(say: Language, *, is_required: bool) -> Element:
    field: Element = {
        "type": "Input.Text",
        "id": NUMBERS,
        "label": plain(say).say(_("Numbers of requests")),
        "placeholder": "101 102 103",
        "isMultiline": True,
        "maxLength": LONGEST_LIST,
    }
    if not is_required:
        return field
    return {
        **field,
        "isRequired": True,
        "errorMessage": plain(say).say(_("Type the numbers of the requests.")),
    }
