"""A job starts when it is enqueued, also one that another job enqueues: nobody waits for the engine's next look."""

from pathlib import Path

from support.bot import running_bot, settings_for
from support.slack_user import SlackUser, card_of, until

from sandbox.environment import Environment

NEVER = 3_600.0
"""Seconds between two looks of the engine: longer than any test."""


async def test_create_is_complete_before_the_engine_looks_by_itself(
    own_environment: Environment, tmp_path: Path
) -> None:
    """Four jobs follow one another: the session, its card and mails, the note, and the card that says so."""
    settings = settings_for(own_environment, f"sqlite:///{tmp_path}/tvbot.db")
    async with running_bot(settings, own_environment, queue_poll_seconds=NEVER):
        user = SlackUser.new(own_environment)
        await user.authorize()
        number = user.new_request()
        await user.type_until_accepted(f"create {number}")
        await until(lambda: card_of(user, number, "sent"))
        await until(lambda: own_environment.servicedesk.notes(number))
