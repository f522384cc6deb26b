"""Tokens in memory."""

from datetime import datetime

from support.memory.data import Data, TokensRow

from bot.authorizations import StoredTokens
from bot.values import replace


class MemoryTokens:
    """The tokens of one transaction."""

    def __init__(self, data: Data) -> None:
        self._data = data

    async def read(self, name: str) -> StoredTokens | None:
        stored = self._data.tokens.get(name)
        return replace(stored.tokens, is_being_refreshed=stored.lease_owner is not None) if stored else None

    async def lease(self, name: str, owner: str, now: datetime, until: datetime) -> bool:
        stored = self._data.tokens.setdefault(name, TokensRow())
        if stored.lease_until is not None and now <= stored.lease_until <= until + (until - now):
            return False
        stored.lease_owner, stored.lease_until = owner, until
        return True

    async def store_and_release(self, name: str, owner: str, tokens: StoredTokens) -> bool:
        stored = self._data.tokens.get(name)
        if stored is None or stored.lease_owner != owner:
            return False
        self._data.tokens[name] = TokensRow(tokens)
        return True

    async def extend(self, name: str, owner: str, until: datetime) -> bool:
        stored = self._data.tokens.get(name)
        if stored is None or stored.lease_owner != owner:
            return False
        stored.lease_until = until
        return True

    async def release(self, name: str, owner: str) -> None:
        stored = self._data.tokens.get(name)
        if stored is not None and stored.lease_owner == owner:
            stored.lease_owner = stored.lease_until = None

    async def store(self, name: str, kept: StoredTokens) -> None:
        self._data.tokens[name] = TokensRow(kept)
