"""Views that answer commands: messages, lists, the requester's link, the panel of a request, help and status."""

from collections.abc import Iterator, Sequence

from adapters.teams.render.actions import action, actions, fits_beside, open_url
from adapters.teams.render.card import (
    CardContent,
    Element,
    aside,
    at_name,
    beside,
    clamped,
    facts,
    fitted,
    group,
    heading,
    lines,
    text,
)
from adapters.teams.render.markdown import brief, linked, plain
from adapters.teams.render.session import SUBJECT_LINES, is_private, session_body, session_row
from bot.i18n import ChannelRef, Language, Link, Text, _, labelled
from bot.values import replace
from bot.views.pages import Choice, HelpPage, LinkPage, Message, RequestPanel, SessionList, StatusPage
from bot.views.parts import Button, LinkButton
from bot.views.session import SessionRow, pilot_hint, row_button
from bot.views.wording import TONE_SIGNS, request_status, requester_name, status_lines

LINK = "link"
"""The input that shows a link to copy. Its value is never read."""
_SHORT = 300
"""Characters of a message that needs no card."""
_NAME = 120


def message(view: Message, say: Language) -> CardContent:
    """Render one or two sentences with their buttons. A short one without buttons is a plain message."""
    sign = TONE_SIGNS[view.tone]
    words = f"{sign}{plain(say).say(view.text)}"
    has_link = any(_contains(Link, sentence) for sentence in (view.text, *view.details))
    is_marked = has_link or _contains(ChannelRef, view.text) or view.mention is not None
    if not (view.details or view.buttons or is_marked) and len(words) <= _SHORT:
        return CardContent(words, [], is_private=view.is_personal)
    details = [[aside(say.say(detail))] for detail in view.details]
    name = f"{at_name(view.mention)} " if view.mention is not None else ""
    body = fitted([text(f"{sign}{name}{say.say(view.text)}")], details, actions(view.buttons, say))
    opens = any(isinstance(button, LinkButton) for button in view.buttons)
    is_private = opens or has_link or view.is_personal
    return CardContent(words, body, is_private=is_private, mention=view.mention)


def _contains(kind: type[Link | ChannelRef], sentence: Text) -> bool:
    """Whether a sentence contains a link, which may be a secret of the reader's, or a channel."""
    return any(
        isinstance(value, kind) or (isinstance(value, Text) and _contains(kind, value))
        for one in sentence.values.values()
        for value in (one if isinstance(one, tuple) else (one,))
    )


def session_list(view: SessionList, say: Language) -> CardContent:
    """Render a list of sessions."""
    entries = list(_rows([(row, row.buttons[:1]) for row in view.rows], say))
    if not view.rows:
        entries.append([text(say.say(view.empty))])
    head = [heading(say.say(view.title)), *lines([say.say(note) for note in view.notes])]
    body = fitted(head, entries, actions(view.buttons, say))
    return CardContent(plain(say).say(view.title), body, is_private=view.is_personal, is_wide=True)


def choice(view: Choice, say: Language) -> CardContent:
    """Render the sessions that match, each with a button."""
    entries = list(_rows([(row, [button]) for row, button in view.rows], say))
    return CardContent(
        plain(say).say(view.text), fitted([text(say.say(view.text))], entries, []), is_wide=True
    )


def _rows(rows: Sequence[tuple[SessionRow, Sequence[Button]]], say: Language) -> Iterator[list[Element]]:
    for row, buttons in rows:
        named = [row_button(row, one) for one in buttons]
        yield [group(with_button(session_row(row, say), named, say), separator=True)]


def with_button(items: Sequence[Element], buttons: Sequence[Button], say: Language) -> list[Element]:
    """Put a button at the side of elements, or below them if it needs the width: for a question, or for a long label."""
    if not buttons or buttons[0].question is not None or not fits_beside(buttons[0], say):
        return [*items, *actions(buttons, say)]
    return [beside(items, {"type": "ActionSet", "actions": [action(buttons[0], say)]})]


def link_page(view: LinkPage, say: Language) -> CardContent:
    """Render the requester's link in an input to copy it from, because Teams has no button that copies."""
    field = {
        "type": "Input.Text",
        "id": LINK,
        "label": plain(say).say(_("The requester’s link: select and copy it")),
        "value": view.link.reveal(),
        # On several lines, so that the end of a long link is not hidden.
        "isMultiline": True,
    }
    page = open_url(_("Its page, with a QR code"), view.join_page, say)
    body = [
        heading(say.say(view.title)),
        field,
        aside(say.say(view.warning)),
        {"type": "ActionSet", "actions": [page]},
    ]
    return CardContent(plain(say).say(view.title), body, is_private=True)


def request_panel(view: RequestPanel, say: Language) -> CardContent:
    """Render a request with its open sessions."""
    # The panel shows the subject already, and the space of a card is limited.
    cards = [
        [group(session_body(replace(card, subject=""), say), separator=True, spacing="Medium")]
        for card in view.cards
    ]
    summary = plain(say).say(labelled(panel_title(view), view.request.subject))
    return CardContent(
        summary,
        fitted(panel_head(view, say), cards, panel_buttons(view.buttons, say)),
        is_private=any(is_private(card) for card in view.cards),
        is_wide=True,
    )


def panel_buttons(buttons: Sequence[Button], say: Language) -> list[Element]:
    """Render the buttons of a request, and what a Pilot session is for where they offer one."""
    hint = pilot_hint(buttons)
    return [*actions(buttons, say), *([aside(say.say(hint))] if hint is not None else [])]


def panel_title(view: RequestPanel) -> Text:
    """Return the title of a request."""
    return _("Request {number}", number=f"#{view.request.number}")


def panel_head(view: RequestPanel, say: Language) -> list[Element]:
    """Render the facts of a request."""
    request, short = view.request, brief(say, _NAME)
    pairs: list[tuple[Text, Text | str]] = [
        (_("Status"), request_status(request)),
        (_("Requester"), requester_name(request)),
    ]
    if request.technician:
        pairs.append((_("Technician"), request.technician))
    return [
        text(linked(request.url, say.say(panel_title(view))), size="Medium", weight="Bolder"),
        clamped(say.say(request.subject) or "–", SUBJECT_LINES, spacing="Small"),
        *facts([(name, short.say(value)) for name, value in pairs], say),
        *(aside(say.say(one)) for one in view.planned),
    ]


def help_page(view: HelpPage, say: Language) -> CardContent:
    """Render the command table, or one command with its options. In Teams commands are typed without a slash."""
    named = [(say.spell(words), summary) for words, summary in view.rows]
    entries = [
        [
            text(say.say(name), fontType="Monospace", weight="Bolder"),
            *([text(say.say(summary), spacing="None")] if summary is not None else []),
        ]
        for name, summary in [*named, *view.options]
    ]
    body = fitted([heading(say.say(view.title))], entries, [aside(say.say(view.footer))])
    return CardContent(plain(say).say(view.title), body, is_wide=True)


def status_page(view: StatusPage, say: Language) -> CardContent:
    """Render the state of the integration and of the reader's account."""
    summary = plain(say).say(status_lines(view)[0])
    return CardContent(summary, [*status_body(view, say), *actions(view.buttons, say)], is_private=True)


def status_body(view: StatusPage, say: Language) -> list[Element]:
    """Render the lines of a status, without its buttons."""
    return lines([say.say(line) for line in status_lines(view)])
