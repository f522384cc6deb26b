"""Run one statement of the engine without a transaction around it."""

from weakref import WeakKeyDictionary

import sqlalchemy as sa
from dbos._sys_db import SystemDatabase

_engines: WeakKeyDictionary[SystemDatabase, sa.Engine] = WeakKeyDictionary()


def one_statement_engine(database: SystemDatabase) -> sa.Engine:
    """Return what runs one statement, which needs no transaction around it: on PostgreSQL each end of one is a message of its own."""
    if database not in _engines:
        engine: sa.Engine = database.engine
        if engine.dialect.name != "sqlite":
            engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        _engines[database] = engine
    return _engines[database]
