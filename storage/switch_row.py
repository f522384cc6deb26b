"""The row that says whether the integration is on: its query, and what it means."""

from bot.model.switches import Switches

QUERY_SWITCH = "SELECT integration FROM switches WHERE org_id = "
"""The parameter comes after it, as each driver writes it."""


def read_switch(row: tuple[object, ...] | None) -> bool:
    """Return whether the integration is on. Without a row it is as at the beginning."""
    return Switches().integration if row is None else bool(row[0])
