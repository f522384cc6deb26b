"""The rules by which the chaos run counts: a lost, a doubled or an unsure thing is never counted as done."""

from datetime import UTC, datetime
from itertools import islice
from random import Random
from typing import get_args

import pytest

from bot.values import replace
from chaos.book import Answer, Entry, Word
from chaos.counting import Kind, Outcome, Row, Said, count_all, count_kind, find_missed_goals
from chaos.disturbances import KINDS, Disturbance, draw_disturbances
from chaos.reading import count_distinct, count_notes, read_said
from chaos.typists import read_answer
from sandbox.mail import ReceivedMail

DONE = Outcome(Kind.SMS, "101", times=1)


def _row(*outcomes: Outcome, kind: Kind = Kind.SMS) -> Row:
    return count_kind(kind, outcomes)


def _all_done(*more: Outcome) -> list[Outcome]:
    """Return one done thing of each kind, and more."""
    return [*(replace(DONE, kind=kind) for kind in Kind), *more]


def _draw(seed: int, count: int) -> list[Disturbance]:
    return list(islice(draw_disturbances(Random(seed)), count))  # noqa: S311 - no secret


def test_accepted_thing_that_is_there_once_is_done() -> None:
    assert _row(DONE) == Row(Kind.SMS, accepted=1, done=1, lost=(), doubled=(), unsure=0, failed=0)


def test_accepted_thing_that_is_missing_is_lost() -> None:
    row = _row(DONE, replace(DONE, number="102", times=0))
    assert (row.accepted, row.done, row.lost) == (2, 1, ("102",))


def test_thing_that_is_there_twice_is_doubled() -> None:
    row = _row(replace(DONE, times=2))
    assert (row.accepted, row.done, row.doubled) == (1, 1, ("101",))


@pytest.mark.parametrize("times", [0, 1])
def test_thing_that_the_card_calls_unsure_is_neither_done_nor_lost(times: int) -> None:
    row = _row(replace(DONE, times=times, said=Said.UNSURE))
    assert (row.accepted, row.done, row.lost, row.unsure) == (1, 0, (), 1)


def test_thing_that_the_card_calls_failed_is_neither_done_nor_lost() -> None:
    row = _row(replace(DONE, times=0, said=Said.FAILED))
    assert (row.accepted, row.done, row.lost, row.failed) == (1, 0, (), 1)


@pytest.mark.parametrize("said", Said)
def test_thing_that_is_there_twice_is_doubled_whatever_the_card_says(said: Said) -> None:
    assert _row(replace(DONE, times=2, said=said)).doubled == ("101",)


def test_command_without_an_answer_may_do_nothing_but_not_twice() -> None:
    unknown = replace(DONE, is_accepted=False)
    row = _row(replace(unknown, times=0), replace(unknown, number="102", times=2))
    assert (row.accepted, row.lost, row.doubled) == (0, (), ("102",))


def test_each_kind_is_counted_by_itself() -> None:
    rows = count_all([DONE, replace(DONE, kind=Kind.NOTES, times=0)])
    assert {row.kind: len(row.lost) for row in rows if row.accepted} == {Kind.SMS: 0, Kind.NOTES: 1}


def test_goals_are_reached_if_everything_was_done_once() -> None:
    assert find_missed_goals(count_all(_all_done())) == []


@pytest.mark.parametrize("kind", Kind)
def test_one_lost_thing_misses_the_goal(kind: Kind) -> None:
    rows = count_all(_all_done(Outcome(kind, "102", times=0)))
    assert find_missed_goals(rows) == [f"1 {kind.value} lost: requests 102"]


@pytest.mark.parametrize("kind", Kind)
def test_one_doubled_thing_misses_the_goal(kind: Kind) -> None:
    rows = count_all(_all_done(Outcome(kind, "102", times=2)))
    assert find_missed_goals(rows) == [f"1 {kind.value} doubled: requests 102"]


@pytest.mark.parametrize(("doubled", "missed"), [(1, []), (2, ["2 cards doubled: requests 0, 1"])])
def test_one_card_in_a_hundred_may_be_doubled(doubled: int, missed: list[str]) -> None:
    cards = [Outcome(Kind.CARDS, str(number), 1 + (number < doubled)) for number in range(99)]
    assert find_missed_goals(count_all(_all_done(*cards))) == missed


def test_run_in_which_nothing_was_accepted_misses_the_goal() -> None:
    assert len(find_missed_goals(count_all([]))) == len(Kind)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("Creating a remote session for request #101…", Answer.ACCEPTED),
        ("You have a session open for request #101 already.", Answer.ACCEPTED),
        ("The integration is switched off.", Answer.REFUSED),
        ("Something went wrong in the bot, and nothing was done.", Answer.NONE),
        ("The bot is very busy and could not confirm your command.", Answer.NONE),
    ],
)
def test_answer_in_slack_is_read_as_a_person_reads_it(text: str, answer: Answer) -> None:
    assert read_answer(text) is answer


def test_command_counts_as_accepted_if_one_attempt_was() -> None:
    assert Entry(Word.CREATE, "101", [Answer.NONE, Answer.ACCEPTED]).is_accepted


def test_command_whose_repeat_was_refused_may_count_all_the_same() -> None:
    entry = Entry(Word.CREATE, "101", [Answer.NONE, Answer.REFUSED])
    assert not entry.is_accepted
    assert entry.may_count


def test_command_that_was_refused_at_once_does_not_count() -> None:
    assert not Entry(Word.CREATE, "101", [Answer.REFUSED]).may_count


@pytest.mark.parametrize(
    ("card", "said"),
    [
        ("SMS to Ann Lee: not sure it was sent by the SMS gateway", Said.UNSURE),
        ("SMS to Ann Lee: not sent. The gateway refused it.", Said.FAILED),
        (
            "SMS to Ann Lee: accepted by the SMS gateway\nE-mail to Ann Lee: not sure it was sent",
            Said.NOTHING,
        ),
    ],
)
def test_what_a_card_says_about_one_notice(card: str, said: Said) -> None:
    assert read_said(card, "SMS to Ann Lee") is said


@pytest.mark.parametrize(
    ("notes", "count"),
    [
        ([], 0),
        (["created. Reference: a1"], 1),
        (["created. Reference: a1", "late. Reference: b2"], 1),
        (["created. Reference: a1", "created. Reference: a1"], 2),
    ],
)
def test_note_is_doubled_if_its_reference_comes_again(notes: list[str], count: int) -> None:
    assert count_notes(notes) == count


def test_mail_that_came_again_under_its_message_id_is_one_mail() -> None:
    mail = ReceivedMail("bot", ["ann"], "Hello", "", "", "<1>", datetime.now(UTC), "smtp")
    assert count_distinct([mail, replace(mail)]) == 1
    assert count_distinct([mail, replace(mail, message_id="<2>")]) == 2
    assert count_distinct([replace(mail, message_id=""), replace(mail, message_id="")]) == 2


def test_the_same_seed_gives_the_same_disturbances() -> None:
    first, second, other = (_draw(seed, 50) for seed in (1, 1, 2))
    assert first == second
    assert first != other


def test_every_kind_of_disturbance_comes_once_in_each_round() -> None:
    drawn = [type(one) for one in _draw(1, 2 * len(KINDS))]
    assert set(drawn[: len(KINDS)]) == set(drawn[len(KINDS) :]) == set(KINDS)


def test_every_disturbance_can_be_drawn() -> None:
    assert set(KINDS) == set(get_args(Disturbance))
