"""The transfers of sessions: offers, what became of them, and what they left open at TeamViewer."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from bot.model.ids import CommandKey, Email, SessionCode, SessionId, TransferId
from bot.model.private_message import PrivateMessage
from bot.model.technician import Actor, Platform
from bot.model.transfer import Leftover, Party, Transfer, TransferState
from storage.compiled_statements import Row
from storage.row_context import RowContext
from storage.tables import IS_LEFT_OPEN, IS_RUNNING_TRANSFER, transfers

_OWN = transfers.c.org_id == sa.bindparam("org_id")
_BY_ID = sa.select(transfers).where(transfers.c.id == sa.bindparam("id"))
_RUNNING_OF = sa.select(transfers).where(_OWN, transfers.c.slot == sa.bindparam("session_id"))
_RUNNING = sa.select(transfers).where(_OWN, IS_RUNNING_TRANSFER)
_DUE = sa.select(transfers).where(_OWN, IS_LEFT_OPEN, transfers.c.close_after <= sa.bindparam("now"))
_TO_CLOSE_IN = sa.select(transfers).where(
    _OWN,
    IS_LEFT_OPEN,
    transfers.c.close_technician == sa.bindparam("technician"),
    transfers.c.close_account == sa.bindparam("account"),
)
_MOVING_FROM = _RUNNING.where(
    transfers.c.state == TransferState.MOVING.value,
    transfers.c.former == sa.bindparam("technician"),
    transfers.c.former_account == sa.bindparam("account"),
)


class SqlTransferRepository:
    """Stores transfers. A transfer is deleted with its session."""

    def __init__(self, row_context: RowContext) -> None:
        self._context = row_context

    async def add(self, transfer: Transfer) -> bool:
        """Store a new transfer. False if one of the session is running, or this one is stored already."""
        values = _row_values(transfer) | {"id": transfer.id, "org_id": self._context.org_id}
        return await self._context.insert_if_absent(transfers, **values)

    async def get(self, transfer_id: TransferId) -> Transfer | None:
        """Return a transfer."""
        row = await self._context.fetch_row(_BY_ID, id=transfer_id)
        return _read_transfer(row) if row else None

    async def running_of(self, session_id: SessionId) -> Transfer | None:
        """Return the running transfer of a session."""
        row = await self._context.fetch_row(_RUNNING_OF, org_id=self._context.org_id, session_id=session_id)
        return _read_transfer(row) if row else None

    async def running(self) -> Sequence[Transfer]:
        """List all running transfers."""
        rows = await self._context.fetch_rows(_RUNNING, org_id=self._context.org_id)
        return [_read_transfer(row) for row in rows]

    async def save(self, transfer: Transfer, *, known_state: TransferState) -> bool:
        """Store a changed transfer. False if its stored state is no longer ``known_state``."""
        result = await self._context.connection.execute(
            sa.update(transfers)
            .where(transfers.c.id == transfer.id, transfers.c.state == known_state.value)
            .values(**_row_values(transfer))
        )
        return result.rowcount == 1

    async def mark_attempted(self, transfer_id: TransferId, at: datetime) -> bool:
        """Store that TeamViewer is about to be asked for a new session. True if it was asked before."""
        result = await self._context.connection.execute(
            sa.update(transfers)
            .where(transfers.c.id == transfer_id, transfers.c.attempted_at.is_(None))
            .values(attempted_at=at)
        )
        return result.rowcount == 0

    async def unmark_attempted(self, transfer_id: TransferId) -> None:
        """Store that TeamViewer was certainly not asked."""
        await self._update(transfer_id, attempted_at=None)

    async def was_attempted(self, transfer_id: TransferId) -> bool:
        """Return whether TeamViewer may have been asked for a new session."""
        row = await self._context.fetch_row(_BY_ID, id=transfer_id)
        return row is not None and row["attempted_at"] is not None

    async def mark_offer_attempted(self, transfer_id: TransferId, at: datetime) -> datetime | None:
        """Store that the message of an offer is about to be sent. Return when an earlier attempt began, if there was one."""
        row = await self._context.fetch_row(_BY_ID, id=transfer_id)
        if row is not None and row["offer_attempted_at"] is not None:
            before: datetime = row["offer_attempted_at"]
            return before
        await self._update(transfer_id, offer_attempted_at=at)
        return None

    async def unmark_offer_attempted(self, transfer_id: TransferId) -> None:
        """Store that the message of an offer was certainly not sent."""
        await self._update(transfer_id, offer_attempted_at=None)

    async def store_offer_message(self, transfer_id: TransferId, message: PrivateMessage) -> None:
        """Store which message shows an offer."""
        await self._update(
            transfer_id,
            offer_platform=message.actor.platform.value,
            offer_tenant=message.actor.tenant,
            offer_user=message.actor.user,
            offer_channel=message.channel,
            offer_message=message.message,
        )

    async def offer_message(self, transfer_id: TransferId) -> PrivateMessage | None:
        """Return the message that shows an offer. None where none is known."""
        row = await self._context.fetch_row(_BY_ID, id=transfer_id)
        if row is None or row["offer_message"] is None:
            return None
        actor = Actor(Platform(row["offer_platform"]), row["offer_tenant"], row["offer_user"])
        return PrivateMessage(actor, row["offer_channel"], row["offer_message"])

    async def store_leftover(self, leftover: Leftover, *, close_after: datetime) -> None:
        """Store what TeamViewer is to be asked to close, and from when on."""
        await self._update(
            leftover.transfer,
            close_technician=leftover.technician,
            close_account=leftover.account,
            close_code=leftover.code,
            left_at=leftover.since,
            close_after=close_after,
        )

    async def postpone_leftover(self, transfer_id: TransferId, at: datetime) -> None:
        """Store when TeamViewer is to be asked again."""
        await self._update(transfer_id, close_after=at)

    async def delete_leftover(self, transfer_id: TransferId) -> None:
        """Store that nothing is left open."""
        await self._update(transfer_id, close_after=None)

    async def leftover_of(self, transfer_id: TransferId) -> Leftover | None:
        """Return what a transfer left open."""
        row = await self._context.fetch_row(_BY_ID, id=transfer_id)
        return _read_leftover(row) if row and row["close_after"] is not None else None

    async def due_leftovers(self, now: datetime) -> Sequence[Leftover]:
        """List what TeamViewer is to be asked to close by now."""
        rows = await self._context.fetch_rows(_DUE, org_id=self._context.org_id, now=now)
        return [_read_leftover(row) for row in rows]

    async def needs_account(self, technician: Email, account: str) -> bool:
        """Return whether a connection to an account is still needed: to move a session, or to close what was left open."""
        values = {"org_id": self._context.org_id, "technician": technician, "account": account}
        for query in (_TO_CLOSE_IN, _MOVING_FROM):
            if await self._context.fetch_rows(query.limit(1), **values):
                return True
        return False

    async def _update(self, transfer_id: TransferId, **values: object) -> None:
        await self._context.connection.execute(
            sa.update(transfers).where(transfers.c.id == transfer_id).values(**values)
        )


def _row_values(transfer: Transfer) -> dict[str, object]:
    return {
        "session_id": transfer.session_id,
        "slot": transfer.session_id if transfer.state.is_running else None,
        "state": transfer.state.value,
        "former": transfer.former.email,
        "former_name": transfer.former.name,
        "to_email": transfer.to.email,
        "to_name": transfer.to.name,
        "by_email": transfer.by.email,
        "by_name": transfer.by.name,
        "command_key": transfer.command,
        "accepted_by": transfer.accepted_by,
        "offered_at": transfer.offered_at,
        "account": transfer.account,
        "former_account": transfer.former_account,
        "former_code": transfer.former_code,
    }


def _read_transfer(row: Row) -> Transfer:
    return Transfer(
        id=TransferId(row["id"]),
        session_id=SessionId(row["session_id"]),
        former=Party(Email(row["former"]), row["former_name"]),
        to=Party(Email(row["to_email"]), row["to_name"]),
        by=Party(Email(row["by_email"]), row["by_name"]),
        command=CommandKey(row["command_key"]),
        offered_at=row["offered_at"],
        state=TransferState(row["state"]),
        accepted_by=CommandKey(row["accepted_by"]) if row["accepted_by"] else None,
        account=row["account"],
        former_account=row["former_account"],
        former_code=SessionCode(row["former_code"]) if row["former_code"] else None,
    )


def _read_leftover(row: Row) -> Leftover:
    return Leftover(
        TransferId(row["id"]),
        SessionId(row["session_id"]),
        Email(row["close_technician"]),
        row["close_account"],
        SessionCode(row["close_code"]) if row["close_code"] else None,
        row["left_at"],
    )
