"""How many SQL statements the jobs of a create make: each costs more processor time than all that is done with its result."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
import structlog
from support.bot import RunningBot
from support.slack_user import SlackUser, card_of, until

from bot.jobs import AddNote, CreateSession, PostCard, RefreshCard, SendNotice, SendSupporterLink

MOST = {
    CreateSession.tag: 56,
    PostCard.tag: 15,
    SendSupporterLink.tag: 10,
    SendNotice.tag: 24,
    # Three for each refresh, and a create has up to four of them. A card that is posted late enough needs none.
    RefreshCard.tag: 12,
    AddNote.tag: 4,
}
"""The most statements of each job, with the beginnings of transactions. Raise a number only for what is worth it."""


@contextmanager
def counted_statements(bot: RunningBot) -> Iterator[Counter[str]]:
    """Count the statements of jobs on the bot's own connections, by the kind of the job."""
    counts: Counter[str] = Counter()

    def count(*_given: object) -> None:
        counts[structlog.contextvars.get_contextvars().get("job", "")] += 1

    engines = (bot.bot.database.reader.sync_engine, bot.bot.database.writer.sync_engine)
    for engine in engines:
        sa.event.listen(engine, "before_cursor_execute", count)
    try:
        yield counts
    finally:
        for engine in engines:
            sa.event.remove(engine, "before_cursor_execute", count)


async def test_jobs_of_a_create_make_few_statements(bot: RunningBot, slack_user: SlackUser) -> None:
    await slack_user.authorize()
    number = slack_user.new_request("VPN fails")
    await bot.settle()
    with counted_statements(bot) as counts:
        await slack_user.type(f"create {number}")
        await until(lambda: card_of(slack_user, number, "sent"))
        await until(lambda: slack_user.environment.servicedesk.notes(number))
        await bot.settle()
    assert {job: counts[job] for job, most in MOST.items() if counts[job] > most} == {}
    assert counts.keys() >= MOST.keys() - {RefreshCard.tag}, "a job that is not counted proves nothing"
