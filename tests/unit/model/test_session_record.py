"""What is remembered of a session's record."""

from datetime import timedelta

import pytest
from support.sessions import NOW, make_session

from bot.model.ids import EntryId
from bot.model.session_record import RETRY_AFTER, RecordPart, SessionRecord, Written, worklog_minutes


@pytest.mark.parametrize(
    ("seconds", "minutes"),
    [
        (None, None),
        (0, None),
        (1, 1),
        (29, 1),
        (89, 1),
        (90, 2),
        (149, 2),
        (600, 10),
        (629, 10),
        (630, 11),
        (3 * 3600, 180),
    ],
)
def test_minutes_are_the_sum_rounded_once_and_never_to_none(seconds: int | None, minutes: int | None) -> None:
    assert worklog_minutes(seconds) == minutes


def make_record() -> SessionRecord:
    return SessionRecord(make_session().id, NOW, None)


def test_parts_are_stored_apart() -> None:
    note, worklog = Written(EntryId("1"), "n", "text"), Written(EntryId("2"), "w", "10")
    record = make_record().with_part(RecordPart.NOTE, note).with_part(RecordPart.WORKLOG, worklog)
    assert (record.part(RecordPart.NOTE), record.part(RecordPart.WORKLOG)) == (note, worklog)
    assert (record.note, record.worklog) == (note, worklog)


@pytest.mark.parametrize(
    ("written", "exists"),
    [(Written(), False), (Written(attempted="text"), False), (Written(content="text"), True)],
    ids=["nothing", "attempted", "written"],
)
def test_part_exists_once_it_was_written(written: Written, *, exists: bool) -> None:
    assert written.exists is exists


@pytest.mark.parametrize(
    ("age", "pause"),
    [
        (timedelta(0), RETRY_AFTER),
        (RETRY_AFTER, RETRY_AFTER),
        (timedelta(hours=1), timedelta(hours=1)),
        (timedelta(days=2), timedelta(days=2)),
    ],
    ids=str,
)
def test_pause_between_attempts_doubles(age: timedelta, pause: timedelta) -> None:
    now = NOW + age
    assert make_record().postponed(now).due_at == now + pause


def test_wanted_record_is_due_later_than_the_job_that_writes_it() -> None:
    later = NOW + timedelta(hours=5)
    wanted = make_record().wanted(later)
    assert (wanted.wanted_at, wanted.due_at) == (later, later + RETRY_AFTER)
