"""The version of tvbot after this one, as far as a rolling upgrade is concerned: a copy of the code with a new migration.

The migration does what the rule for migrations allows. A job has a field more, so this version does not know such a job.
"""

import shutil
from pathlib import Path

from storage.revisions import newest_revision

ROOT = Path(__file__).parents[2]
PACKAGES = ("bot", "adapters", "storage", "sandbox", "manifest")
REVISION = "9001"
_MIGRATION = '''\
"""Add what the next version needs."""

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = "{before}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("sessions") as batch_op:
        batch_op.add_column(sa.Column("of_next_version", sa.Text(), nullable=True))
        batch_op.create_index("ix_sessions_of_next_version", ["org_id", "of_next_version"])
    op.create_table(
        "of_next_version",
        sa.Column("org_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("org_id", name="pk_of_next_version"),
    )


def downgrade() -> None:
    op.drop_table("of_next_version")
    with op.batch_alter_table("sessions") as batch_op:
        batch_op.drop_index("ix_sessions_of_next_version")
        batch_op.drop_column("of_next_version")
'''
_JOB = '    tag: ClassVar[str] = "create_session"\n'
_FIELD = "    of_next_version: bool = True\n"


def write_next_version(folder: Path) -> None:
    """Copy the code into a folder, and make it the next version. A bot that is started there runs that version."""
    for package in PACKAGES:
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    migration = _MIGRATION.format(revision=REVISION, before=newest_revision())
    (folder / f"storage/migrations/versions/{REVISION}_next_version.py").write_text(
        migration, encoding="utf-8"
    )
    jobs = folder / "bot/jobs/on_sessions.py"
    head, job, rest = jobs.read_text(encoding="utf-8").partition(_JOB)
    assert job, "the job is not found: the next version would have none that this version does not know"
    # A field with a default comes after those without one.
    fields, blank, more = rest.partition("\n\n\n")
    jobs.write_text(f"{head}{job}{fields}\n{_FIELD.rstrip()}{blank}{more}", encoding="utf-8")
