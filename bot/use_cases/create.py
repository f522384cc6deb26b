"""Create a session for a request, or try again to."""

import hashlib
from dataclasses import replace

from bot import access
from bot.commands import Create, Retry
from bot.errors import NotAuthorized, NotFound
from bot.i18n import Text, Words, _
from bot.model.card import Audience
from bot.model.ids import RequestNumber, SessionId, new_join_token
from bot.model.session import Kind, Session, State
from bot.store import Job
from bot.use_cases.visit import Visit
from bot.views.pages import Message, View
from bot.views.parts import Button, Tone
from bot.views.session import card


async def create(command: Create, visit: Visit) -> View:
    """Accept a new session. Raises NotAllowed, NotAuthorized.

    Where one is open for this request, technician and kind, it is shown, and another is offered.
    """
    switches = await visit.tx.switches.read()
    access.integration_is_on(switches)
    await must_be_connected(visit)
    session = _new(command, visit)
    standing = await visit.tx.sessions.open(session, visit.incoming.key, another=command.another)
    if standing.id != session.id:
        return await _shown_instead(standing, command, visit)
    await visit.tx.enqueue(
        Job(
            "create_session", f"create:{session.id}:1", {"session": session.id, "command": visit.incoming.key}
        )
    )
    return Message(_accepted(command.kind, command.number), Tone.WAIT, is_accepted=True)


async def retry(command: Retry, visit: Visit) -> View:
    """Try again to create a session that could not be created. Raises NotFound, NotAllowed, NotAuthorized."""
    access.integration_is_on(await visit.tx.switches.read())
    failed = await visit.tx.sessions.get(command.session)
    if failed is None:
        raise NotFound(_("This session is no longer known."))
    access.may_run(failed, visit.by)
    if failed.state is not State.FAILED:
        return card(failed, await visit.tx.notices.of_session(failed.id), Audience.SHARED)
    return await create(Create(failed.number, failed.kind, failed.note), visit)


async def must_be_connected(visit: Visit) -> None:
    """Raise NotAuthorized where the technician has no TeamViewer account connected."""
    if await visit.tx.connections.active(visit.by.email) is None:
        raise NotAuthorized(
            _(
                "First connect your TeamViewer account: press the button, or type {words}.",
                words=Words("auth"),
            )
        )


def _new(command: Create, visit: Visit) -> Session:
    # The id follows from the command's key: a command heard twice, after a crash too, makes one session.
    session_id = SessionId(hashlib.sha256(visit.incoming.key.encode()).hexdigest()[:32])
    return Session(
        id=session_id,
        org_id=visit.world.org_id,
        number=command.number,
        kind=command.kind,
        technician=visit.by.email,
        technician_name=visit.by.name,
        join_token=new_join_token(),
        created_at=visit.now,
        note=command.note,
    )


async def _shown_instead(standing: Session, command: Create, visit: Visit) -> View:
    notices = await visit.tx.notices.of_session(standing.id)
    another = replace(command, another=True)
    return Message(
        _("You have a session open for request #{number} already.", number=standing.number),
        details=[card(standing, notices, Audience.SHARED).state_text],
        buttons=[
            *card(standing, notices, Audience.SHARED).buttons,
            Button(_("Another session"), another),
        ],
    )


def _accepted(kind: Kind, number: RequestNumber) -> Text:
    if kind is Kind.PILOT:
        return _("Creating a pilot session for request #{number}…", number=number)
    return _("Creating a remote session for request #{number}…", number=number)
