"""Slack's answers: rendered as values, stored as text, and loaded as the same values."""

import pytest
from support.sessions import make_session

from adapters.slack.answers import SlackAnswers, SlackMessage, SlackModal, as_message
from adapters.slack.render.blocks import formatter as slack_formatter
from bot.i18n import LANGUAGES, _
from bot.model.card import Audience
from bot.model.ids import RequestNumber
from bot.model.session import Kind, Session, State
from bot.values import replace
from bot.views.form import SessionForm
from bot.views.pages import Message, SessionList, View
from bot.views.parts import Reader
from bot.views.session import make_session_card, make_session_row, state_text

ANSWERS = SlackAnswers("/tv")
FORM = SessionForm(RequestNumber("7"), Kind.PILOT, "lens", "C1")
MESSAGE = Message(_("You have no open session. To create one, type for example {words}.", words="create 123"))


@pytest.mark.parametrize("view", [FORM, MESSAGE], ids=["form", "message"])
def test_an_answer_comes_back_from_storage_as_it_was(view: View) -> None:
    answer = ANSWERS.render(view, Reader())
    assert ANSWERS.load(ANSWERS.dump(answer)) == answer


def test_a_form_is_a_modal_with_a_message_to_send_if_it_cannot_be_opened() -> None:
    answer = ANSWERS.render(FORM, Reader())
    assert isinstance(answer, SlackModal)
    assert answer.view["type"] == "modal"
    assert "could not be opened" in answer.fallback.text
    assert as_message(answer) == answer.fallback


def test_any_other_view_is_a_message() -> None:
    answer = ANSWERS.render(MESSAGE, Reader())
    assert isinstance(answer, SlackMessage)
    assert answer.payload == {"text": answer.text, "blocks": answer.blocks}
    assert as_message(answer) == answer


@pytest.mark.parametrize("stored", ["", "{}", '{"text": "x"}', '{"do": "message", "text": 5, "blocks": []}'])
def test_other_text_is_no_stored_answer(stored: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # the JSON parser has its own texts
        ANSWERS.load(stored)


def test_facts_of_a_card_are_fields_so_that_they_stand_in_two_columns() -> None:
    card = make_session_card(replace(make_session(), note="Line 2"), [], Audience.SHARED)
    shown = SlackAnswers("/tv").render_message(card, Reader("en")).blocks
    (facts,) = [block["fields"] for block in shown if "fields" in block]
    said = [fact["text"].partition(":")[0] for fact in facts]
    assert {"Technician", "Note"} <= set(said)


def test_row_that_changed_is_rendered_again_and_each_reader_gets_their_language() -> None:
    """Rows stay in memory as they were rendered, by the row and by its reader's language."""
    before = make_session(State.WAITING)
    after = replace(before, state=State.ENDED)

    def shown(session: Session, language: str) -> str:
        page = SessionList(_("Your open sessions"), [make_session_row(session)], _("None."))
        return str(ANSWERS.render_message(page, Reader(language)).blocks)

    for language in LANGUAGES:
        formatter = slack_formatter(Reader(language), "/tv")
        waiting, ended = formatter.say(state_text(before)), formatter.say(state_text(after))
        for _time in range(2):
            assert waiting in shown(before, language)
            assert ended in shown(after, language)
            assert waiting not in shown(after, language)
