"""Every view is a valid message for Slack, even with the longest and most hostile texts, in every language."""

import itertools
import json
import re
from collections.abc import Iterator
from typing import Any, get_args

import pytest
from support.hostile_views import (
    JOIN_PAGE,
    MADE,
    NUMBER,
    REPORT_PAGE,
    REQUEST_URL,
    REQUESTER_LINK,
    RULE_CHANNEL,
    SUPPORTER_LINK,
    WEB_CLIENT_LINK,
    HostileViews,
)
from support.reading import buttons, walk

from adapters.slack.render import render
from adapters.slack.render.blocks import formatter
from adapters.slack.render.form import invite_form, outage_form, request_option, session_form
from adapters.slack.render.home import home_page
from adapters.slack.render.plan_form import plan_form
from adapters.slack.render.policy import policy_form
from adapters.slack.render.transfer_form import transfer_form
from bot.commands import decode_command, encode_command, name_of
from bot.i18n import LANGUAGES
from bot.model.ids import SessionId
from bot.model.plan import PlanState
from bot.model.session import Kind
from bot.typed_text import LONGEST_NOTE
from bot.values import replace
from bot.views.form import InviteForm, SessionForm
from bot.views.outage import OutageForm
from bot.views.pages import RequestPanel, View
from bot.views.parts import Reader
from bot.views.plain import in_plain_text
from bot.views.plan_form import PlanForm
from bot.views.policy import PolicyForm
from bot.views.transfer_form import TransferForm
from bot.workflows.homes import RECENT
from sandbox.slack import check_blocks, check_view
from sandbox.slack.block_validation import is_too_large
from sandbox.slack.validation_rules import LIMITS

_OURS = re.compile(
    r"<!date\^\d+\^\{date_short(?:_pretty)?\}, \{time\}\|\d{4}-\d\d-\d\d \d\d:\d\d UTC>"
    rf"|<{re.escape(REQUEST_URL)}\|[^<>|]*\d{{{len(NUMBER)}}}>"
    rf"|<(?P<url>{re.escape(JOIN_PAGE)}|{re.escape(REPORT_PAGE)}|{re.escape(REQUESTER_LINK)}|{re.escape(REQUEST_URL)})\|(?P=url)>"
    rf"|<{re.escape(SUPPORTER_LINK)}\|[^<>|]+>"
    rf"|<#{RULE_CHANNEL}>"
    rf"|<(?P<browser>{re.escape(WEB_CLIENT_LINK.replace('&', '&amp;'))})\|(?P=browser)>"
)
"""The only markup with brackets that the product writes itself."""
_LOOSE = re.compile(r"[<>]|&(?!(?:amp|lt|gt);)")
LONGEST_TEXT = 3000
WHOLE, MOST_LISTED = 30, 60


Messages = list[tuple[str, Any]]


@pytest.fixture(scope="module", params=MADE)
def messages(request: pytest.FixtureRequest) -> Messages:
    """Return every view as a message, of one flavour, in one language."""
    flavour, language = request.param
    made = HostileViews(flavour)
    pages = [view for many in (2, 10, MOST_LISTED) for view in made.pages(many)]
    plain = [(f"{name} in plain text", in_plain_text(page)) for name, page in pages]
    views = [*made.cards(), *pages, *plain]
    return [(name, render(view, Reader(language), "/tv")) for name, view in views]


def _marked(message: Any) -> Iterator[str]:
    """Yield every text in which Slack interprets markup."""
    yield message["text"]
    yield from _marked_in(message["blocks"])


def _marked_in(shown: Any) -> Iterator[str]:
    return (str(one["text"]) for one in walk(shown) if one.get("type") == "mrkdwn")


every_flavour = pytest.mark.parametrize("pair", MADE)


def test_every_view_is_within_slacks_limits(messages: Messages) -> None:
    """There is also a text for notifications and screen readers."""
    for name, message in messages:
        assert check_blocks(message["blocks"]) == [], name
        assert message["text"].strip(), name
        assert len(message["text"]) <= LONGEST_TEXT, name
        images = [one for one in walk(message["blocks"]) if one.get("type") == "image"]
        assert all(one["alt_text"].strip() for one in images), name


def test_no_value_becomes_markup(messages: Messages) -> None:
    """Brackets in marked-up text are the product's own and complete. No character is cut in the middle."""
    for name, message in messages:
        for text in _marked(message):
            rest = _OURS.sub("", text)
            assert not _LOOSE.search(rest), f"{name}: {rest[:2000]}"


def test_emphasis_marks_in_a_value_start_no_markup(messages: Messages) -> None:
    """Marks for bold, italics, strikethrough and code in a value are broken up. Those that are left are the product's pairs."""
    for name, message in messages:
        for text in _marked(message):
            for line in text.splitlines():
                left = re.sub("[*~`]\u2060", "", line)
                assert "~" not in left, name
                assert left.count("*") % 2 == 0, f"{name}: {line[:300]}"
                assert left.count("`") % 2 == 0, f"{name}: {line[:300]}"


def test_every_button_decodes_to_its_command(messages: Messages) -> None:
    """A button's data decodes to the command that it was made from."""
    pressed: set[str] = set()
    for name, message in messages:
        for one in buttons(message["blocks"]):
            assert "url" in one or "value" in one, name
            if "value" in one:
                command = decode_command(one["value"])
                # A way in is an address, and its press is recorded.
                assert "url" not in one or name_of(command) == "enter", name
                assert encode_command(command) == one["value"], name
                pressed.add(name_of(command))
    assert pressed >= {
        "enter",
        "end",
        "link",
        "reinvite",
        "retry",
        "again",
        "create",
        "history",
        "admin-reuse",
    }


@every_flavour
def test_every_home_and_form_is_within_slacks_limits(pair: tuple[str, str]) -> None:
    """A home and a modal have limits of their own."""
    flavour, language = pair
    made, say = HostileViews(flavour), formatter(Reader(language), "/tv")
    for name, view in [*made.homes(2), *made.homes(RECENT)]:
        home = home_page(view, say)
        assert check_view(home, "home") == [], name
        assert not is_too_large(home), name
        assert not any(_LOOSE.search(_OURS.sub("", text)) for text in _marked_in(home)), name
    for kind, note, place in itertools.product(Kind, ("", made.fill(LONGEST_NOTE)), ("", "C0123456789")):
        form = session_form(SessionForm(NUMBER, kind, note, place, offers_chat=True), say)
        assert check_view(form, "modal") == [], kind
        report = outage_form(OutageForm(kind, note, place, offers_chat=True), say)
        assert check_view(report, "modal") == [], kind
        assert check_view(policy_form(PolicyForm(place, "Europe/Paris"), say), "modal") == []
    assert check_view(invite_form(InviteForm(SessionId("s"), NUMBER), say), "modal") == []
    assert check_view(plan_form(PlanForm(made.plan(PlanState.PLANNED)), say), "modal") == []
    for moves in (False, True):
        form = transfer_form(TransferForm(SessionId("f" * 32), NUMBER, moves=moves), say)
        assert check_view(form, "modal") == []
    assert len(request_option(made.request)["text"]["text"]) <= LIMITS["option.text"]


@every_flavour
def test_every_preview_is_within_slacks_limits(pair: tuple[str, str]) -> None:
    """The panel of a request is also shown below a pasted link, where fewer kinds of blocks are allowed."""
    flavour, language = pair
    for many in (0, 2, MOST_LISTED):
        panel = dict(HostileViews(flavour).pages(many or 2))["panel"]
        assert isinstance(panel, RequestPanel)
        shown = panel if many else replace(panel, cards=(), buttons=())
        assert check_blocks(render(shown, Reader(language), "/tv")["blocks"], "unfurl") == []


def test_every_kind_of_view_is_in_the_examples() -> None:
    """So a view that is added later is tested against the limits too."""
    made = HostileViews("markup")
    kinds = {type(view) for _name, view in [*made.cards(), *made.pages(2)]}
    assert kinds == set(get_args(View)) - {
        InviteForm,
        SessionForm,
        OutageForm,
        PlanForm,
        PolicyForm,
        TransferForm,
    }, "a form is no message"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("flavour", ["emoji", "cjk", "entities"])
def test_long_list_is_complete(flavour: str, language: str) -> None:
    """Thirty SDAdmins and a page of the audit log are complete: a message holds them in several paragraphs."""
    shown = dict(HostileViews(flavour).pages(WHOLE))
    admins = json.dumps(render(shown["admins"], Reader(language), "/tv"), ensure_ascii=False)
    assert admins.count("@example.test") == 2 * WHOLE
    trail = json.dumps(render(shown["trail"], Reader(language), "/tv"), ensure_ascii=False)
    assert trail.count("<!date^") == WHOLE


def test_join_page_address_with_underscores_is_unchanged() -> None:
    """Text that people copy or press is the address itself, without an invisible character."""
    shown = render(dict(HostileViews("markup").pages(2))["link"], Reader(), "/tv")
    assert any(f"<{JOIN_PAGE}|" in text for text in _marked(shown))
