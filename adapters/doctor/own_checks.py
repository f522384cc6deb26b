"""Checks of what is the bot's own: its settings, database, keys, disk, queue and rounds, and this machine's clock."""

import asyncio
import shutil
from datetime import timedelta
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from adapters.doctor.examination import Examination
from adapters.doctor.outcome import (
    SEE_DATABASE,
    SEE_SETTINGS,
    CannotTell,
    Outcome,
    fails,
    is_unknown,
    works,
)
from adapters.engine.waiting import oldest_waiting_seconds
from adapters.fitness import late_after_seconds
from bot.i18n import Text, _
from storage.canary import has_canary, probe_database
from storage.database import DatabaseUnusable
from storage.errors import WrongKeys
from storage.explain import explain_database_error
from storage.migrate import has_schema

LEAST_FREE_BYTES = 200 * 1024 * 1024
LONGEST_WAIT = timedelta(minutes=1)
"""The oldest job that could run may wait for so long."""
LARGEST_DEVIATION = timedelta(minutes=1)
"""Slack's and Microsoft's signatures are refused after five minutes."""
_MEGABYTE = 1024 * 1024


async def check_settings(examination: Examination) -> Outcome:
    """Look whether a setting is missing, or does not fit the others."""
    problems = examination.installed.problems
    if problems:
        return fails(_("These settings are missing or wrong: {problems}", problems="; ".join(problems)))
    return works(_("Nothing is missing."))


async def check_database(examination: Examination) -> Outcome:
    """Read from the database, and write to it if a tvbot has started on it."""
    try:
        return works(await _use_database(examination))
    except SQLAlchemyError as error:
        return fails(_("It cannot be used: {reason}.", reason=explain_database_error(error)))
    except DatabaseUnusable as error:
        return fails(_("Its file or its folder cannot be used: {reason}.", reason=str(error)))


async def _use_database(examination: Examination) -> Text:
    """Return what could be done with the database. Raises SQLAlchemyError, DatabaseUnusable."""
    installed = examination.installed
    if not await asyncio.to_thread(has_schema, installed.database):
        return _("It answers, and is empty.")
    can_read = _("It can be read.")
    if installed.vault is None or not await examination.has_current_schema():
        return can_read
    try:
        if not await has_canary(installed.database, installed.vault, installed.org_id):
            return can_read
        await probe_database(installed.database, installed.vault, installed.org_id)
    except WrongKeys:
        return can_read  # The keys have a check of their own.
    return _("It can be read and written.")


async def check_migrations(examination: Examination) -> Outcome:
    """Look whether the schema is the one of this version."""
    database = examination.installed.database
    try:
        if not await asyncio.to_thread(has_schema, database):
            raise CannotTell(_("The database is empty. `tvbot serve` makes its schema."))
    except (SQLAlchemyError, DatabaseUnusable):
        raise CannotTell(SEE_DATABASE) from None
    if await examination.has_current_schema():
        return works(_("It is the one of this version."))
    return fails(_("It is the one of another version."))


async def check_keys(examination: Examination) -> Outcome:
    """Open the value that the first start sealed with the keys."""
    installed = examination.installed
    if installed.vault is None:
        raise CannotTell(SEE_SETTINGS)
    if not await examination.has_current_schema():
        raise CannotTell(SEE_DATABASE)
    try:
        is_proven = await has_canary(installed.database, installed.vault, installed.org_id)
    except WrongKeys:
        return fails(_("None of the keys decrypts what is stored in the database."))
    except SQLAlchemyError:
        raise CannotTell(SEE_DATABASE) from None
    if not is_proven:
        return is_unknown(_("Nothing is encrypted yet: no tvbot has started on this database."))
    return works(_("They decrypt what is stored in the database."))


async def check_disk(examination: Examination) -> Outcome:
    """Look how much space is left beside the SQLite file."""
    database = examination.installed.database
    if not database.is_sqlite:
        return is_unknown(_("PostgreSQL is on a disk that cannot be seen from here."))
    try:
        free = await asyncio.to_thread(free_bytes, Path(database.url.database or "."))
    except OSError:
        raise CannotTell(SEE_DATABASE) from None
    detail = _("{megabytes} MB are free where the database is.", megabytes=free // _MEGABYTE)
    return works(detail) if free >= LEAST_FREE_BYTES else fails(detail)


def free_bytes(file: Path) -> int:
    """Return how much space is left on the disk of a file. Raises OSError."""
    return shutil.disk_usage(file.resolve().parent).free


async def check_queue(examination: Examination) -> Outcome:
    """Look how long the oldest job waits that could run."""
    if not await examination.has_current_schema():
        raise CannotTell(SEE_DATABASE)
    try:
        seconds = await oldest_waiting_seconds(examination.installed.database)
    except SQLAlchemyError:
        raise CannotTell(SEE_DATABASE) from None
    if seconds is None:
        return is_unknown(_("No tvbot has started on this database yet."))
    waits = timedelta(seconds=seconds)
    if waits > LONGEST_WAIT:
        return fails(_("The oldest job has waited for {duration}.", duration=waits))
    return works(_("No job has waited for long."))


async def check_rounds(examination: Examination) -> Outcome:
    """Look how long ago the open sessions were looked at."""
    unit_of_work = await examination.require_schema()
    async with unit_of_work.read() as tx:
        completed = await tx.rounds.completed_at()
    if completed is None:
        return is_unknown(_("No round was completed on this database yet."))
    age = max(examination.installed.clock() - completed, timedelta(0))
    detail = _("The last round was completed {duration} ago.", duration=age)
    is_late = age.total_seconds() > late_after_seconds(examination.settings.poll_seconds)
    return fails(detail) if is_late else works(detail)


async def check_clock(examination: Examination) -> Outcome:
    """Compare this machine's clock with those of the outside systems that have answered in this run."""
    deviation = examination.clock_deviation()
    if deviation is None:
        return is_unknown(_("No outside system has answered with its time."))
    detail = _("It differs from the outside systems’ clocks by {duration}.", duration=abs(deviation))
    return fails(detail) if abs(deviation) > LARGEST_DEVIATION else works(detail)
