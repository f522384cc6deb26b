"""Every column of encrypted values, and the name of the row that each value is bound to."""

from collections.abc import Callable
from typing import NamedTuple

import sqlalchemy as sa

from storage.tables import canaries, commands, invitations, sessions, states, tokens

canary_name = "canaries/{}".format
"""Makes the name that the canary of an organisation is bound to."""


class SealedColumn(NamedTuple):
    """A column of encrypted values. ``row_name`` makes the name that a value is bound to out of the row's key."""

    table: sa.Table
    key: sa.Column[str]
    column: sa.Column[bytes]
    row_name: Callable[[str], str]


SEALED_COLUMNS = [
    SealedColumn(sessions, sessions.c.id, sessions.c.sealed_requester_phone, "sessions/{}/phone".format),
    SealedColumn(
        sessions, sessions.c.id, sessions.c.sealed_requester_link, "sessions/{}/requester_link".format
    ),
    SealedColumn(
        sessions, sessions.c.id, sessions.c.sealed_supporter_link, "sessions/{}/supporter_link".format
    ),
    SealedColumn(
        sessions, sessions.c.id, sessions.c.sealed_web_client_link, "sessions/{}/web_client_link".format
    ),
    SealedColumn(sessions, sessions.c.id, sessions.c.sealed_join_token, "sessions/{}/join_token".format),
    SealedColumn(commands, commands.c.key, commands.c.sealed_return_address, "commands/{}/address".format),
    SealedColumn(commands, commands.c.key, commands.c.sealed_answer, "commands/{}/answer".format),
    SealedColumn(invitations, invitations.c.id, invitations.c.sealed_token, "invitations/{}/token".format),
    SealedColumn(tokens, tokens.c.name, tokens.c.sealed_access, "tokens/{}/access".format),
    SealedColumn(tokens, tokens.c.name, tokens.c.sealed_refresh, "tokens/{}/refresh".format),
    SealedColumn(canaries, canaries.c.org_id, canaries.c.sealed_canary, canary_name),
    SealedColumn(states, states.c.digest, states.c.sealed_payload, "states/{}".format),
]
"""Every column of encrypted values. The repositories bind their values to the same row names."""
