"""The schema goes up and down on both databases, and is the one that the tables describe."""

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from storage.database import Database
from storage.migrate import downgrade, is_current, upgrade
from storage.tables import metadata


async def test_up_is_current_and_down_leaves_nothing(database_url: str) -> None:
    database = Database(database_url)
    assert not is_current(database)
    upgrade(database)
    assert is_current(database)
    downgrade(database, "base")
    engine = sa.create_engine(database.sync_url)
    assert set(sa.inspect(engine).get_table_names()) <= {"alembic_version"}
    engine.dispose()
    upgrade(database)
    assert is_current(database)
    await database.close()


async def test_the_migrations_make_the_tables_that_are_described(database: Database) -> None:
    engine = sa.create_engine(database.sync_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, metadata) == []
    engine.dispose()
