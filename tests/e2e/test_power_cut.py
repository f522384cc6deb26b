"""A power cut may take back the newest commits of the job engine, and nothing else: nothing accepted is lost, nothing doubled."""

import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from dbos import DBOS
from support.bot import RunningBot, running_bot, settings_for
from support.chat_user import ChatUser
from support.slack_user import SlackUser, until

from bot import attempts
from sandbox.environment import Environment
from storage import group_commit

pytestmark = [pytest.mark.long, pytest.mark.usefixtures("shared_bot_rests")]

_FRAME_HEADER = 24
"""Bytes, by SQLite's description of the format of its log (https://sqlite.org/fileformat2.html#walformat)."""
_DURABLE = (
    "SELECT id, state, account, attempted_at FROM sessions",
    "SELECT id, state, attempted_at FROM notices",
    "SELECT session_id, marker FROM post_attempts",
    "SELECT session_id, message FROM cards",
    "SELECT key, sealed_answer IS NULL FROM commands",
    "SELECT job_key, step, outcome FROM step_outcomes",
    "SELECT workflow_uuid FROM workflow_status",
)
"""What was accepted, what was marked before a call, what a step brought about, and which jobs there are."""
_FORGET = sa.text(
    "UPDATE workflow_status SET status = 'PENDING', completed_at = NULL WHERE status = 'SUCCESS'"
)
_KEYS = sa.text("SELECT workflow_uuid FROM workflow_status WHERE workflow_uuid NOT LIKE 'sweep:%'")


@dataclass(frozen=True)
class _Moment:
    """The files of the database at the moment when a call leaves.

    ``durable`` is the size of the log, in bytes, that has reached the disk. ``stored`` is what the bot relies on by then.
    """

    file: bytes
    log: bytes
    durable: int
    stored: list[Any]

    def cuts(self) -> Iterator[int]:
        """Yield the size of the log after each frame that a power cut may leave."""
        page = int.from_bytes(self.log[8:12], "big")
        frame = page + _FRAME_HEADER
        yield from range(self.durable, len(self.log) + 1, frame)


class _Recorder:
    """Records the moments at which calls leave, and how much of the log has reached the disk by then."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._log = path.with_name(f"{path.name}-wal")
        self._durable = 0
        self._stored: list[Any] = []
        self.moments: list[_Moment] = []

    def watch(self, bot: RunningBot, monkeypatch: pytest.MonkeyPatch) -> None:
        """Record from now on."""
        self._note_durable()
        # What was written alone has waited for the disk when its connection comes back, and what shares a commit when that is over.
        sa.event.listen(bot.bot.database.writer.sync_engine, "checkin", self._note_durable)
        commit = group_commit._Batch.commit

        async def commit_and_note(batch: group_commit._Batch) -> None:
            await commit(batch)
            self._note_durable()

        monkeypatch.setattr(group_commit._Batch, "commit", commit_and_note)
        leave = attempts.let_call_leave

        def record_and_leave() -> None:
            self.moments.append(
                _Moment(self._path.read_bytes(), self._log.read_bytes(), self._durable, self._stored)
            )
            leave()

        monkeypatch.setattr(attempts, "let_call_leave", record_and_leave)

    def _note_durable(self, *_arguments: Any) -> None:
        self._durable = self._log.stat().st_size
        self._stored = _read(self._path, _DURABLE)


def _read(path: Path, queries: tuple[str, ...]) -> list[Any]:
    connection = sqlite3.connect(path)
    try:
        return [sorted(connection.execute(query).fetchall(), key=repr) for query in queries]
    finally:
        connection.close()


def _read_after_cut(folder: Path, moment: _Moment, size: int) -> list[Any]:
    """Read what the bot stored from a database whose log was cut to this size."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    path = folder / "cut.db"
    path.write_bytes(moment.file)
    path.with_name("cut.db-wal").write_bytes(moment.log[:size])
    assert _read(path, ("PRAGMA integrity_check",)) == [[("ok",)]]
    return _read(path, _DURABLE)


async def test_log_cut_at_every_frame_has_all_that_was_accepted_or_marked(
    own_environment: Environment,
    chat: Callable[[SlackUser], ChatUser],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = tmp_path / "tvbot.db"
    recorder = _Recorder(path)
    async with running_bot(settings_for(own_environment, f"sqlite:///{path}"), own_environment) as bot:
        user = chat(SlackUser.new(own_environment))
        await user.authorize()
        await bot.settle()
        async with bot.database.writer.connect() as connection:
            await connection.exec_driver_sql("COMMIT")
            await connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            await connection.exec_driver_sql("BEGIN")
        recorder.watch(bot, monkeypatch)
        await user.create()
        await bot.settle()
    assert len(recorder.moments) > 5
    (*_others, last) = recorder.moments
    assert _read_after_cut(tmp_path / "cut", last, 0) != last.stored, "a cut takes something back"
    for moment in recorder.moments:
        stored = _read_after_cut(tmp_path / "cut", moment, len(moment.log))
        for size in moment.cuts():
            # Of what is being stored at this moment, all or nothing is there. Nobody relies on it yet.
            assert _read_after_cut(tmp_path / "cut", moment, size) in (moment.stored, stored)


async def test_jobs_that_the_engine_forgot_to_have_run_do_nothing_twice(
    own_environment: Environment, chat: Callable[[SlackUser], ChatUser], tmp_path: Path
) -> None:
    """The worst that a power cut can do: it takes back that any job ran."""
    settings = settings_for(own_environment, f"sqlite:///{tmp_path}/tvbot.db")
    async with running_bot(settings, own_environment) as bot:
        user = chat(SlackUser.new(own_environment))
        await user.authorize()
        number, _session = await user.create()
        await until(lambda: own_environment.servicedesk.notes(number))
        await _settle(bot, own_environment)
        before = _seen(user, number)
        async with bot.database.writer.begin() as connection:
            await connection.execute(_FORGET)
            keys = list(await connection.scalars(_KEYS))
        await bot.run(lambda: DBOS.resume_workflows_async(keys))
        await _settle(bot, own_environment)
        assert _seen(user, number) == before


async def _settle(bot: RunningBot, environment: Environment) -> None:
    """Wait until no job is under way, and until Teams' clients have fetched the views that changed cards let them fetch."""
    await bot.settle()
    await environment.teams.wait_for_refreshes()
    await bot.settle()


def _seen(user: ChatUser, number: str) -> dict[str, Any]:
    """Return what people and systems got of a create."""
    environment = user.environment
    return {
        "sessions": len(user.slack_user.sessions(number)),
        "mails": len(environment.mailbox.messages),
        "notes": len(environment.servicedesk.notes(number)),
        "misplaced cards": user.misplaced_cards(number),
        # Slack gives each block of a message a new id at every update.
        "seen": re.sub(r'"block_id": "[^"]*"', "", user.seen()),
    }
