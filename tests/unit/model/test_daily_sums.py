"""What one session adds to the daily sums."""

import pytest

from bot.model.daily_sums import round_wait


@pytest.mark.parametrize(
    ("seconds", "rounded"),
    [
        (-5, 0),
        (0, 0),
        (4.9, 0),
        (5, 5),
        (119, 115),
        (134, 120),
        (599, 585),
        (659, 600),
        (3599, 3540),
        (4300, 4200),
    ],
)
def test_wait_is_rounded_down_to_steps_that_grow(seconds: float, rounded: int) -> None:
    assert round_wait(seconds) == rounded


def test_day_has_at_most_250_different_waits() -> None:
    assert len({round_wait(seconds) for seconds in range(86_400)}) <= 250


def test_longer_wait_is_never_rounded_below_a_shorter_one() -> None:
    rounded = [round_wait(seconds) for seconds in range(86_400)]
    assert rounded == sorted(rounded)
