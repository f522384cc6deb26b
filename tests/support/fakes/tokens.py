"""A fake of the token source."""

# ruff: noqa: ARG002 - a fake has the signature of its port
from collections.abc import Awaitable, Callable

from support.fakes.service import FakeService

from bot.model.secret import Secret


class FakeTokens(FakeService):
    """A token source whose token never expires."""

    async def token(self) -> Secret:
        async with self._calling("token"):
            pass
        return Secret("access")

    async def renew(self, refused: Secret) -> Secret:
        async with self._calling("renew"):
            pass
        return Secret("newer access")

    async def end(self, revoke: Callable[[Secret], Awaitable[None]]) -> None:
        async with self._calling("end"):
            pass
        await revoke(Secret("access"))
