"""The framework's handler calls the bot's method for each kind of activity, and reads nothing that the bot does not need."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from botbuilder.core import TurnContext
from botbuilder.core.teams import TeamsActivityHandler
from botbuilder.schema import ChannelAccount
from support.clock import Clock
from support.microsoft import APP, microsoft
from support.teams_wire import Wire, wire_to

from adapters.teams.bot import TeamsBot
from adapters.teams.incoming.activity import TeamsActivity, incoming, parse_activity, read_origin
from adapters.teams.render.invoke_replies import InvokeReply

BOT = {"id": f"28:{APP}", "name": "tvbot"}
PERSON = {"id": "29:new", "name": "New"}
EXTENSION_METHODS = {
    "application/search": "suggest_requests",
    "composeExtension/query": "search_requests",
    "composeExtension/queryLink": "preview_link",
    "composeExtension/fetchTask": "open_form",
    "composeExtension/submitAction": "submit_form",
}


class RecordingExtension:
    """Answers each question with the name of its method, and with a field that no model of the framework has."""

    def __getattr__(self, name: str) -> Any:
        async def answer(activity: TeamsActivity) -> dict[str, Any]:
            return {"method": name, "value": dict(activity.value), "newField": [{"x": None}]}

        return answer


class RecordingTeamsBot(TeamsBot):
    """The product's handler without the product behind it: it records welcomes, and who was removed."""

    def __init__(self) -> None:
        self.welcomed: list[str] = []
        self.removed: list[str | None] = []
        extension: Any = RecordingExtension()
        self._extension = extension

    async def on_turn(self, turn_context: TurnContext) -> None:
        await TeamsActivityHandler.on_turn(self, turn_context)

    async def on_adaptive_card_invoke(self, turn_context: TurnContext, invoke_value: object) -> Any:
        del invoke_value
        return {"method": "card", "value": dict(incoming(turn_context).value), "newField": [{"x": None}]}

    async def on_members_removed_activity(
        self, members_removed: list[ChannelAccount], turn_context: TurnContext
    ) -> None:
        del turn_context
        self.removed += [one.id for one in members_removed]

    async def _send_welcome(self, activity: TeamsActivity) -> None:
        self.welcomed.append(activity.conversation)


@pytest.fixture
async def wire(clock: Clock) -> AsyncIterator[Wire]:
    async with microsoft(clock) as playing, wire_to(playing) as whole:
        yield whole


async def _process(wire: Wire, bot: TeamsBot, **changes: Any) -> InvokeReply | None:
    raw = wire.playing.activity(text=None, **changes)
    return await wire.adapter.process_activity(parse_activity(raw, read_origin(raw)), bot)


@pytest.mark.parametrize("text", ['<span itemid="7f"></span>', '<attachment id="7f"></attachment>'])
async def test_posted_search_result_is_not_answered(wire: Wire, text: str) -> None:
    """The bot of this test has no dispatcher and no chat, so any answer would fail."""
    raw = wire.playing.activity(text=text, type="message")
    await wire.adapter.process_activity(parse_activity(raw, read_origin(raw)), RecordingTeamsBot())
    assert wire.playing.calls == []


@pytest.mark.parametrize("channel", ["msteams", "emulator"])
async def test_bot_added_as_a_member_sends_one_welcome(wire: Wire, channel: str) -> None:
    bot = RecordingTeamsBot()
    members = [PERSON, BOT]
    await _process(wire, bot, type="conversationUpdate", channelId=channel, membersAdded=members)
    assert len(bot.welcomed) == 1


@pytest.mark.parametrize("channel_data", [{"team": {"id": "19:t"}}, {}, None])
async def test_person_added_or_removed_causes_no_welcome_and_no_call(wire: Wire, channel_data: Any) -> None:
    """The framework's own handler would ask for the profile of each new member."""
    bot = RecordingTeamsBot()
    for change in ("membersAdded", "membersRemoved"):
        sent: dict[str, Any] = {"type": "conversationUpdate", "channelData": channel_data, change: [PERSON]}
        assert await _process(wire, bot, **sent) is None
    assert (bot.welcomed, bot.removed) == ([], [PERSON["id"]])
    assert wire.playing.calls == []


@pytest.mark.parametrize(("action", "welcomes"), [("add", 1), ("add-upgrade", 0), ("remove-upgrade", 0)])
async def test_only_a_new_installation_sends_a_welcome(wire: Wire, action: str, welcomes: int) -> None:
    bot = RecordingTeamsBot()
    await _process(wire, bot, type="installationUpdate", action=action)
    assert len(bot.welcomed) == welcomes


@pytest.mark.parametrize(
    ("kind", "event"),
    [
        ("messageUpdate", "editMessage"),
        ("messageDelete", "softDeleteMessage"),
        ("messageReaction", ""),
        ("typing", ""),
    ],
)
async def test_activity_without_a_method_of_the_bot_is_accepted(wire: Wire, kind: str, event: str) -> None:
    assert await _process(wire, RecordingTeamsBot(), type=kind, channelData={"eventType": event}) is None


@pytest.mark.parametrize(("name", "method"), EXTENSION_METHODS.items())
async def test_invoke_is_answered_by_its_method_with_every_field(wire: Wire, name: str, method: str) -> None:
    value = {"commandId": "c", "unknown": {"x": [1.5, None]}}
    reply = await _process(wire, RecordingTeamsBot(), type="invoke", name=name, value=value)
    assert reply == InvokeReply(200, {"method": method, "value": value, "newField": [{"x": None}]})


@pytest.mark.parametrize(
    "value", [{"action": {"type": "Action.Submit"}, "trigger": "automatic"}, {}, {"action": None}]
)
async def test_card_action_of_any_form_is_answered_by_its_method(wire: Wire, value: dict[str, Any]) -> None:
    """The framework's own check refuses all but ``Action.Execute``, with an error that cannot be written as JSON."""
    reply = await _process(wire, RecordingTeamsBot(), type="invoke", name="adaptiveCard/action", value=value)
    assert reply == InvokeReply(200, {"method": "card", "value": value, "newField": [{"x": None}]})


@pytest.mark.parametrize("name", EXTENSION_METHODS)
@pytest.mark.parametrize(
    "value",
    [
        None,
        "x",
        7,
        [],
        {},
        {"parameters": "x"},
        {"parameters": [7]},
        {"queryOptions": []},
        {"url": {"x": 1}},
        {"messagePayload": ["x"]},
        {"messagePayload": {"body": 7, "createdDateTime": "yesterday"}},
        {"botMessagePreviewAction": "send", "botActivityPreview": [{"timestamp": 7}]},
    ],
)
async def test_invoke_with_an_invalid_value_gets_a_reply(wire: Wire, name: str, value: Any) -> None:
    """The framework's models refuse some values before the bot's method runs. The person still sees a sentence."""
    reply = await _process(wire, RecordingTeamsBot(), type="invoke", name=name, value=value)
    assert reply is not None
    assert reply.status == 200
    assert reply.body is not None


@pytest.mark.parametrize("name", ["signin/verifyState", "task/fetch", "config/fetch", "unknown/name", None])
async def test_invoke_without_a_method_of_the_bot_is_not_implemented(wire: Wire, name: str | None) -> None:
    reply = await _process(wire, RecordingTeamsBot(), type="invoke", name=name, value={})
    assert reply == InvokeReply(501)
