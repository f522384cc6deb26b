"""Each state of a session needs evidence from TeamViewer, and its card claims no more than that shows."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from support.bot import RunningBot
from support.chat_user import ChatUser
from support.slack_user import until

Signal = Callable[[ChatUser, str, Any], None]


def joins(user: ChatUser, _number: str, session: Any) -> None:
    user.environment.teamviewer.join_session(session.code)


def connects(user: ChatUser, _number: str, session: Any) -> None:
    user.environment.teamviewer.connect_session(session.code)


def leaves(user: ChatUser, _number: str, session: Any) -> None:
    user.environment.teamviewer.leave_session(session.code)


def closes(user: ChatUser, _number: str, session: Any) -> None:
    user.environment.teamviewer.close_session(session.code)


@dataclass(frozen=True)
class Case:
    """Signals, each with the words that the card shows after it, and the words that no card shows in the whole case."""

    steps: tuple[tuple[Signal, str], ...]
    never: tuple[str, ...] = ("Connected",)
    running_reported: bool = True
    options: dict[str, object] = field(default_factory=dict)


CASES = {
    "the requester waits": Case(((joins, "Ann Lee is there"),)),
    "the requester waits and leaves": Case(
        ((joins, "Ann Lee is there"), (leaves, "Waiting again: Ann Lee left at"))
    ),
    "the requester comes back": Case(
        (
            (joins, "Ann Lee is there"),
            (leaves, "Waiting again: Ann Lee left at"),
            (joins, "Ann Lee is there"),
        )
    ),
    "a report names a running connection": Case(
        ((joins, "Ann Lee is there"), (connects, "Connected with Ann Lee"), (leaves, "Waiting again")),
        never=("Nobody",),
    ),
    "running connections are not reported": Case(
        ((connects, "Ann Lee is there"), (leaves, "Waiting again")), running_reported=False
    ),
    "nobody joins before the end": Case(((closes, "Nobody joined"),)),
    "the requester was there and no connection is reported": Case(
        ((joins, "Ann Lee is there"), (closes, "Connection time: not reported by TeamViewer")),
        never=("Connected", "Nobody"),
    ),
    "the end leaves a running connection": Case(
        (
            (connects, "Connected with Ann Lee"),
            (closes, "TeamViewer still shows Ann Lee there"),
        ),
        options={"closing_disconnects": False},
        never=("Nobody",),
    ),
}


@pytest.fixture(autouse=True)
def _reports_are_read_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.workflows.connection_reports.READ_AFTER", (timedelta(0),))


@pytest.fixture
def options(connected: ChatUser, monkeypatch: pytest.MonkeyPatch) -> Callable[[Case], None]:
    """Let TeamViewer behave as a case says, until the end of the test."""

    def choose(case: Case) -> None:
        chosen = {"running_reported": case.running_reported, **case.options}
        for name, value in chosen.items():
            monkeypatch.setattr(connected.environment.teamviewer.options, name, value)

    return choose


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
async def test_card_says_what_the_evidence_shows(
    connected: ChatUser, options: Callable[[Case], None], case: Case
) -> None:
    options(case)
    number, session = await connected.create()
    for signal, words in case.steps:
        signal(connected, number, session)
        card = await until(lambda words: connected.card(number, words), words)
        for claim in case.never:
            assert claim not in connected.text(card)


async def test_entering_while_the_requester_is_there_is_evidence_and_before_it_is_none(
    connected: ChatUser, bot: RunningBot
) -> None:
    number, session = await connected.create()
    await connected.type(f"enter {number}")
    # The account is looked at again before the way in is shown, so the answer may come later.
    await bot.settle()
    connected.environment.teamviewer.join_session(session.code)
    card = await until(lambda: connected.card(number, "Ann Lee is there"))
    assert "Connected" not in connected.text(card)
    await connected.type(f"enter {number}")
    await until(lambda: connected.card(number, "Connected with Ann Lee"))


async def test_end_says_that_links_stop_and_that_a_connection_may_go_on(
    connected: ChatUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The card shows that the requester is still there, until TeamViewer shows that they left."""
    monkeypatch.setattr(connected.environment.teamviewer.options, "closing_disconnects", False)
    number, session = await connected.create()
    connected.environment.teamviewer.connect_session(session.code)
    await until(lambda: connected.card(number, "Ann Lee is there"))
    await connected.type(f"end {number}")
    await connected.reads(
        "The links no longer work. If you are still connected, close the TeamViewer window too."
    )
    await until(lambda: connected.card(number, "TeamViewer still shows Ann Lee there"))
    connected.environment.teamviewer.leave_session(session.code)
    await until(lambda: "still shows" not in connected.text(connected.card(number, "Ended by")))


async def test_report_that_comes_after_the_end_says_how_long_and_how_it_was_rated(
    connected: ChatUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two connections in one session: their sum, and each of them for the creator. Until then nothing is claimed."""
    monkeypatch.setattr(connected.environment.teamviewer.options, "report_delay", timedelta(days=1))
    number, session = await connected.create()
    teamviewer = connected.environment.teamviewer
    for _connection in range(2):
        teamviewer.connect_session(session.code, f"LAPTOP-{number}")
        await until(lambda: connected.card(number, "Ann Lee is there"))
        teamviewer.leave_session(session.code)
        await until(lambda: connected.card(number, "Waiting again"))
    teamviewer.rate_session(session.code, 4, "Quick help")
    teamviewer.options.report_delay = timedelta(0)
    await connected.type(f"end {number}")
    card = await until(lambda: connected.card(number, "in 2 connections"))
    assert "Requester’s rating: 4" in connected.text(card)
