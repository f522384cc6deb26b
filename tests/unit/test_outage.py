"""Work that nothing else would repeat outlasts a database that is away for a moment."""

import pytest

from bot.errors import Rejected, Unavailable, database_unavailable
from bot.outage import outlast_outage


class Store:
    """A transaction that fails some times before it works."""

    def __init__(self, *failures: Exception) -> None:
        self._failures = list(failures)
        self.runs = 0

    async def __call__(self) -> None:
        self.runs += 1
        if self._failures:
            raise self._failures.pop(0)


@pytest.fixture(autouse=True)
def _pauses_are_short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.outage.PAUSES_SECONDS", (0.0, 0.0, 0.0))


@pytest.mark.parametrize("failures", [0, 1, 3])
async def test_outcome_is_stored_once_the_database_is_back(failures: int) -> None:
    store = Store(*(database_unavailable() for _failure in range(failures)))
    await outlast_outage(store, name="store")
    assert store.runs == failures + 1


async def test_database_that_stays_away_is_reported() -> None:
    store = Store(*(database_unavailable() for _failure in range(9)))
    with pytest.raises(Unavailable):
        await outlast_outage(store, name="store")
    assert store.runs == 4


async def test_other_error_is_not_repeated() -> None:
    store = Store(Rejected(database_unavailable().text))
    with pytest.raises(Rejected):
        await outlast_outage(store, name="store")
    assert store.runs == 1
