"""Finds what in a migration would break the version before, which goes on working on the new schema for a while."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa


@dataclass(frozen=True)
class Column:
    """A column of a table. ``can_be_left_out``: an INSERT that does not know it succeeds."""

    type: str
    is_nullable: bool
    can_be_left_out: bool


@dataclass(frozen=True)
class Table:
    """A table. ``rules`` are what an INSERT or UPDATE may violate: keys, unique indices, references, checks."""

    columns: dict[str, Column]
    rules: frozenset[str]


Schema = dict[str, Table]


def read_schema(connection: sa.Connection) -> Schema:
    """Return the tables of a database as they are."""
    inspector = sa.inspect(connection)
    return {name: _table(inspector, name) for name in inspector.get_table_names()}


def find_breaks(before: Schema, after: Schema) -> list[str]:
    """Return a sentence for each change that a program written for ``before`` may stumble over."""
    return [said for name, table in before.items() for said in _breaks_of_table(name, table, after.get(name))]


def _breaks_of_table(name: str, before: Table, after: Table | None) -> Iterator[str]:
    if after is None:
        yield f"the table {name} is gone"
        return
    for column, old in before.columns.items():
        new = after.columns.get(column)
        if new is None:
            yield f"the column {name}.{column} is gone"
        elif new.type != old.type:
            yield f"the column {name}.{column} has another type: {new.type}, it was {old.type}"
        elif old.is_nullable and not new.is_nullable:
            yield f"the column {name}.{column} must have a value now"
    for column in sorted(after.columns.keys() - before.columns.keys()):
        if not after.columns[column].can_be_left_out:
            yield f"the new column {name}.{column} must have a value: let it be null, or give it a server_default"
    for rule in sorted(after.rules - before.rules):
        yield f"{name} has a new rule: {rule}"


def _table(inspector: sa.Inspector, name: str) -> Table:
    columns = {
        one["name"]: Column(
            str(one["type"]),
            one["nullable"],
            one["nullable"] or one["default"] is not None or bool(one.get("autoincrement") is True),
        )
        for one in inspector.get_columns(name)
    }
    return Table(columns, frozenset(_rules(inspector, name)))


def _rules(inspector: sa.Inspector, name: str) -> Iterator[str]:
    yield f"key on {_listed(inspector.get_pk_constraint(name)['constrained_columns'])}"
    for unique in inspector.get_unique_constraints(name):
        yield f"unique {_listed(unique['column_names'])}"
    for index in inspector.get_indexes(name):
        if index["unique"]:
            yield f"unique {_listed(index['column_names'])}"
    for reference in inspector.get_foreign_keys(name):
        yield f"{_listed(reference['constrained_columns'])} refers to {reference['referred_table']}"
    for check in inspector.get_check_constraints(name):
        yield f"check {check['sqltext']}"


def _listed(columns: Any) -> str:
    return ", ".join(str(one) for one in columns)
