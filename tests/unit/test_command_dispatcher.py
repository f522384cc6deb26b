"""The dispatcher: every command runs once, is answered in time, and nothing about it is decided twice."""

import asyncio
import json
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from support.fakes.services import INSTALLATION
from support.memory.unit_of_work import MemoryUnitOfWork

from bot import command_dispatcher, freshness
from bot.command_dispatcher import CommandDispatcher
from bot.commands import (
    Command,
    CommandRequest,
    Create,
    Help,
    Notify,
    OnSession,
    Place,
    Status,
    Verb,
    decode_command,
)
from bot.errors import NotAllowed, NotConfirmed
from bot.i18n import Language, Text
from bot.installation import Installation
from bot.jobs import DeliverAnswer, IdentifyUser, RefreshHomes
from bot.model.ids import CommandKey, Email, RequestNumber
from bot.model.technician import Actor, Directory, Platform, Profile
from bot.ports import Clock
from bot.unit_of_work import Transaction, UnitOfWork
from bot.values import replace
from bot.views.errors import error_view
from bot.views.pages import Message, StatusPage, View
from bot.views.parts import Reader

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
TOM = Email("tom@example.test")
ACTOR = Actor(Platform.SLACK, "T1", "U1")
PROFILE = Profile(ACTOR, "Tom", TOM, locale="fr-FR")
LOOKING_UP = "One moment: looking up who you are…"


@dataclass(frozen=True)
class Answer:
    """A rendered answer: the kind of view, its text, and its language."""

    kind: str
    text: str
    language: str


@dataclass
class Answers:
    """An answer format that counts."""

    rendered: int = 0
    loaded: int = 0

    def render(self, view: View, reader: Reader) -> Answer:
        self.rendered += 1
        text = Language("en").say(view.text) if isinstance(view, Message) else ""
        return Answer(type(view).__name__, text, reader.language)

    def dump(self, answer: Answer) -> str:
        return json.dumps([answer.kind, answer.text, answer.language])

    def load(self, stored: str) -> Answer:
        self.loaded += 1
        return Answer(*json.loads(stored))


@dataclass
class Services:
    """What the dispatcher uses, in memory."""

    unit_of_work: UnitOfWork
    installation: Installation = INSTALLATION
    clock: Clock = field(default=lambda: NOW)


@pytest.fixture
def store() -> MemoryUnitOfWork:
    return MemoryUnitOfWork()


@pytest.fixture
def answers() -> Answers:
    return Answers()


@pytest.fixture
def dispatcher(store: MemoryUnitOfWork) -> CommandDispatcher:
    return CommandDispatcher(Services(store))


async def remember(store: MemoryUnitOfWork, *, at: datetime = NOW, listed: bool = True) -> None:
    """Store a profile, and a technician list with or without it."""
    async with store.write() as tx:
        await tx.people.store_profile(PROFILE, at)
        await tx.people.store_directory(Directory({TOM: "Tom Ray"} if listed else {}, at))


def request(command: Command, key: str = "k1") -> CommandRequest:
    return CommandRequest(CommandKey(key), ACTOR, Place("D1", is_private=True), command)


async def test_a_command_of_a_known_technician_is_answered_in_their_language(
    store: MemoryUnitOfWork, dispatcher: CommandDispatcher, answers: Answers
) -> None:
    await remember(store)
    assert await dispatcher.dispatch(request(Status()), answers) == Answer("StatusPage", "", "fr")
    assert store.jobs == []


async def test_a_command_that_is_delivered_again_gets_its_first_answer_from_storage(
    store: MemoryUnitOfWork, dispatcher: CommandDispatcher, answers: Answers
) -> None:
    await remember(store)
    first = await dispatcher.dispatch(request(Notify(on=False)), answers)
    assert (answers.rendered, answers.loaded) == (1, 0), "a first answer is never read back"
    async with store.write() as tx:
        await tx.people.choose_pings(TOM, wanted=True)
    assert await dispatcher.dispatch(request(Notify(on=False)), answers) == first
    assert (answers.rendered, answers.loaded) == (1, 1)
    async with store.read() as tx:
        assert await tx.people.wants_pings(TOM)


async def test_a_reading_command_that_is_delivered_again_reads_again(
    store: MemoryUnitOfWork, dispatcher: CommandDispatcher, answers: Answers
) -> None:
    await remember(store)
    await dispatcher.dispatch(request(Status()), answers)
    await dispatcher.dispatch(request(Status()), answers)
    assert (answers.rendered, answers.loaded) == (2, 0)
    async with store.read() as tx:
        assert await tx.commands.return_address(CommandKey("k1")) is None, "no command is stored"


async def test_a_reading_command_of_an_unknown_sender_is_carried_out_by_the_job_that_looks_them_up(
    store: MemoryUnitOfWork, dispatcher: CommandDispatcher, answers: Answers
) -> None:
    assert (await dispatcher.dispatch(request(Status()), answers)).text == LOOKING_UP
    (queued,) = store.jobs
    assert isinstance(queued.job, IdentifyUser)
    async with store.read() as tx:
        assert await tx.commands.return_address(CommandKey("k1")) is not None, "the answer can be sent later"


async def test_command_delivered_again_before_its_answer_is_answered_with_wait(
    store: MemoryUnitOfWork, dispatcher: CommandDispatcher, answers: Answers
) -> None:
    async with store.write() as tx:
        await tx.commands.add(request(Notify()), NOW)
    assert (await dispatcher.dispatch(request(Notify()), answers)).text == "One moment…"


async def test_an_unknown_sender_is_looked_up_by_a_job_that_carries_the_command(
    store: MemoryUnitOfWork, dispatcher: CommandDispatcher, answers: Answers
) -> None:
    command = Create(RequestNumber("7"), note="lens")
    assert (await dispatcher.dispatch(request(command), answers)).text == LOOKING_UP
    await dispatcher.dispatch(request(command), answers)
    (queued,) = store.jobs
    assert isinstance(queued.job, IdentifyUser)
    assert decode_command(queued.job.command) == command
    assert queued.job.key == "k1"


async def test_a_sender_whose_profile_is_old_is_looked_up_for_a_change_and_not_for_a_reading_command(
    store: MemoryUnitOfWork, dispatcher: CommandDispatcher, answers: Answers
) -> None:
    await remember(store, at=NOW - timedelta(hours=2))
    assert (await dispatcher.dispatch(request(Help()), answers)).kind == "HelpPage"
    change = request(OnSession(Verb.END, "7"), "k2")
    assert (await dispatcher.dispatch(change, answers)).text == LOOKING_UP


async def test_somebody_who_is_no_technician_is_refused(
    store: MemoryUnitOfWork,
    dispatcher: CommandDispatcher,
    answers: Answers,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # The end-to-end tests shorten the limit for a whole run.
    monkeypatch.setattr(freshness, "DIRECTORY_FRESH_FOR_UNLISTED", timedelta(seconds=15))
    await remember(store, listed=False)
    refusal = await dispatcher.dispatch(request(Status()), answers)
    assert "is not a technician" in refusal.text
    assert refusal.language == "fr"


async def test_an_error_of_a_use_case_is_the_answer_and_is_stored(
    store: MemoryUnitOfWork, dispatcher: CommandDispatcher, answers: Answers
) -> None:
    await remember(store)
    command = request(OnSession(Verb.END, "7"))
    refusal = await dispatcher.dispatch(command, answers)
    assert "No session is open for request #7" in refusal.text
    assert await dispatcher.dispatch(command, answers) == refusal


async def test_a_technician_without_a_connection_gets_a_button_to_authorize(
    store: MemoryUnitOfWork, dispatcher: CommandDispatcher, answers: Answers
) -> None:
    await remember(store)
    refusal = await dispatcher.dispatch(request(Create(RequestNumber("7"))), answers)
    assert "connect your TeamViewer account" in refusal.text
    assert store.jobs == []


class SlowUnitOfWork:
    """A database that accepts nothing in time."""

    def read(self) -> AbstractAsyncContextManager[Transaction]:
        return MemoryUnitOfWork().read()

    def write(self) -> AbstractAsyncContextManager[Transaction]:
        return SlowTransaction()

    accept = write


class SlowTransaction(AbstractAsyncContextManager[Transaction]):
    async def __aenter__(self) -> Transaction:
        await asyncio.Event().wait()
        raise AssertionError

    async def __aexit__(self, *_error: object) -> None:
        return None


async def test_a_slow_commit_is_reported_as_not_confirmed(
    answers: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command_dispatcher, "COMMAND_TIMEOUT_SECONDS", 0.01)
    answer = await CommandDispatcher(Services(SlowUnitOfWork())).dispatch(request(Notify()), answers)
    assert "could not confirm your command" in answer.text


async def test_the_language_of_an_error_is_the_profile_s_then_the_default_then_the_installation_s(
    store: MemoryUnitOfWork, dispatcher: CommandDispatcher
) -> None:
    german = replace(INSTALLATION, language="de")
    assert await CommandDispatcher(Services(store, german)).find_reader(ACTOR) == Reader("de")
    assert await dispatcher.find_reader(ACTOR, Reader("fr", "Europe/Paris")) == Reader("fr", "Europe/Paris")
    await remember(store)
    assert (await dispatcher.find_reader(ACTOR, Reader("en"))).language == "fr"


async def test_a_refresh_reads_without_storing_a_command(
    store: MemoryUnitOfWork, dispatcher: CommandDispatcher
) -> None:
    with pytest.raises(NotAllowed):
        await dispatcher.run_read_only_command(request(Status()))
    await remember(store)
    view, reader = await dispatcher.run_read_only_command(request(Status()))
    assert isinstance(view, StatusPage)
    assert reader.language == "fr"
    async with store.read() as tx:
        assert await tx.commands.return_address(CommandKey("k1")) is None


async def test_a_command_that_nobody_waits_for_runs_once_and_has_no_answer(
    store: MemoryUnitOfWork, dispatcher: CommandDispatcher
) -> None:
    await remember(store, at=NOW - timedelta(days=3))
    for _delivery in range(2):
        await dispatcher.run_unanswered(request(Notify(on=False)))
    async with store.read() as tx:
        assert not await tx.people.wants_pings(TOM)
        assert await tx.commands.stored_answer("k1") is None
    (queued,) = store.jobs
    assert queued.job == RefreshHomes(TOM), "nobody is looked up"


@pytest.mark.parametrize("sender", ["unknown", "no technician"])
async def test_a_command_that_nobody_waits_for_changes_nothing_for_somebody_who_is_no_technician(
    store: MemoryUnitOfWork, dispatcher: CommandDispatcher, sender: str
) -> None:
    if sender == "no technician":
        await remember(store, listed=False)
    await dispatcher.run_unanswered(request(Notify(on=False)))
    async with store.read() as tx:
        assert await tx.people.wants_pings(TOM)
    assert store.jobs == []


async def test_a_slow_commit_of_a_command_that_nobody_waits_for_is_raised(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(command_dispatcher, "COMMAND_TIMEOUT_SECONDS", 0.01)
    with pytest.raises(NotConfirmed):
        await CommandDispatcher(Services(SlowUnitOfWork())).run_unanswered(request(Notify(on=False)))


async def test_accepted_command_is_answered_by_a_job_however_often_it_is_delivered(
    store: MemoryUnitOfWork, dispatcher: CommandDispatcher, answers: Answers
) -> None:
    await remember(store)
    for _delivery in range(2):
        await dispatcher.accept(request(Status()), answers)
    (queued,) = store.jobs
    assert queued.job == DeliverAnswer(Platform.SLACK, CommandKey("k1"))
    async with store.read() as tx:
        assert "StatusPage" in (await tx.commands.stored_answer("k1") or "")


async def test_accepted_command_of_somebody_unknown_waits_for_their_identification(
    store: MemoryUnitOfWork, dispatcher: CommandDispatcher, answers: Answers
) -> None:
    await dispatcher.accept(request(Status()), answers)
    (queued,) = store.jobs
    assert isinstance(queued.job, IdentifyUser)
    assert answers.rendered == 0


async def test_text_that_is_no_command_is_answered_once(
    store: MemoryUnitOfWork, dispatcher: CommandDispatcher, answers: Answers
) -> None:
    for _delivery in range(2):
        await dispatcher.accept(request(Help()), answers, refusal=error_view(NotAllowed(Text("No."))))
    assert [queued.job for queued in store.jobs] == [DeliverAnswer(Platform.SLACK, CommandKey("k1"))]
    async with store.read() as tx:
        assert "No." in (await tx.commands.stored_answer("k1") or "")


async def test_slow_commit_of_an_accepted_command_is_raised_so_that_it_is_delivered_again(
    monkeypatch: pytest.MonkeyPatch, answers: Answers
) -> None:
    monkeypatch.setattr(command_dispatcher, "COMMAND_TIMEOUT_SECONDS", 0.01)
    with pytest.raises(NotConfirmed):
        await CommandDispatcher(Services(SlowUnitOfWork())).accept(request(Notify()), answers)
