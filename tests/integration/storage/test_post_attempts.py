"""The attempts to post cards, and which command a card was posted for: in memory and on each database."""

from datetime import timedelta

from support.sessions import NOW, make_session

from bot.model.card import Audience, Card, PostAttempt
from bot.model.ids import CommandKey, SessionId
from bot.model.session import Session
from bot.model.technician import Platform
from bot.unit_of_work import UnitOfWork
from bot.values import replace

COMMAND, OTHER_COMMAND = CommandKey("create"), CommandKey("show")


async def _store_session(unit_of_work: UnitOfWork) -> Session:
    session = make_session()
    async with unit_of_work.write() as tx:
        return await tx.sessions.open(session, COMMAND, another=True)


async def test_second_attempt_of_a_post_returns_the_first(unit_of_work: UnitOfWork) -> None:
    """Its marker and its time are those of the message that may be there already."""
    session = await _store_session(unit_of_work)
    first = PostAttempt.new(session.id, COMMAND, NOW, is_private=False)
    again = PostAttempt.new(session.id, COMMAND, NOW + timedelta(seconds=5), is_private=False)
    assert first.marker != again.marker
    async with unit_of_work.write() as tx:
        assert await tx.cards.add_attempt(first) == first
    async with unit_of_work.write() as tx:
        assert await tx.cards.add_attempt(again) == first
        assert await tx.cards.find_attempt(session.id, COMMAND, is_private=False) == first


async def test_posts_of_other_commands_and_in_private_have_attempts_of_their_own(
    unit_of_work: UnitOfWork,
) -> None:
    session = await _store_session(unit_of_work)
    attempts = [
        PostAttempt.new(session.id, command, NOW, is_private=is_private)
        for command in (COMMAND, OTHER_COMMAND)
        for is_private in (False, True)
    ]
    async with unit_of_work.write() as tx:
        for one in attempts:
            assert await tx.cards.add_attempt(one) == one
        await tx.cards.delete_attempt(attempts[0])
    async with unit_of_work.read() as tx:
        found = [
            await tx.cards.find_attempt(one.session_id, one.command, is_private=one.is_private)
            for one in attempts
        ]
    assert found == [None, *attempts[1:]]


async def test_attempt_is_found_by_the_marker_that_its_message_carries(unit_of_work: UnitOfWork) -> None:
    session = await _store_session(unit_of_work)
    attempt = PostAttempt.new(session.id, COMMAND, NOW, is_private=True)
    async with unit_of_work.write() as tx:
        await tx.cards.add_attempt(attempt)
        await tx.cards.add_attempt(PostAttempt.new(session.id, COMMAND, NOW, is_private=False))
    async with unit_of_work.read() as tx:
        assert await tx.cards.find_marked_attempt(session.id, attempt.marker) == attempt
        assert await tx.cards.find_marked_attempt(SessionId("other"), attempt.marker) is None
        assert await tx.cards.find_marked_attempt(session.id, "another") is None


async def test_attempts_are_deleted_with_their_session(unit_of_work: UnitOfWork) -> None:
    session = await _store_session(unit_of_work)
    async with unit_of_work.write() as tx:
        await tx.cards.add_attempt(PostAttempt.new(session.id, COMMAND, NOW, is_private=True))
        await tx.sessions.delete(session.id)
    async with unit_of_work.read() as tx:
        assert await tx.cards.find_attempt(session.id, COMMAND, is_private=True) is None


async def test_cards_are_listed_by_the_command_that_they_were_posted_for(unit_of_work: UnitOfWork) -> None:
    session = await _store_session(unit_of_work)
    card = Card(session.id, Platform.SLACK, "T1", "C1", "1", Audience.SHARED, "en", "UTC")
    other = replace(card, message="2")
    async with unit_of_work.write() as tx:
        await tx.cards.add(card, COMMAND)
        await tx.cards.add(other, OTHER_COMMAND)
    async with unit_of_work.read() as tx:
        assert await tx.cards.of_command(session.id, COMMAND) == [card]
        assert await tx.cards.of_command(session.id, OTHER_COMMAND) == [other]
        assert await tx.cards.of_command(session.id, CommandKey("list")) == []
