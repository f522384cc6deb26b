"""Dispatch each command once, and answer within the chat platform's time limit."""

import asyncio
from contextlib import suppress
from typing import Protocol, TypeVar

from bot.commands import CommandRequest, DeclineInvitation, encode_command
from bot.errors import BotError, NotAllowed, NotConfirmed
from bot.freshness import LOOK_AGAIN_AFTER, is_fresh_enough, looks_again
from bot.i18n import Words, _, nearest
from bot.identification import identify_technician
from bot.installation import Installation
from bot.jobs import DeliverAnswer, IdentifyUser
from bot.model.sender import Sender
from bot.model.switches import Switches
from bot.model.technician import Actor, Technician
from bot.ports import AnswerFormat, Clock
from bot.reply_language import find_reader
from bot.unit_of_work import Transaction, UnitOfWork
from bot.unit_of_work.together import together
from bot.use_cases.context import CommandContext
from bot.use_cases.decline import decline_invitation
from bot.use_cases.run_command import run_command
from bot.views.errors import error_view, refusal_view
from bot.views.pages import Message, View, with_button_for_form
from bot.views.parts import Reader, Tone

COMMAND_TIMEOUT_SECONDS = 2.5
"""Chat platforms wait three seconds for an answer. After this timeout the outcome is unknown: the commit may have succeeded."""

A = TypeVar("A")


class DispatcherServices(Protocol):
    """The services that the dispatcher uses. No client of an outside system is among them."""

    @property
    def unit_of_work(self) -> UnitOfWork:
        """Return the way to open transactions."""

    @property
    def installation(self) -> Installation:
        """Return the facts about this installation."""

    @property
    def clock(self) -> Clock:
        """Return the clock."""


class CommandDispatcher:
    """Runs commands and returns their answers. No outside call happens between a command and its answer."""

    def __init__(self, services: DispatcherServices) -> None:
        self._unit_of_work = services.unit_of_work
        self._installation = services.installation
        self._clock = services.clock

    async def dispatch(
        self, command_request: CommandRequest, answers: AnswerFormat[A], *, is_looked_at: bool = False
    ) -> A:
        """Run a command and return its answer. A command that was delivered before gets its first answer again.

        One that only reads stores nothing, so it reads again.

        ``is_looked_at``: the sender's profile was read for this very command. Without it, a command that ``looks_again``
        names waits until that is done.
        """
        try:
            async with asyncio.timeout(COMMAND_TIMEOUT_SECONDS):
                if command_request.command.only_reads:
                    answer = await self._read(command_request, answers, is_looked_at=is_looked_at)
                    if answer is not None:
                        return answer
                return await self._dispatch_once(command_request, answers, is_looked_at=is_looked_at)
        except TimeoutError:
            reader = await self.find_reader(command_request.actor)
            return answers.render(error_view(_not_confirmed()), reader)

    async def find_reader(self, actor: Actor, default: Reader | None = None) -> Reader:
        """Return the language and time zone for an error: the person's own, else ``default``, else the installation's."""
        return await find_reader(actor, self._unit_of_work, default or Reader(self._installation.language))

    async def run_read_only_command(self, command_request: CommandRequest) -> tuple[View, Reader]:
        """Run a command that only reads, in a transaction that cannot write.

        Raises NotAllowed where the sender is not known yet, or is no technician.
        """
        async with self._unit_of_work.read() as tx:
            sender = await tx.people.sender(command_request.actor)
            if sender is None:
                raise NotAllowed(_("It is not clear who you are. Type {words} first.", words=Words("status")))
            by = identify_technician(sender.known_user, self._installation.admins)
            view = await self._run(command_request, by, sender.switches, tx)
            return view, Reader.of(sender.known_user.profile)

    async def accept(
        self, command_request: CommandRequest, answers: AnswerFormat[A], *, refusal: View | None = None
    ) -> None:
        """Accept a command whose answer a job delivers, since nothing that the platform waits for can carry it.

        A command that was delivered before is not accepted again. Even one that only reads is stored, for that reason.
        ``refusal`` is the answer to a text that is no command. Raises NotConfirmed, Unavailable.
        """
        try:
            async with asyncio.timeout(COMMAND_TIMEOUT_SECONDS), self._unit_of_work.write() as tx:
                if await tx.commands.add(command_request, self._clock()):
                    await self._run_and_enqueue_answer(command_request, answers, refusal, tx)
        except TimeoutError:
            raise _not_confirmed() from None

    async def _run_and_enqueue_answer(
        self,
        command_request: CommandRequest,
        answers: AnswerFormat[A],
        refusal: View | None,
        tx: Transaction,
    ) -> None:
        """Run a command and enqueue its answer. If its sender must be looked up first, the job does both."""
        sender = await tx.people.sender(command_request.actor)
        view = refusal
        if view is None:
            if sender is None or not self._is_fresh_enough(sender, command_request, is_looked_at=False):
                await self._enqueue_identification(command_request, tx)
                return
            view = with_button_for_form(await self._run_as_technician(command_request, sender, tx))
        key = command_request.key
        reader = Reader.of(sender.known_user.profile if sender else None, self._installation.language)
        await tx.commands.store_answer(key, answers.dump(answers.render(view, reader)))
        await tx.enqueue(DeliverAnswer(command_request.actor.platform, key), key=f"accepted:{key}")

    async def run_unanswered(self, command_request: CommandRequest) -> None:
        """Run a command once that nobody waits for. Raises NotConfirmed, Unavailable.

        A refusal is no error, and a sender who is no known technician changes nothing.
        """
        try:
            async with asyncio.timeout(COMMAND_TIMEOUT_SECONDS), self._unit_of_work.write() as tx:
                sender = await tx.people.sender(command_request.actor)
                if sender is None or not await tx.commands.add(command_request, self._clock()):
                    return
                with suppress(BotError):
                    by = identify_technician(sender.known_user, self._installation.admins)
                    await self._run(command_request, by, sender.switches, tx)
        except TimeoutError:
            raise _not_confirmed() from None

    async def _read(
        self, command_request: CommandRequest, answers: AnswerFormat[A], *, is_looked_at: bool
    ) -> A | None:
        """Run a command that only reads, in a transaction that cannot write. None if its sender must be looked up first."""
        async with self._unit_of_work.read() as tx:
            sender = await tx.people.sender(command_request.actor)
            if sender is None or not self._is_fresh_enough(
                sender, command_request, is_looked_at=is_looked_at
            ):
                return None
            view = await self._run_as_technician(command_request, sender, tx)
        return answers.render(view, Reader.of(sender.known_user.profile))

    def _is_fresh_enough(
        self, sender: Sender, command_request: CommandRequest, *, is_looked_at: bool
    ) -> bool:
        return is_fresh_enough(
            sender.known_user, command_request.command, self._clock(), is_looked_at=is_looked_at
        )

    async def _dispatch_once(
        self, command_request: CommandRequest, answers: AnswerFormat[A], *, is_looked_at: bool
    ) -> A:
        async with self._unit_of_work.write() as tx:
            sender, is_first = await together(
                tx, tx.people.sender(command_request.actor), tx.commands.add(command_request, self._clock())
            )
            reader = await self._reader_of(command_request, sender, tx)
            if not is_first:
                return await self._repeat_answer(command_request, sender, answers, tx)
            view = await self._run_or_enqueue_identification(
                command_request, sender, tx, is_looked_at=is_looked_at
            )
            answer = answers.render(view, reader)
            await tx.commands.store_answer(command_request.key, answers.dump(answer))
            return answer

    async def _reader_of(
        self, command_request: CommandRequest, sender: Sender | None, tx: Transaction
    ) -> Reader:
        """Return the language and time zone of an answer: the sender's own, or those of their invitation."""
        command = command_request.command
        if sender is None and isinstance(command, DeclineInvitation):
            invitation = await tx.chat_invitations.get(command.notice)
            if invitation is not None and invitation.actor == command_request.actor:
                return Reader(nearest(invitation.locale), invitation.timezone)
        return Reader.of(sender.known_user.profile if sender else None, self._installation.language)

    async def _repeat_answer(
        self,
        command_request: CommandRequest,
        sender: Sender | None,
        answers: AnswerFormat[A],
        tx: Transaction,
    ) -> A:
        """Return the stored answer to a command that is delivered again. One with a link only to who still may have it."""
        key, command = command_request.key, command_request.command
        reader = Reader.of(sender.known_user.profile if sender else None, self._installation.language)
        wait = Message(_("One moment…"), Tone.WAIT)
        stored = await tx.commands.stored_answer(key)
        if stored is None:
            # The first delivery is still being worked on, perhaps by another process.
            return answers.render(wait, reader)
        if not looks_again(command):
            return answers.load(stored)
        if sender is None or self._clock() - sender.known_user.profile_read_at > LOOK_AGAIN_AFTER:
            # The job looks at the account again.
            await tx.enqueue(DeliverAnswer(command_request.actor.platform, key), key=f"repeat:{key}")
            return answers.render(wait, reader)
        try:
            identify_technician(sender.known_user, self._installation.admins)
        except NotAllowed as error:
            return answers.render(refusal_view(error), reader)
        return answers.load(stored)

    async def _run_or_enqueue_identification(
        self,
        command_request: CommandRequest,
        sender: Sender | None,
        tx: Transaction,
        *,
        is_looked_at: bool,
    ) -> View:
        """Run the command. If its sender is unknown or their data is stale, enqueue IdentifyUser, which runs it later."""
        if isinstance(command_request.command, DeclineInvitation):
            return await self._run_as_requester(command_request.command, command_request.actor, tx)
        if sender is None or not self._is_fresh_enough(sender, command_request, is_looked_at=is_looked_at):
            await self._enqueue_identification(command_request, tx)
            return Message(_("One moment: looking up who you are…"), Tone.WAIT)
        return await self._run_as_technician(command_request, sender, tx)

    async def _run_as_requester(self, command: DeclineInvitation, by: Actor, tx: Transaction) -> View:
        """Run the one command of a requester, who need not be a technician. Its use case checks the account."""
        try:
            return await decline_invitation(command, by, tx, self._clock())
        except BotError as error:
            return refusal_view(error)

    async def _enqueue_identification(self, command_request: CommandRequest, tx: Transaction) -> None:
        key = command_request.key
        job = IdentifyUser(command_request.actor, key, encode_command(command_request.command))
        await tx.enqueue(job, key=f"identify:{key}")

    async def _run_as_technician(
        self, command_request: CommandRequest, sender: Sender, tx: Transaction
    ) -> View:
        """Run a command, or tell its sender why they are no technician."""
        try:
            technician = identify_technician(sender.known_user, self._installation.admins)
        except BotError as error:
            return refusal_view(error)
        return await self._run(command_request, technician, sender.switches, tx)

    async def _run(
        self, command_request: CommandRequest, by: Technician, switches: Switches, tx: Transaction
    ) -> View:
        return await run_command(
            CommandContext(by, command_request, switches, tx, self._installation, self._clock())
        )


def _not_confirmed() -> NotConfirmed:
    return NotConfirmed(
        _(
            "The bot is very busy and could not confirm your command. It may still be carried out: check before you repeat it."
        )
    )
