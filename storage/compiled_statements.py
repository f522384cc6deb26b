"""A statement that was compiled once, and how it is run directly on the connection of the driver.

The driver is Python's ``sqlite3`` or ``DirectConnection``. The second one is loaded only for PostgreSQL.
"""

import re
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar, cast

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.schema import ScalarElementColumnDefault

from bot.values import value_class

if TYPE_CHECKING:
    from psycopg.pq.abc import PGresult

    from storage.direct_postgresql import DirectConnection

Row = Mapping[str, Any]
"""A row of a query, by the names of its columns."""
Values = Mapping[str, Any]
"""The values of the bind parameters of a statement, and of the columns that it writes."""
Schemas = Mapping[str | None, str | None]
"""The schemas that stand in a statement, and the ones that are meant, as SQLAlchemy's ``schema_translate_map``."""
T = TypeVar("T")
_DriverRow = tuple[Any, ...]
_Convert = Callable[[Any], Any]
_MOST_READ = 1024
"""Rows of one statement of which stays in memory what was read from them."""
_NAMED_PARAMETER = re.compile(r"%\((\w+)\)s|%%")
"""A parameter as SQLAlchemy writes it for psycopg, or a percent sign."""


@value_class
class _Parameter:
    """A parameter of the driver. ``fixed`` is its value where the statement itself has one, and then ``key`` is None."""

    name: str
    key: str | None
    convert: _Convert | None
    fixed: Any


class _Columns:
    """The columns of a result. The types of the driver are known with the first one."""

    def __init__(self, compiled: SQLCompiler, dialect: Dialect) -> None:
        self._dialect = dialect
        self._types = [column.type for column in compiled._result_columns]  # noqa: SLF001 - as `compile_statement` says
        self.names = [column.keyname for column in compiled._result_columns]  # noqa: SLF001 - as `compile_statement` says
        self._converters: list[tuple[int, str, _Convert]] | None = None

    def learn_types(self, describe: Callable[[], Sequence[Any]]) -> None:
        """Learn how to read rows, if that is not known yet. ``describe`` returns the type of each column in the driver."""
        if self._converters is None:
            self._converters = self._find_converters(describe())

    def read(self, row: _DriverRow) -> Row:
        """Return a row of the driver with the names of the columns, and with the values that Python uses."""
        named = dict(zip(self.names, row, strict=True))
        for place, name, convert in self._converters or ():
            named[name] = convert(row[place])
        return named

    def _find_converters(self, driver_types: Sequence[Any]) -> list[tuple[int, str, _Convert]]:
        converters: list[tuple[int, str, _Convert]] = []
        for place, (name, type_, driver_type) in enumerate(
            zip(self.names, self._types, driver_types, strict=True)
        ):
            convert = type_._cached_result_processor(self._dialect, driver_type)  # noqa: SLF001 - as `compile_statement` says
            if convert is not None:
                converters.append((place, name, convert))
        return converters


class KeptStatement:
    """A compiled statement, with what turns values of Python into those of the driver, and back.

    ``parameters`` are in the order of their places in the statement.
    """

    def __init__(self, sql: str, parameters: Sequence[_Parameter], columns: _Columns) -> None:
        self._sql = sql
        self._sql_bytes = sql.encode()
        self._parameters = [(one.key, one.convert, one.fixed) for one in parameters]
        self._columns = columns
        self._readers: dict[Callable[[Row], Any], Callable[[_DriverRow], Any]] = {}

    async def fetch(self, connection: AsyncConnection, values: Values) -> list[Row]:
        """Run the statement and return all rows. There are none of a statement that returns no columns."""
        read = self._columns.read
        return [read(row) for row in await self._fetch(connection, values)]

    async def fetch_read(
        self, connection: AsyncConnection, values: Values, read: Callable[[Row], T]
    ) -> list[T]:
        """Run the statement and return what ``read`` returns for each row, or returned for an equal row before."""
        kept = self._readers.get(read)
        if kept is None:
            columns = self._columns
            kept = self._readers[read] = lru_cache(maxsize=_MOST_READ)(lambda row: read(columns.read(row)))
        return [kept(row) for row in await self._fetch(connection, values)]

    async def _fetch(self, connection: AsyncConnection, values: Values) -> list[_DriverRow]:
        try:
            driver = driver_of(connection)
            if isinstance(driver, sqlite3.Connection):
                return self._rows_in_sqlite(self.run_in_sqlite(driver, values))
            return self._rows_of(driver, await driver.run(*self.for_driver(values)))
        except BaseException as error:  # noqa: BLE001 - SQLAlchemy gives a connection up whose statement was cancelled
            await _raise_as_sqlalchemy(connection, error, self._sql)

    def _rows_in_sqlite(self, cursor: sqlite3.Cursor) -> list[_DriverRow]:
        found = cursor.fetchall() if self._columns.names else []
        if found:
            self._columns.learn_types(lambda: [column[1] for column in cursor.description])
        return found

    def _rows_of(self, driver: "DirectConnection", result: "PGresult") -> list[_DriverRow]:
        found = driver.read_rows(result) if self._columns.names else []
        if found:
            self._columns.learn_types(lambda: driver.read_types(result))
        return found

    async def execute(self, connection: AsyncConnection, values: Values) -> int:
        """Run the statement. Returns how many rows it has changed."""
        try:
            driver = driver_of(connection)
            if isinstance(driver, sqlite3.Connection):
                return self.run_in_sqlite(driver, values).rowcount
            return (await driver.run(*self.for_driver(values))).command_tuples or 0
        except BaseException as error:  # noqa: BLE001 - as above
            await _raise_as_sqlalchemy(connection, error, self._sql)

    async def put_off(self, connection: AsyncConnection, values: Values) -> None:
        """Run the statement now or, on PostgreSQL, in the message of the next one (``DirectConnection.put_off``)."""
        driver = driver_of(connection)
        if isinstance(driver, sqlite3.Connection):
            await self.execute(connection, values)
        else:
            driver.put_off(*self.for_driver(values))

    def run_in_sqlite(self, driver: sqlite3.Connection, values: Values) -> sqlite3.Cursor:
        """Run the statement on a connection of SQLite's driver. It takes microseconds, and nothing of it waits (`InlineConnection`)."""
        return driver.execute(self._sql, self._dump(values))

    def read_in_sqlite(self, cursor: sqlite3.Cursor) -> list[Row]:
        """Return the rows of what ``run_in_sqlite`` has returned."""
        return [self._columns.read(row) for row in self._rows_in_sqlite(cursor)]

    def read_result(self, driver: "DirectConnection", result: "PGresult") -> list[Row]:
        """Return the rows of a result of PostgreSQL's driver that it has just returned."""
        return [self._columns.read(row) for row in self._rows_of(driver, result)]

    def for_driver(self, values: Values) -> tuple[bytes, list[Any]]:
        """Return the text and the values for PostgreSQL's driver."""
        return self._sql_bytes, self._dump(values)

    def _dump(self, values: Values) -> list[Any]:
        return [
            fixed if key is None else (values[key] if convert is None else convert(values[key]))
            for key, convert, fixed in self._parameters
        ]


def _number_parameters(sql: str) -> tuple[str, list[str]]:
    """Return a statement with ``$1`` and so on for ``%(name)s``, and the names in this order. Each name has one number."""
    names: dict[str, int] = {}

    def replace(found: re.Match[str]) -> str:
        if found[0] == "%%":
            return "%"
        return f"${names.setdefault(found[1], len(names) + 1)}"

    return _NAMED_PARAMETER.sub(replace, sql), list(names)


def compile_statement(
    statement: sa.Executable, dialect: Dialect, names: Sequence[str], schemas: Schemas | None = None
) -> KeptStatement | None:
    """Compile a statement that is run with values of these names. None if only SQLAlchemy can run it.

    What the compiled form says of parameters and columns has no public name. `test_kept_statements.py` compares its results
    with those of SQLAlchemy.
    """
    translated = {"schema_translate_map": schemas, "render_schema_translate": True} if schemas else {}
    compiled = statement.compile(dialect=dialect, column_keys=list(names), **translated)  # type: ignore[attr-defined]  # each one has it
    if not isinstance(compiled, SQLCompiler) or _needs_sqlalchemy(compiled):
        return None
    converters = compiled._bind_processors  # noqa: SLF001 - see above
    defaults = {
        column.key: column.default.arg
        for column in compiled.insert_prefetch
        if isinstance(column.default, ScalarElementColumnDefault)
    }
    parameters = {
        name: _parameter(name, parameter, names, converters.get(name), defaults)
        for parameter, name in compiled.bind_names.items()
    }
    if compiled.positional:
        sql, order = str(compiled), compiled.positiontup or []
    else:
        sql, order = _number_parameters(str(compiled))
    return KeptStatement(sql, [parameters[name] for name in order], _Columns(compiled, dialect))


def _needs_sqlalchemy(compiled: SQLCompiler) -> bool:
    """Whether a run needs more than its values: defaults that are computed, or a list whose length is known then only."""
    names = [column.keyname for column in compiled._result_columns]  # noqa: SLF001 - as `compile_statement` says
    return bool(
        any(not isinstance(column.default, ScalarElementColumnDefault) for column in compiled.insert_prefetch)
        or compiled.update_prefetch
        or compiled.post_compile_params
        or compiled.literal_execute_params
        or compiled.escaped_bind_names
        or len(set(names)) != len(names)
    )


def _parameter(
    name: str, parameter: sa.BindParameter[Any], names: Sequence[str], convert: Any, defaults: Values
) -> _Parameter:
    for key in (parameter.key, name):
        if key in names:
            return _Parameter(name, key, convert, None)
    value = defaults.get(name, parameter.effective_value)
    return _Parameter(name, None, None, value if convert is None else convert(value))


def driver_of(connection: AsyncConnection) -> "sqlite3.Connection | DirectConnection":
    """Return the driver's connection."""
    return cast("sqlite3.Connection | DirectConnection", sync_of(connection).connection.driver_connection)


def sync_of(connection: AsyncConnection) -> sa.Connection:
    """Return SQLAlchemy's synchronous connection. Raises RuntimeError where it is not open."""
    sync = connection.sync_connection
    if sync is None:
        raise RuntimeError("the connection is not open")
    return sync


async def _raise_as_sqlalchemy(connection: AsyncConnection, error: BaseException, sql: str) -> NoReturn:
    """Raise an error of the driver as SQLAlchemy does, which also takes broken connections out of its pool."""

    def handle(sync: sa.Connection) -> None:
        try:
            raise error  # noqa: TRY301 - SQLAlchemy looks at the error that is being handled
        except BaseException as raised:  # noqa: BLE001 - as above
            sync._handle_dbapi_exception(raised, sql, None, None, None)  # noqa: SLF001 - it has no public name

    await connection.run_sync(handle)
    raise error
