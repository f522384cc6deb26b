"""A person's home: a card in their conversation with the bot."""

from collections.abc import Sequence
from dataclasses import replace

from adapters.teams.render.actions import actions
from adapters.teams.render.admin import admin_page
from adapters.teams.render.card import (
    MAX_BODY_BYTES,
    CardContent,
    Element,
    aside,
    fitted,
    group,
    heading,
    json_bytes,
    text,
)
from adapters.teams.render.markdown import plain
from adapters.teams.render.pages import status_body
from adapters.teams.render.session import session_body, session_row
from bot.i18n import Language, _
from bot.views.home import HomePage
from bot.views.session import SessionRow

_MAX_RECENT_BYTES = MAX_BODY_BYTES // 5


def home(view: HomePage, say: Language) -> CardContent:
    """Render a home. It is private: it contains the supporter links of the reader's sessions."""
    title = _("Overview")
    head = [heading(say.say(title), size="Large")]
    if view.refusal is not None:
        head.append(text(say.say(view.refusal)))
    tail: list[Element] = []
    if view.recent:
        tail += _recent(view.recent, say)
    if view.administration is not None:
        tail.append(group(admin_page(view.administration, say).body, separator=True, spacing="Large"))
    if view.administered_in is not None:
        tail.append(aside(say.say(view.administered_in), separator=True, spacing="Large"))
    if view.status is None:
        body = [*head, *tail]
    else:
        head += [*status_body(view.status, say), *actions([*view.buttons, *view.status.buttons], say)]
        body = [*head, *_open_sessions(view, MAX_BODY_BYTES - json_bytes([*head, *tail]), say), *tail]
    return CardContent(plain(say).say(view.refusal or title), body, is_private=True, is_wide=True)


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


def _recent(rows: Sequence[SessionRow], say: Language) -> list[Element]:
    head = heading(say.say(_("Recent sessions")), spacing="Large")
    return fitted([head], [[group(session_row(row, say))] for row in rows], [], _MAX_RECENT_BYTES)
