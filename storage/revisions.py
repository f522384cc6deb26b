"""The revisions of the schema in their order, and the one that a database is at.

They are read without Alembic, which would cost every start 10 MB of memory and a tenth of a second, and is needed only
where something is to be migrated.
"""

import re
from functools import cache
from pathlib import Path

import sqlalchemy as sa

from storage.errors import SchemaUnusable

MIGRATIONS = Path(__file__).parent / "migrations"
_SCRIPT = re.compile(r"(\d{4})_\w+\.py")
"""The name of a migration begins with its revision, which is its place in the order."""
_VERSION_TABLE = "alembic_version"
_READ_REVISION = sa.text("SELECT version_num FROM alembic_version")


def current_revision(connection: sa.Connection) -> str | None:
    """Return the revision that the database is at. None: no migration has finished."""
    if not sa.inspect(connection).has_table(_VERSION_TABLE):
        return None
    return connection.execute(_READ_REVISION).scalar_one_or_none()


def newest_revision() -> str:
    """Return the revision that this version needs."""
    return _revisions()[-1]


def next_revision(current: str | None) -> str | None:
    """Return the revision after ``current``. None: there is none. Raises SchemaUnusable for an unknown revision."""
    revisions = _revisions()
    if current is None:
        return revisions[0]
    if current not in revisions:
        raise SchemaUnusable(
            "the database belongs to another version of tvbot; install the version that migrated it last"
        )
    following = revisions[revisions.index(current) + 1 :]
    return following[0] if following else None


@cache
def _revisions() -> tuple[str, ...]:
    names = sorted(file.name for file in (MIGRATIONS / "versions").iterdir())
    return tuple(match[1] for name in names if (match := _SCRIPT.fullmatch(name)))
