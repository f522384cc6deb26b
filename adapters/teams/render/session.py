"""A session as a card, and as a row in a list."""

from collections.abc import Sequence

from adapters.teams.render.actions import actions, refresh
from adapters.teams.render.card import CardContent, Element, aside, clamped, facts, group, heading, text
from adapters.teams.render.markdown import brief, linked, plain
from bot.commands import OnSession, ShowCard, Verb
from bot.i18n import Language, Text, _
from bot.model.card import Audience
from bot.model.session import State
from bot.views.parts import Button, LinkButton
from bot.views.session import SessionCard, SessionRow, kind_text
from bot.views.wording import NOTICE_SIGNS, STATE_SIGNS

_COLOURS = {
    State.WAITING: "Accent",
    State.PRESENT: "Warning",
    State.CONNECTED: "Good",
    State.FAILED: "Attention",
}
SUBJECT_LINES = 2
"""Lines of a subject that a card shows. The request itself has the whole subject."""
_NOTE_LINES = 4
_NAME = 120
"""Characters of a name or a reason that a card shows."""


def session_card(card: SessionCard, say: Language, viewers: Sequence[str] = ()) -> CardContent:
    """Render a session's card. While it is open, the clients of ``viewers`` ask for their own view of it."""
    summary = _(
        "{kind} · #{number}: {state}",
        kind=kind_text(card.kind),
        number=card.number,
        state=card.state_text,
    )
    return CardContent(
        plain(say).say(summary),
        session_body(card, say, bleed=True),
        is_private=is_private(card),
        refresh=refresh(ShowCard(card.session_id), _("Show my view"), viewers, say)
        if viewers and card.state.is_open
        else None,
    )


def is_private(card: SessionCard) -> bool:
    """Whether only one person may see a card."""
    return (
        card.audience is not Audience.SHARED
        or card.connection is not None
        or card.requester_link is not None
        or any(isinstance(button, LinkButton) for button in _buttons(card))
    )


def session_body(card: SessionCard, say: Language, *, bleed: bool = False) -> list[Element]:
    """Render a session as elements, for a card of its own or for a list of sessions."""
    short = brief(say, _NAME)
    head = [heading(session_title(card, say)), state_line(card, say)]
    body = [group(head, style="emphasis", **({"bleed": True} if bleed else {}))]
    if card.subject:
        body.append(clamped(say.say(card.subject), SUBJECT_LINES))
    if card.problem is not None and card.state in {State.CREATING, State.FAILED}:
        body.append(text(f"⚠️ {say.say(card.problem)}", color="Attention"))
    body += facts(_facts(card, short), say)
    body += [aside(short.say(line)) for line in (*card.invited, *card.handovers, *card.outcome)]
    body += [
        aside(f"{NOTICE_SIGNS[line.state]} {short.say(line.text)}", spacing="None" if place else "Small")
        for place, line in enumerate(card.notices)
    ]
    if card.note:
        body.append(clamped(say.say(_("Note: {note}", note=card.note)), _NOTE_LINES, spacing="Small"))
    return [*body, *actions(_buttons(card), say)]


def session_title(card: SessionCard, say: Language) -> str:
    """Return the title of a session, with a link to its request."""
    number = f"#{say.say(card.number)}"
    return f"{say.say(kind_text(card.kind))} · {linked(card.request_url, number) if card.request_url else number}"


def state_line(card: SessionCard, say: Language) -> Element:
    """Render the state of a session by a sign, words and a colour. Nobody has to rely on the colour."""
    state = f"{STATE_SIGNS[card.state]} {brief(say, _NAME).say(card.state_text)}"
    return text(state, color=_COLOURS.get(card.state, "Default"), weight="Bolder", spacing="None")


def _buttons(card: SessionCard) -> list[Button | LinkButton]:
    """Return the buttons. A shared card has no Enter button: the creator's client asks for a view that has one."""
    if card.audience is not Audience.SHARED:
        return list(card.buttons)
    return [button for button in card.buttons if not _enters(button)]


def _enters(button: Button | LinkButton) -> bool:
    return isinstance(button, LinkButton) or (
        isinstance(button.command, OnSession) and button.command.verb is Verb.ENTER
    )


def _facts(card: SessionCard, say: Language) -> list[tuple[Text, str]]:
    pairs = [(_("Technician"), say.say(card.technician_name))]
    if card.requester_name:
        pairs.append((_("Requester"), say.say(card.requester_name)))
    if card.code:
        pairs.append((_("Code"), say.say(card.code)))
    if card.connection is not None:
        pairs.append((_("Connected since"), say.moment(card.connection.since)))
        if card.connection.device:
            pairs.append((_("Device"), say.say(card.connection.device)))
    if card.valid_until is not None:
        pairs.append((_("Valid until"), say.moment(card.valid_until)))
    if card.requester_link is not None:
        url = card.requester_link.reveal()
        pairs.append((_("Requester’s link"), linked(url, url)))
    return pairs


def session_row(row: SessionRow, say: Language) -> list[Element]:
    """Render a session as a row of two lines."""
    short = brief(say, _NAME)
    title = f"{STATE_SIGNS[row.state]} {short.say(kind_text(row.kind))} · #{short.say(row.number)}"
    # At the start of a line a code is not broken in the middle.
    details = [short.say(row.code)] if row.code else []
    details += [short.say(row.state_text), short.say(row.technician_name), short.moment(row.created_at)]
    details += [short.say(line) for line in row.outcome]
    subject = [clamped(short.say(row.subject), SUBJECT_LINES, spacing="None")] if row.subject else []
    return [text(title, weight="Bolder"), *subject, aside("  ·  ".join(details), spacing="None")]
