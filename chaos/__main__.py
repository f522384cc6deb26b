"""The command line of the chaos run. Its exit code is 1 if a goal was missed."""

import argparse
import asyncio
import logging
import random
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from support import postgres

from chaos.installation import DatabaseKind
from chaos.run import run_chaos
from chaos.table import describe, make_table, to_json

_LARGEST_SEED = 1_000_000


def main() -> int:
    """Run on each database in turn, and print a table for each."""
    options = argparse.ArgumentParser(prog="sh scripts/chaos", description="Disturb the bot, and count.")
    options.add_argument("--minutes", type=float, default=4, help="of disturbances, in all (default: 4)")
    options.add_argument("--database", choices=[*DatabaseKind, "both"], default="both")
    options.add_argument(
        "--seed", type=int, help="the same seed gives the same disturbances in the same order"
    )
    options.add_argument("--json", action="store_true", help="print JSON, one object a database")
    options.add_argument("--logs", type=Path, help="keep the logs of the bots in this new folder")
    given = options.parse_args()
    seed = random.randrange(_LARGEST_SEED) if given.seed is None else given.seed
    kinds = list(DatabaseKind) if given.database == "both" else [DatabaseKind(given.database)]
    logging.getLogger("aiohttp").setLevel(logging.CRITICAL)  # a cut connection is no news here
    console = Console(stderr=given.json, width=120)
    console.print(f"Seed {seed}")
    is_good = True
    for kind in kinds:
        if kind is DatabaseKind.POSTGRESQL and not postgres.is_installed():
            console.print("Not tried: PostgreSQL is not installed here (Debian: postgresql).")
            continue
        with tempfile.TemporaryDirectory(prefix="tvbot-chaos-") as temporary:
            folder = given.logs / kind.value if given.logs else Path(temporary)
            folder.mkdir(parents=True, exist_ok=not given.logs)
            result = asyncio.run(run_chaos(kind, seed, given.minutes * 60 / len(kinds), folder))
        is_good = is_good and not result.missed
        if given.json:
            sys.stdout.write(to_json(result) + "\n")
            continue
        console.print(make_table(result))
        for line in describe(result):
            console.print(line, highlight=False, markup=False)
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
