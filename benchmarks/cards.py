"""Count the doubled cards after kills between the post of a card and its record.

    sh scripts/bench cards [--kills 10] [--database URL]

At each kill, ten cards are posted and none is stored. It prints for each chat how many sessions have more than one card
when everything is done. In Slack none may have.
"""

import argparse
import asyncio
import sys
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path

from support.bot import BotProcess, settings_for
from support.chat_user import ChatUser
from support.in_slack import InSlack
from support.in_teams import InTeams
from support.killed_posts import KilledPost, kill_while_posting
from support.slack_user import SlackUser

from sandbox.environment import Environment


async def measure(kills: int, database: str | None) -> int:
    """Measure both chats. Return the exit code."""
    environment = Environment()
    await environment.start()
    doubled_in_slack = 0
    # Whatever ends the benchmark, its bot ends with it.
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        settings = settings_for(
            environment, database or f"sqlite:///{folder}/tvbot.db", TVBOT_DEAD_AFTER_SECONDS="3"
        )
        environment.set_bot_url(settings["TVBOT_PUBLIC_URL"])
        bot = BotProcess(settings, Path(folder) / "log", "serve")
        stack.push_async_callback(bot.clean_up)
        await bot.start()
        # Both at the start: somebody who is not on the technician list is looked up again only after a while.
        users: dict[str, ChatUser] = {
            "slack": InSlack(SlackUser.new(environment)),
            "teams": InTeams(SlackUser.new(environment)),
        }
        posts: dict[str, list[KilledPost]] = {chat: [] for chat in users}
        for chat, user in users.items():
            await user.authorize()
            for kill in range(kills):
                posts[chat] += await kill_while_posting(bot, user, f"{chat}-{kill}")
        # What is under way is finished first, so a further card would be there by then.
        await bot.stop()
        for chat, killed in posts.items():
            doubled = sum(one.cards > 1 for one in killed)
            print(f"{chat}: {doubled} of {len(killed)} cards doubled, by {kills} kills", flush=True)
            if chat == "slack":
                doubled_in_slack = doubled
    await environment.stop()
    return 1 if doubled_in_slack else 0


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--kills", type=int, default=10)
    options.add_argument("--database")
    given = options.parse_args()
    sys.exit(asyncio.run(measure(given.kills, given.database)))
