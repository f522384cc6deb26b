"""Which workflow runs which job."""

from typing import get_args

import pytest
from support.bot_in_memory import ADA, ANA, BotInMemory, actor_of
from support.every_job import COMMAND, JOBS, SESSION

from bot.commands import (
    Status,
    encode_command,
)
from bot.jobs import (
    JOB_CODEC,
    IdentifyUser,
    Job,
    Queue,
    SendNotice,
    decode_job,
    queue_name,
)
from bot.model.ids import (
    EncodedCommand,
    NoticeId,
)
from bot.model.notice import Channel


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.tag)
async def test_job_about_something_that_is_gone_ends_without_a_fault(bot: BotInMemory, job: Job) -> None:
    await bot.finish_job(job)
    assert bot.answers == []


def test_every_job_is_in_the_list() -> None:
    assert {type(job) for job in JOBS} == set(get_args(Job))


def test_every_job_is_stored_as_it_is() -> None:
    assert [decode_job(JOB_CODEC.encode(job)) for job in JOBS] == JOBS


@pytest.mark.parametrize(
    "encoded",
    [
        '{"do":"job_of_the_next_version"}',
        '{"do":"sweep","up_seconds":0,"field_of_the_next_version":true}',
        JOB_CODEC.encode(
            IdentifyUser(actor_of(ADA), COMMAND, EncodedCommand('{"do":"command_of_the_next_version"}'))
        ),
    ],
)
def test_job_that_only_another_version_knows_is_not_mistaken_for_one_of_this_version(encoded: str) -> None:
    with pytest.raises(ValueError, match="not an encoded value"):
        decode_job(encoded)


def test_each_kind_of_work_has_a_queue_of_its_own() -> None:
    names = {queue_name(job) for job in JOBS}
    assert {name.partition("/")[0] for name in names} == set(Queue)
    assert {queue_name(SendNotice(SESSION, NoticeId("n"), channel)) for channel in Channel} == {
        f"notice/{channel}" for channel in Channel
    }
    assert (
        queue_name(IdentifyUser(actor_of(ANA), COMMAND, encode_command(Status()))) == "sender/slack/T1/UANA"
    )
