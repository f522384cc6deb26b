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

from rows import AtMost, Peer, Row
from support.bot import BotProcess, settings_for
from support.chat_user import ChatUser
from support.in_slack import InSlack
from support.in_teams import InTeams
from support.killed_posts import KilledPost, kill_while_posting
from support.slack_user import SlackUser

from sandbox.environment import Environment

KILLS = 10


async def measure(kills: int, database: str | None) -> dict[str, int]:
    """Measure both chats. Return how many sessions have more than one card, by chat."""
    environment = Environment()
    await environment.start()
    doubled: dict[str, int] = {}
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
            doubled[chat] = sum(one.cards > 1 for one in killed)
            print(f"{chat}: {doubled[chat]} of {len(killed)} cards doubled, by {kills} kills", flush=True)
    await environment.stop()
    return doubled


async def measure_rows() -> list[Row]:
    """Measure for the table."""
    doubled = await measure(KILLS, None)
    peer = Peer("Teams, which cannot be looked at", doubled["teams"])
    return [Row(f"doubled cards in Slack by {KILLS} kills", doubled["slack"], "cards", AtMost(0), peer)]


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--kills", type=int, default=KILLS)
    options.add_argument("--database")
    given = options.parse_args()
    sys.exit(asyncio.run(measure(given.kills, given.database))["slack"] > 0)
