"""Invitations: who may enter a session besides its technician, each by a way in of their own."""

import hashlib
from collections.abc import Sequence

import sqlalchemy as sa

from bot.model.ids import CommandKey, Email, EnterToken, SessionId
from bot.model.invitation import Invitation, InvitationState
from bot.model.secret import Secret
from bot.model.session import Session
from storage.compiled_statements import Row
from storage.repositories.joined_rows import part_of_row, prefixed
from storage.repositories.session_row import read_session
from storage.row_context import RowContext, RowQuery
from storage.tables import IS_OPEN, invitations, sessions

_OF_SESSION: RowQuery = (
    sa.select(invitations)
    .where(invitations.c.session_id == sa.bindparam("session_id"))
    .order_by(invitations.c.technician)
)
_OPEN_OF: RowQuery = (
    sa.select(sessions, *prefixed(invitations))
    .join(invitations, invitations.c.session_id == sessions.c.id)
    .where(
        invitations.c.org_id == sa.bindparam("org_id"),
        invitations.c.technician == sa.bindparam("technician"),
        invitations.c.state == sa.literal_column("'open'"),
        sessions.c.technician != invitations.c.technician,
        IS_OPEN,
    )
    .order_by(sessions.c.created_at.desc(), sessions.c.id.desc())
    .limit(sa.bindparam("limit", type_=sa.Integer))
)


def digest_enter_token(token: EnterToken) -> str:
    """Return the digest by which an invitation is found from its token. The token itself is encrypted."""
    return hashlib.sha256(token.encode()).hexdigest()


def _row_id(session_id: SessionId, technician: Email) -> str:
    return hashlib.sha256(f"{session_id}/{technician}".encode()).hexdigest()[:32]


class SqlInvitationRepository:
    """Stores invitations. An invitation is deleted with its session."""

    def __init__(self, row_context: RowContext) -> None:
        self._context = row_context

    async def save(self, invitation: Invitation) -> None:
        """Store an invitation, new or changed."""
        row_id = _row_id(invitation.session_id, invitation.technician)
        await self._context.upsert_row(
            invitations,
            id=row_id,
            org_id=self._context.org_id,
            session_id=invitation.session_id,
            technician=invitation.technician,
            name=invitation.name,
            invited_by=invitation.invited_by,
            invited_by_name=invitation.invited_by_name,
            invited_at=invitation.invited_at,
            command_key=invitation.command,
            state=invitation.state.value,
            entered_at=invitation.entered_at,
            token_digest=digest_enter_token(invitation.token),
            sealed_token=self._context.seal(Secret(invitation.token), f"invitations/{row_id}/token"),
        )

    async def of_session(self, session_id: SessionId) -> Sequence[Invitation]:
        """List the invitations to a session in any state, by the address of who is invited."""
        rows = await self._context.fetch_rows(_OF_SESSION, session_id=session_id)
        return [read_invitation(self._context, row) for row in rows]

    async def by_token(self, token: EnterToken) -> Invitation | None:
        """Return the invitation whose way in has this token."""
        row = await self._context.fetch_row(
            sa.select(invitations).where(invitations.c.token_digest == digest_enter_token(token))
        )
        return read_invitation(self._context, row) if row is not None else None

    async def open_of(self, technician: Email, *, limit: int) -> Sequence[tuple[Session, Invitation]]:
        """List the open invitations of a technician to open sessions of others, at most ``limit``, in one query.

        The newest session comes first.
        """
        rows = await self._context.fetch_rows(
            _OPEN_OF, org_id=self._context.org_id, technician=technician, limit=limit
        )
        return [
            (
                read_session(self._context, row),
                read_invitation(self._context, part_of_row(invitations, row)),
            )
            for row in rows
        ]


def read_invitation(row_context: RowContext, row: Row) -> Invitation:
    """Return the invitation in a row of ``invitations``. Raises Undecipherable."""
    token = row_context.unseal(row["sealed_token"], f"invitations/{row['id']}/token")
    return Invitation(
        session_id=SessionId(row["session_id"]),
        technician=Email(row["technician"]),
        name=row["name"],
        invited_by=Email(row["invited_by"]),
        invited_by_name=row["invited_by_name"],
        invited_at=row["invited_at"],
        command=CommandKey(row["command_key"]),
        token=EnterToken(token.reveal() if token else ""),
        state=InvitationState(row["state"]),
        entered_at=row["entered_at"],
    )
