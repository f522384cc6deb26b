"""The simulated Teams with two users, and a receiver in the place of the bot."""

from collections.abc import AsyncIterator

import pytest
from support.teams_tenant import TeamsTenant


@pytest.fixture
async def teams_tenant() -> AsyncIterator[TeamsTenant]:
    """Start the simulated Teams and the receiver."""
    async with TeamsTenant.open() as teams_tenant:
        yield teams_tenant
