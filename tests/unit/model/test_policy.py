"""Rules about which sessions may be created: what they refuse, what they leave open, and what they would have refused."""

# ruff: noqa: DTZ001 - the hours of a rule are those of a local clock

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model.ids import Email
from bot.model.policy import (
    UNKNOWN,
    Creation,
    Forbid,
    Hours,
    Limit,
    PastSession,
    Per,
    RequireMail,
    Role,
    Rule,
    Scope,
    Weekday,
    try_rule,
)
from bot.model.session import Kind
from bot.values import replace

PARIS = "Europe/Paris"
ANA, BEN = Email("ana@example.com"), Email("ben@example.com")
NOON = datetime(2026, 11, 24, 11, 0, tzinfo=UTC)
"""Noon in Paris, on a Tuesday."""
KNOWN = Creation(
    Kind.REMOTE, ANA, NOON, channel="C1", is_admin=False, site="Paris", group="Network", is_mailed=True
)
WORK_DAYS = frozenset({Weekday.MON, Weekday.TUE, Weekday.WED, Weekday.THU, Weekday.FRI})
OFFICE = Scope(hours=(Hours(time(8), time(18)),), days=WORK_DAYS)


@pytest.mark.parametrize(
    ("where", "other"),
    [
        (Scope(sites=("Lyon", "paris ")), {"site": "Lille"}),
        (Scope(groups=("NETWORK",)), {"group": ""}),
        (Scope(channels=("C1", "")), {"channel": "C2"}),
        (Scope(technicians=(ANA,)), {"technician": BEN}),
        (Scope(roles=(Role.TECHNICIAN,)), {"is_admin": True}),
        (Scope(days=frozenset({Weekday.TUE})), {"at": NOON + timedelta(days=1)}),
        (Scope(hours=(Hours(time(11), time(13)),)), {"at": NOON + timedelta(hours=1)}),
        (Scope(sites=("Paris",), groups=("Network",)), {"group": "Desktop"}),
    ],
)
def test_a_rule_refuses_where_all_its_conditions_hold(where: Scope, other: dict[str, object]) -> None:
    rule, elsewhere = Rule(Forbid(), where=where), replace(KNOWN, **other)  # type: ignore[arg-type]  # fields by name
    assert rule.refuses(KNOWN, PARIS) is True
    assert rule.refuses(elsewhere, PARIS) is False
    everywhere_else = Rule(Forbid(), unless=where)
    assert everywhere_else.refuses(KNOWN, PARIS) is False
    assert everywhere_else.refuses(elsewhere, PARIS) is True


def test_a_rule_is_about_sessions_of_its_kind_alone() -> None:
    rule = Rule(Forbid(), Kind.PILOT)
    assert rule.refuses(KNOWN, PARIS) is False
    assert rule.refuses(replace(KNOWN, kind=Kind.PILOT), PARIS) is True


def test_quotes_capitals_and_spaces_make_no_difference_in_names() -> None:
    rule = Rule(Forbid(), where=Scope(sites=("l'oréal  Bâtiment B",)))
    assert rule.refuses(replace(KNOWN, site="L’Oréal “Bâtiment” B"), PARIS)


@pytest.mark.parametrize("name", ["site", "group", "channel", "is_admin"])
def test_what_is_not_known_leaves_a_rule_open_unless_the_rest_decides(name: str) -> None:
    where = {
        "site": Scope(sites=("Paris",)),
        "group": Scope(groups=("Network",)),
        "channel": Scope(channels=("C1",)),
        "is_admin": Scope(roles=(Role.TECHNICIAN,)),
    }[name]
    creation = replace(KNOWN, **{name: UNKNOWN})  # type: ignore[arg-type]  # fields by name
    assert Rule(Forbid(), where=where).refuses(creation, PARIS) is None
    assert Rule(Forbid(), unless=where).refuses(creation, PARIS) is None
    assert Rule(Forbid(), Kind.PILOT, where=where).refuses(creation, PARIS) is False
    assert Rule(Forbid(), where=where, unless=OFFICE).refuses(creation, PARIS) is False
    assert Rule(Forbid(), where=replace(where, technicians=(BEN,))).refuses(creation, PARIS) is False


def test_a_mail_is_demanded_where_the_rule_applies() -> None:
    rule = Rule(RequireMail(), where=Scope(sites=("Paris",)))
    assert rule.refuses(KNOWN, PARIS) is False
    assert rule.refuses(replace(KNOWN, is_mailed=UNKNOWN), PARIS) is None
    assert rule.refuses(replace(KNOWN, is_mailed=False), PARIS) is True
    assert rule.refuses(replace(KNOWN, is_mailed=False, site="Lyon"), PARIS) is False


def test_a_limit_depends_on_no_request() -> None:
    with pytest.raises(ValueError, match="request"):
        Rule(Limit(3), where=Scope(sites=("Paris",)))
    with pytest.raises(ValueError, match="limit"):
        Limit(0)


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2026-03-27T06:59+00:00", False),  # winter: 07:59 in Paris, on a Friday
        ("2026-03-27T07:00+00:00", True),
        ("2026-03-30T05:59+00:00", False),  # summer since Sunday: 07:59
        ("2026-03-30T06:00+00:00", True),
        ("2026-03-30T15:59+00:00", True),
        ("2026-03-30T16:00+00:00", False),  # 18:00 is not among the hours any more
        ("2026-10-23T06:00+00:00", True),  # summer, on a Friday
        ("2026-10-26T06:00+00:00", False),  # winter since Sunday
        ("2026-10-26T07:00+00:00", True),
        ("2026-03-28T10:00+00:00", False),  # Saturday
    ],
)
def test_hours_follow_daylight_saving(moment: str, *, is_open: bool) -> None:
    creation = replace(KNOWN, at=datetime.fromisoformat(moment))
    assert Rule(Forbid(), unless=OFFICE).refuses(creation, PARIS) is not is_open


def test_the_zone_of_a_rule_is_stronger_than_the_organizations() -> None:
    rule = Rule(Forbid(), unless=OFFICE, zone="America/New_York")
    assert rule.refuses(KNOWN, PARIS) is True
    assert rule.refuses(replace(KNOWN, at=NOON + timedelta(hours=3)), PARIS) is False


@pytest.mark.parametrize(
    ("local", "holds"),
    [
        (datetime(2026, 11, 27, 22, 0), True),  # Friday evening
        (datetime(2026, 11, 28, 5, 59), True),  # goes on until Saturday morning
        (datetime(2026, 11, 28, 6, 0), False),
        (datetime(2026, 11, 28, 22, 0), False),
        (datetime(2026, 11, 27, 5, 0), False),  # belongs to Thursday
    ],
)
def test_hours_over_midnight_belong_to_the_day_on_which_they_begin(local: datetime, *, holds: bool) -> None:
    assert Hours(time(22), time(6)).holds(local, frozenset({Weekday.FRI})) is holds


def test_hours_end_at_midnight() -> None:
    evening = Hours(time(18), time(0))
    assert evening.holds(datetime(2026, 11, 27, 23, 59), frozenset())
    assert not evening.holds(datetime(2026, 11, 27, 0, 0), frozenset())
    with pytest.raises(ValueError, match="time"):
        Hours(time(8), time(8))


times = st.times().map(lambda one: one.replace(microsecond=0))


@given(times, times, st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)))
def test_a_time_of_day_and_the_rest_of_it_make_a_whole_day(begin: time, end: time, local: datetime) -> None:
    if begin != end:
        in_first = Hours(begin, end).holds(local, frozenset())
        assert in_first is not Hours(end, begin).holds(local, frozenset())


def past(
    number: int, minutes: int, lasting: int | None = 30, technician: Email = ANA, site: str | None = "Paris"
) -> PastSession:
    """A session that began so many minutes after noon."""
    at = NOON + timedelta(minutes=minutes)
    creation = replace(KNOWN, at=at, technician=technician, site=UNKNOWN if site is None else site)
    return PastSession(str(number), creation, None if lasting is None else at + timedelta(minutes=lasting))


def test_a_try_counts_what_would_have_been_refused_and_what_is_not_known() -> None:
    sessions = [past(1, 0), past(2, 10, site="Lyon"), past(3, 20, site=None), past(4, 30), past(5, -100)]
    trial = try_rule(Rule(Forbid(), where=Scope(sites=("Paris",))), sessions, PARIS, since=NOON)
    assert (trial.seen, [one.number for one in trial.refused], trial.unknown) == (4, ["4", "1"], 1)


def test_a_try_of_a_limit_counts_those_that_were_open_then() -> None:
    """Session 3 would have been refused, so it is not in the way of session 4. Session 0 began before the time that is tried."""
    sessions = [
        past(0, -10),
        past(1, 0),
        past(3, 5),
        past(4, 21),
        past(5, 6, technician=BEN),
        past(6, 22, None),
    ]
    trial = try_rule(Rule(Limit(2)), sessions, PARIS, since=NOON)
    assert [one.number for one in trial.refused] == ["6", "3"]
    assert trial.unknown == 0
    in_all = try_rule(Rule(Limit(2, Per.ORGANIZATION)), sessions, PARIS, since=NOON)
    assert [one.number for one in in_all.refused] == ["6", "5", "3"]
    of_other_kind = try_rule(Rule(Limit(1), Kind.PILOT), sessions, PARIS, since=NOON)
    assert list(of_other_kind.refused) == []
