"""The connections for what only reads: they refuse to write, on both kinds of databases."""

import pytest
import sqlalchemy as sa

from storage.database import Database
from storage.tables import admins


async def test_reader_refuses_to_write(database: Database) -> None:
    async with database.reader.connect() as connection:
        assert (await connection.execute(sa.select(admins))).all() == []
        with pytest.raises(sa.exc.DBAPIError, match=r"readonly|read-only"):
            await connection.execute(sa.delete(admins))


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_reader_keeps_the_options_of_the_url(database_url: str) -> None:
    """An operator may pass options to PostgreSQL, such as a time limit for statements."""
    url = sa.make_url(database_url).update_query_dict({"options": "-c statement_timeout=4321"})
    database = Database(url.render_as_string(hide_password=False))
    for engine in (database.reader, database.writer):
        async with engine.connect() as connection:
            assert (await connection.execute(sa.text("SHOW statement_timeout"))).scalar() == "4321ms"
    await database.close()
