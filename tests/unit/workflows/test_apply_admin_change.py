"""Grant or revoke the SDAdmin role."""

import pytest
from support.bot_in_memory import ADA, AWAY, BEN, REFUSED, BotInMemory, actor_of

from bot.commands import ChangeAdmin
from bot.errors import BotError
from bot.jobs import AnnounceChange, ApplyAdminChange, Job, RefreshHomes, SendReply
from bot.model.audit import Action, AuditEntry
from bot.model.ids import CommandKey, Email
from bot.model.technician import Platform
from bot.values import replace
from bot.views.pages import Message
from bot.views.parts import Tone

BEN_ACCOUNT = actor_of(BEN)
GONE = Email("gone@example.com")


async def change(bot: BotInMemory, user: str, *, on: bool) -> list[Job]:
    """Run an SDAdmin's command and its job. Returns the jobs that it enqueued, but the answer, which is sent."""
    await bot.send(ChangeAdmin(user, on=on), by=ADA)
    (queued,) = bot.unit_of_work.take_jobs()
    await bot.run_job(queued.job)
    jobs = [one.job for one in bot.unit_of_work.take_jobs()]
    for job in jobs:
        if isinstance(job, SendReply):
            await bot.run_job(job)
    return [one for one in jobs if not isinstance(one, SendReply)]


async def granted(bot: BotInMemory) -> frozenset[Email]:
    async with bot.unit_of_work.read() as tx:
        return await tx.people.granted_admins()


async def grant(bot: BotInMemory, address: Email) -> None:
    async with bot.unit_of_work.write() as tx:
        await tx.people.grant_admin(address)


def tone(bot: BotInMemory) -> Tone:
    """Return the tone of the answer."""
    view = bot.answers[-1].view
    assert isinstance(view, Message)
    return view.tone


def text(bot: BotInMemory) -> str:
    """Return the text of the answer."""
    view = bot.answers[-1].view
    assert isinstance(view, Message)
    return str(view.text)


async def test_grant_is_stored_audited_announced_and_answered(bot: BotInMemory) -> None:
    jobs = await change(bot, BEN_ACCOUNT.user, on=True)
    assert await granted(bot) == {BEN.email}
    assert await bot.audited() == [AuditEntry(bot.clock(), ADA.email, Action.ADMIN_GRANTED, BEN.email)]
    announcement, homes = jobs
    assert isinstance(announcement, AnnounceChange)
    assert homes == RefreshHomes(BEN.email)
    assert tone(bot) is Tone.GOOD


async def test_technician_is_granted_the_role_by_their_address(bot: BotInMemory) -> None:
    """They may not be in this chat yet, so no account is read. The announcement and the answer have their name."""
    await change(bot, BEN.email, on=True)
    assert await granted(bot) == {BEN.email}
    assert await bot.audited() == [AuditEntry(bot.clock(), ADA.email, Action.ADMIN_GRANTED, BEN.email)]
    assert BEN.name in text(bot)


@pytest.mark.parametrize("address", ["nobody@example.com", "bеn@example.com"])
async def test_address_of_no_technician_is_refused(bot: BotInMemory, address: str) -> None:
    """Nor one that only looks like a technician's."""
    await change(bot, address, on=True)
    assert await granted(bot) == frozenset()
    assert address in text(bot)


async def test_role_that_is_granted_already_is_not_confirmed(bot: BotInMemory) -> None:
    await grant(bot, BEN.email)
    assert await change(bot, BEN_ACCOUNT.user, on=True) == []
    assert (await bot.audited(), tone(bot)) == ([], Tone.PLAIN)
    assert "Ben is an SDAdmin already" in text(bot)


async def test_admin_of_the_settings_is_not_granted_the_role_once_more(bot: BotInMemory) -> None:
    """A grant would stay when the settings no longer name them."""
    assert await change(bot, actor_of(ADA).user, on=True) == []
    assert (await granted(bot), tone(bot)) == (frozenset(), Tone.PLAIN)


@pytest.mark.parametrize("on", [True, False], ids=["grant", "revoke"])
async def test_change_whose_step_runs_again_after_a_crash_is_confirmed_as_it_was(
    bot: BotInMemory, *, on: bool
) -> None:
    """The second run finds nothing to change any more, and that is not the answer to the command."""
    if not on:
        await grant(bot, BEN.email)
    await bot.send(ChangeAdmin(BEN_ACCOUNT.user, on=on), by=ADA)
    (queued,) = bot.unit_of_work.take_jobs()
    for _run in range(2):
        await bot.run_job(queued.job)
    await bot.run_jobs()
    assert [tone(bot), len(await bot.audited())] == [Tone.GOOD, 1]


@pytest.mark.parametrize(
    "changed",
    [
        {"email": None},
        {"email": Email("nobody@example.com")},
        {"is_guest": True},
        {"is_external": True},
        {"is_deactivated": True},
        {"is_bot": True},
    ],
    ids=lambda one: next(iter(one)),
)
async def test_somebody_who_cannot_be_an_admin_is_refused(
    bot: BotInMemory, changed: dict[str, Email | bool | None]
) -> None:
    profile = bot.slack.profiles[BEN_ACCOUNT]
    bot.slack.profiles[BEN_ACCOUNT] = replace(profile, **changed)  # type: ignore[arg-type]  # each case names a field
    assert await change(bot, BEN_ACCOUNT.user, on=True) == []
    assert (await granted(bot), await bot.audited(), tone(bot)) == (frozenset(), [], Tone.PROBLEM)


@pytest.mark.parametrize("error", [AWAY, REFUSED], ids=["away", "refused"])
async def test_grant_to_an_account_that_cannot_be_read_is_refused(bot: BotInMemory, error: BotError) -> None:
    bot.slack.fail_once("profile", error)
    await change(bot, BEN_ACCOUNT.user, on=True)
    assert (await granted(bot), tone(bot)) == (frozenset(), Tone.PROBLEM)


@pytest.mark.parametrize("user", [BEN_ACCOUNT.user, "BEN@example.com"], ids=["account", "address"])
async def test_revocation_is_stored_audited_announced_and_answered(bot: BotInMemory, user: str) -> None:
    await grant(bot, BEN.email)
    jobs = await change(bot, user, on=False)
    assert await granted(bot) == frozenset()
    assert await bot.actions() == [Action.ADMIN_REVOKED]
    assert [type(one) for one in jobs] == [AnnounceChange, RefreshHomes]
    assert tone(bot) is Tone.GOOD


async def test_role_that_nobody_has_is_not_confirmed_as_revoked(bot: BotInMemory) -> None:
    assert await change(bot, BEN.email, on=False) == []
    assert (await bot.audited(), tone(bot)) == ([], Tone.PLAIN)
    assert "ben@example.com is not an SDAdmin, so nothing was changed" in text(bot)


async def test_address_with_invisible_characters_is_the_address_without_them(bot: BotInMemory) -> None:
    """A job that an earlier version enqueued may hold them."""
    await grant(bot, BEN.email)
    await change(bot, "ben\u2060@exam\u200bple.com", on=False)
    assert (await granted(bot), tone(bot)) == (frozenset(), Tone.GOOD)


async def test_role_of_somebody_who_left_is_revoked_by_their_address(bot: BotInMemory) -> None:
    await grant(bot, GONE)
    await change(bot, GONE, on=False)
    assert await granted(bot) == frozenset()


@pytest.mark.parametrize("left", ["account", "address"])
async def test_role_of_somebody_who_left_the_chat_is_revoked_by_what_is_stored(
    bot: BotInMemory, left: str
) -> None:
    await grant(bot, BEN.email)
    if left == "account":
        del bot.slack.profiles[BEN_ACCOUNT]
    else:
        bot.slack.profiles[BEN_ACCOUNT] = replace(bot.slack.profiles[BEN_ACCOUNT], email=None)
    await change(bot, BEN_ACCOUNT.user, on=False)
    assert await granted(bot) == frozenset()


async def test_revocation_from_an_account_that_nobody_knows_is_refused(bot: BotInMemory) -> None:
    await change(bot, "UNOBODY", on=False)
    assert (tone(bot), await bot.audited()) == (Tone.PROBLEM, [])


@pytest.mark.parametrize("user", [actor_of(ADA).user, ADA.email])
async def test_admin_of_the_settings_cannot_be_revoked_from_chat(bot: BotInMemory, user: str) -> None:
    await change(bot, user, on=False)
    assert (tone(bot), await bot.audited()) == (Tone.PROBLEM, [])


async def test_granted_admin_may_give_their_own_role_up(bot: BotInMemory) -> None:
    await grant(bot, BEN.email)
    await bot.send(ChangeAdmin(BEN.email, on=False), by=replace(BEN, is_admin=True))
    await bot.run_jobs()
    assert (await granted(bot), tone(bot)) == (frozenset(), Tone.GOOD)


async def test_change_of_a_command_that_is_no_longer_stored_is_not_made(bot: BotInMemory) -> None:
    job = ApplyAdminChange(
        Platform.SLACK, BEN.email, grants=True, by=ADA.email, by_name="Ada", command=CommandKey("none")
    )
    await bot.finish_job(job)
    assert (await granted(bot), bot.answers) == (frozenset(), [])
