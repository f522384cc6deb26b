"""One process at a time refreshes a token, and the new tokens are stored all together or not at all."""

import asyncio
from datetime import timedelta

import pytest
from support.clock import Clock

from bot.authorizations import StoredTokens
from bot.errors import NotAuthorized, Unavailable
from bot.i18n import _
from bot.model.connection import Tokens
from bot.model.secret import Secret
from bot.tokens import LEASE, LeasedTokens
from bot.unit_of_work import UnitOfWork


class Provider:
    """Returns new tokens for a refresh token that can be used once, as TeamViewer does."""

    def __init__(self) -> None:
        self.valid = "refresh-0"
        self.count = 0
        self.fail: Exception | None = None

    async def refresh(self, token: Secret | None) -> Tokens:
        await asyncio.sleep(0)
        if self.fail is not None:
            raise self.fail
        if token is None or token.reveal() != self.valid:
            raise NotAuthorized(_("burnt"))
        self.count += 1
        self.valid = f"refresh-{self.count}"
        return Tokens(Secret(f"access-{self.count}"), Secret(self.valid), 86400)


@pytest.fixture
def provider() -> Provider:
    return Provider()


@pytest.fixture
async def sources(unit_of_work: UnitOfWork, provider: Provider, clock: Clock) -> list[LeasedTokens]:
    """Five sources of one token, as in five processes."""
    async with unit_of_work.write() as tx:
        await tx.tokens.store("one", StoredTokens(Secret("access-0"), Secret("refresh-0"), clock()))
    return [LeasedTokens(unit_of_work, "one", provider.refresh, clock) for _number in range(5)]


async def test_concurrent_callers_in_several_processes_refresh_once(
    sources: list[LeasedTokens], provider: Provider
) -> None:
    tokens = await asyncio.gather(*(source.token() for source in sources for _number in range(10)))
    assert {token.reveal() for token in tokens} == {"access-1"}
    assert provider.count == 1


async def test_refused_token_is_renewed_once_for_all_callers(sources: list[LeasedTokens]) -> None:
    refused = await sources[0].token()
    tokens = await asyncio.gather(*(source.renew(refused) for source in sources))
    assert {token.reveal() for token in tokens} == {"access-2"}


async def test_lost_answer_leaves_the_old_refresh_token_stored(
    sources: list[LeasedTokens], provider: Provider
) -> None:
    provider.fail = Unavailable(_("away"))
    with pytest.raises(Unavailable):
        await sources[0].token()
    provider.fail = None
    assert (await sources[1].token()).reveal() == "access-1"


async def test_invalid_refresh_token_is_not_tried_again(
    sources: list[LeasedTokens], provider: Provider, unit_of_work: UnitOfWork
) -> None:
    provider.valid = "somebody else's"
    with pytest.raises(NotAuthorized):
        await sources[0].token()
    async with unit_of_work.read() as tx:
        assert await tx.tokens.read("one") == StoredTokens(None, None, None)


async def test_lease_of_a_dead_process_expires(
    unit_of_work: UnitOfWork, clock: Clock, sources: list[LeasedTokens]
) -> None:
    async with unit_of_work.write() as tx:
        assert await tx.tokens.lease("one", "the dead", clock(), clock() + LEASE)
        assert not await tx.tokens.lease("one", "the living", clock(), clock() + LEASE)
    clock.move(seconds=LEASE.total_seconds() + 1)
    assert (await sources[0].token()).reveal() == "access-1"


async def test_disconnect_waits_for_a_refresh_and_revokes_the_new_tokens(
    sources: list[LeasedTokens], provider: Provider, unit_of_work: UnitOfWork
) -> None:
    """If it revoked the token from before the refresh, the new one would stay valid unnoticed."""
    revoked = []

    async def revoke(token: Secret) -> None:
        assert provider.fail is None
        revoked.append(token.reveal())
        provider.fail = NotAuthorized(_("revoked"))

    outcomes = await asyncio.gather(
        *(source.renew(Secret("access-0")) for source in sources[1:]),
        sources[0].end(revoke),
        return_exceptions=True,
    )
    assert revoked == ["access-1"]
    assert outcomes[-1] is None
    async with unit_of_work.read() as tx:
        assert await tx.tokens.read("one") == StoredTokens(None, None, None)


async def test_tokens_that_could_not_be_revoked_stay_stored_for_a_later_try(
    sources: list[LeasedTokens], unit_of_work: UnitOfWork
) -> None:
    async def away(_token: Secret) -> None:
        raise Unavailable(_("away"))

    with pytest.raises(Unavailable):
        await sources[0].end(away)
    async with unit_of_work.read() as tx:
        stored = await tx.tokens.read("one")
    assert stored is not None
    assert stored.refresh == Secret("refresh-1")
    assert (await sources[1].token()).reveal() == "access-1"


async def test_kept_token_is_read_again_after_a_while_and_renewed_once_refused(
    unit_of_work: UnitOfWork, provider: Provider, clock: Clock
) -> None:
    async with unit_of_work.write() as tx:
        await tx.tokens.store("one", StoredTokens(Secret("access-0"), Secret("refresh-0"), clock()))
    keeping = LeasedTokens(unit_of_work, "one", provider.refresh, clock, keep=timedelta(seconds=30))
    other = LeasedTokens(unit_of_work, "one", provider.refresh, clock)
    first = await keeping.token()
    assert await keeping.token() == first
    second = await other.renew(first)
    assert await keeping.token() == first, "it is remembered"
    clock.now += timedelta(seconds=30)
    assert await keeping.token() == second
    third = await other.renew(second)
    assert await keeping.renew(second) == third, "it was refused, so the stored one is read"
    assert await keeping.token() == third
