"""Changes of connections, tokens and the switch while TeamViewer is asked are not lost."""

import asyncio

import pytest
from support.bot_in_memory import ANA, AWAY, BotInMemory

from adapters.token_sources import TokenSources
from bot.authorizations import REVOKE_RETRY_AFTER, StoredTokens
from bot.commands import Auth, Logout
from bot.errors import NotAllowed, NotAuthorized
from bot.i18n import Text
from bot.jobs import (
    Sweep,
)
from bot.model.connection import Connection
from bot.model.ids import Email
from bot.model.secret import Secret
from bot.use_cases import authorize
from bot.values import replace


def another_process(bot: BotInMemory) -> TokenSources:
    """Return the token sources of one more process: it shares no lock with the others."""
    return TokenSources(bot.unit_of_work, bot.teamviewer, bot.clock)


async def stored_tokens(bot: BotInMemory, connection: Connection) -> StoredTokens | None:
    async with bot.unit_of_work.read() as tx:
        return await tx.tokens.read(connection.token_name)


async def test_logout_during_a_token_refresh_revokes_the_newer_token(bot: BotInMemory) -> None:
    source = another_process(bot)
    bot.workflows.services.remote._token_source = source
    (connection,) = await bot.connections()
    revoking: list[asyncio.Task[object]] = []

    async def log_out() -> None:
        await bot.send(Logout(sure=True))
        revoking.append(asyncio.create_task(bot.run_jobs()))

    bot.teamviewer.before_return["refresh"] = log_out
    newer = await source(connection).renew(Secret("old-access-u1"))
    await asyncio.gather(*revoking)
    assert bot.teamviewer.revoked == [newer.reveal()]
    assert await stored_tokens(bot, connection) is None


async def test_connection_deleted_during_a_token_refresh_stays_deleted(bot: BotInMemory) -> None:
    """A process that was paused longer than its lease must not store tokens for a connection that is gone."""
    source = another_process(bot)
    (connection,) = await bot.connections()

    async def delete() -> None:
        await bot.send(Logout(sure=True))
        async with bot.unit_of_work.write() as tx:
            await tx.revocations.delete(connection)

    bot.teamviewer.before_return["refresh"] = delete
    await source(connection).renew(Secret("old-access-u1"))
    assert await stored_tokens(bot, connection) is None


async def test_refresh_that_lost_its_lease_still_stores_its_tokens(bot: BotInMemory) -> None:
    """The old refresh token is used up, so the new tokens are the only ones that work."""
    source = another_process(bot)
    (connection,) = await bot.connections()

    async def take_over() -> None:
        bot.clock.move(minutes=1)
        async with bot.unit_of_work.write() as tx:
            await tx.tokens.lease(connection.token_name, "other", bot.clock(), bot.clock())

    bot.teamviewer.before_return["refresh"] = take_over
    newer = await source(connection).renew(Secret("old-access-u1"))
    stored = await stored_tokens(bot, connection)
    assert stored is not None
    assert stored.access == newer


async def refresh_elsewhere(bot: BotInMemory, connection: Connection) -> None:
    """Refresh a connection in another process, after this one has lost its lease."""
    bot.clock.move(minutes=1)
    await another_process(bot)(connection).renew(Secret("old-access-u1"))


async def test_refresh_that_another_process_made_first_gives_its_tokens(bot: BotInMemory) -> None:
    """A refresh token works once, so the slower process is refused. The connection is alive all the same."""
    (connection,) = await bot.connections()
    bot.teamviewer.before_return["refresh"] = lambda: refresh_elsewhere(bot, connection)
    bot.teamviewer.fail_once("refresh", NotAuthorized(Text("Used before.")))
    newer = await another_process(bot)(connection).renew(Secret("old-access-u1"))
    stored = await stored_tokens(bot, connection)
    assert stored is not None
    assert stored.access == newer
    (still_there,) = await bot.connections()
    assert (still_there.is_active, still_there.is_alive) == (True, True)


async def test_refresh_that_teamviewer_refuses_ends_the_connection(bot: BotInMemory) -> None:
    (connection,) = await bot.connections()
    bot.teamviewer.fail_once("refresh", NotAuthorized(Text("Lost.")))
    with pytest.raises(NotAuthorized):
        await another_process(bot)(connection).renew(Secret("old-access-u1"))
    (dead,) = await bot.connections()
    assert (dead.is_active, dead.is_alive) == (False, False)
    with pytest.raises(NotAuthorized):
        await another_process(bot)(connection).token()
    assert bot.teamviewer.calls.count("refresh") == 1


async def start_sign_in(bot: BotInMemory) -> tuple[str, list[str]]:
    """Start a sign-in. Return the state that TeamViewer sends back, and the secret of the browser."""
    async with bot.context(Auth()) as context:
        grant = (await authorize.sign_in_url(context)).reveal().partition("state=")[2]
    started = await authorize.start_sign_in(grant, bot.services)
    return started.url.partition("state=")[2], [started.browser.reveal()]


async def finish_sign_in(bot: BotInMemory, started: tuple[str, list[str]]) -> None:
    """Come back from TeamViewer."""
    round_trip, browsers = started
    await authorize.finish_sign_in(round_trip, "code", browsers, bot.services)


@pytest.mark.parametrize("call", ["exchange", "account"])
async def test_integration_switched_off_during_a_sign_in_connects_nothing(
    bot: BotInMemory, call: str
) -> None:
    state = await start_sign_in(bot)
    before = await bot.connections()
    bot.teamviewer.before_return[call] = lambda: bot.switch(integration=False)
    with pytest.raises(NotAllowed):
        await finish_sign_in(bot, state)
    assert await bot.connections() == before
    await bot.switch(integration=True)
    await bot.run_job(Sweep(up_seconds=0))
    assert bot.teamviewer.calls.count("revoke") == 1


async def test_integration_switched_off_before_a_confirmation_is_asked_for_connects_nothing(
    bot: BotInMemory,
) -> None:
    state = await start_sign_in(bot)
    bot.teamviewer.owner = replace(bot.teamviewer.owner, email=Email("other@example.com"))
    bot.teamviewer.before_return["account"] = lambda: bot.switch(integration=False)
    with pytest.raises(NotAllowed):
        await finish_sign_in(bot, state)
    assert bot.jobs == []
    await bot.switch(integration=True)
    await bot.run_job(Sweep(up_seconds=0))
    assert bot.teamviewer.calls.count("revoke") == 1


async def test_second_sign_in_during_the_first_leaves_one_connection_in_use(bot: BotInMemory) -> None:
    first, second = await start_sign_in(bot), await start_sign_in(bot)

    async def sign_in_again() -> None:
        await finish_sign_in(bot, second)

    bot.teamviewer.before_return["account"] = sign_in_again
    await finish_sign_in(bot, first)
    (connection,) = await bot.connections()
    assert connection.is_active
    await bot.run_job(Sweep(up_seconds=0))
    assert (
        bot.teamviewer.calls.count("revoke") == 2
    )  # of the connection at the start, and of the second sign-in


async def test_second_sign_in_with_another_account_during_the_first_keeps_both(bot: BotInMemory) -> None:
    first, second = await start_sign_in(bot), await start_sign_in(bot)

    async def sign_in_again() -> None:
        bot.teamviewer.owner = replace(bot.teamviewer.owner, user_id="u2")
        await finish_sign_in(bot, second)

    bot.teamviewer.before_return["account"] = sign_in_again
    await finish_sign_in(bot, first)
    active = [one.account.user_id for one in await bot.connections() if one.is_active]
    resting = [one.account.user_id for one in await bot.connections() if not one.is_active]
    assert (active, resting) == (["u1"], ["u2"])


async def test_connection_made_while_an_earlier_one_is_revoked_stays(bot: BotInMemory) -> None:
    await bot.send(Logout(sure=True))

    async def connect() -> None:
        await bot.connect(ANA)

    bot.teamviewer.before_return["revoke"] = connect
    await bot.run_jobs()
    (connection,) = await bot.connections()
    assert connection.is_active
    assert await stored_tokens(bot, connection) is not None


async def test_revocation_done_by_another_process_meanwhile_is_not_postponed(bot: BotInMemory) -> None:
    (connection,) = await bot.connections()
    await bot.send(Logout(sure=True))
    bot.unit_of_work.take_jobs()
    bot.clock.move(seconds=REVOKE_RETRY_AFTER.total_seconds())

    async def finish() -> None:
        async with bot.unit_of_work.write() as tx:
            await tx.revocations.delete(connection)

    bot.teamviewer.before_return["revoke"] = finish
    bot.teamviewer.fail_once("revoke", AWAY)
    await bot.run_job(Sweep(up_seconds=0))
    async with bot.unit_of_work.read() as tx:
        assert await tx.revocations.get(connection.id) is None
