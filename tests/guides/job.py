"""How to add a job."""

from guides.tree import Edit, Guide, Step

JOB = Guide(
    "A new job",
    (
        Step(
            "the job in a file of `bot/jobs/`, with its queue, and its place in the union in `bot/jobs/__init__.py`",
            (
                Edit(
                    "bot/jobs/on_sessions.py",
                    '''@value_class
class ArchiveSession:
    """Archive a session."""

    tag: ClassVar[str] = "archive_session"
    queue: ClassVar[Queue] = Queue.LOCAL
    session: SessionId


''',
                    before="@value_class\nclass EndSession:\n",
                ),
                Edit(
                    "bot/jobs/__init__.py",
                    "    ArchiveSession,\n",
                    after="from bot.jobs.on_sessions import (\n",
                ),
                Edit("bot/jobs/__init__.py", '    "ArchiveSession",\n', after="__all__ = [\n"),
                Edit("bot/jobs/__init__.py", "    | ArchiveSession\n", after="Job = (\n    CreateSession\n"),
            ),
            "mypy",
            "ArchiveSession",
        ),
        Step(
            "a case in `bot/workflows/dispatch.py`, or in `run_chat_job.py` beside it for a job that shows something in a chat",
            (
                Edit(
                    "bot/workflows/dispatch.py",
                    """            case jobs.ArchiveSession():
                await archive_session(job, steps, sessions=services.sessions)
""",
                    after="                await read_reports(job, steps, reports=services.reports)\n",
                ),
                Edit(
                    "bot/workflows/dispatch.py",
                    "\nfrom bot import jobs\nfrom bot.workflows.archive_session import archive_session",
                    after="from bot.services import Services",
                ),
            ),
            "mypy",
            "ArchiveSession",
        ),
        Step(
            "a line with all its fields in `tests/data/stored/jobs.jsonl`",
            (
                Edit(
                    "tests/data/stored/jobs.jsonl",
                    '{"do":"archive_session","session":"1"}\n',
                    before='{"do":"check_departure"',
                ),
            ),
            "tests/unit/test_stored_jobs_and_commands.py",
            "archive_session",
        ),
        Step(
            "the workflow in `bot/workflows/`",
            (
                Edit(
                    "bot/workflows/archive_session.py",
                    '''"""Archive a session."""

from bot.jobs import ArchiveSession
from bot.ports import Steps
from bot.workflows.session_changes import SessionChanges


async def archive_session(job: ArchiveSession, steps: Steps, *, sessions: SessionChanges) -> None:
    """Archive a session."""

    async def archive() -> None:
        await sessions.load(job.session)

    await steps.run_step("archive it", archive)
''',
                ),
            ),
            "mypy",
            "bot.workflows.archive_session",
        ),
    ),
)
