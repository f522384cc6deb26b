"""A demo on the database of an earlier one."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.sessions import make_session

from adapters.bootstrap import Bot
from adapters.cli.demo_restart import end_earlier_run
from adapters.settings import Settings, settings_from
from bot.authorizations import StoredTokens
from bot.model.connection import Account, Tokens
from bot.model.ids import CommandKey, OrgId
from bot.model.secret import Secret
from bot.model.session import State
from sandbox.environment import Environment
from storage.vault import new_key

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def demo_settings(environment: Environment, file: Path) -> Settings:
    """Return settings like those of the demo."""
    return settings_from(
        {
            **environment.bot_settings(),
            "TVBOT_PUBLIC_URL": "http://127.0.0.1:3978",
            "TVBOT_DATABASE_URL": f"sqlite:///{file}",
            "TVBOT_SECRET_KEYS": new_key(),
        }
    )


@pytest.mark.long
async def test_sessions_and_connections_of_an_earlier_demo_are_ended(tmp_path: Path) -> None:
    """The simulated systems know nothing of them: a card would go on saying connected."""
    file = tmp_path / "demo.db"
    environment = Environment()
    await environment.start()
    settings = demo_settings(environment, file)
    session = make_session(State.CREATING, org_id=OrgId("default"))
    earlier = Bot(settings, serves=False, works=False)
    await earlier.start()
    async with earlier.unit_of_work.write() as tx:
        await tx.sessions.open(session, CommandKey("slack:1"), another=False)
        account = Account("u1", "Tom Ray", session.technician)
        await tx.connections.connect(session.technician, account, Tokens(Secret("a"), Secret("r"), 60), NOW)
        await tx.tokens.store("servicedesk/default", StoredTokens(Secret("old"), None, NOW))
    await earlier.stop()

    await end_earlier_run(settings, file, [session.technician])

    later = Bot(settings, serves=False, works=False)
    await later.start()
    async with later.unit_of_work.read() as tx:
        stored = await tx.sessions.get(session.id)
        assert stored is not None
        assert not stored.state.is_open
        assert await tx.connections.active(session.technician) is None
        token = await tx.tokens.read("servicedesk/default")
        # The bot that has just started may have a new one.
        assert token is not None
        assert token.access != Secret("old")
    await later.stop()
    await environment.stop()
