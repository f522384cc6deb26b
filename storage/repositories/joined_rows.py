"""Rows of queries over several tables: the columns of each joined table have its name before their own."""

import sqlalchemy as sa

from storage.compiled_statements import Row


def prefixed(table: sa.Table) -> list[sa.Label[object]]:
    """Return the columns of a table, each with the name of the table before its own."""
    return [column.label(f"{table.name}_{column.name}") for column in table.c]


def part_of_row(table: sa.Table, row: Row) -> Row:
    """Return the row of one table in a joined one. All its values are None if the join has found none."""
    return {column.name: row[f"{table.name}_{column.name}"] for column in table.c}
