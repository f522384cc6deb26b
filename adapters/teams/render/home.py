"""A person's home: a card in their conversation with the bot."""

from collections.abc import Sequence

from adapters.teams.render.actions import actions
from adapters.teams.render.admin import admin_page
from adapters.teams.render.card import (
    MAX_BODY_BYTES,
    CardContent,
    Element,
    aside,
    clamped,
    fitted,
    group,
    heading,
    json_bytes,
    lines,
    text,
)
from adapters.teams.render.markdown import brief, linked, plain
from adapters.teams.render.pages import status_body, with_button
from adapters.teams.render.session import SUBJECT_LINES, session_body, session_row
from bot.i18n import Language, _
from bot.values import replace
from bot.views.home import FirstStep, HomePage, RequestRow, RequestRows
from bot.views.pages import Message, StatusPage
from bot.views.session import SessionRow

_MAX_RECENT_BYTES = MAX_BODY_BYTES // 5
_MAX_REQUEST_BYTES = MAX_BODY_BYTES // 3
_NAME = 120
"""Characters of a name that a row shows."""


def home(view: HomePage, say: Language) -> CardContent:
    """Render a home. It is private: it contains the supporter links of the reader's sessions."""
    title = _("Overview")
    head = [heading(say.say(title), size="Large")]
    if view.refusal is not None:
        head.append(text(say.say(view.refusal)))
    tail: list[Element] = [*_planned(view.planned, say)]
    if view.recent:
        tail += _recent(view.recent, say)
    if view.status is not None and not view.has_status_first:
        tail.append(group(_status(view.status, say), separator=True, spacing="Large"))
    if view.administration is not None:
        tail.append(group(admin_page(view.administration, say).body, separator=True, spacing="Large"))
    if view.administered_in is not None:
        tail.append(aside(say.say(view.administered_in), separator=True, spacing="Large"))
    if view.status is None:
        body = [*head, *tail]
    else:
        head += _first_steps(view.first_steps, say)
        head += _status(view.status, say) if view.has_status_first else []
        head += actions(view.buttons, say)
        if view.requests is not None:
            head += _requests(view.requests, _room_for_requests(view, [*head, *tail], say), say)
        body = [*head, *_open_sessions(view, MAX_BODY_BYTES - json_bytes([*head, *tail]), say), *tail]
    return CardContent(plain(say).say(view.refusal or title), body, is_private=True, is_wide=True)


def _status(status: StatusPage, say: Language) -> list[Element]:
    return [*status_body(status, say), *actions(status.buttons, say)]


def _first_steps(steps: Sequence[FirstStep], say: Language) -> list[Element]:
    if not steps:
        return []
    shown = [say.say(step.marked_text) for step in steps]
    return [group([heading(say.say(_("First steps"))), *lines(shown)], style="emphasis")]


def _room_for_requests(view: HomePage, rest: Sequence[Element], say: Language) -> int:
    """Return how many bytes requests may take: the first open session must have room too, if it has any without them."""
    left = MAX_BODY_BYTES - json_bytes(list(rest))
    first = json_bytes(_open_sessions(replace(view, cards=view.cards[:1]), left, say))
    return left - first if first < left else left


def _requests(requests: RequestRows, max_bytes: int, say: Language) -> list[Element]:
    """Render as many requests of the reader as fit, each with its button at the side."""
    entries = []
    for row in requests.rows:
        buttons = [row.button] if row.button is not None else []
        title, *facts = _request_row(row, say)
        # Beside a button, a phone has no room for a long number.
        first, *rest = with_button(facts, buttons, say)
        entries.append([group([title, first | {"spacing": "None"}, *rest], separator=True)])
    head = heading(say.say(_("Your requests")), spacing="Large")
    notes = [aside(say.say(note)) for note in requests.notes]
    return fitted([head], entries, notes, min(max_bytes, _MAX_REQUEST_BYTES))


def _request_row(row: RequestRow, say: Language) -> list[Element]:
    short = brief(say, _NAME)
    number = f"#{short.say(row.number)}"
    details = [short.say(row.requester_name), *([short.say(row.state_text)] if row.state_text else [])]
    return [
        text(linked(row.url, number) if row.url else number, weight="Bolder"),
        clamped(short.say(row.subject) or "–", SUBJECT_LINES, spacing="None"),
        aside("  ·  ".join(details), spacing="None"),
    ]


def _open_sessions(view: HomePage, max_bytes: int, say: Language) -> list[Element]:
    """Render as many open sessions as fit, and say how many more there are."""
    entries = [[group(session_body(card, say), separator=True, spacing="Medium")] for card in view.cards]
    none = aside(say.say(_("You have no open sessions. New ones appear here.")))
    head = heading(say.say(_("Your open sessions")), spacing="Large")

    def more(left_out: int) -> list[Element]:
        whole = replace(view, more=view.more + left_out)
        return [text(say.say(whole.more_text), separator=True), *actions([whole.more_button], say)]

    shown = len(entries)
    while shown and json_bytes([head, *entries[:shown], *more(len(entries) - shown)]) > max_bytes:
        shown -= 1
    left_out = len(entries) - shown
    rest = more(left_out) if view.more + left_out else []
    sessions = [one for entry in entries[:shown] for one in entry]
    return [head, *(sessions or ([] if rest else [none])), *rest]


def _planned(entries: Sequence[Message], say: Language) -> list[Element]:
    """Render the planned sessions, each with its buttons, as far as there is room."""
    if not entries:
        return []
    head = heading(say.say(_("Planned sessions")), spacing="Large")
    shown = [
        [
            group(
                [
                    text(say.say(one.text)),
                    *(aside(say.say(line)) for line in one.details),
                    *actions(one.buttons, say),
                ],
                separator=True,
            )
        ]
        for one in entries
    ]
    return fitted([head], shown, [], _MAX_RECENT_BYTES)


def _recent(rows: Sequence[SessionRow], say: Language) -> list[Element]:
    head = heading(say.say(_("Recent sessions")), spacing="Large")
    return fitted([head], [[group(session_row(row, say))] for row in rows], [], _MAX_RECENT_BYTES)
