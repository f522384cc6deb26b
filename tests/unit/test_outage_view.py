"""The card of an outage as data: what it counts, which rows it has room for, and how it reads."""

from datetime import UTC, datetime, timedelta

import pytest
from support.sessions import make_session

from bot.i18n import Language, Text
from bot.model.ids import CommandKey, OutageId, RequestNumber
from bot.model.outage import Outage, Refusal
from bot.model.request import Requester
from bot.model.session import Kind, Session, State
from bot.model.technician import Actor, Platform
from bot.values import replace
from bot.views.outage import MOST_ROWS, OutageCard, make_outage_card
from bot.views.pages import Message
from bot.views.plain import hidden_outage, in_plain_text

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
OUTAGE = Outage(
    OutageId("o1"),
    CommandKey("k1"),
    Actor(Platform.SLACK, "T1", "U1"),
    make_session().technician,
    "Tom Ray",
    Kind.REMOTE,
    "mail server",
    NOW,
)


def session(number: int, state: State = State.WAITING) -> Session:
    return replace(
        make_session(),
        number=RequestNumber(str(number)),
        state=state,
        technician=OUTAGE.technician,
        requester=Requester("Rita", "rita@example.com"),
    )


def card_of(*sessions: Session, refused: int = 0) -> OutageCard:
    refusals = [Refusal(RequestNumber(str(9000 + one)), Text("No.")) for one in range(refused)]
    return make_outage_card(OUTAGE, sessions, refusals)


def test_each_state_is_counted_in_one_order() -> None:
    states = [*State, State.WAITING]
    card = card_of(*(session(place, state) for place, state in enumerate(states, 1)), refused=2)
    assert str(card.counts) == (
        "Outage: 10 requests — 1 being created, 2 waiting, 1 with the requester there, 1 connected, 1 ended, "
        "1 expired, 1 failed, 2 refused"
    )
    assert Language("fr").say(card.counts) == (
        "Panne\u00a0: 10 demandes — 1 en cours de création, 2 en attente, 1 avec le demandeur présent, "
        "1 avec connexion établie, 1 terminée, 1 expirée, 1 en échec, 2 refusées"
    )


def test_session_that_is_being_ended_is_counted_as_such_although_it_is_open() -> None:
    ending = replace(session(1), ending_since=NOW)
    card = card_of(ending)
    assert str(card.counts) == "Outage: 1 request — 1 being ended"
    assert not card.is_over
    assert str(card.rows[0].text) == "Ending…"


def test_rows_are_in_the_order_of_the_numbers_and_name_each_requester_once() -> None:
    card = card_of(session(100), session(20), session(3), refused=1)
    assert [row.number for row in card.rows] == ["3", "20", "100", "9000"]
    assert [(row.requester_name, str(row.text)) for row in card.rows[:1]] == [("Rita", "Waiting")]
    left = replace(session(1), left_at=NOW - timedelta(minutes=5), stayed_seconds=60)
    assert "Rita" not in str(card_of(left).rows[0].text)


def test_long_list_leaves_out_first_what_is_over_and_says_how_many() -> None:
    over = [session(number, State.ENDED) for number in range(1, 21)]
    open_ones = [session(number) for number in range(21, 51)]
    card = card_of(*over, *open_ones)
    assert len(card.rows) == MOST_ROWS
    assert {row.state for row in card.rows} == {State.WAITING}
    assert str(card.more_text) == "and 20 more requests"
    assert str(card.counts) == "Outage: 50 requests — 30 waiting, 20 ended"


@pytest.mark.parametrize("states", [(State.ENDED, State.EXPIRED), (State.FAILED, State.ENDED)])
def test_card_without_an_open_session_has_no_buttons(states: tuple[State, ...]) -> None:
    card = card_of(*(session(place, state) for place, state in enumerate(states, 1)), refused=1)
    assert (card.is_over, list(card.buttons)) == (True, [])


def test_card_without_any_session_counts_what_was_refused() -> None:
    assert str(card_of(refused=2).counts) == "Outage: 2 requests — 2 refused"


def test_card_in_plain_words_lists_the_same_rows() -> None:
    plain = in_plain_text(card_of(session(7), refused=1))
    assert isinstance(plain, Message)
    assert [str(one) for one in plain.details] == ["#7 Rita · Waiting", "#9000 · No session: No."]


def test_hidden_card_still_counts_and_names_nobody() -> None:
    hidden = hidden_outage(card_of(session(7)))
    assert str(hidden.text) == "Outage: 1 request — 1 waiting"
    assert "Rita" not in repr(hidden)
