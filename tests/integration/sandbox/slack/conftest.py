"""The simulated Slack with two users, and a receiver in the place of the bot."""

from collections.abc import AsyncIterator

import pytest
from support.slack_desk import Desk


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    desk = Desk()
    await desk.start()
    yield desk
    await desk.stop()
