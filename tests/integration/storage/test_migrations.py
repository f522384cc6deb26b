"""The schema migrates up and down on both databases, and equals the tables in the code."""

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from storage.database import Database
from storage.migrate import downgrade_schema, is_schema_current, upgrade_schema
from storage.revisions import MIGRATIONS, newest_revision, next_revision
from storage.tables import metadata


async def test_upgrade_makes_the_schema_current_and_downgrade_leaves_nothing(database_url: str) -> None:
    database = Database(database_url)
    assert not is_schema_current(database)
    upgrade_schema(database)
    assert is_schema_current(database)
    downgrade_schema(database, "base")
    engine = sa.create_engine(database.sync_url)
    assert set(sa.inspect(engine).get_table_names()) <= {"alembic_version"}
    engine.dispose()
    upgrade_schema(database)
    assert is_schema_current(database)
    await database.close()


def test_names_of_the_migrations_are_their_order() -> None:
    """A start reads the names alone. Alembic reads the order out of the migrations."""
    scripts = ScriptDirectory(str(MIGRATIONS))
    in_order = [script.revision for script in scripts.walk_revisions()][::-1]
    assert newest_revision() == scripts.get_current_head() == in_order[-1]
    assert [next_revision(before) for before in (None, *in_order)] == [*in_order, None]


async def test_migrations_create_the_tables_of_the_code(database: Database) -> None:
    engine = sa.create_engine(database.sync_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, metadata) == []
    engine.dispose()


_ROWS = (
    "INSERT INTO admins VALUES ('itdesk', 'ada@example.test', 'tests', '2026-11-24 09:00:00')",
    "INSERT INTO audit VALUES ('itdesk', 1, '2026-11-24 09:00:00', 'ada', 'widget.on', 'all', '', '0', 'f')",
    (
        "INSERT INTO connections VALUES"
        " ('old', 'itdesk', 'tom', 'u1', 'Tom', NULL, '2026-11-23 09:00:00', NULL, true),"
        " ('new', 'itdesk', 'tom', 'u2', 'Tom', NULL, '2026-11-24 09:00:00', NULL, true),"
        " ('hers', 'itdesk', 'ines', 'u3', 'Ines', NULL, '2026-11-22 09:00:00', NULL, true)"
    ),
)


async def test_stored_rows_survive_upgrade_and_downgrade(database_url: str) -> None:
    """An earlier version could leave two active connections. The newest one stays active."""
    database = Database(database_url)
    upgrade_schema(database, "0002")
    engine = sa.create_engine(database.sync_url)
    with engine.begin() as connection:
        for row in _ROWS:
            connection.execute(sa.text(row))
    upgrade_schema(database)
    with engine.begin() as connection:
        active = connection.execute(sa.text("SELECT id FROM connections WHERE is_active ORDER BY id"))
        assert list(active.scalars()) == ["hers", "new"]
        connection.execute(
            sa.text("UPDATE connections SET revoke_after = '2026-11-24 09:00:00' WHERE id = 'old'")
        )
        connection.execute(
            sa.text("INSERT INTO tokens (name, org_id) VALUES ('teamviewer/old', 'x'), ('other', 'x')")
        )
    downgrade_schema(database, "0002")
    with engine.connect() as connection:
        for name, rows in (("admins", 1), ("audit", 1), ("connections", 2), ("tokens", 1)):
            counting = sa.select(sa.func.count()).select_from(sa.table(name))
            assert connection.execute(counting).scalar() == rows, name
    engine.dispose()
    upgrade_schema(database)
    assert is_schema_current(database)
    await database.close()


async def test_requester_who_is_there_during_the_upgrade_has_arrived_already(database_url: str) -> None:
    """Without the beginning of the arrival, the upgrade itself would count as one, and be announced."""
    database = Database(database_url)
    upgrade_schema(database, "0008")
    engine = sa.create_engine(database.sync_url)
    at = "2026-11-24 09:00:00+00:00"
    stored = {
        "id": "1",
        "org_id": "itdesk",
        "number": "101",
        "kind": "remote",
        "state": "present",
        "version": 1,
        "command_key": "key",
        "technician": "tom@example.test",
        "technician_name": "Tom Ray",
        "note": "",
        "request_url": "",
        "subject": "",
        "join_digest": "digest",
        "sealed_join_token": b"token",
        "created_at": at,
        "arrived_at": at,
    }
    _insert_session(engine, stored)
    upgrade_schema(database)
    with engine.connect() as connection:
        began, arrived = connection.execute(
            sa.text("SELECT arrival_began_at, arrived_at FROM sessions")
        ).one()
    assert began == arrived is not None
    engine.dispose()
    await database.close()


def _insert_session(engine: sa.Engine, stored: dict[str, object]) -> None:
    columns, places = ", ".join(stored), ", ".join(f":{name}" for name in stored)
    with engine.begin() as connection:
        connection.execute(sa.text(f"INSERT INTO sessions ({columns}) VALUES ({places})"), stored)  # noqa: S608 - names of columns


async def test_session_is_found_by_its_code_after_the_upgrade(database_url: str) -> None:
    database = Database(database_url)
    upgrade_schema(database, "0013")
    engine = sa.create_engine(database.sync_url)
    at = "2026-11-24 09:00:00+00:00"
    stored: dict[str, object] = {
        "id": "1",
        "org_id": "itdesk",
        "number": "101",
        "kind": "remote",
        "state": "waiting",
        "version": 1,
        "command_key": "key",
        "technician": "tom@example.test",
        "technician_name": "Tom Ray",
        "note": "",
        "request_url": "",
        "subject": "",
        "code": "S12-345-678",
        "join_digest": "digest",
        "sealed_join_token": b"token",
        "created_at": at,
        "is_online": False,
        "stayed_seconds": 0,
        "connections": "[]",
    }
    _insert_session(engine, stored)
    upgrade_schema(database)
    with engine.connect() as connection:
        assert connection.execute(sa.text("SELECT bare_code FROM sessions")).scalar() == "s12345678"
    engine.dispose()
    await database.close()


_PROFILE = (
    'INSERT INTO profiles (platform, tenant, "user", org_id, name, email, locale, timezone, is_guest, is_external,'
    " is_deactivated, is_bot, has_unconfirmed_email, read_at) VALUES ('slack', :tenant, :user, 'itdesk', 'Tom', :email,"
    " 'en', 'UTC', :is_guest, false, false, false, false, '2026-11-24 09:00:00')"
)


async def test_accounts_work_under_the_addresses_that_they_have_at_the_upgrade(database_url: str) -> None:
    """Two accounts of one tenant with one address get none: an SDAdmin decides. A guest does not count."""
    database = Database(database_url)
    upgrade_schema(database, "0011")
    engine = sa.create_engine(database.sync_url)
    accounts = [
        ("T1", "U1", "tom@example.test", False),
        ("T2", "U1", "tom@example.test", False),
        ("T1", "U2", "ines@example.test", False),
        ("T1", "U3", "ines@example.test", False),
        ("T1", "U4", None, False),
        ("T1", "U5", "gus@example.test", True),
    ]
    names = ("tenant", "user", "email", "is_guest")
    with engine.begin() as connection:
        for account in accounts:
            connection.execute(sa.text(_PROFILE), dict(zip(names, account, strict=True)))
    upgrade_schema(database)
    with engine.begin() as connection:
        rows = connection.execute(
            sa.text('SELECT tenant, "user", email FROM account_addresses ORDER BY tenant')
        )
        assert [tuple(row) for row in rows] == [account[:3] for account in accounts[:2]]
    engine.dispose()
    downgrade_schema(database, "0011")
    upgrade_schema(database)
    await database.close()


_SESSION = (
    "INSERT INTO sessions (id, org_id, number, kind, state, version, command_key, technician, technician_name, note,"
    " request_url, subject, join_digest, sealed_join_token, created_at)"
    " VALUES ('one', 'itdesk', '101', 'remote', 'waiting', 1, 'key', 'tom', 'Tom', '', '', '', 'digest', :sealed,"
    " '2026-11-24 09:00:00')"
)


async def test_sessions_survive_the_columns_of_their_end(database_url: str) -> None:
    database = Database(database_url)
    upgrade_schema(database, "0009")
    engine = sa.create_engine(database.sync_url)
    with engine.begin() as connection:
        connection.execute(sa.text(_SESSION), {"sealed": b"x"})
    upgrade_schema(database)
    with engine.begin() as connection:
        row = connection.execute(sa.text("SELECT ending_since, close_after FROM sessions")).one()
        assert tuple(row) == (None, None)
    downgrade_schema(database, "0009")
    with engine.connect() as connection:
        assert connection.execute(sa.text("SELECT id FROM sessions")).scalars().all() == ["one"]
    engine.dispose()
    upgrade_schema(database)
    assert is_schema_current(database)
    await database.close()
