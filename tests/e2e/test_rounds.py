"""The watch's rounds: one at a time, stopped by the integration's switch, and by nothing that one account meets."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from support.bot import RunningBot
from support.slack_user import SlackUser, card_of, until

from bot.model.ids import Email
from bot.values import replace
from bot.workflows.bounded_gather import bounded_gather
from bot.workflows.lease import LEASE, leased
from sandbox.faults import Fault
from storage.tables import tokens


async def lease_of(bot: RunningBot, name: str) -> sa.Row[Any, Any]:
    async with bot.database.reader.connect() as connection:
        query = sa.select(tokens.c.lease_owner, tokens.c.lease_until).where(tokens.c.name == name)
        return (await connection.execute(query)).one()


async def test_a_lease_is_renewed_while_the_work_goes_on(
    bot: RunningBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody else gets it meanwhile, however long that takes; afterwards they do."""
    monkeypatch.setattr("bot.workflows.lease.LEASE", timedelta(seconds=0.6))
    async with leased("a test", bot.services.unit_of_work, bot.services.clock) as is_mine:
        assert is_mine
        first = (await lease_of(bot, "a test")).lease_until
        async with asyncio.timeout(20):
            while (await lease_of(bot, "a test")).lease_until < first + timedelta(seconds=1):
                await asyncio.sleep(0.02)  # the bot's tables tell nobody that they have changed
        async with leased("a test", bot.services.unit_of_work, bot.services.clock) as is_anothers:
            assert not is_anothers
    assert (await lease_of(bot, "a test")).lease_owner is None
    async with leased("a test", bot.services.unit_of_work, bot.services.clock) as is_free:
        assert is_free


async def test_the_lease_of_a_dead_process_holds_nobody_up_for_long(bot: RunningBot) -> None:
    now = bot.services.clock()
    async with bot.unit_of_work.write() as tx:
        assert await tx.tokens.lease("the dead", "the dead", now, now + LEASE)
        assert not await tx.tokens.lease("the dead", "the living", now, now + LEASE)
        later = now + timedelta(seconds=31)
        assert await tx.tokens.lease("the dead", "the living", later, later + LEASE)


async def test_one_that_breaks_hinders_no_other(capsys: pytest.CaptureFixture[str]) -> None:
    """The log gets the kind of error, and not what it says."""
    done = []

    async def work(number: int) -> None:
        if number == 1:
            raise ValueError("a secret of number one")
        done.append(number)

    await bounded_gather(range(4), work, name="count")
    assert done == [0, 2, 3]
    said = capsys.readouterr()
    assert "ValueError" in said.out + said.err
    assert "secret" not in said.out + said.err


async def test_an_account_that_cannot_be_read_stops_no_round(slack_user: SlackUser, bot: RunningBot) -> None:
    """Its tokens are spoilt in the database; others' sessions are followed, and what waits is revoked."""
    broken, number = slack_user.new_request(), slack_user.new_request()
    await slack_user.authorize()
    await slack_user.type(f"create {broken}")
    await until(lambda: card_of(slack_user, broken, "Waiting for"))
    async with bot.unit_of_work.read() as tx:
        connection = await tx.connections.active(Email(slack_user.technician.email))
    assert connection is not None
    async with bot.database.writer.begin() as writing:
        mine = tokens.c.name == connection.token_name
        await writing.execute(sa.update(tokens).where(mine).values(sealed_access=b"spoilt beyond reading"))
    colleague = slack_user.new_technician()
    await slack_user.authorize(colleague)
    await slack_user.type(f"create {number}", by=colleague)
    await until(lambda: card_of(slack_user, number, "Waiting for"))
    revoked = slack_user.environment.teamviewer.count_calls("oauth.revoke")
    await slack_user.authorize(colleague)
    slack_user.environment.teamviewer.join_session(slack_user.sessions(number)[0].code)
    await until(lambda: card_of(slack_user, number, "is there"))
    await until(lambda: slack_user.environment.teamviewer.count_calls("oauth.revoke") > revoked)
    async with bot.unit_of_work.write() as tx:
        await tx.revocations.delete(connection)


async def test_sweep_stops_polling_when_the_integration_is_switched_off(
    slack_user: SlackUser, bot: RunningBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Accounts are polled one at a time here. The switch is turned while the first is polled; no other is."""
    monkeypatch.setattr("bot.workflows.bounded_gather.AT_ONCE", 1)
    people = [slack_user.technician, slack_user.new_technician(), slack_user.new_technician()]
    numbers = [slack_user.new_request() for _person in people]
    for person, number in zip(people, numbers, strict=True):
        await slack_user.authorize(person)
        await slack_user.type(f"create {number}", by=person)
    await until(lambda: all(card_of(slack_user, number, "Waiting for") for number in numbers))
    teamviewer = slack_user.environment.teamviewer
    try:
        async with _no_sweep_under_way(bot):
            polled = teamviewer.count_calls("sessions.list")
            teamviewer.faults.plan("sessions.list", Fault.SLOW, times=None, seconds=0.5)
        await until(lambda: teamviewer.count_calls("sessions.list") > polled)
        await _switch(bot, on=False)
        asked = len(teamviewer.calls)
        async with _no_sweep_under_way(bot):
            assert len(teamviewer.calls[asked:]) <= 1, "more than the one that was being asked"
            assert teamviewer.count_calls("sessions.list") < polled + len(people)
    finally:
        teamviewer.faults.clear()
        await _switch(bot, on=True)


@asynccontextmanager
async def _no_sweep_under_way(bot: RunningBot) -> AsyncIterator[None]:
    """Hold the sweep's lease. A sweep holds it for moments, so waiting to see it held could miss it."""
    lease = f"sweep/{bot.services.installation.org_id}"
    async with asyncio.timeout(20):
        while True:
            async with leased(lease, bot.services.unit_of_work, bot.services.clock) as is_mine:
                if is_mine:
                    yield
                    return
            await asyncio.sleep(0.02)  # the bot's tables tell nobody that they have changed


async def _switch(bot: RunningBot, *, on: bool) -> None:
    async with bot.unit_of_work.write() as tx:
        await tx.switches.write(replace(await tx.switches.lock(), integration=on))
