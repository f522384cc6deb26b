"""A row of the table of ``sh scripts/bench``: a measured value, its peer from the same run, and its goal."""

from dataclasses import dataclass
from typing import assert_never


@dataclass(frozen=True, slots=True)
class AtMost:
    """A goal that a smaller value meets."""

    limit: float


@dataclass(frozen=True, slots=True)
class AtLeast:
    """A goal that a larger value meets."""

    limit: float


Goal = AtMost | AtLeast


@dataclass(frozen=True, slots=True)
class Peer:
    """Something comparable, measured in the same run and in the unit of its row."""

    name: str
    value: float


@dataclass(frozen=True, slots=True)
class Row:
    """One measurement. ``cpu`` is the bot's processor time for one operation in milliseconds, where it was measured."""

    work: str
    value: float
    unit: str
    goal: Goal | None = None
    peer: Peer | None = None
    cpu: float | None = None

    @property
    def is_met(self) -> bool | None:
        """Whether the goal is met. None: there is no goal."""
        match self.goal:
            case None:
                return None
            case AtMost(limit):
                return self.value <= limit
            case AtLeast(limit):
                return self.value >= limit
            case _:
                assert_never(self.goal)

    def to_json(self) -> dict[str, object]:
        """Return the row for a JSON file."""
        return {
            "work": self.work,
            "value": self.value,
            "unit": self.unit,
            "goal": None if self.goal is None else {type(self.goal).__name__: self.goal.limit},
            "is_met": self.is_met,
            "peer": None if self.peer is None else {self.peer.name: self.peer.value},
            "cpu_ms": self.cpu,
        }


def format_rows(rows: list[Row]) -> str:
    """Return the table as Markdown."""
    lines = ["| work | value | goal | met | peer | CPU |", "|---|---|---|---|---|---|"]
    lines += [f"| {' | '.join(_cells(row))} |" for row in rows]
    return "\n".join(lines)


def _cells(row: Row) -> tuple[str, ...]:
    return (
        row.work,
        _number(row.value, row.unit),
        _goal(row.goal, row.unit),
        {None: "–", True: "yes", False: "**no**"}[row.is_met],
        "–" if row.peer is None else f"{row.peer.name}: {_number(row.peer.value, row.unit)}",
        "–" if row.cpu is None else _number(row.cpu, "ms"),
    )


def _goal(goal: Goal | None, unit: str) -> str:
    match goal:
        case None:
            return "–"
        case AtMost(limit):
            return f"≤ {_number(limit, unit)}"
        case AtLeast(limit):
            return f"≥ {_number(limit, unit)}"
        case _:
            assert_never(goal)


def _number(value: float, unit: str) -> str:
    return f"{value:,.{0 if value >= 100 else 2}f} {unit}"  # noqa: PLR2004 - three digits are enough
