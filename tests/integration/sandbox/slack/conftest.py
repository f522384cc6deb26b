"""The simulated Slack with two users, and a receiver in the place of the bot."""

from collections.abc import AsyncIterator

import pytest
from support.slack_workspace import SlackWorkspace


@pytest.fixture
async def workspace() -> AsyncIterator[SlackWorkspace]:
    workspace = SlackWorkspace()
    await workspace.start()
    yield workspace
    await workspace.stop()
