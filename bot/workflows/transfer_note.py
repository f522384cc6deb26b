"""Add the note to the request that says that a session changed hands."""

import html
from datetime import UTC

from babel.dates import format_datetime

from bot import access
from bot.i18n import Language, _
from bot.installation import Installation
from bot.jobs import AddTransferNote
from bot.model.handover import Handover
from bot.model.session import Session
from bot.model.transfer import Transfer
from bot.ports import ServiceDesk, Steps
from bot.unit_of_work import UnitOfWork
from bot.views.transfer import transfer_note


class TransferRecorder:
    """Writes notes about transfers."""

    def __init__(
        self, unit_of_work: UnitOfWork, servicedesk: ServiceDesk, installation: Installation
    ) -> None:
        self._unit_of_work = unit_of_work
        self._servicedesk = servicedesk
        self._installation = installation

    async def add_note(self, job: AddTransferNote) -> None:
        """Add the note, once. Raises NotAllowed (switched off), Rejected, Unavailable."""
        async with self._unit_of_work.read() as tx:
            transfer = await tx.transfers.get(job.transfer)
            session = await tx.sessions.get(transfer.session_id) if transfer else None
            access.require_integration_on(await tx.switches.read())
        handover = _find_handover(transfer, session) if transfer and session else None
        if transfer is None or session is None or session.request_id is None or handover is None:
            return
        if await self._servicedesk.find_note(session.request_id, transfer.id) is not None:
            return
        await self._servicedesk.add_note(session.request_id, self._text(transfer, session, handover))

    def _text(self, transfer: Transfer, session: Session, handover: Handover) -> str:
        language = self._installation.language
        escaped = Language(
            language,
            escape=html.escape,
            # Babel's own name of this zone is "TU" in French, which few people know.
            dated=lambda at: format_datetime(at, "d MMM y, HH:mm 'UTC'", tzinfo=UTC, locale=language),
        )
        lines = [escaped.say(line) for line in transfer_note(transfer, session.number, handover.at)]
        lines.append(escaped.say(_("Reference: {reference}", reference=transfer.id)))
        return "<div>" + "<br>".join(lines) + "</div>"


def _find_handover(transfer: Transfer, session: Session) -> Handover | None:
    named = (transfer.former.email, transfer.to.name)
    return next((one for one in reversed(session.handovers) if (one.former, one.to_name) == named), None)


async def add_transfer_note(job: AddTransferNote, steps: Steps, *, recorder: TransferRecorder) -> None:
    """Add the note about a transfer to the request."""
    await steps.run_step("add the note to the request", lambda: recorder.add_note(job), is_repeatable=True)
