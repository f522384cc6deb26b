"""The table of the benchmarks: every row says whether its goal is met, and every benchmark of the table can be called."""

import inspect

import pytest
from rows import AtLeast, AtMost, Goal, Peer, Row, format_rows
from table import BENCHMARKS, load_benchmark


@pytest.mark.parametrize(
    ("value", "goal", "is_met"),
    [
        (1.2, AtMost(1.2), True),
        (1.21, AtMost(1.2), False),
        (1300, AtLeast(1300), True),
        (1299, AtLeast(1300), False),
        (1, None, None),
    ],
)
def test_row_says_whether_its_goal_is_met(value: float, goal: Goal | None, *, is_met: bool | None) -> None:
    assert Row("help", value, "ms", goal).is_met is is_met


def test_table_has_a_line_for_each_row_with_its_peer_and_its_goal() -> None:
    rows = [
        Row("`help`", 1.5, "ms", AtMost(1.2), Peer("Bolt", 0.16), 0.61),
        Row("`list`", 1310.4, "/s", AtLeast(1300)),
    ]
    assert format_rows(rows).splitlines()[2:] == [
        "| `help` | 1.50 ms | ≤ 1.20 ms | **no** | Bolt: 0.16 ms | 0.61 ms |",
        "| `list` | 1,310 /s | ≥ 1,300 /s | yes | – | – |",
    ]
    assert rows[0].to_json()["is_met"] is False


@pytest.mark.parametrize("name", BENCHMARKS)
def test_every_benchmark_of_the_table_returns_rows(name: str) -> None:
    assert inspect.iscoroutinefunction(load_benchmark(name).measure_rows)
