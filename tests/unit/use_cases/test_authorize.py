"""Connect a technician's TeamViewer account."""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from support.bot_in_memory import ADA, ANA, AWAY, BEN, REFUSED, BotInMemory

from bot.authorizations import StoredTokens
from bot.commands import Auth, ConnectAccount
from bot.errors import BotError, NotAllowed, NotFound
from bot.jobs import AskAboutAccount, ConfirmConnection, RefreshHomes, Sweep
from bot.model.audit import Action, AuditEntry
from bot.model.ids import CommandKey, ConnectionId, Email
from bot.model.technician import Platform
from bot.use_cases import authorize
from bot.use_cases.authorize import GRANT_FOR, AccountMismatch, Connected
from bot.values import replace
from bot.views.admin import ConnectionsPage
from bot.views.pages import Message
from bot.views.parts import LinkButton

STATE = "state="
OTHER = Email("other@example.com")


async def offer(bot: BotInMemory, technician: object = ANA) -> str:
    """Ask for a sign-in, and return the grant of its button."""
    by = BEN if technician is BEN else ANA
    view = await bot.send(Auth(), by=by, key="auth")
    assert isinstance(view, Message)
    (button,) = view.buttons
    assert isinstance(button, LinkButton)
    return button.url.reveal().partition(STATE)[2]


@dataclass(frozen=True)
class Start:
    """A sign-in that a browser has started."""

    round_trip: str
    browsers: list[str]


async def start(bot: BotInMemory, state: str) -> Start:
    """Start a sign-in in a browser of its own."""
    started = await authorize.start_sign_in(state, bot.services)
    return Start(started.url.partition(STATE)[2], [started.browser.reveal()])


async def come_back(bot: BotInMemory, started: Start) -> Connected | AccountMismatch:
    return await authorize.finish_sign_in(started.round_trip, "code", started.browsers, bot.services)


async def finish(bot: BotInMemory, state: str) -> Connected | AccountMismatch:
    """Start a sign-in and come back, in one browser."""
    return await come_back(bot, await start(bot, state))


@dataclass(frozen=True)
class Mismatch:
    """A sign-in with an account that has another address, and the browser in which it waits for a confirmation."""

    result: AccountMismatch
    browsers: list[str]


async def mismatch(bot: BotInMemory) -> Mismatch:
    """Finish a sign-in with an account that has another address."""
    bot.teamviewer.owner = replace(bot.teamviewer.owner, user_id="u7", email=OTHER)
    started = await start(bot, await offer(bot))
    result = await come_back(bot, started)
    assert isinstance(result, AccountMismatch)
    return Mismatch(result, started.browsers)


async def confirm_in_browser(bot: BotInMemory, waiting: Mismatch) -> ConnectAccount:
    """Confirm in the browser, and return the command of the button that the technician then gets in chat."""
    await authorize.confirm_account(waiting.result.confirmation, waiting.browsers, bot.services)
    job = bot.jobs[-1]
    assert isinstance(job, AskAboutAccount)
    return ConnectAccount(job.connection)


async def revoked_by_the_sweep(bot: BotInMemory) -> int:
    """Return how many tokens the next round revokes."""
    before = bot.teamviewer.calls.count("revoke")
    await bot.run_job(Sweep(up_seconds=0))
    return bot.teamviewer.calls.count("revoke") - before


async def test_sign_in_is_offered_to_a_technician_without_a_connection(bot: BotInMemory) -> None:
    view = await bot.send(Auth(), by=BEN)
    assert isinstance(view, Message)
    assert len(view.details) == 1


async def test_offer_names_the_account_that_is_connected(bot: BotInMemory) -> None:
    view = await bot.send(Auth())
    assert isinstance(view, Message)
    assert "Ana u1" in str(view.details[0])


async def test_sdadmin_who_authorized_before_is_offered_those_connections(bot: BotInMemory) -> None:
    """The same page as ``admin connections``: reuse one, or sign in with a new account."""
    earlier, active = await bot.connect(ADA, "u2"), await bot.connect(ADA, "u3")
    view = await bot.send(Auth(), by=ADA)
    assert isinstance(view, ConnectionsPage)
    assert {one.id for one in view.connections} == {earlier.id, active.id}
    grant = view.new_account.url.reveal().partition(STATE)[2]
    assert (await authorize.start_sign_in(grant, bot.services)).url.startswith("https://login.example/")


async def test_sdadmin_without_a_usable_connection_gets_the_plain_sign_in(bot: BotInMemory) -> None:
    assert isinstance(await bot.send(Auth(), by=ADA), Message)
    dead = await bot.connect(ADA, "u2")
    async with bot.unit_of_work.write() as tx:
        await tx.tokens.store(dead.token_name, StoredTokens(None, None, None))
    assert isinstance(await bot.send(Auth(), by=ADA), Message)


async def test_offer_with_the_integration_off_is_refused(bot: BotInMemory) -> None:
    await bot.switch(integration=False)
    with pytest.raises(NotAllowed):
        await bot.send(Auth())


async def test_sign_in_starts_at_teamviewer_and_can_be_started_twice(bot: BotInMemory) -> None:
    state = await offer(bot)
    first, second = await start(bot, state), await start(bot, state)
    assert first.round_trip != second.round_trip
    assert isinstance(await come_back(bot, first), Connected)
    with pytest.raises(NotFound):
        await come_back(bot, second)


async def test_sign_in_is_finished_in_the_browser_that_started_it(bot: BotInMemory) -> None:
    """Who makes somebody else open the address that TeamViewer returns to connects nothing, and uses nothing up."""
    state = await offer(bot)
    started, elsewhere = await start(bot, state), await start(bot, await offer(bot, BEN))
    for browsers in ([], elsewhere.browsers, ["forged"]):
        with pytest.raises(NotAllowed, match="another browser"):
            await come_back(bot, replace(started, browsers=browsers))
        with pytest.raises(NotAllowed):
            await authorize.abandon_sign_in(started.round_trip, browsers, bot.services)
    assert bot.teamviewer.calls == []
    assert isinstance(await come_back(bot, started), Connected)


async def test_grant_of_the_button_is_no_round_trip(bot: BotInMemory) -> None:
    state = await offer(bot)
    started = await start(bot, state)
    with pytest.raises(NotFound):
        await come_back(bot, replace(started, round_trip=state))


async def test_code_is_exchanged_with_the_verifier_of_its_start(bot: BotInMemory) -> None:
    state = await offer(bot)
    first, second = await start(bot, state), await start(bot, state)
    await come_back(bot, first)
    one, other = bot.teamviewer.verifiers[:2]
    assert one != other
    assert bot.teamviewer.exchanged_with == [one]
    assert second.round_trip


async def test_sign_in_does_not_start_with_an_unknown_or_expired_grant(bot: BotInMemory) -> None:
    state = await offer(bot)
    with pytest.raises(NotFound):
        await authorize.start_sign_in("forged", bot.services)
    bot.clock.move(seconds=GRANT_FOR.total_seconds())
    with pytest.raises(NotFound):
        await authorize.start_sign_in(state, bot.services)


async def test_sign_in_does_not_start_with_the_integration_off(bot: BotInMemory) -> None:
    state = await offer(bot)
    await bot.switch(integration=False)
    with pytest.raises(NotAllowed):
        await authorize.start_sign_in(state, bot.services)


async def test_finished_sign_in_connects_audits_and_confirms(bot: BotInMemory) -> None:
    bot.teamviewer.owner = replace(bot.teamviewer.owner, email=BEN.email)
    result = await finish(bot, await offer(bot, BEN))
    assert result == Connected(bot.teamviewer.owner, BEN.email)
    (connection,) = await bot.connections(BEN)
    assert (connection.account, connection.is_active) == (bot.teamviewer.owner, True)
    assert await bot.audited() == [AuditEntry(bot.clock(), BEN.email, Action.CONNECTED, BEN.email)]
    assert bot.jobs == [
        ConfirmConnection(Platform.SLACK, ConnectionId(connection.id), CommandKey("auth")),
        RefreshHomes(BEN.email),
    ]


async def test_grant_is_good_for_one_sign_in(bot: BotInMemory) -> None:
    state = await offer(bot)
    await finish(bot, state)
    with pytest.raises(NotFound):
        await finish(bot, state)


async def test_sign_in_with_an_expired_grant_is_refused(bot: BotInMemory) -> None:
    state = await offer(bot)
    bot.clock.move(seconds=GRANT_FOR.total_seconds())
    with pytest.raises(NotFound):
        await finish(bot, state)
    assert bot.teamviewer.calls == []


async def test_sign_in_finished_with_the_integration_off_uses_no_grant(bot: BotInMemory) -> None:
    state = await offer(bot)
    await bot.switch(integration=False)
    with pytest.raises(NotAllowed):
        await finish(bot, state)
    await bot.switch(integration=True)
    assert isinstance(await finish(bot, state), Connected)


async def test_code_that_teamviewer_refuses_connects_nothing(bot: BotInMemory) -> None:
    before = await bot.connections()
    bot.teamviewer.fail_once("exchange", REFUSED)
    with pytest.raises(type(REFUSED)):
        await finish(bot, await offer(bot))
    assert await bot.connections() == before
    assert await revoked_by_the_sweep(bot) == 0


@pytest.mark.parametrize("error", [AWAY, REFUSED], ids=["away", "refused"])
async def test_tokens_of_an_unknown_account_are_revoked(bot: BotInMemory, error: BotError) -> None:
    before = await bot.connections()
    bot.teamviewer.fail_once("account", error)
    with pytest.raises(type(error)):
        await finish(bot, await offer(bot))
    assert await bot.connections() == before
    assert await revoked_by_the_sweep(bot) == 1


async def test_account_with_another_address_waits_for_a_confirmation(bot: BotInMemory) -> None:
    before = await bot.connections()
    result = (await mismatch(bot)).result
    assert (result.account, result.technician) == (bot.teamviewer.owner, ANA.email)
    assert await bot.connections() == before
    assert await bot.audited() == []
    assert bot.jobs == []


async def test_account_that_is_confirmed_in_the_browser_waits_for_a_confirmation_in_chat(
    bot: BotInMemory,
) -> None:
    before = await bot.connections()
    command = await confirm_in_browser(bot, await mismatch(bot))
    assert await bot.connections() == before
    connection = ConnectionId(command.connection)
    assert bot.jobs == [AskAboutAccount(Platform.SLACK, ANA.email, OTHER, connection, CommandKey("auth"))]
    assert await bot.audited() == []


async def test_account_is_confirmed_in_the_browser_that_signed_in(bot: BotInMemory) -> None:
    """A confirmation page that is sent to somebody else confirms nothing there."""
    waiting = await mismatch(bot)
    for browsers in ([], ["forged"]):
        with pytest.raises(NotAllowed, match="another browser"):
            await confirm_in_browser(bot, replace(waiting, browsers=browsers))
    assert isinstance(await confirm_in_browser(bot, waiting), ConnectAccount)


async def test_only_the_technician_can_confirm_in_chat(bot: BotInMemory) -> None:
    command = await confirm_in_browser(bot, await mismatch(bot))
    with pytest.raises(NotFound):
        await bot.send(command, by=BEN)
    assert isinstance(await bot.send(command), Message)


async def test_confirmation_in_chat_without_one_in_the_browser_connects_nothing(bot: BotInMemory) -> None:
    await mismatch(bot)
    async with bot.unit_of_work.read() as tx:
        (held,) = await tx.revocations.due(bot.clock() + timedelta(days=1))
    with pytest.raises(NotFound):
        await bot.send(ConnectAccount(held.id))


async def test_confirmation_in_chat_that_comes_too_late_connects_nothing(bot: BotInMemory) -> None:
    command = await confirm_in_browser(bot, await mismatch(bot))
    bot.clock.move(seconds=GRANT_FOR.total_seconds())
    with pytest.raises(NotFound):
        await bot.send(command)


async def test_confirmed_account_is_connected(bot: BotInMemory) -> None:
    view = await bot.send(await confirm_in_browser(bot, await mismatch(bot)))
    assert isinstance(view, Message)
    assert OTHER in str(view.text)
    active = [one.account.user_id for one in await bot.connections() if one.is_active]
    assert active == ["u7"]
    assert await bot.audited() == [AuditEntry(bot.clock(), ANA.email, Action.CONNECTED, OTHER)]
    assert [type(one) for one in bot.jobs] == [AskAboutAccount, RefreshHomes]


async def test_confirmation_works_once(bot: BotInMemory) -> None:
    waiting = await mismatch(bot)
    command = await confirm_in_browser(bot, waiting)
    await bot.send(command)
    with pytest.raises(NotFound):
        await bot.send(command)
    with pytest.raises(NotFound):
        await authorize.confirm_account(waiting.result.confirmation, waiting.browsers, bot.services)


async def test_reload_of_the_confirmation_asks_nothing_twice(bot: BotInMemory) -> None:
    """The page says again what is left to do. Another browser is refused."""
    waiting = await mismatch(bot)
    await confirm_in_browser(bot, waiting)
    jobs = list(bot.jobs)
    await authorize.confirm_account(waiting.result.confirmation, waiting.browsers, bot.services)
    assert bot.jobs == jobs
    with pytest.raises(NotAllowed, match="another browser"):
        await authorize.confirm_account(waiting.result.confirmation, ["forged"], bot.services)


async def test_reload_of_a_finished_sign_in_shows_the_same_and_changes_nothing(bot: BotInMemory) -> None:
    """A reload of the page is not a second sign-in. Another browser is refused."""
    started = await start(bot, await offer(bot))
    result = await come_back(bot, started)
    before = bot.teamviewer.calls.copy(), list(bot.jobs), await bot.audited()
    assert await come_back(bot, started) == result
    assert (bot.teamviewer.calls, list(bot.jobs), await bot.audited()) == before
    with pytest.raises(NotAllowed, match="another browser"):
        await come_back(bot, Start(started.round_trip, ["forged"]))


async def test_reload_says_connected_only_while_it_is_true(bot: BotInMemory) -> None:
    """Somebody who has disconnected, or used another account, is not called connected."""
    started = await start(bot, await offer(bot))
    await come_back(bot, started)
    async with bot.unit_of_work.write() as tx:
        for connection in await bot.connections():
            await tx.connections.deactivate(connection)
    with pytest.raises(NotFound):
        await come_back(bot, started)


async def test_reload_of_the_question_about_an_account_asks_it_again(bot: BotInMemory) -> None:
    """Until it is answered. After that there is nothing to confirm."""
    bot.teamviewer.owner = replace(bot.teamviewer.owner, user_id="u7", email=OTHER)
    started = await start(bot, await offer(bot))
    asked = await come_back(bot, started)
    assert isinstance(asked, AccountMismatch)
    assert await come_back(bot, started) == asked
    await authorize.confirm_account(asked.confirmation, started.browsers, bot.services)
    with pytest.raises(NotFound):
        await come_back(bot, started)


async def test_grant_of_a_sign_in_confirms_nothing(bot: BotInMemory) -> None:
    with pytest.raises(NotFound):
        await authorize.confirm_account(await offer(bot), [], bot.services)


async def test_confirmation_that_comes_too_late_is_refused_and_its_tokens_revoked(bot: BotInMemory) -> None:
    waiting = await mismatch(bot)
    bot.clock.move(seconds=GRANT_FOR.total_seconds())
    with pytest.raises(NotFound):
        await confirm_in_browser(bot, waiting)
    bot.clock.move(seconds=(GRANT_FOR + timedelta(minutes=1)).total_seconds())
    assert await revoked_by_the_sweep(bot) == 1


async def test_confirmation_of_tokens_that_are_gone_is_refused(bot: BotInMemory) -> None:
    command = await confirm_in_browser(bot, await mismatch(bot))
    async with bot.unit_of_work.write() as tx:
        (held,) = await tx.revocations.due(bot.clock() + timedelta(days=1))
        await tx.revocations.delete(held)
    with pytest.raises(NotFound):
        await bot.send(command)


async def test_confirmation_with_the_integration_off_is_refused(bot: BotInMemory) -> None:
    waiting = await mismatch(bot)
    command = await confirm_in_browser(bot, await mismatch(bot))
    await bot.switch(integration=False)
    with pytest.raises(NotAllowed):
        await confirm_in_browser(bot, waiting)
    with pytest.raises(NotAllowed):
        await bot.send(command)


async def test_abandoned_sign_in_uses_up_its_grant(bot: BotInMemory) -> None:
    state = await offer(bot)
    started = await start(bot, state)
    await authorize.abandon_sign_in(started.round_trip, started.browsers, bot.services)
    with pytest.raises(NotFound):
        await finish(bot, state)
