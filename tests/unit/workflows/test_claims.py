"""Whatever TeamViewer signals, in whatever order: nothing claims more than its answers have shown so far.

And each arrival is announced once in each chat, and each session leaves one record, whose worklog is the reports' sum.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from msgspec import Struct
from support.bot_in_memory import CHANNEL, PRIVATE, BotInMemory
from support.fakes.chat import FakeChat
from support.generation import play_all
from support.records import notes_of_record
from support.teamviewer_signals import SIGNALS, SignalledSession

from bot.i18n import Language, Text
from bot.model.session_connection import SessionConnection
from bot.model.session_record import RecordKind
from bot.values import field_names

SEQUENCES = 200


def sentences(value: object) -> Iterator[str]:
    """Yield every sentence in a view, in English."""
    if isinstance(value, Text):
        yield Language("en").say(value)
    elif isinstance(value, Struct):
        for name in field_names(value):
            yield from sentences(getattr(value, name))
    elif isinstance(value, list | tuple):
        for one in value:
            yield from sentences(one)


def seconds_of(connections: list[SessionConnection]) -> int:
    """Return in how many seconds at least one of these connections existed, counted one by one."""
    existing: set[int] = set()
    for one in connections:
        if one.ended_at is not None:
            existing.update(range(int(one.started_at.timestamp()), int(one.ended_at.timestamp())))
    return len(existing)


async def expect_true_claims(signalled: SignalledSession) -> None:
    """Expect that what every card says is backed by what TeamViewer has answered."""
    bot = signalled.bot
    requester = "Rita"
    finished = [one for one in signalled.shown_connections if one.ended_at is not None]
    for card in await bot.cards(signalled.session.id):
        said = " | ".join(sentences(bot.shown(card)))
        if f"Connected with {requester}" in said:
            assert signalled.is_shown_running or signalled.has_entered, said
        if f"{requester} is there" in said:
            assert signalled.is_shown_there, said
        if f"still shows {requester} there" in said:
            assert signalled.is_shown_online, said
        if "Waiting for" in said or "Nobody was seen" in said:
            assert not signalled.was_shown_there, said
        if "Waiting again" in said:
            assert signalled.was_shown_there, said
            assert not signalled.is_shown_there, said
        if "Connected for" in said:
            lasted = timedelta(seconds=seconds_of(finished))
            assert f"Connected for {Language('en').duration(int(lasted.total_seconds()))}" in said, said
        if "not reported by TeamViewer" in said:
            assert finished == [], said
        if "Ended" in said or "Expired" in said:
            assert not signalled.is_open, said


def said_in(chat: FakeChat, words: str) -> list[str]:
    """Return every message of the chat, and every reply in it, that says this."""
    views = [*chat.messages.values(), *(view for _card, view in chat.replies)]
    texts = [" | ".join(sentences(view)) for view in views]
    return [text for text in texts if words in text]


async def expect_one_ping_an_arrival(signalled: SignalledSession) -> None:
    """Expect one announcement of each arrival in each chat, and none of a departure after help."""
    for chat in (signalled.bot.slack, signalled.bot.teams):
        assert len(said_in(chat, "is there, for request")) == signalled.arrivals
        departures = len(said_in(chat, "nobody was seen to connect"))
        assert departures <= signalled.departures_without_help


async def expect_one_record(signalled: SignalledSession) -> None:
    """Expect one record of a session that is over, with the sum of the reports, and none of an open one."""
    is_over = not (await signalled.bot.session(signalled.session.id)).state.is_open
    assert len(notes_of_record(signalled.bot)) == int(is_over)
    seconds = seconds_of([one for one in signalled.shown_connections if one.ended_at is not None])
    expected = [max((seconds + 30) // 60, 1)] if is_over and seconds else []
    assert [worklog.minutes for _request, worklog in signalled.bot.servicedesk.worklogs] == expected


@pytest.mark.long
async def test_nothing_claims_more_than_teamviewer_has_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The first sequence is a whole session: there, connected, reported, left, back, ended, reported late."""
    number = 0

    async def play(signals: list[Any]) -> None:
        nonlocal number
        number += 1
        bot = BotInMemory(record=RecordKind.WORKLOG)
        await bot.start()
        signalled = SignalledSession(bot, await bot.open_session(place=PRIVATE if number % 2 else CHANNEL))
        await expect_true_claims(signalled)
        for signal in signals:
            await signalled.receive(signal)
            await expect_true_claims(signalled)
            await expect_one_ping_an_arrival(signalled)
            await expect_one_record(signalled)

    await play_all(
        play,
        SIGNALS,
        first=[
            "comes",
            "technician enters",
            "connects",
            "is reported",
            "leaves",
            "comes",
            "connects",
            "time passes",
            "is reported",
            "is ended here",
            "leaves",
            "is reported",
            "reports are read",
            "reports are gone",
            "reports are read",
        ],
        sequences=SEQUENCES,
        monkeypatch=monkeypatch,
    )
