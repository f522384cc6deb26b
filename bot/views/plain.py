"""Answers in plain text with links, for where the widget is switched off: nothing to press, everything to type."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from bot.commands import Auth, Command, Create, History, ListOpen, Logout, OnSession, Show, name_of
from bot.i18n import Link, Text, Words, _
from bot.model.card import Audience
from bot.model.session import Kind, State
from bot.views.pages import Choice, Message, RequestPanel, SessionList, StatusPage, View
from bot.views.parts import Button, LinkButton
from bot.views.session import SessionCard, SessionRow, kind_text


def in_plain_text(view: View) -> View:
    """Say a view without anything to press. What is administration or a form stays as it is."""
    say = _IN_WORDS.get(type(view))
    return say(view) if say else view


def hidden(card: SessionCard) -> Message:
    """What stands in the place of a card while the widget is switched off there."""
    return Message(
        _(
            "The card for request #{number} is switched off here. To see where it stands, type {words}.",
            number=card.number,
            words=Words(f"show {card.number}"),
        )
    )


def _message(view: Message) -> Message:
    return (
        replace(view, details=[*view.details, *_buttons(view.buttons, "")], buttons=())
        if view.buttons
        else view
    )


def _choice(view: Choice) -> Message:
    lines = [line for row, button in view.rows for line in (_row(row), *_buttons([button], _name(row)))]
    return Message(view.text, details=lines)


def _status(view: StatusPage) -> StatusPage:
    return replace(view, buttons=())


def _session(view: SessionCard) -> Message:
    return Message(_title(view), details=_card(view))


def _list(view: SessionList) -> SessionList:
    more = [Text("{line}", {"line": line}) for line in _buttons(view.buttons, "")]
    return replace(
        view, rows=[replace(row, buttons=()) for row in view.rows], buttons=(), notes=[*view.notes, *more]
    )


def _panel(view: RequestPanel) -> Message:
    request = view.request
    lines = [
        *([Text("{link}", {"link": Link(request.url)})] if request.url else []),
        _("Requester: {name}", name=request.requester.name if request.requester else ""),
        _("Status: {status}", status=request.status),
    ]
    for card in view.cards:
        lines += [_title(card), *_card(card)]
    return Message(
        Text("#{number} {subject}", {"number": request.number, "subject": request.subject}),
        details=[*lines, *_buttons(view.buttons, request.number)],
    )


def _title(card: SessionCard) -> Text:
    return Text(
        "{kind} · #{number}: {state}",
        {"kind": kind_text(card.kind), "number": card.number, "state": card.state_text},
    )


def _card(card: SessionCard) -> Sequence[Text]:
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
    lines += [notice.text for notice in card.notices]
    buttons = [
        one for one in card.buttons if card.audience is Audience.CREATOR or not isinstance(one, LinkButton)
    ]
    return [*lines, *_buttons(buttons, card.code or card.number)]


def _row(row: SessionRow) -> Text:
    return Text(
        "{kind} · #{number}: {state} ({technician})",
        {
            "kind": kind_text(row.kind),
            "number": row.number,
            "state": row.state_text,
            "technician": row.technician_name,
        },
    )


def _name(row: SessionRow) -> str:
    return row.code or row.number


def _buttons(buttons: Sequence[Button | LinkButton], reference: str) -> list[Text]:
    lines = []
    for one in buttons:
        if isinstance(one, LinkButton):
            lines.append(_("{label}: {link}", label=one.label, link=Link(one.url.reveal())))
        elif words := _typed(one.command, reference):
            lines.append(_("{label}: type {words}", label=one.label, words=Words(words)))
    return lines


def _typed(command: Command, reference: str) -> str | None:
    """Return what is typed for a button. Buttons that nothing can be typed for are left out."""
    words = None
    match command:
        case Create(number, kind, note, another):
            word = "pilot" if kind is Kind.PILOT else "create"
            words = f"{word} {number}{' --another' if another else ''}{f' --note {note}' if note else ''}"
        case OnSession(verb, _reference) if reference:
            words = f"{verb.value} {reference}"
        case History(number, page, of, _after):
            words = f"history {number or of or 'mine'}{f' --page {page}' if page > 1 else ''}"
        case Show(number):
            words = f"show {number}"
        case Auth() | Logout() | ListOpen():
            words = name_of(command)
    return words


_IN_WORDS: dict[type[View], Callable[..., View]] = {
    Message: _message,
    SessionList: _list,
    Choice: _choice,
    RequestPanel: _panel,
    SessionCard: _session,
    StatusPage: _status,
}
