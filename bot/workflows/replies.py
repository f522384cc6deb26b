"""Replies of a job: an answer to the person who sent the command."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime

from bot.commands import Auth
from bot.errors import NotAllowed, NotFound, OutcomeUnknown, Rejected, Unavailable
from bot.i18n import Text, _
from bot.jobs import SendReply
from bot.model.ids import CommandKey, Email, SessionId
from bot.model.private_message import PrivateMessage
from bot.model.session import Session
from bot.model.switches import Location
from bot.model.technician import Platform, Profile
from bot.ports import Chat, ReturnAddress, Steps
from bot.unit_of_work import Transaction, UnitOfWork
from bot.unit_of_work.work import Asked
from bot.views.pages import Message, View
from bot.views.parts import Button, Reader, Style, Tone
from bot.views.plain import in_plain_text
from bot.workflows.chat_retries import TRIES_TO_ANSWER, ChatRetries


class Replies:
    """Answers commands after their first answer. Every method raises Unavailable and Rejected as ``Chat`` does."""

    def __init__(self, unit_of_work: UnitOfWork, chats: Mapping[Platform, Chat], language: str) -> None:
        self._unit_of_work = unit_of_work
        self._chats = chats
        self._language = language

    async def answer_command(self, key: CommandKey, view: View) -> None:
        """Answer the command with this key, for its sender alone."""
        async with self._unit_of_work.read() as tx:
            asked = await tx.open_work.asked(key)
        if asked is not None:
            await self.answer(asked, view)

    async def answer_creator(self, session_id: SessionId, view: View) -> None:
        """Answer the command that created a session."""
        async with self._unit_of_work.read() as tx:
            asked = await tx.open_work.asked_for(session_id)
        if asked is not None:
            await self.answer(asked, view)

    async def answer(self, asked: Asked, view: View) -> None:
        """Answer a command that was found."""
        # With the widget off, buttons would lead to cards that are hidden.
        if asked.switches.hides(Location.MESSAGE):
            view = in_plain_text(view)
        reader = Reader.of(asked.profile, self._language)
        await self._chats[asked.origin.actor.platform].send_answer(asked.origin, view, reader)

    async def message_technician(self, session: Session, view: View) -> None:
        """Send a session's technician a lasting private message, in the chat where the session was created if possible.

        A chat that is away is replaced by another one. Where every chat refuses it, the command that created the session
        is answered. Raises Unavailable where a chat is away, and no other one takes it.
        """
        if await self._message_first(await self._profiles_of_technician(session), view) is None:
            await self.answer_creator(session.id, view)

    async def message_person(self, technician: Email, view: Message, *, marker: str = "") -> PrivateMessage:
        """Send a technician a lasting private message, in the first of their chats that takes it, and return its place.

        ``marker``: as for ``Chat.post_private``. Raises Unavailable where a chat is away and no other one takes it, and Rejected where every chat refuses it.
        """
        async with self._unit_of_work.read() as tx:
            profiles = await tx.people.profiles_of(technician)
            switches = await tx.switches.read()
        # With the widget off, buttons would lead to cards that are hidden.
        shown = in_plain_text(view) if switches.hides(Location.MESSAGE) else view
        sent = await self._message_first(self._only_usable(profiles), shown, marker)
        if sent is None:
            raise Rejected(_("This person cannot be reached in chat."))
        return sent

    async def find_message(self, technician: Email, *, marker: str, since: datetime) -> PrivateMessage | None:
        """Find what ``message_person`` sent with a marker. None where there is none, or the chat does not say it.

        Raises Unavailable.
        """
        async with self._unit_of_work.read() as tx:
            profiles = await tx.people.profiles_of(technician)
        for profile in self._only_usable(profiles):
            chat = self._chats[profile.actor.platform]
            with suppress(Rejected):
                found = await chat.find_private_post(profile.actor, marker, since)
                if found is not None:
                    return PrivateMessage(profile.actor, found.channel, found.message)
        return None

    async def _message_first(
        self, profiles: Sequence[Profile], view: View, marker: str = ""
    ) -> PrivateMessage | None:
        """Send a private message to the first account that takes it. None where all refuse it. Raises Unavailable."""
        away: Unavailable | None = None
        for profile in profiles:
            chat = self._chats[profile.actor.platform]
            try:
                reader = Reader.of(profile, self._language)
                posted = await chat.post_private(profile.actor, view, reader, marker=marker)
            except OutcomeUnknown as error:
                # With a marker, the next try looks for this message before another chat gets one.
                if marker:
                    raise
                away = error
            except Unavailable as error:
                away = error
            except (Rejected, NotFound, NotAllowed):
                continue
            else:
                return PrivateMessage(profile.actor, posted.channel, posted.message)
        if away is not None:
            raise away
        return None

    def _only_usable(self, profiles: Sequence[Profile]) -> list[Profile]:
        return [one for one in profiles if not one.is_deactivated and one.actor.platform in self._chats]

    async def _profiles_of_technician(self, session: Session) -> list[Profile]:
        """Return the technician's chat accounts, the one that created the session first."""
        async with self._unit_of_work.read() as tx:
            key = await tx.sessions.command_key(session.id)
            address = await tx.commands.return_address(key) if key else None
            profiles = await tx.people.profiles_of(session.technician)
        origin = address.actor if address is not None else None
        return sorted(self._only_usable(profiles), key=lambda one: one.actor != origin)

    async def enqueue_answer(self, key: CommandKey, view: Message, *, reason: str) -> None:
        """Enqueue an answer to a command as a job of its own: see ``enqueue_reply``. Raises nothing but database errors."""
        async with self._unit_of_work.write() as tx:
            await enqueue_reply(key, view, tx, reason=reason)

    async def enqueue_answer_to_creator(self, session_id: SessionId, view: Message, *, reason: str) -> None:
        """Enqueue an answer to the command that created a session."""
        async with self._unit_of_work.read() as tx:
            key = await tx.sessions.command_key(session_id)
        if key is not None:
            await self.enqueue_answer(key, view, reason=reason)

    async def deliver_stored_answer(self, key: CommandKey) -> None:
        """Deliver the answer that is stored for a command."""
        async with self._unit_of_work.read() as tx:
            address = await tx.commands.return_address(key)
            stored = await tx.commands.stored_answer(key)
        if address is not None and stored is not None:
            await self._chats[address.actor.platform].deliver_answer(address, stored)


def problem_view(text: Text) -> Message:
    """Return the view of something that went wrong."""
    return Message(text, Tone.PROBLEM)


async def enqueue_reply(
    command: CommandKey, view: Message, tx: Transaction, *, reason: str, offers_sign_in: bool = False
) -> None:
    """Enqueue an answer to a command, with the change that it reports. It has no buttons but the one to sign in.

    ``reason`` tells the answers to one command apart: the same one is sent once.
    """
    address = await tx.commands.return_address(command)
    if address is None:
        return
    job = SendReply(
        address.actor.platform,
        command,
        view.text.to_json(),
        view.tone,
        tuple(detail.to_json() for detail in view.details),
        is_personal=view.is_personal,
        offers_sign_in=offers_sign_in,
    )
    await tx.enqueue(job, key=f"reply:{command}:{reason}")


async def store_and_enqueue_reply(
    key: CommandKey, answer: Message, to: ReturnAddress, tx: Transaction, *, chat: Chat, language: str
) -> None:
    """Enqueue the answer to a command that was carried out, and store it: the command that is delivered again gets it too."""
    known_user = await tx.people.known_user(to.actor)
    reader = Reader.of(known_user.profile if known_user else None, language)
    await tx.commands.store_answer(key, chat.dump_answer(to, answer, reader))
    await enqueue_reply(key, answer, tx, reason="applied")


async def send_reply(job: SendReply, steps: Steps, *, replies: Replies, retries: ChatRetries) -> None:
    """Answer a command."""
    view = Message(
        Text.from_json(job.text),
        job.tone,
        [Text.from_json(detail) for detail in job.details],
        [Button(_("Connect TeamViewer"), Auth(), Style.PRIMARY)] if job.offers_sign_in else [],
        is_personal=job.is_personal,
    )

    await retries.call_or_retry(
        "answer", lambda: replies.answer_command(job.command, view), job, steps, tries=TRIES_TO_ANSWER
    )
