"""Print the result of a chaos run, as a table or as JSON."""

import json
from dataclasses import asdict

from rich import box
from rich.table import Table

from chaos.run import Result


def make_table(result: Result) -> Table:
    """Make the table of a run."""
    table = Table(
        title=f"{result.database.value}, seed {result.seed}", box=box.SIMPLE_HEAD, title_justify="left"
    )
    table.add_column("")
    for name in ("accepted", "done", "lost", "doubled", "unsure and said", "failed and said"):
        table.add_column(name, justify="right")
    for row in result.rows:
        counts = (row.accepted, row.done, len(row.lost), len(row.doubled), row.unsure, row.failed)
        table.add_row(row.kind.value, *map(str, counts))
    return table


def describe(result: Result) -> list[str]:
    """Return the lines under the table."""
    commands = ", ".join(f"{name} {count}" for name, count in result.commands.items())
    done = ", ".join(f"{name} {count}" for name, count in result.disturbances.items())
    return [
        f"Commands: {commands}.",
        *(f"Refused {count} times: {text}" for text, count in result.refusals.items()),
        f"Disturbances in {result.seconds:.0f} s: {done}.",
        *(f"Not tried: {name}: {why}." for name, why in result.not_tried.items()),
        f"Settled {result.settled_after:.0f} s after the last one.",
        f"Processes that ended by themselves: {result.ended_processes}. Tracebacks in the logs: {result.tracebacks}.",
        f"Cards that were doubled before anybody looked at the channels in Teams: {result.unseen_doubled_cards}.",
        f"Mails that came again under the same Message-ID, which mail programs show once: {result.repeated_mails}.",
        *(f"GOAL MISSED: {sentence}" for sentence in result.missed),
    ]


def to_json(result: Result) -> str:
    """Return the result as JSON."""
    return json.dumps(asdict(result), indent=2, ensure_ascii=False)
