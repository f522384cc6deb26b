"""SDAdmins list, try, add and remove rules. A change is confirmed, recorded and announced once."""

import pytest
from support.bot_in_memory import ADA, ANA, PRIVATE, BotInMemory, N

from bot.commands import AddRule, Command, Create, OpenPolicyForm, RemoveRule, ShowPolicy, TryRule
from bot.errors import Misunderstood, NotAllowed, NotFound
from bot.i18n import ChannelRef, Text
from bot.jobs import AnnounceChange
from bot.model.audit import Action
from bot.model.ids import RequestNumber
from bot.model.policy import MOST_RULES
from bot.model.session import Kind
from bot.policy_syntax import rule_words
from bot.views.pages import Message
from bot.views.parts import Button, Tone
from bot.views.policy import PolicyForm, PolicyPage

EVERY: tuple[Command, ...] = (
    ShowPolicy(),
    OpenPolicyForm(),
    TryRule("no pilot"),
    AddRule("no pilot"),
    RemoveRule(1),
)


async def words_of(bot: BotInMemory) -> dict[int, str]:
    async with bot.unit_of_work.read() as tx:
        return {one.number: rule_words(one.rule) for one in await tx.policy.rules()}


async def actions(bot: BotInMemory) -> list[tuple[Action, str]]:
    async with bot.unit_of_work.read() as tx:
        return [(one.entry.action, one.entry.subject) for one in await tx.audit.all()]


@pytest.mark.parametrize("command", EVERY, ids=lambda one: str(one.tag))
async def test_only_an_sdadmin_may(bot: BotInMemory, command: Command) -> None:
    with pytest.raises(NotAllowed):
        await bot.send(command, by=ANA)
    assert await words_of(bot) == {}


@pytest.mark.parametrize("command", EVERY, ids=lambda one: str(one.tag))
async def test_only_in_channels_for_administration_where_there_are_some(command: Command) -> None:
    bot = BotInMemory(admin_channels={"C9": ChannelRef("C9")})
    await bot.start()
    with pytest.raises(NotAllowed):
        await bot.send(command, by=ADA)


async def test_a_rule_is_added_recorded_and_announced(bot: BotInMemory) -> None:
    page = await bot.send(AddRule('no pilot site:"Paris"'), by=ADA)
    assert isinstance(page, PolicyPage)
    assert page.said is not None
    assert page.said.tone is Tone.GOOD
    assert str(page.said.text) == "Rule 1 holds from now on: No Pilot sessions for site “Paris”."
    assert await words_of(bot) == {1: 'no pilot site:"Paris"'}
    assert await actions(bot) == [(Action.RULE_ADDED, '1: no pilot site:"Paris"')]
    (announced,) = bot.jobs
    assert isinstance(announced, AnnounceChange)
    assert "Ada added rule 1" in str(Text.from_json(announced.text))


async def test_the_same_rule_is_not_added_twice(bot: BotInMemory) -> None:
    await bot.send(AddRule("no pilot"), by=ADA)
    bot.unit_of_work.take_jobs()
    page = await bot.send(AddRule("no pilot sessions"), by=ADA)
    assert isinstance(page, PolicyPage)
    assert page.said is not None
    assert page.said.tone is Tone.PLAIN
    assert (await words_of(bot), bot.jobs) == ({1: "no pilot"}, [])


async def test_a_removed_number_is_never_given_again(bot: BotInMemory) -> None:
    await bot.send(AddRule("no pilot"), by=ADA)
    page = await bot.send(RemoveRule(1), by=ADA)
    assert isinstance(page, PolicyPage)
    assert page.said is not None
    assert str(page.said.text) == "Rule 1 no longer holds: No Pilot sessions."
    await bot.send(AddRule("no remote"), by=ADA)
    assert await words_of(bot) == {2: "no remote"}
    with pytest.raises(NotFound):
        await bot.send(RemoveRule(1), by=ADA)
    assert [action for action, _subject in await actions(bot)] == [
        Action.RULE_ADDED,
        Action.RULE_REMOVED,
        Action.RULE_ADDED,
    ]


async def test_there_are_no_more_rules_than_one_message_shows(bot: BotInMemory) -> None:
    for number in range(MOST_RULES):
        await bot.send(AddRule(f"at most {number + 1}"), by=ADA)
    with pytest.raises(NotAllowed):
        await bot.send(AddRule("no pilot"), by=ADA)
    await bot.send(AddRule("at most 1"), by=ADA)


async def test_here_is_where_the_rule_was_typed(bot: BotInMemory) -> None:
    await bot.send(AddRule("no sessions except channel:here"), by=ADA)
    await bot.send(AddRule("no pilot channel:here"), by=ADA, place=PRIVATE)
    assert list((await words_of(bot)).values()) == [
        'no sessions except channel:"C1"',
        "no pilot channel:private",
    ]


async def test_a_rule_of_an_altered_button_is_explained(bot: BotInMemory) -> None:
    with pytest.raises(Misunderstood):
        await bot.send(AddRule("gibberish"), by=ADA)


async def test_a_try_adds_nothing_and_offers_to_add_the_rule(bot: BotInMemory) -> None:
    for kind, number in ((Kind.PILOT, N), (Kind.REMOTE, N), (Kind.PILOT, RequestNumber("102"))):
        await bot.send(Create(number, kind))
    await bot.run_jobs()
    shown = await bot.send(TryRule("no pilot"), by=ADA)
    assert isinstance(shown, Message)
    said = [str(shown.text), *map(str, shown.details)]
    assert said == [
        "Not added yet: No Pilot sessions.",
        "Of 2 sessions in the last 30 days it would have refused 1.",
        f"The latest of them: #{N}",
    ]
    first = shown.buttons[0]
    assert isinstance(first, Button)
    assert first.command == AddRule("no pilot")
    assert await words_of(bot) == {}


async def test_a_try_looks_at_the_last_thirty_days(bot: BotInMemory) -> None:
    await bot.send(Create(N))
    await bot.run_jobs()
    bot.clock.move(seconds=31 * 86_400)
    shown = await bot.send(TryRule("no sessions"), by=ADA)
    assert isinstance(shown, Message)
    assert str(shown.details[0]) == "Of 0 sessions in the last 30 days it would have refused 0."


async def test_a_try_says_for_how_many_it_is_not_known(bot: BotInMemory) -> None:
    """Of a session from before its site was stored."""
    await bot.send(Create(N))
    await bot.run_jobs()
    bot.unit_of_work._data.origins.clear()
    shown = await bot.send(TryRule("no sessions site:Paris"), by=ADA)
    assert isinstance(shown, Message)
    assert "For 1 session it is not known" in str(shown.details[-1])


async def test_the_form_knows_where_it_was_opened(bot: BotInMemory) -> None:
    assert await bot.send(OpenPolicyForm(), by=ADA) == PolicyForm("C1", "Europe/Paris")
    assert await bot.send(OpenPolicyForm(), by=ADA, place=PRIVATE) == PolicyForm("", "Europe/Paris")
