"""A job whose outcome could not be stored, as on a full disk, is resumed by the same process."""

import pytest
import sqlalchemy as sa
from support.bot import RunningBot
from support.in_slack import InSlack
from support.slack_user import SlackUser

_LATEST = (
    "SELECT max(workflow_uuid) FROM workflow_status WHERE status = 'SUCCESS' AND workflow_uuid LIKE 'note:%'"
)
_STRAND = "UPDATE workflow_status SET status = 'PENDING', completed_at = NULL WHERE workflow_uuid = :key"
_STATUS = "SELECT status FROM workflow_status WHERE workflow_uuid = :key"


async def test_job_without_an_outcome_is_resumed_and_does_nothing_twice(
    bot: RunningBot, slack_user: SlackUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.engine.stranded_jobs.LOOK_EVERY_SECONDS", 0)
    user = InSlack(slack_user)
    await user.authorize()
    number, _session = await user.create()
    await bot.settle()
    async with bot.database.writer.begin() as connection:
        key = await connection.scalar(sa.text(_LATEST))
        # The engine leaves a job so if it cannot store how it ended.
        await connection.execute(sa.text(_STRAND), {"key": key})

    async def status() -> str:
        async with bot.database.reader.connect() as connection:
            return str(await connection.scalar(sa.text(_STATUS), {"key": key}))

    assert await status() == "PENDING"
    await bot.settle()
    assert await status() == "SUCCESS"
    assert len(user.environment.servicedesk.notes(number)) == 1
