"""Changes of profiles, technicians and SDAdmins while outside systems are asked are not lost."""

from support.bot_in_memory import ADA, ANA, BEN, BotInMemory, N, actor_of

from bot.commands import ChangeAdmin, ConfirmAccount, Create, encode_command
from bot.jobs import (
    ApplyAdminChange,
    IdentifyUser,
)
from bot.model.audit import Action
from bot.values import replace
from bot.views.pages import Message
from bot.views.parts import Tone


async def test_older_technician_list_that_arrives_after_a_newer_one_is_dropped(bot: BotInMemory) -> None:
    bot.clock.move(minutes=11)

    async def remove_ben() -> None:
        bot.clock.move(seconds=1)
        del bot.servicedesk.names[BEN.email]
        await bot.workflows.services.users.refresh_technicians()

    bot.servicedesk.before_return["technicians"] = remove_ben
    await bot.workflows.services.users.refresh_technicians()
    async with bot.unit_of_work.read() as tx:
        assert await tx.people.technician_name(BEN.email) is None


async def test_older_profile_that_arrives_after_a_newer_one_is_dropped(bot: BotInMemory) -> None:
    account = actor_of(BEN)

    async def deactivate() -> None:
        bot.clock.move(seconds=1)
        bot.slack.profiles[account] = replace(bot.slack.profiles[account], is_deactivated=True)
        await bot.workflows.services.users.read_profile(account)

    bot.slack.before_return["profile"] = deactivate
    await bot.workflows.services.users.read_profile(account)
    async with bot.unit_of_work.read() as tx:
        stored = await tx.people.profile(account)
    assert stored is not None
    assert stored[0].is_deactivated


async def test_integration_switched_off_while_a_sender_is_looked_up_refuses_their_command(
    bot: BotInMemory,
) -> None:
    key = await bot.store_command(Create(N))
    bot.slack.before_return["profile"] = lambda: bot.switch(integration=False)
    await bot.finish_job(IdentifyUser(actor_of(ANA), key, encode_command(Create(N))))
    assert await bot.sessions() == []
    (answer,) = bot.answers
    assert isinstance(answer.view, Message)
    assert answer.view.tone is Tone.REFUSED


async def test_command_carried_out_by_another_process_meanwhile_is_carried_out_once(bot: BotInMemory) -> None:
    key = await bot.store_command(Create(N))
    job = IdentifyUser(actor_of(ANA), key, encode_command(Create(N)))
    bot.slack.before_return["profile"] = lambda: bot.run_job(job)
    await bot.run_job(job)
    assert len(await bot.sessions()) == 1


async def change_admin(bot: BotInMemory, *, grants: bool, user: str) -> ApplyAdminChange:
    """Return the job of an SDAdmin's command, without enqueuing it."""
    await bot.send(ChangeAdmin(user, on=grants), by=ADA)
    (queued,) = bot.unit_of_work.take_jobs()
    assert isinstance(queued.job, ApplyAdminChange)
    return queued.job


async def test_role_revoked_while_the_same_role_is_granted_is_audited_and_answered_as_it_ended(
    bot: BotInMemory,
) -> None:
    """Whichever change finishes last decides. Each is audited and announced, so the log ends with the role as it is."""
    grant = await change_admin(bot, grants=True, user=actor_of(BEN).user)
    revoke = await change_admin(bot, grants=False, user=BEN.email)
    await bot.run_job(grant)
    second_grant = replace(grant, command=await bot.store_command(by=ADA))
    bot.slack.before_return["profile"] = lambda: bot.run_job(revoke)
    await bot.run_job(second_grant)
    changes = [Action.ADMIN_GRANTED, Action.ADMIN_REVOKED, Action.ADMIN_GRANTED]
    assert await bot.actions() == changes
    async with bot.unit_of_work.read() as tx:
        assert BEN.email in await tx.people.granted_admins()


async def test_technician_taken_off_the_list_while_they_are_made_an_admin_is_refused(
    bot: BotInMemory,
) -> None:
    grant = await change_admin(bot, grants=True, user=actor_of(BEN).user)
    bot.clock.move(minutes=1)

    async def remove() -> None:
        del bot.servicedesk.names[BEN.email]

    bot.slack.before_return["profile"] = remove
    await bot.run_job(grant)
    async with bot.unit_of_work.read() as tx:
        assert await tx.people.granted_admins() == frozenset()


async def test_account_whose_address_changes_while_it_is_confirmed_is_confirmed_as_it_is_then(
    bot: BotInMemory,
) -> None:
    """The SDAdmin confirmed the person. So the address counts that the account has at the end, and no earlier one."""
    account = actor_of(BEN)
    first, last = (replace(bot.slack.profiles[account], email=one) for one in (ADA.email, ANA.email))
    bot.slack.profiles[account] = first
    bot.servicedesk.names.pop(ADA.email)
    await bot.send(ConfirmAccount(account.user), by=ADA)
    (queued,) = bot.unit_of_work.take_jobs()

    async def change_address() -> None:
        async with bot.unit_of_work.write() as tx:
            await tx.people.store_profile(last, bot.clock())

    bot.clock.move(minutes=1)
    bot.servicedesk.before_return["technicians"] = change_address
    await bot.run_job(queued.job)
    async with bot.unit_of_work.read() as tx:
        assert last in await tx.people.profiles_of(ANA.email)
        assert first not in await tx.people.profiles_of(ADA.email)


async def test_admin_who_loses_the_role_while_their_grant_is_looked_up_grants_nothing(
    bot: BotInMemory,
) -> None:
    async with bot.unit_of_work.write() as tx:
        await tx.people.grant_admin(ANA.email)
    await bot.send(ChangeAdmin(actor_of(BEN).user), by=replace(ANA, is_admin=True))
    (queued,) = bot.unit_of_work.take_jobs()

    async def revoke() -> None:
        async with bot.unit_of_work.write() as tx:
            await tx.people.revoke_admin(ANA.email)

    bot.slack.before_return["profile"] = revoke
    await bot.finish_job(queued.job)
    async with bot.unit_of_work.read() as tx:
        assert await tx.people.granted_admins() == frozenset()
    (answer,) = bot.answers
    assert isinstance(answer.view, Message)
    assert answer.view.tone is Tone.PROBLEM
