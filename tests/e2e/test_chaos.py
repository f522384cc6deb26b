"""A minute of chaos on each database: everything that was accepted is done once, or its card says that nobody knows."""

from pathlib import Path

import pytest
from support import postgres

from chaos.counting import Kind
from chaos.installation import DatabaseKind
from chaos.run import run_chaos

pytestmark = pytest.mark.long

SEED = 1
SECONDS = 60


@pytest.mark.parametrize("kind", DatabaseKind)
async def test_nothing_is_lost_and_nothing_but_cards_is_doubled(kind: DatabaseKind, tmp_path: Path) -> None:
    if kind is DatabaseKind.POSTGRESQL and not postgres.is_installed():
        pytest.skip("PostgreSQL is not installed here (Debian: postgresql)")
    result = await run_chaos(kind, SEED, SECONDS, tmp_path)
    rows = {row.kind: row for row in result.rows}
    assert rows[Kind.SESSIONS].accepted > 0
    assert {one: row.lost for one, row in rows.items() if row.lost} == {}
    # How many cards one disturbance doubles depends on how many are being posted, so a minute says nothing about a share.
    assert {one: row.doubled for one, row in rows.items() if row.doubled and one is not Kind.CARDS} == {}
    assert list(result.faults) == []
