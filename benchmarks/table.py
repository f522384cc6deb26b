"""Print the whole table: every benchmark with goals, each in a process of its own.

    sh scripts/bench [--json FILE] [--only NAME]...

To add a benchmark, write a module with ``async def measure_rows() -> list[Row]``, and add its name to ``BENCHMARKS``.
What a benchmark prints itself goes to standard error.
"""

import argparse
import asyncio
import importlib
import json
import pickle
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, cast

from rows import Row, format_rows

BENCHMARKS = (
    "answers",
    "load",
    "creates",
    "start",
    "watch",
    "retention",
    "report",
    "kill_switch",
    "cards",
)
"""The modules of the table, in its order."""


class Benchmark(Protocol):
    """A module of the table."""

    async def measure_rows(self) -> list[Row]:
        """Measure, with the defaults of the benchmark."""


def load_benchmark(name: str) -> Benchmark:
    """Import a benchmark by its name."""
    return cast("Benchmark", importlib.import_module(name))


def measure_in_process(name: str) -> list[Row]:
    """Run a benchmark in a new process. Raises CalledProcessError if it fails."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "rows"
        print(f"--- {name}", file=sys.stderr, flush=True)
        # What one benchmark has loaded and stored would be measured by the next one.
        subprocess.run(
            [sys.executable, __file__, "--run", name, str(file)], check=True, stdout=sys.stderr.fileno()
        )
        # The file comes from our own child.
        return cast("list[Row]", pickle.loads(file.read_bytes()))  # noqa: S301 - this benchmark has written it itself


def _run_here(name: str, file: Path) -> None:
    file.write_bytes(pickle.dumps(asyncio.run(load_benchmark(name).measure_rows())))


def main(names: Sequence[str], json_file: Path | None) -> int:
    """Print the table. Return 1 if a benchmark failed or a goal is missed."""
    rows: list[Row] = []
    failed: list[str] = []
    for name in names:
        try:
            rows += measure_in_process(name)
        except subprocess.CalledProcessError:
            failed.append(name)
    print(format_rows(rows))
    for name in failed:
        print(f"The benchmark {name} failed: see above.")
    if json_file is not None:
        json_file.write_text(json.dumps([row.to_json() for row in rows], indent=1), encoding="utf-8")
    return 1 if failed or any(row.is_met is False for row in rows) else 0


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--json", metavar="FILE", type=Path)
    options.add_argument("--only", metavar="NAME", action="append", choices=BENCHMARKS)
    options.add_argument("--run", nargs=2, help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.run is not None:
        _run_here(given.run[0], Path(given.run[1]))
    else:
        sys.exit(main(given.only or BENCHMARKS, given.json))
