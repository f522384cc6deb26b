"""The audit log is a chain: whatever is changed, removed, moved or cut off breaks it."""

import time
from datetime import UTC, datetime, timedelta, timezone

import pytest

from bot.model.audit import START, Action, AuditEntry, AuditHead, AuditRecord, digest, ends_at, first_flaw
from bot.values import replace

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
ENTRY = AuditEntry(NOW, "ada@example.test", Action.WIDGET_ON, "all")


def chain(length: int) -> list[AuditRecord]:
    """Return a log of entries, each a second after the one before."""
    records: list[AuditRecord] = []
    for number in range(1, length + 1):
        previous = records[-1].digest if records else START
        entry = replace(ENTRY, at=NOW + timedelta(seconds=number))
        records.append(AuditRecord.after(number, previous, entry))
    return records


def test_untouched_log_is_whole() -> None:
    assert first_flaw([]) is None
    assert first_flaw(chain(5)) is None


@pytest.mark.parametrize(
    "changed",
    [
        {"at": NOW - timedelta(days=1)},
        {"by": "eve@example.test"},
        {"action": Action.WIDGET_OFF},
        {"subject": "home"},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_changed_entry_is_found(changed: dict[str, object]) -> None:
    records = chain(5)
    records[2] = replace(records[2], entry=replace(records[2].entry, **changed))  # type: ignore[arg-type]  # any field
    assert first_flaw(records) == 3


def test_changed_entry_with_a_new_digest_breaks_the_chain_after_it() -> None:
    records = chain(5)
    forged = AuditRecord.after(3, records[1].digest, replace(ENTRY, by="eve@example.test"))
    records[2] = forged
    assert first_flaw(records) == 4


def test_removed_moved_and_missing_first_entries_are_found() -> None:
    records = chain(5)
    assert first_flaw([*records[:2], *records[3:]]) == 3
    assert first_flaw([records[1], records[0], *records[2:]]) == 1
    assert first_flaw(records[1:]) == 1


def test_wrong_number_is_found() -> None:
    records = chain(3)
    records[1] = replace(records[1], number=7)
    assert first_flaw(records) == 2


def test_digest_is_the_same_in_every_time_zone() -> None:
    paris = NOW.astimezone(timezone(timedelta(hours=1)))
    assert digest(1, START, ENTRY) == digest(1, START, replace(ENTRY, at=paris))


def test_digest_does_not_depend_on_the_time_zone_of_the_machine(
    monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    here = digest(1, START, ENTRY)
    request.addfinalizer(time.tzset)
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        assert digest(1, START, ENTRY) == here


def test_digest_of_an_entry_never_changes() -> None:
    """The digests of logs that exist must stay valid."""
    assert digest(1, START, ENTRY) == "906efee13b3423b246ab545fe25d5149e8549bfa83f75179f30bcc9fbbe5fe25"


def test_end_of_a_log_is_compared_with_its_signed_head() -> None:
    records = chain(3)
    head = AuditHead(3, records[-1].digest)
    assert ends_at(records, head)
    assert not ends_at(records[:2], head)
    assert not ends_at(records, AuditHead(3, "0" * 64))
    assert not ends_at(records, AuditHead(2, records[-1].digest))
    assert not ends_at(records, None)
    assert ends_at([], None)
    assert not ends_at([], head)
