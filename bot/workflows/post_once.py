"""Post a card once: after a crash or a lost answer, look for its message before posting it again."""

from collections.abc import Mapping

import structlog

from bot.attempts import attempting
from bot.errors import BotError, OutcomeUnknown, Rejected, Unavailable
from bot.jobs import PostCard, PostInvitation
from bot.model.card import PostAttempt
from bot.model.technician import Platform
from bot.ports import Chat, Clock, Posted, ReturnAddress
from bot.unit_of_work import UnitOfWork
from bot.values import value_class
from bot.views.pages import View
from bot.views.parts import Reader
from bot.workflows.chat_retries import TRIES_WHILE_UNSURE

log = structlog.get_logger("bot")


@value_class
class NewPost:
    """A message that shows a card, and the attempt that is over once the card is stored.

    ``is_found``: an earlier try posted it, so it may show an earlier state of the session.
    """

    posted: Posted
    attempt: PostAttempt
    is_found: bool


class OncePoster:
    """Posts cards, each at most once where the chat lets the bot look for its own messages.

    A post that never left because the process stopped takes its attempt back (``bot/attempts.py``).
    """

    def __init__(self, unit_of_work: UnitOfWork, chats: Mapping[Platform, Chat], clock: Clock) -> None:
        self._unit_of_work = unit_of_work
        self._chats = chats
        self._clock = clock

    async def post(
        self,
        job: PostCard | PostInvitation,
        to: ReturnAddress,
        view: View,
        reader: Reader,
        *,
        is_private: bool,
    ) -> NewPost | None:
        """Post a view where a command was sent, or in private to its sender. None where the bot may not post there.

        The message of an earlier attempt is looked for first. Where that cannot be known, the card is posted again: a
        second card is better than none. Raises Rejected, NotAllowed; Unavailable, where a next try may post it; and
        OutcomeUnknown, where each further try may post one more card.
        """
        new = PostAttempt.new(job.session, job.command, self._clock(), is_private=is_private)
        attempt = new

        async def mark() -> bool:
            nonlocal attempt
            async with self._unit_of_work.write() as tx:
                tx.end_with_next_statement()
                attempt = await tx.cards.add_attempt(new)
            return attempt != new

        async with attempting(mark, lambda: self._delete(attempt)) as was_marked:
            return await self._look_and_send(job, to, view, reader, attempt, was_marked=was_marked)

    async def _look_and_send(
        self,
        job: PostCard | PostInvitation,
        to: ReturnAddress,
        view: View,
        reader: Reader,
        attempt: PostAttempt,
        *,
        was_marked: bool,
    ) -> NewPost | None:
        """Look for the message of an earlier attempt, and post where there is none. Raises as ``post`` does."""
        is_certain = True
        if was_marked:
            try:
                found = await self._find(job, to, attempt)
            except Rejected as error:
                is_certain = False
                log.warning("card may be posted twice", platform=job.platform, reason=error.log_text)
            else:
                if found is not None:
                    return NewPost(found, attempt, is_found=True)
        try:
            posted = await self._send(attempt, to, view, reader)
        except OutcomeUnknown as error:
            if is_certain:
                # The next try looks first, so it need not be one of the few that are left to an unsure post.
                raise Unavailable(error.text, retry_after=error.retry_after) from error
            raise
        except BotError:
            await self._forget(attempt, is_certain=is_certain)
            raise
        if posted is None:
            await self._forget(attempt, is_certain=is_certain)
            return None
        return NewPost(posted, attempt, is_found=False)

    async def find(
        self, job: PostCard | PostInvitation, to: ReturnAddress, *, is_private: bool
    ) -> NewPost | None:
        """Look for the message of an earlier attempt, and post nothing. Raises Unavailable."""
        async with self._unit_of_work.read() as tx:
            attempt = await tx.cards.find_attempt(job.session, job.command, is_private=is_private)
        if attempt is None:
            return None
        try:
            found = await self._find(job, to, attempt)
        except Rejected:
            return None
        return None if found is None else NewPost(found, attempt, is_found=True)

    async def _find(
        self, job: PostCard | PostInvitation, to: ReturnAddress, attempt: PostAttempt
    ) -> Posted | None:
        """Look for the message of an earlier attempt. Raises Rejected where it cannot be known, Unavailable.

        A look that the chat does not answer is repeated with the job, but no card waits for it without end.
        """
        chat = self._chats[to.actor.platform]
        try:
            if attempt.is_private:
                return await chat.find_private_post(to.actor, attempt.marker, attempt.at)
            return await chat.find_post(to.actor.tenant, to.channel, attempt.marker, attempt.at)
        except Unavailable as error:
            if job.tries < TRIES_WHILE_UNSURE:
                raise
            raise Rejected(error.text) from error

    async def _send(
        self, attempt: PostAttempt, to: ReturnAddress, view: View, reader: Reader
    ) -> Posted | None:
        chat = self._chats[to.actor.platform]
        if attempt.is_private:
            return await chat.post_private(to.actor, view, reader, marker=attempt.marker)
        return await chat.post(to.actor.tenant, to.channel, view, reader, marker=attempt.marker)

    async def _forget(self, attempt: PostAttempt, *, is_certain: bool) -> None:
        """Delete an attempt that certainly left no message, so that the next try needs no look."""
        if is_certain:
            await self._delete(attempt)

    async def _delete(self, attempt: PostAttempt) -> None:
        async with self._unit_of_work.write() as tx:
            await tx.cards.delete_attempt(attempt)
