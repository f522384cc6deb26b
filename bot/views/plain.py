"""Views in plain text with links, for where the widget is switched off: nothing to press, everything to type."""

from collections.abc import Sequence
from typing import assert_never

from bot.command_syntax import typed_form
from bot.i18n import Link, Text, Words, _, labelled
from bot.model.card import Audience
from bot.model.session import State
from bot.values import replace
from bot.views.admin import AdminPage, AdminsPage, AuditLogPage, ConnectionsPage
from bot.views.chat_invitation import Invitation
from bot.views.form import InviteForm, SessionForm
from bot.views.outage import OutageCard, OutageForm, OutageRow
from bot.views.pages import Choice, HelpPage, LinkPage, Message, RequestPanel, SessionList, StatusPage, View
from bot.views.parts import Button, LinkButton
from bot.views.plan_form import PlanForm
from bot.views.policy import PolicyForm, PolicyPage
from bot.views.report import ReportPage, ReportRow
from bot.views.session import SessionCard, SessionRow, kind_text
from bot.views.transfer_form import TransferForm
from bot.views.wording import request_status, requester_name
from bot.words_to_type import words_about


def in_plain_text(view: View) -> View:  # noqa: C901, PLR0911, PLR0912 - one case a kind of view
    """Return a view in words, with nothing to press. A view that needs no change is returned itself."""
    match view:
        case Message():
            return message_in_words(view)
        case SessionList():
            return _list_in_words(view)
        case Choice():
            return _choice_in_words(view)
        case RequestPanel():
            return _panel_in_words(view)
        case SessionCard():
            return _card_in_words(view)
        case StatusPage():
            return replace(view, buttons=())
        case LinkPage() | HelpPage():
            return view  # they have no buttons
        case AdminPage() | AdminsPage() | ConnectionsPage() | AuditLogPage() | PolicyPage():
            return view  # the widget must stay possible to switch on again
        case ReportPage():
            return _report_in_words(view)
        case Invitation():
            return view  # it is for a requester, who types no commands
        case OutageCard():
            return _outage_in_words(view)
        case SessionForm() | OutageForm() | InviteForm() | PlanForm() | PolicyForm() | TransferForm():
            return view  # it cannot be filled in without its fields
        case _:
            assert_never(view)


def hidden_card(card: SessionCard) -> Message:
    """Return what replaces a card while the widget is switched off there."""
    return Message(
        _(
            "Cards are switched off here. To see the session for request #{number}, type {words}.",
            number=card.number,
            words=words_about("show", card.number),
        )
    )


def message_in_words(view: Message) -> Message:
    """Return a message with what can be typed in the place of its buttons."""
    return (
        replace(view, details=[*view.details, *_button_lines(view.buttons, view.about)], buttons=())
        if view.buttons
        else view
    )


def _choice_in_words(view: Choice) -> Message:
    lines = [
        line
        for row, button in view.rows
        for line in (_row_text(row), *_button_lines([button], _reference(row)))
    ]
    return Message(view.text, details=lines)


def _card_in_words(view: SessionCard) -> Message:
    return Message(_card_title(view), details=_card_lines(view))


def _outage_in_words(view: OutageCard) -> Message:
    rows = [_outage_row_text(row) for row in view.rows]
    return Message(view.counts, details=[*rows, *([view.more_text] if view.more else [])])


def _outage_row_text(row: OutageRow) -> Text:
    values = {"number": row.number, "name": row.requester_name, "state": row.text}
    return Text("#{number} {name} · {state}" if row.requester_name else "#{number} · {state}", values)


def hidden_outage(card: OutageCard) -> Message:
    """Return what replaces the card of an outage while the widget is switched off there."""
    return Message(
        card.counts,
        details=[_("Cards are switched off here. To see your sessions, type {words}.", words=Words("list"))],
    )


def _list_in_words(view: SessionList) -> SessionList:
    more = [Text("{line}", {"line": line}) for line in _button_lines(view.buttons, "")]
    return replace(
        view, rows=[_row_in_words(row) for row in view.rows], buttons=(), notes=[*view.notes, *more]
    )


def _row_in_words(row: SessionRow) -> SessionRow:
    return replace(row, outcome=[*row.outcome, *_button_lines(row.buttons, _reference(row))], buttons=())


def _panel_in_words(view: RequestPanel) -> Message:
    request = view.request
    lines = [
        *([Text("{link}", {"link": Link(request.url)})] if request.url else []),
        _("Requester: {name}", name=requester_name(request)),
        _("Status: {status}", status=request_status(request)),
        *view.planned,
    ]
    for card in view.cards:
        lines += [_card_title(card), *_card_lines(card)]
    return Message(
        Text("#{number} {subject}", {"number": request.number, "subject": request.subject}),
        details=[*lines, *_button_lines(view.buttons, request.number)],
    )


def _card_title(card: SessionCard) -> Text:
    return _(
        "{kind} · #{number}: {state}",
        kind=kind_text(card.kind),
        number=card.number,
        state=card.state_text,
    )


def _card_lines(card: SessionCard) -> Sequence[Text]:
    lines = [_("Technician: {name}", name=card.technician_name)]
    if card.problem is not None and card.state in {State.CREATING, State.FAILED}:
        lines.append(card.problem)
    if card.code:
        lines.append(_("Code {code}", code=card.code))
    if card.connection is not None:
        lines.append(_("Connected since {time}", time=card.connection.since))
    if card.requester_link:
        lines.append(_("Requester’s link: {link}", link=Link(card.requester_link.reveal())))
    if card.valid_until is not None:
        lines.append(_("Valid until {time}", time=card.valid_until))
    lines += [*card.invited, *card.handovers, *card.outcome, *(notice.text for notice in card.notices)]
    buttons = [
        one
        for one in card.buttons
        if card.audience in {Audience.CREATOR, Audience.INVITED} or not isinstance(one, LinkButton)
    ]
    return [*lines, *_button_lines(buttons, card.code or card.number)]


def _row_text(row: SessionRow) -> Text:
    return _(
        "{kind} · #{number}: {state} ({technician})",
        kind=kind_text(row.kind),
        number=row.number,
        state=row.state_text,
        technician=row.technician_name,
    )


def _reference(row: SessionRow) -> str:
    return row.code or row.number


def _report_in_words(view: ReportPage) -> Message:
    tables = [
        line
        for table in view.sections
        for line in (table.heading, *(_amount_text(row) for row in table.rows))
    ]
    buttons = [view.page] if view.page is not None else []
    return Message(view.title, details=[*view.facts, *tables, view.footer, *_button_lines(buttons, "")])


def _amount_text(row: ReportRow) -> Text:
    return labelled(row.label, row.amount)


def _button_lines(buttons: Sequence[Button | LinkButton], reference: str) -> list[Text]:
    lines = []
    for one in buttons:
        if isinstance(one, LinkButton):
            lines.append(labelled(one.label, Link(one.url.reveal())))
        elif words := typed_form(one.command, reference):
            lines.append(_("{label}: type {words}", label=one.label, words=Words(words)))
    return lines
