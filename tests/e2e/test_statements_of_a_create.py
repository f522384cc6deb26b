"""How many SQL statements the jobs of a create make, and the home that shows it: each costs more than all that is done with its result."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
import structlog
from support.bot import RunningBot
from support.in_slack import InSlack
from support.slack_user import SlackUser, card_of, until

from bot.jobs import AddNote, CreateSession, PostCard, RefreshCard, RefreshHome, SendNotice, SendSupporterLink
from bot.model.ids import Email
from bot.workflows.homes import RECENT

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
MOST_OF_A_HOME = 20
"""The same of one refresh of a home: eight for what it shows, before its call and after it, and four around them."""


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


async def test_refresh_of_a_home_makes_as_few_statements_with_several_sessions_as_with_none(
    bot: RunningBot, slack_user: SlackUser
) -> None:
    """A technician who has opened it once has it refreshed with each change of their sessions."""
    user = InSlack(slack_user)
    await user.authorize()
    await user.open_home()
    await bot.settle()
    made = []
    for number_of_sessions in (0, RECENT):
        for _session in range(number_of_sessions):
            await user.create()
        await bot.settle()
        with counted_statements(bot) as counts:
            async with bot.unit_of_work.write() as tx:
                (actor,) = await tx.homes.of_technician(Email(user.technician.email))
                await tx.enqueue(RefreshHome(actor), key=f"home with {number_of_sessions} sessions")
            await bot.settle()
        made.append(counts[RefreshHome.tag])
    # A home that holds links takes one more: whether its reader may still see them.
    assert 0 < made[0] <= made[1] <= made[0] + 1
    assert made[1] <= MOST_OF_A_HOME
