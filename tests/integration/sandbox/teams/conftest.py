"""The simulated Teams with two users, and a receiver in the place of the bot."""

from collections.abc import AsyncIterator

import pytest
from support.teams_office import Office


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    """Start the simulated Teams and the receiver."""
    async with Office.open() as office:
        yield office
