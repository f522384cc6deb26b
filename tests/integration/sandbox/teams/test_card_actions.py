"""User actions on cards in the simulated Teams: buttons, inputs and refresh."""

import asyncio
from typing import Any

import pytest
from aiohttp import web
from support.teams_office import Office, a_card, card_reply, execute, toast, words

from sandbox.teams import TeamsPerson

ERROR = "application/vnd.microsoft.error"
SEARCH = "application/vnd.microsoft.search.searchResponse"
FORM = (
    {
        "type": "Input.ChoiceSet",
        "id": "request",
        "style": "filtered",
        "isRequired": True,
        "choices.data": {"type": "Data.Query", "dataset": "requests"},
    },
    {"type": "Input.Text", "id": "note", "maxLength": 5},
    {"type": "Input.Toggle", "id": "pilot", "title": "Pilot"},
)


def refreshing(*people: TeamsPerson) -> dict[str, Any]:
    action = {"type": "Action.Execute", "verb": "tv", "data": {"tv": "see"}}
    return {"action": action, "userIds": [one.mri for one in people]}


async def test_pressed_button_sends_its_data_and_input_values(office: Office) -> None:
    """Values of inputs are strings."""
    form = await office.post(office.channel, *FORM, actions=[execute("Create")])
    results = [{"title": "#7 VPN", "value": "7"}]
    office.bot.answer = {"statusCode": 200, "type": SEARCH, "value": {"results": results}}
    assert (await office.teams.search_choices(office.tom, form, "vpn", "requests")).shown == results
    parameters = office.bot.activities[-1]
    assert (parameters["type"], parameters["name"]) == ("invoke", "application/search")
    assert parameters["value"]["queryText"] == "vpn"
    office.bot.answer = toast("Creating …")
    await office.teams.press_button(office.tom, form, "Create", {"request": "7", "note": "hi", "pilot": True})
    body = office.bot.activities[-1]
    assert (body["type"], body["name"], body["replyToId"]) == ("invoke", "adaptiveCard/action", form.id)
    assert body["conversation"]["id"] == f"{office.channel.id};messageid={form.id}"
    assert body["value"]["trigger"] == "manual"
    assert body["value"]["action"] == {
        "type": "Action.Execute",
        "title": "Create",
        "verb": "tv",
        "data": {"tv": "create", "request": "7", "note": "hi", "pilot": "true"},
    }
    assert office.teams.toasts == {office.tom: ["Creating …"]}


INVALID_INPUTS: dict[str, tuple[dict[str, Any], type[Exception]]] = {
    "nothing chosen": ({}, ValueError),
    "what is not offered": ({"request": "8"}, ValueError),
    "too long": ({"request": "7", "note": "longer"}, ValueError),
    "what is not there": ({"request": "7", "kind": "x"}, LookupError),
}


@pytest.mark.parametrize("case", INVALID_INPUTS)
async def test_invalid_input_values_are_not_sent(office: Office, case: str) -> None:
    """Teams' client validates them first."""
    form = await office.post(office.chat, *FORM, actions=[execute("Create")])
    office.teams.state.suggested[office.tom] = [{"title": "#7", "value": "7"}]
    typed, refused = INVALID_INPUTS[case]
    with pytest.raises(refused):
        await office.teams.press_button(office.tom, form, "Create", typed)
    assert office.bot.activities == []


async def test_old_client_sends_the_fallback_of_a_button(office: Office) -> None:
    """Without a fallback it shows no button."""
    shown = await office.post(
        office.chat, *FORM[1:], actions=[execute("End"), execute("New", fallback="drop")]
    )
    assert (
        await office.teams.press_button(office.tom, shown, "End", {"note": "bye"}, old_client=True)
    ).status == 202
    body = office.bot.activities[-1]
    assert (body["type"], body["replyToId"]) == ("message", shown.id)
    assert body["value"] == {"tv": "end", "note": "bye", "pilot": "false"}
    assert "text" not in body
    with pytest.raises(LookupError):
        await office.teams.press_button(office.tom, shown, "New", old_client=True)


async def test_button_of_a_shown_card_can_be_pressed(office: Office) -> None:
    """A hidden button cannot."""
    inner = {"type": "AdaptiveCard", "body": [words("Sure?")], "actions": [execute("End now")]}
    hidden = {"type": "ActionSet", "id": "h", "isVisible": False, "actions": [execute("Hidden")]}
    opening = {"type": "Action.OpenUrl", "title": "Open", "url": "https://a.test/1"}
    shown = await office.post(
        office.chat,
        FORM[1],
        hidden,
        actions=[{"type": "Action.ShowCard", "title": "End", "card": inner}, opening],
    )
    assert office.teams.button_titles(office.tom, shown) == ["End", "End now", "Open"]
    assert office.teams.button_url(office.tom, shown, "Open") == "https://a.test/1"
    office.bot.answer = toast("Ended")
    await office.teams.press_button(office.tom, shown, "End now", {"note": "ok"})
    assert office.bot.activities[-1]["value"]["action"]["data"]["note"] == "ok"
    for nothing in ("End", "Hidden", "Open"):
        with pytest.raises(LookupError):
            await office.teams.press_button(office.tom, shown, nothing)


async def test_card_in_a_response_is_visible_to_one_user_until_the_next_update(office: Office) -> None:
    """The history keeps it."""
    shown = await office.post(office.channel, words("Open"), actions=[execute("Show")])
    office.bot.answer = card_reply(a_card(words("secret")))
    await office.teams.press_button(office.tom, shown, "Show")
    assert office.teams.visible_card(office.tom, shown) == a_card(words("secret"))
    assert office.teams.visible_card(office.ann, shown) == shown.cards[0]
    assert "secret" in office.teams.visible_to(office.tom)
    assert "secret" not in office.teams.visible_to(office.ann, include_history=True)
    await office.change(shown, a_card(words("Closed")))
    assert office.teams.visible_card(office.tom, shown) == a_card(words("Closed"))
    assert "secret" not in office.teams.visible_to(office.tom)
    assert "secret" in office.teams.visible_to(office.tom, include_history=True)
    assert "Open" in office.teams.visible_to(office.ann, include_history=True)
    await office.teams.press_button(office.ann, shown, "Show", stale=True)
    stranger = office.teams.add_person("Zoe", "zoe@example.test")
    with pytest.raises(LookupError):
        office.teams.visible_card(stranger, shown)


MALFORMED_RESPONSES: dict[str, Any] = {
    "an error of the bot": {
        "statusCode": 400,
        "type": ERROR,
        "value": {"code": "x", "message": "Not yours."},
    },
    "an error that is none": {
        "statusCode": 200,
        "type": ERROR,
        "value": {"code": "x", "message": "Not yours."},
    },
    "a bare card": a_card(words("a")),
    "a message without text": {"statusCode": 200, "type": "application/vnd.microsoft.activity.message"},
    "a list": web.json_response([1]),
    "a page": web.Response(status=500, text="<html>"),
    "nothing": web.Response(status=200),
}


@pytest.mark.parametrize("case", MALFORMED_RESPONSES)
async def test_malformed_response_shows_an_error(office: Office, case: str) -> None:
    """No toast appears."""
    shown = await office.post(office.chat, words("Open"), actions=[execute("End")])
    office.bot.answer = MALFORMED_RESPONSES[case]
    assert (await office.teams.press_button(office.tom, shown, "End")).error
    assert len(office.teams.error_messages[office.tom]) == 1
    assert office.teams.toasts[office.tom] == []


async def test_late_response_shows_unable_to_reach_app(office: Office) -> None:
    """An invoke has five seconds."""
    never = asyncio.Event()

    async def hang(_: dict[str, Any]) -> None:
        await never.wait()

    office.bot.answer = hang
    office.teams.activity_delivery.invoke_seconds = 0.05
    shown = await office.post(office.chat, words("Open"), actions=[execute("End")])
    result = await office.teams.press_button(office.tom, shown, "End")
    assert (result.status, result.error) == (0, "Unable to reach app (no answer in time)")
    never.set()


async def test_posted_and_updated_card_is_refreshed_for_its_user_ids(
    office: Office,
) -> None:
    """A card without ``refresh`` is not."""

    async def respond_with_own_card(activity: dict[str, Any]) -> dict[str, Any]:
        return card_reply(a_card(words(f"for {activity['from']['name']}"), refresh=refreshing(office.tom)))

    office.bot.answer = respond_with_own_card
    shown = await office.post(office.channel, words("for all"), refresh=refreshing(office.tom))
    await office.teams.wait_for_refreshes()
    body = office.bot.activities[0]["value"]
    assert (body["trigger"], body["action"]["data"]) == ("automatic", {"tv": "see"})
    assert "for Tom Ray" in str(office.teams.visible_card(office.tom, shown))
    assert office.teams.visible_card(office.ann, shown) == shown.cards[0]
    await office.change(shown, a_card(words("changed"), refresh=refreshing(office.tom)))
    await office.teams.wait_for_refreshes()
    assert len(office.bot.activities) == 2
    await office.change(shown, a_card(words("over")))
    await office.teams.wait_for_refreshes()
    assert len(office.bot.activities) == 2
    assert office.teams.visible_card(office.tom, shown) == a_card(words("over"))


async def test_outdated_refresh_is_not_shown(office: Office) -> None:
    """The card was updated while the refresh ran."""
    is_requested, may_respond = asyncio.Event(), asyncio.Event()

    async def respond_late(_: dict[str, Any]) -> dict[str, Any]:
        is_requested.set()
        await may_respond.wait()
        return card_reply(a_card(words("old")))

    office.bot.answer = respond_late
    shown = await office.post(office.channel, words("open"), refresh=refreshing(office.tom))
    await is_requested.wait()
    await office.change(shown, a_card(words("over")))
    may_respond.set()
    await office.teams.wait_for_refreshes()
    assert office.teams.visible_card(office.tom, shown) == a_card(words("over"))


async def test_user_who_is_not_in_user_ids_refreshes_manually(office: Office) -> None:
    """Without a list, everybody in a small conversation refreshes automatically."""
    office.bot.answer = card_reply(a_card(words("mine")))
    shown = await office.post(office.channel, words("all"), refresh=refreshing())
    await office.teams.wait_for_refreshes()
    assert office.bot.activities == []
    await office.teams.refresh_card(office.ann, shown, "manual")
    assert office.bot.activities[-1]["value"]["trigger"] == "manual"
    everybody = {"action": refreshing()["action"]}
    await office.post(office.channel, words("all"), refresh=everybody)
    await office.teams.wait_for_refreshes()
    assert {one["from"]["name"] for one in office.bot.activities[1:]} == {"Tom Ray", "Ann Lee"}
    office.teams.auto_refresh = False
    await office.post(office.channel, words("all"), refresh=everybody)
    await office.teams.wait_for_refreshes()
    assert len(office.bot.activities) == 3


async def test_deleted_card_is_not_refreshed(office: Office) -> None:
    """It was deleted after the refresh started."""
    office.teams.auto_refresh = False
    shown = await office.post(office.channel, words("all"), refresh=refreshing(office.tom))
    office.teams.auto_refresh = True
    office.teams.start_auto_refresh(shown)
    shown.deleted = True
    await office.teams.wait_for_refreshes()
    assert office.bot.activities == []
