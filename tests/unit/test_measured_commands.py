"""Each command is counted with its word and how it was answered, and with nothing about who sent it."""

from datetime import timedelta

import pytest
from prometheus_client import REGISTRY
from support.bot_in_memory import ADA, ANA, PRIVATE, BotInMemory, actor_of

from adapters import measured_commands
from adapters.measured_commands import FirstCards, MeasuredDispatcher
from bot.commands import Command, CommandRequest, Create, Notify, OnSession, Status, Verb
from bot.errors import Unavailable
from bot.i18n import Text
from bot.jobs import PostCard
from bot.model.ids import CommandKey, Email, RequestNumber
from bot.model.technician import Actor, Platform
from bot.views.pages import View
from bot.views.parts import Reader

STRANGER = Actor(Platform.SLACK, "T1", "USTRANGER")


class Views:
    """An answer format that returns the view itself."""

    def __init__(self) -> None:
        self.stored: dict[str, View] = {}

    def render(self, view: View, reader: Reader) -> View:
        del reader
        return view

    def dump(self, answer: View) -> str:
        self.stored[repr(answer)] = answer
        return repr(answer)

    def load(self, stored: str) -> View:
        return self.stored[stored]


class BrokenViews(Views):
    """An answer format that fails."""

    def render(self, view: View, reader: Reader) -> View:
        del view, reader
        raise Unavailable(Text("It is away."))


def count(word: str, result: str) -> float:
    labels = {"platform": "slack", "word": word, "result": result}
    return REGISTRY.get_sample_value("tvbot_commands_total", labels) or 0.0


def answers() -> float:
    return REGISTRY.get_sample_value("tvbot_command_answer_seconds_count", {"platform": "slack"}) or 0.0


def request(command: Command, by: Actor | None = None, key: str = "k1") -> CommandRequest:
    return CommandRequest(CommandKey(key), by or actor_of(ANA), PRIVATE, command)


@pytest.mark.parametrize(
    ("command", "by", "word", "result"),
    [
        (Status(), actor_of(ANA), "status", "done"),
        (Create(RequestNumber("101")), actor_of(ANA), "create", "accepted"),
        (OnSession(Verb.END, "999"), actor_of(ANA), "end", "refused"),
        (Notify(on=False), STRANGER, "notify", "accepted"),
    ],
    ids=["done", "accepted", "refused", "looked up first"],
)
async def test_command_is_counted_by_its_word_and_its_answer(
    command: Command, by: Actor, word: str, result: str, bot: BotInMemory
) -> None:
    counted, answered = count(word, result), answers()
    await MeasuredDispatcher(bot.services, Platform.SLACK).dispatch(request(command, by), Views())
    assert count(word, result) == counted + 1
    assert answers() == answered + 1


async def test_command_that_is_delivered_again_counts_as_repeated(bot: BotInMemory) -> None:
    dispatcher, views = MeasuredDispatcher(bot.services, Platform.SLACK), Views()
    done, repeated = count("notify", "done"), count("notify", "repeated")
    first = await dispatcher.dispatch(request(Notify(on=False)), views)
    assert await dispatcher.dispatch(request(Notify(on=False)), views) == first
    assert (count("notify", "done"), count("notify", "repeated")) == (done + 1, repeated + 1)


async def test_command_without_an_answer_counts_as_failed(bot: BotInMemory) -> None:
    failed, answered = count("status", "failed"), answers()
    with pytest.raises(Unavailable):
        await MeasuredDispatcher(bot.services, Platform.SLACK).dispatch(request(Status()), BrokenViews())
    assert (count("status", "failed"), answers()) == (failed + 1, answered)


async def test_command_that_was_not_confirmed_in_time_counts_as_such(
    bot: BotInMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    unconfirmed = count("status", "unconfirmed")
    monkeypatch.setattr(measured_commands, "COMMAND_TIMEOUT_SECONDS", 0.0)
    await MeasuredDispatcher(bot.services, Platform.SLACK).dispatch(request(Status()), Views())
    assert count("status", "unconfirmed") == unconfirmed + 1


async def test_troubles_are_counted_from_zero(bot: BotInMemory) -> None:
    """Prometheus would not see the first one of a series that did not exist before."""
    MeasuredDispatcher(bot.services, Platform.TEAMS)
    for word in ("create", "end", "admin-doctor"):
        for result in ("failed", "problem", "unconfirmed"):
            labels = {"platform": "teams", "word": word, "result": result}
            assert REGISTRY.get_sample_value("tvbot_commands_total", labels) is not None


async def test_command_that_is_answered_by_a_job_is_counted_by_the_answer_it_will_get(
    bot: BotInMemory,
) -> None:
    done, accepted = count("status", "done"), count("notify", "accepted")
    dispatcher = MeasuredDispatcher(bot.services, Platform.SLACK)
    await dispatcher.accept(request(Status()), Views())
    await dispatcher.run_unanswered(request(Notify(on=False), key="k2"))
    assert (count("status", "done"), count("notify", "accepted")) == (done + 1, accepted + 1)


async def test_first_card_is_measured_from_the_command_and_only_once(bot: BotInMemory) -> None:
    session = await bot.accept_session()
    bot.clock.move(seconds=7)
    await bot.run_jobs()
    assert bot.fakes.meter.first_cards == [(Platform.SLACK, timedelta(seconds=7))]
    key = await bot.store_command(Status())
    await bot.run_job(PostCard(Platform.SLACK, session.id, key))
    assert len(bot.fakes.meter.first_cards) == 1, "a card that somebody asked to see is no first card"


def test_first_card_before_its_command_takes_no_time() -> None:
    """Two machines' clocks may differ."""
    name = "tvbot_first_card_seconds_sum"
    FirstCards().record_first_card(Platform.TEAMS, timedelta(0))
    before = REGISTRY.get_sample_value(name, {"platform": "teams"})
    FirstCards().record_first_card(Platform.TEAMS, timedelta(seconds=-3))
    assert REGISTRY.get_sample_value(name, {"platform": "teams"}) == before


async def test_no_label_names_a_person(bot: BotInMemory) -> None:
    await MeasuredDispatcher(bot.services, Platform.SLACK).dispatch(request(Status()), Views())
    labels = {
        value
        for family in REGISTRY.collect()
        for sample in family.samples
        for value in sample.labels.values()
    }
    people = {str(one) for one in (ANA.email, ANA.name, ADA.email, Email("rita@example.com"), STRANGER.user)}
    assert labels.isdisjoint(people | {actor_of(ANA).user, "T1", PRIVATE.channel, "101"})
