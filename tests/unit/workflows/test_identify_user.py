"""Find out who sent a command, then carry the command out."""

import pytest
from support.bot_in_memory import ANA, AWAY, PRIVATE, REFUSED, BotInMemory, N, actor_of

from bot.commands import Command, Create, ListOpen, OnSession, OpenForm, Status, Verb, encode_command
from bot.errors import BotError
from bot.jobs import CreateSession, DeliverAnswer, IdentifyUser
from bot.model.ids import CommandKey
from bot.model.technician import Platform
from bot.values import replace
from bot.views.form import SessionForm
from bot.views.pages import Message, StatusPage, View
from bot.views.parts import Button, Tone


async def wait(bot: BotInMemory, command: Command, platform: Platform = Platform.SLACK) -> IdentifyUser:
    """Store a command whose sender is not known yet, and return its job."""
    async with bot.context(command, ANA, PRIVATE, platform) as context:
        request = context.command_request
        return IdentifyUser(request.actor, request.key, encode_command(command))


def answer(bot: BotInMemory) -> View:
    (one,) = bot.answers
    return one.view


async def forget_everybody(bot: BotInMemory) -> None:
    bot.clock.move(days=100)
    async with bot.unit_of_work.write() as tx:
        await tx.people.purge(bot.clock(), limit=10)


async def test_sender_is_looked_up_and_their_command_carried_out(bot: BotInMemory) -> None:
    await forget_everybody(bot)
    await bot.finish_job(await wait(bot, Status()))
    view = answer(bot)
    assert isinstance(view, StatusPage)
    assert view.technician == ANA


async def test_command_that_changes_something_is_carried_out_once(bot: BotInMemory) -> None:
    job = await wait(bot, Create(N))
    await bot.run_job(job)
    await bot.run_job(job)
    assert len(await bot.sessions()) == 1
    assert [type(one) for one in bot.jobs] == [CreateSession, DeliverAnswer]


async def test_result_alone_answers_where_it_replaces_what_says_that_work_has_begun(bot: BotInMemory) -> None:
    """A second job would race with the result: its sender read the result twice, or "Looking up…" behind it."""
    await bot.run_job(await wait(bot, Create(N), Platform.TEAMS))
    assert [type(one) for one in bot.jobs] == [CreateSession]


async def test_command_that_is_refused_is_answered_with_the_reason(bot: BotInMemory) -> None:
    await bot.finish_job(await wait(bot, OnSession(Verb.END, N)))
    view = answer(bot)
    assert isinstance(view, Message)
    assert view.tone is Tone.REFUSED


@pytest.mark.parametrize("error", [AWAY, REFUSED], ids=["away", "refused"])
async def test_profile_that_cannot_be_read_is_reported(bot: BotInMemory, error: BotError) -> None:
    bot.slack.fail_once("profile", error)
    await bot.finish_job(await wait(bot, Create(N)))
    view = answer(bot)
    assert isinstance(view, Message)
    assert (view.tone, view.text) == (Tone.PROBLEM, error.text)
    assert (await bot.sessions(), bot.servicedesk.calls) == ([], [])


async def test_technicians_that_cannot_be_read_are_reported_where_none_are_stored(bot: BotInMemory) -> None:
    bot.clock.move(days=3)
    bot.servicedesk.fail_once("technicians", AWAY)
    await bot.finish_job(await wait(bot, Create(N)))
    view = answer(bot)
    assert isinstance(view, Message)
    assert view.tone is Tone.PROBLEM
    assert await bot.sessions() == []


async def test_stored_technicians_are_enough_while_servicedesk_is_away(bot: BotInMemory) -> None:
    bot.clock.move(hours=1)
    bot.servicedesk.fail_once("technicians", AWAY)
    await bot.finish_job(await wait(bot, ListOpen()))
    assert not isinstance(answer(bot), Message)


async def test_sender_who_is_no_technician_is_refused(bot: BotInMemory) -> None:
    bot.clock.move(minutes=10)
    del bot.servicedesk.names[ANA.email]
    await bot.finish_job(await wait(bot, Create(N)))
    view = answer(bot)
    assert isinstance(view, Message)
    assert view.tone is Tone.REFUSED
    assert await bot.sessions() == []


async def test_sender_who_became_a_technician_just_now_is_recognized(bot: BotInMemory) -> None:
    bot.clock.move(minutes=10)
    names = dict(bot.servicedesk.names)
    bot.servicedesk.names.clear()
    await bot.finish_job(await wait(bot, Status()))
    bot.servicedesk.names = names
    bot.clock.move(seconds=20)
    await bot.finish_job(await wait(bot, Status()))
    assert isinstance(bot.answers[-1].view, StatusPage)


async def test_sender_in_another_language_is_answered_in_it(bot: BotInMemory) -> None:
    account = actor_of(ANA)
    bot.slack.profiles[account] = replace(bot.slack.profiles[account], locale="fr")
    await bot.finish_job(await wait(bot, Status()))
    assert bot.answers[0].reader.language == "fr"


async def test_form_that_can_no_longer_open_is_offered_by_a_button(bot: BotInMemory) -> None:
    await bot.finish_job(await wait(bot, OpenForm(N)))
    view = answer(bot)
    assert isinstance(view, Message)
    (button,) = view.buttons
    assert isinstance(button, Button)
    assert button.command == OpenForm(N)


async def test_form_is_answered_where_an_answer_can_hold_it(bot: BotInMemory) -> None:
    await bot.finish_job(await wait(bot, OpenForm(N), Platform.TEAMS))
    assert isinstance(answer(bot), SessionForm)


async def test_command_that_is_no_longer_stored_is_not_carried_out(bot: BotInMemory) -> None:
    await bot.run_job(IdentifyUser(actor_of(ANA), CommandKey("none"), encode_command(Create(N))))
    assert (await bot.sessions(), bot.slack.calls) == ([], [])


async def test_sender_whose_profile_is_deleted_before_the_command_runs_is_not_known(bot: BotInMemory) -> None:
    bot.steps.after["read the technicians"] = lambda: forget_everybody(bot)
    await bot.finish_job(await wait(bot, Create(N)))
    view = answer(bot)
    assert isinstance(view, Message)
    assert view.tone is Tone.PROBLEM
