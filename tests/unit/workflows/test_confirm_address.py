"""Confirm that an account belongs to the technician of its e-mail address."""

import pytest
from support.bot_in_memory import ADA, ANA, AWAY, BEN, REFUSED, BotInMemory, actor_of

from bot.commands import ConfirmAccount
from bot.errors import BotError
from bot.jobs import AnnounceChange, Job, RefreshHomes, SendReply
from bot.model.audit import Action, AuditEntry
from bot.model.ids import Email
from bot.model.technician import Actor, AddressDoubt, Platform, Profile
from bot.values import replace
from bot.views.pages import Message
from bot.views.parts import Tone

SECOND = Actor(Platform.SLACK, "T1", "USECOND")


async def confirm(bot: BotInMemory, user: str = SECOND.user) -> list[Job]:
    """Run an SDAdmin's command and its job. Returns the jobs that it enqueued, but the answer, which is sent."""
    await bot.send(ConfirmAccount(user), by=ADA)
    (queued,) = bot.unit_of_work.take_jobs()
    await bot.run_job(queued.job)
    jobs = [one.job for one in bot.unit_of_work.take_jobs()]
    for job in jobs:
        if isinstance(job, SendReply):
            await bot.run_job(job)
    return [one for one in jobs if not isinstance(one, SendReply)]


async def doubt(bot: BotInMemory, actor: Actor) -> AddressDoubt | None:
    async with bot.unit_of_work.read() as tx:
        known_user = await tx.people.known_user(actor)
    assert known_user is not None
    return known_user.address_doubt


async def meet(bot: BotInMemory, profile: Profile) -> None:
    """Let the bot read an account's profile."""
    bot.slack.profiles[profile.actor] = profile
    await bot.workflows.services.users.read_profile(profile.actor)


def answer(bot: BotInMemory) -> Message:
    view = bot.answers[-1].view
    assert isinstance(view, Message)
    return view


async def test_confirmed_account_takes_over_the_address_of_another_one(bot: BotInMemory) -> None:
    """It is audited, announced and answered. The other account of the tenant is in doubt from then on."""
    await meet(bot, Profile(SECOND, "Ana again", ANA.email))
    assert await doubt(bot, SECOND) is AddressDoubt.TAKEN
    announcement, homes = await confirm(bot)
    assert isinstance(announcement, AnnounceChange)
    assert homes == RefreshHomes(ANA.email)
    assert await doubt(bot, SECOND) is None
    assert await doubt(bot, actor_of(ANA)) is AddressDoubt.TAKEN
    assert await bot.audited() == [
        AuditEntry(bot.clock(), ADA.email, Action.ACCOUNT_CONFIRMED, "slack/T1/USECOND is ana@example.com")
    ]
    assert answer(bot).tone is Tone.GOOD


async def test_changed_address_is_confirmed(bot: BotInMemory) -> None:
    new = Email("ben.new@example.com")
    bot.servicedesk.names[new] = "Ben"
    bot.clock.move(minutes=1)
    await meet(bot, replace(bot.slack.profiles[actor_of(BEN)], email=new))
    assert await doubt(bot, actor_of(BEN)) is AddressDoubt.CHANGED
    await confirm(bot, actor_of(BEN).user)
    assert await doubt(bot, actor_of(BEN)) is None
    assert answer(bot).tone is Tone.GOOD


async def test_account_without_doubt_is_not_confirmed(bot: BotInMemory) -> None:
    assert await confirm(bot, actor_of(ANA).user) == []
    assert await bot.audited() == []
    assert "Ana works as ana@example.com already" in str(answer(bot).text)
    assert answer(bot).tone is Tone.PLAIN


@pytest.mark.parametrize(
    ("account", "said"),
    [
        (Profile(SECOND, "Sam", ANA.email, is_guest=True), "cannot be confirmed"),
        (Profile(SECOND, "Sam", Email("stranger@example.com")), "cannot be confirmed"),
        (Profile(SECOND, "Sam", None), "shows no e-mail address"),
        (Profile(SECOND, "Sam", Email("ana@ex\u0430mple.com")), "ASCII"),
    ],
    ids=["guest", "no technician", "no address", "an address that looks like another"],
)
async def test_account_of_no_technician_is_not_confirmed(
    bot: BotInMemory, account: Profile, said: str
) -> None:
    bot.slack.profiles[SECOND] = account
    assert await confirm(bot) == []
    assert said in str(answer(bot).text)
    assert await bot.audited() == []


@pytest.mark.parametrize("error", [AWAY, REFUSED], ids=["away", "refused"])
async def test_failed_look_up_is_reported_and_confirms_nothing(bot: BotInMemory, error: BotError) -> None:
    await meet(bot, Profile(SECOND, "Ana again", ANA.email))
    bot.slack.fail_once("profile", error)
    assert await confirm(bot) == []
    assert answer(bot).tone is Tone.PROBLEM
    assert await doubt(bot, SECOND) is AddressDoubt.TAKEN
