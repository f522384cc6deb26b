"""User actions on cards in the simulated Teams: buttons, inputs and refresh."""

import asyncio
from typing import Any

import pytest
from aiohttp import web
from support.teams_tenant import TeamsTenant, a_card, card_reply, execute, toast, words

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


async def test_pressed_button_sends_its_data_and_input_values(teams_tenant: TeamsTenant) -> None:
    """Values of inputs are strings."""
    form = await teams_tenant.post(teams_tenant.channel, *FORM, actions=[execute("Create")])
    results = [{"title": "#7 VPN", "value": "7"}]
    teams_tenant.bot.answer = {"statusCode": 200, "type": SEARCH, "value": {"results": results}}
    assert (
        await teams_tenant.teams.search_choices(teams_tenant.tom, form, "vpn", "requests")
    ).shown == results
    parameters = teams_tenant.bot.activities[-1]
    assert (parameters["type"], parameters["name"]) == ("invoke", "application/search")
    assert parameters["value"]["queryText"] == "vpn"
    teams_tenant.bot.answer = toast("Creating …")
    await teams_tenant.teams.press_button(
        teams_tenant.tom, form, "Create", {"request": "7", "note": "hi", "pilot": True}
    )
    body = teams_tenant.bot.activities[-1]
    assert (body["type"], body["name"], body["replyToId"]) == ("invoke", "adaptiveCard/action", form.id)
    assert body["conversation"]["id"] == f"{teams_tenant.channel.id};messageid={form.id}"
    assert body["value"]["trigger"] == "manual"
    assert body["value"]["action"] == {
        "type": "Action.Execute",
        "title": "Create",
        "verb": "tv",
        "data": {"tv": "create", "request": "7", "note": "hi", "pilot": "true"},
    }
    assert teams_tenant.teams.toasts == {teams_tenant.tom: ["Creating …"]}


INVALID_INPUTS: dict[str, tuple[dict[str, Any], type[Exception]]] = {
    "nothing chosen": ({}, ValueError),
    "what is not offered": ({"request": "8"}, ValueError),
    "too long": ({"request": "7", "note": "longer"}, ValueError),
    "what is not there": ({"request": "7", "kind": "x"}, LookupError),
}


@pytest.mark.parametrize("case", INVALID_INPUTS)
async def test_invalid_input_values_are_not_sent(teams_tenant: TeamsTenant, case: str) -> None:
    """Teams' client validates them first."""
    form = await teams_tenant.post(teams_tenant.chat, *FORM, actions=[execute("Create")])
    teams_tenant.teams.state.suggested[teams_tenant.tom] = [{"title": "#7", "value": "7"}]
    typed, refused = INVALID_INPUTS[case]
    with pytest.raises(refused):
        await teams_tenant.teams.press_button(teams_tenant.tom, form, "Create", typed)
    assert teams_tenant.bot.activities == []


async def test_old_client_sends_the_fallback_of_a_button(teams_tenant: TeamsTenant) -> None:
    """Without a fallback it shows no button."""
    shown = await teams_tenant.post(
        teams_tenant.chat, *FORM[1:], actions=[execute("End"), execute("New", fallback="drop")]
    )
    assert (
        await teams_tenant.teams.press_button(
            teams_tenant.tom, shown, "End", {"note": "bye"}, old_client=True
        )
    ).status == 202
    body = teams_tenant.bot.activities[-1]
    assert (body["type"], body["replyToId"]) == ("message", shown.id)
    assert body["value"] == {"tv": "end", "note": "bye", "pilot": "false"}
    assert "text" not in body
    with pytest.raises(LookupError):
        await teams_tenant.teams.press_button(teams_tenant.tom, shown, "New", old_client=True)


async def test_button_of_a_shown_card_can_be_pressed(teams_tenant: TeamsTenant) -> None:
    """A hidden button cannot."""
    inner = {"type": "AdaptiveCard", "body": [words("Sure?")], "actions": [execute("End now")]}
    hidden = {"type": "ActionSet", "id": "h", "isVisible": False, "actions": [execute("Hidden")]}
    opening = {"type": "Action.OpenUrl", "title": "Open", "url": "https://a.test/1"}
    shown = await teams_tenant.post(
        teams_tenant.chat,
        FORM[1],
        hidden,
        actions=[{"type": "Action.ShowCard", "title": "End", "card": inner}, opening],
    )
    assert teams_tenant.teams.button_titles(teams_tenant.tom, shown) == ["End", "End now", "Open"]
    assert teams_tenant.teams.button_url(teams_tenant.tom, shown, "Open") == "https://a.test/1"
    teams_tenant.bot.answer = toast("Ended")
    await teams_tenant.teams.press_button(teams_tenant.tom, shown, "End now", {"note": "ok"})
    assert teams_tenant.bot.activities[-1]["value"]["action"]["data"]["note"] == "ok"
    for nothing in ("End", "Hidden", "Open"):
        with pytest.raises(LookupError):
            await teams_tenant.teams.press_button(teams_tenant.tom, shown, nothing)


async def test_card_in_a_response_is_visible_to_one_user_until_the_next_update(
    teams_tenant: TeamsTenant,
) -> None:
    """The history keeps it."""
    shown = await teams_tenant.post(teams_tenant.channel, words("Open"), actions=[execute("Show")])
    teams_tenant.bot.answer = card_reply(a_card(words("secret")))
    await teams_tenant.teams.press_button(teams_tenant.tom, shown, "Show")
    assert teams_tenant.teams.visible_card(teams_tenant.tom, shown) == a_card(words("secret"))
    assert teams_tenant.teams.visible_card(teams_tenant.ann, shown) == shown.cards[0]
    assert "secret" in teams_tenant.teams.visible_to(teams_tenant.tom)
    assert "secret" not in teams_tenant.teams.visible_to(teams_tenant.ann, include_history=True)
    await teams_tenant.change(shown, a_card(words("Closed")))
    assert teams_tenant.teams.visible_card(teams_tenant.tom, shown) == a_card(words("Closed"))
    assert "secret" not in teams_tenant.teams.visible_to(teams_tenant.tom)
    assert "secret" in teams_tenant.teams.visible_to(teams_tenant.tom, include_history=True)
    assert "Open" in teams_tenant.teams.visible_to(teams_tenant.ann, include_history=True)
    await teams_tenant.teams.press_button(teams_tenant.ann, shown, "Show", stale=True)
    stranger = teams_tenant.teams.add_person("Zoe", "zoe@example.test")
    with pytest.raises(LookupError):
        teams_tenant.teams.visible_card(stranger, shown)


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
async def test_malformed_response_shows_an_error(teams_tenant: TeamsTenant, case: str) -> None:
    """No toast appears."""
    shown = await teams_tenant.post(teams_tenant.chat, words("Open"), actions=[execute("End")])
    teams_tenant.bot.answer = MALFORMED_RESPONSES[case]
    assert (await teams_tenant.teams.press_button(teams_tenant.tom, shown, "End")).error
    assert len(teams_tenant.teams.error_messages[teams_tenant.tom]) == 1
    assert teams_tenant.teams.toasts[teams_tenant.tom] == []


async def test_late_response_shows_unable_to_reach_app(teams_tenant: TeamsTenant) -> None:
    """An invoke has five seconds."""
    never = asyncio.Event()

    async def hang(_: dict[str, Any]) -> None:
        await never.wait()

    teams_tenant.bot.answer = hang
    teams_tenant.teams.activity_delivery.invoke_seconds = 0.05
    shown = await teams_tenant.post(teams_tenant.chat, words("Open"), actions=[execute("End")])
    result = await teams_tenant.teams.press_button(teams_tenant.tom, shown, "End")
    assert (result.status, result.error) == (0, "Unable to reach app (no answer in time)")
    never.set()


async def test_posted_and_updated_card_is_refreshed_for_its_user_ids(
    teams_tenant: TeamsTenant,
) -> None:
    """A card without ``refresh`` is not."""

    async def respond_with_own_card(activity: dict[str, Any]) -> dict[str, Any]:
        return card_reply(
            a_card(words(f"for {activity['from']['name']}"), refresh=refreshing(teams_tenant.tom))
        )

    teams_tenant.bot.answer = respond_with_own_card
    shown = await teams_tenant.post(
        teams_tenant.channel, words("for all"), refresh=refreshing(teams_tenant.tom)
    )
    await teams_tenant.teams.wait_for_refreshes()
    body = teams_tenant.bot.activities[0]["value"]
    assert (body["trigger"], body["action"]["data"]) == ("automatic", {"tv": "see"})
    assert "for Tom Ray" in str(teams_tenant.teams.visible_card(teams_tenant.tom, shown))
    assert teams_tenant.teams.visible_card(teams_tenant.ann, shown) == shown.cards[0]
    await teams_tenant.change(shown, a_card(words("changed"), refresh=refreshing(teams_tenant.tom)))
    await teams_tenant.teams.wait_for_refreshes()
    assert len(teams_tenant.bot.activities) == 2
    await teams_tenant.change(shown, a_card(words("over")))
    await teams_tenant.teams.wait_for_refreshes()
    assert len(teams_tenant.bot.activities) == 2
    assert teams_tenant.teams.visible_card(teams_tenant.tom, shown) == a_card(words("over"))


async def test_outdated_refresh_is_not_shown(teams_tenant: TeamsTenant) -> None:
    """The card was updated while the refresh ran."""
    is_requested, may_respond = asyncio.Event(), asyncio.Event()

    async def respond_late(_: dict[str, Any]) -> dict[str, Any]:
        is_requested.set()
        await may_respond.wait()
        return card_reply(a_card(words("old")))

    teams_tenant.bot.answer = respond_late
    shown = await teams_tenant.post(teams_tenant.channel, words("open"), refresh=refreshing(teams_tenant.tom))
    await is_requested.wait()
    await teams_tenant.change(shown, a_card(words("over")))
    may_respond.set()
    await teams_tenant.teams.wait_for_refreshes()
    assert teams_tenant.teams.visible_card(teams_tenant.tom, shown) == a_card(words("over"))


async def test_user_who_is_not_in_user_ids_refreshes_manually(teams_tenant: TeamsTenant) -> None:
    """Without a list, everybody in a small conversation refreshes automatically."""
    teams_tenant.bot.answer = card_reply(a_card(words("mine")))
    shown = await teams_tenant.post(teams_tenant.channel, words("all"), refresh=refreshing())
    await teams_tenant.teams.wait_for_refreshes()
    assert teams_tenant.bot.activities == []
    await teams_tenant.teams.refresh_card(teams_tenant.ann, shown, "manual")
    assert teams_tenant.bot.activities[-1]["value"]["trigger"] == "manual"
    everybody = {"action": refreshing()["action"]}
    await teams_tenant.post(teams_tenant.channel, words("all"), refresh=everybody)
    await teams_tenant.teams.wait_for_refreshes()
    assert {one["from"]["name"] for one in teams_tenant.bot.activities[1:]} == {"Tom Ray", "Ann Lee"}
    teams_tenant.teams.auto_refresh = False
    await teams_tenant.post(teams_tenant.channel, words("all"), refresh=everybody)
    await teams_tenant.teams.wait_for_refreshes()
    assert len(teams_tenant.bot.activities) == 3


async def test_deleted_card_is_not_refreshed(teams_tenant: TeamsTenant) -> None:
    """It was deleted after the refresh started."""
    teams_tenant.teams.auto_refresh = False
    shown = await teams_tenant.post(teams_tenant.channel, words("all"), refresh=refreshing(teams_tenant.tom))
    teams_tenant.teams.auto_refresh = True
    teams_tenant.teams.start_auto_refresh(shown)
    shown.deleted = True
    await teams_tenant.teams.wait_for_refreshes()
    assert teams_tenant.bot.activities == []
