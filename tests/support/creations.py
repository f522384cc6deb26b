"""The creation of a session, as a job."""

from support.bot_in_memory import (
    BotInMemory,
)

from bot.jobs import (
    CreateSession,
)


def job_of(bot: BotInMemory) -> CreateSession:
    """Take the job of the session that was accepted."""
    (queued,) = bot.unit_of_work.take_jobs()
    assert isinstance(queued.job, CreateSession)
    return queued.job
