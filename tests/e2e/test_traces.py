"""A command is one trace, through the web server, the worker and every job, until its card shows what came of it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from support.bot import BotProcess, settings_for
from support.in_slack import InSlack
from support.in_teams import InTeams
from support.otlp_receiver import Collector, ReceivedSpan, collector
from support.slack_user import SlackUser

from sandbox.environment import Environment

POSTS = {InSlack: "slack chat.postMessage", InTeams: "teams POST"}
UPDATES = {InSlack: "slack chat.update", InTeams: "teams PUT"}


def of_command(receiver: Collector, word: str) -> list[ReceivedSpan]:
    """The spans of the trace of a command. Empty until the command's own span came."""
    commands = receiver.named(f"command {word}")
    return receiver.of_trace(commands[0].trace) if commands else []


@pytest.mark.long
@pytest.mark.parametrize("chat", [InSlack, InTeams], ids=["slack", "teams"])
async def test_trace_goes_from_the_command_to_the_last_update_of_the_card(
    chat: type[InSlack] | type[InTeams],
    own_environment: Environment,
    tmp_path: Path,
    bot_process: Callable[..., BotProcess],
) -> None:
    async with collector() as receiver:
        settings = settings_for(
            own_environment,
            f"sqlite:///{tmp_path}/tvbot.db",
            TVBOT_LOG_FORMAT="json",
            OTEL_EXPORTER_OTLP_ENDPOINT=receiver.url,
            OTEL_BSP_SCHEDULE_DELAY="200",
        )
        own_environment.set_bot_url(settings["TVBOT_PUBLIC_URL"])
        user = chat(SlackUser.new(own_environment))
        bot = bot_process(settings, tmp_path / "log", "serve")
        await bot.start()
        await user.authorize()
        number, _card = await user.create(subject="Printer smells of smoke")
        await receiver.until(lambda: POSTS[chat] in {one.name for one in of_command(receiver, "create")})
        await user.type(f"end {number}")
        await receiver.until(lambda: UPDATES[chat] in {one.name for one in of_command(receiver, "end")})
        assert await bot.stop() == 0

    for word, jobs in (("create", {"create_session", "post_card"}), ("end", {"end_session", "refresh_card"})):
        spans = of_command(receiver, word)
        assert jobs <= {one.attributes.get("tvbot.job") for one in spans}
        assert {one.process for one in spans} == {"serve"}
        assert any(one.name.startswith("teamviewer ") for one in spans)
        first = [one for one in spans if not one.parent]
        assert [one.name for one in first] == [f"command {word}"]
        assert {one.parent for one in spans if one.parent} <= {one.id for one in spans}
    logged = [json.loads(line) for line in bot.log().splitlines() if line.startswith("{")]
    traces = {one.trace for one in receiver.spans}
    assert {line["trace"] for line in logged if "trace" in line} <= traces
    person = user.technician
    for private in (person.email, person.name, number, "Printer", "rita"):
        assert private not in receiver.text, private
