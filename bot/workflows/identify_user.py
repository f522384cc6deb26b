"""Find out who sent a command, then carry the command out."""

from collections.abc import Mapping

from bot.commands import CommandRequest, Place, decode_command
from bot.errors import BotError
from bot.i18n import _
from bot.identification import identify_technician
from bot.installation import Installation
from bot.jobs import DeliverAnswer, IdentifyUser
from bot.model.sender import Sender
from bot.model.technician import Platform
from bot.ports import Chat, Clock, ReturnAddress, Steps
from bot.unit_of_work import Transaction, UnitOfWork
from bot.use_cases.context import CommandContext
from bot.use_cases.run_command import run_command
from bot.views.errors import refusal_view
from bot.views.pages import View, is_passing, with_button_for_form
from bot.views.parts import Reader
from bot.workflows.replies import Replies, problem_view
from bot.workflows.user_lookup import UserLookup


class WaitingCommands:
    """Carries out commands that had to wait until it was known who sent them."""

    def __init__(
        self,
        unit_of_work: UnitOfWork,
        chats: Mapping[Platform, Chat],
        installation: Installation,
        clock: Clock,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._chats = chats
        self._installation = installation
        self._clock = clock

    async def carry_out(self, job: IdentifyUser, address: ReturnAddress) -> None:
        """Carry the command out once: what it changes and its answer are stored in one transaction."""
        place = Place(address.channel, address.is_private)
        command_request = CommandRequest(job.key, address.actor, place, decode_command(job.command))
        async with self._unit_of_work.write() as tx:
            # The step may run again after a crash: the command must change things once.
            if not await tx.commands.mark_as_run(job.key, self._clock()):
                return
            sender = await tx.people.sender(address.actor)
            view = await self._view_for(command_request, sender, tx)
            reader = Reader.of(sender.known_user.profile if sender else None, self._installation.language)
            chat = self._chats[address.actor.platform]
            if not chat.capabilities.opens_forms_in_answers:
                view = with_button_for_form(view)
            await tx.commands.store_answer(job.key, chat.dump_answer(address, view, reader))
            # The job that the command has begun answers it. A second job would race with that one: the sender would read
            # "Looking up…" after the result, or the result twice.
            if is_passing(view) and chat.replaces_passing_answers(address):
                return
            # A job of its own: a chat that is slow must not hold up the sender's next command.
            await tx.enqueue(DeliverAnswer(address.actor.platform, job.key), key=f"identified:{job.key}")

    async def _view_for(
        self, command_request: CommandRequest, sender: Sender | None, tx: Transaction
    ) -> View:
        if sender is None:
            return problem_view(_("It is not clear who you are."))
        try:
            technician = identify_technician(sender.known_user, self._installation.admins)
        except BotError as error:
            return refusal_view(error)
        context = CommandContext(
            technician, command_request, sender.switches, tx, self._installation, self._clock()
        )
        return await run_command(context)


async def identify_user(
    job: IdentifyUser,
    steps: Steps,
    *,
    unit_of_work: UnitOfWork,
    users: UserLookup,
    waiting: WaitingCommands,
    replies: Replies,
) -> None:
    """Read the profile from the platform and the technicians from ServiceDesk Plus, then carry the command out."""
    async with unit_of_work.read() as tx:
        address = await tx.commands.return_address(job.key)
    if address is None:
        return

    async def read_profile() -> None:
        await users.read_profile(address.actor)

    outcome = await steps.run_step("read the profile", read_profile)
    if outcome:
        outcome = await steps.run_step(
            "read the technicians", lambda: users.refresh_technicians_for(address.actor)
        )
    if outcome.problem is not None:
        view = problem_view(outcome.problem)
        await steps.run_step(
            "report the problem", lambda: replies.enqueue_answer(job.key, view, reason="unidentified")
        )
        return
    await steps.run_step("carry the command out", lambda: waiting.carry_out(job, address))
