"""The simulated Teams' people: what they do reaches the bot as Teams sends it, and they see what Teams shows."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from support.teams_office import Office, a_card, card_reply, execute, message, toast, words

from sandbox.teams import TeamsPerson

ERROR = "application/vnd.microsoft.error"
SEARCH = "application/vnd.microsoft.search.searchResponse"
THUMBNAIL = {"contentType": "application/vnd.microsoft.card.thumbnail", "content": {"title": "#123"}}
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


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    async with Office.open() as office:
        yield office


def refreshing(*people: TeamsPerson) -> dict[str, Any]:
    action = {"type": "Action.Execute", "verb": "tv", "data": {"tv": "see"}}
    return {"action": action, "userIds": [one.mri for one in people]}


def found(version: str = "1.5") -> dict[str, Any]:
    """A search result of one request."""
    content = {"type": "AdaptiveCard", "version": version, "body": [words("Request 123")]}
    attachment = {
        "contentType": "application/vnd.microsoft.card.adaptive",
        "content": content,
        "preview": THUMBNAIL,
    }
    return {"composeExtension": {"type": "result", "attachmentLayout": "list", "attachments": [attachment]}}


async def test_a_message_in_a_personal_chat_says_who_and_where(office: Office) -> None:
    await office.teams.post_message(office.tom, office.chat, "create 1 <b>")
    told = office.bot.activities[-1]
    assert (told["type"], told["text"], told["textFormat"]) == ("message", "create 1 &lt;b&gt;", "plain")
    assert told["from"] == {"id": office.tom.mri, "name": "Tom Ray", "aadObjectId": office.tom.aad_id}
    assert told["recipient"]["id"] == f"28:{office.teams.app_id}"
    assert told["conversation"] == {
        "conversationType": "personal",
        "tenantId": office.teams.tenant,
        "id": office.chat.id,
    }
    assert told["channelData"] == {"tenant": {"id": office.teams.tenant}}
    assert (told["locale"], told["localTimezone"]) == ("fr-FR", "Europe/Paris")
    assert told["localTimestamp"].endswith("+01:00")
    assert (told["channelId"], told["serviceUrl"]) == ("msteams", office.teams.service_url)
    assert told["entities"][0]["type"] == "clientInfo"


async def test_in_a_channel_the_bot_hears_only_where_it_is_mentioned(office: Office) -> None:
    await office.teams.post_message(office.tom, office.channel, "admin grant @Ann Lee", mentions=[office.ann])
    told = office.bot.activities[-1]
    assert told["text"] == "<at>TVBot</at>&nbsp;admin grant <at>Ann Lee</at>\n"
    assert [one.get("mentioned", {}).get("id") for one in told["entities"]] == [
        office.teams.state.bot["id"],
        office.ann.mri,
        None,
    ]
    assert told["conversation"]["isGroup"] is True
    assert told["channelData"]["channel"] == {"id": office.channel.id}
    assert told["channelData"]["team"] == {"id": office.channel.team}
    unheard = await office.teams.post_message(office.tom, office.channel, "lunch?", mention=False)
    assert (unheard.status, unheard.error, len(office.bot.activities)) == (0, "", 1)
    office.teams.reads_all_messages = True
    await office.teams.post_message(
        office.ann, office.channel, "yes", mention=False, thread=office.channel.messages[1]
    )
    assert office.bot.activities[-1]["conversation"]["id"].endswith(
        f";messageid={office.channel.messages[1].id}"
    )


async def test_a_redelivery_is_the_same_activity(office: Office) -> None:
    delivery = await office.teams.post_message(office.tom, office.chat, "create 1")
    await office.teams.redeliver_activity(delivery)
    assert office.bot.activities[0] == office.bot.activities[1]
    assert len(office.chat.messages) == 1


async def test_installing_and_removing_are_told(office: Office) -> None:
    group = office.teams.add_group_chat([office.tom, office.ann], "Night shift", bot_is_member=False)
    await office.teams.install_app(group, office.tom)
    added, installed = office.bot.activities
    assert (added["type"], added["membersAdded"]) == ("conversationUpdate", [office.teams.state.bot])
    assert (installed["type"], installed["action"]) == ("installationUpdate", "add")
    assert installed["conversation"]["conversationType"] == "groupChat"
    await office.teams.uninstall_app(office.channel, office.tom)
    removed, uninstalled = office.bot.activities[2:]
    assert removed["channelData"]["eventType"] == "teamMemberRemoved"
    assert uninstalled["action"] == "remove"


async def test_a_press_brings_what_the_button_and_the_inputs_hold(office: Office) -> None:
    form = await office.post(office.channel, *FORM, actions=[execute("Create")])
    results = [{"title": "#7 VPN", "value": "7"}]
    office.bot.answer = {"statusCode": 200, "type": SEARCH, "value": {"results": results}}
    assert (await office.teams.search_choices(office.tom, form, "vpn", "requests")).shown == results
    asked = office.bot.activities[-1]
    assert (asked["type"], asked["name"]) == ("invoke", "application/search")
    assert asked["value"]["queryText"] == "vpn"
    office.bot.answer = toast("Creating …")
    await office.teams.press_button(office.tom, form, "Create", {"request": "7", "note": "hi", "pilot": True})
    told = office.bot.activities[-1]
    assert (told["type"], told["name"], told["replyToId"]) == ("invoke", "adaptiveCard/action", form.id)
    assert told["conversation"]["id"] == f"{office.channel.id};messageid={form.id}"
    assert told["value"]["trigger"] == "manual"
    assert told["value"]["action"] == {
        "type": "Action.Execute",
        "title": "Create",
        "verb": "tv",
        "data": {"tv": "create", "request": "7", "note": "hi", "pilot": "true"},
    }
    assert office.teams.toasts == {office.tom: ["Creating …"]}


WRONGLY_FILLED: dict[str, tuple[dict[str, Any], type[Exception]]] = {
    "nothing chosen": ({}, ValueError),
    "what is not offered": ({"request": "8"}, ValueError),
    "too long": ({"request": "7", "note": "longer"}, ValueError),
    "what is not there": ({"request": "7", "kind": "x"}, LookupError),
}


@pytest.mark.parametrize("case", WRONGLY_FILLED)
async def test_what_a_client_would_not_send_is_not_sent(office: Office, case: str) -> None:
    form = await office.post(office.chat, *FORM, actions=[execute("Create")])
    office.teams.state.suggested[office.tom] = [{"title": "#7", "value": "7"}]
    typed, refused = WRONGLY_FILLED[case]
    with pytest.raises(refused):
        await office.teams.press_button(office.tom, form, "Create", typed)
    assert office.bot.activities == []


async def test_an_old_client_submits_what_the_button_falls_back_to(office: Office) -> None:
    shown = await office.post(
        office.chat, *FORM[1:], actions=[execute("End"), execute("New", fallback="drop")]
    )
    assert (
        await office.teams.press_button(office.tom, shown, "End", {"note": "bye"}, old_client=True)
    ).status == 202
    told = office.bot.activities[-1]
    assert (told["type"], told["replyToId"]) == ("message", shown.id)
    assert told["value"] == {"tv": "end", "note": "bye", "pilot": "false"}
    assert "text" not in told
    with pytest.raises(LookupError):
        await office.teams.press_button(office.tom, shown, "New", old_client=True)


async def test_a_button_may_be_in_a_card_that_another_unfolds(office: Office) -> None:
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


async def test_a_card_in_an_answer_is_seen_by_who_pressed_alone_until_the_next_update(office: Office) -> None:
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


NOT_UNDERSTOOD: dict[str, Any] = {
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


@pytest.mark.parametrize("case", NOT_UNDERSTOOD)
async def test_an_answer_that_teams_does_not_understand_is_an_error_to_the_person(
    office: Office, case: str
) -> None:
    shown = await office.post(office.chat, words("Open"), actions=[execute("End")])
    office.bot.answer = NOT_UNDERSTOOD[case]
    assert (await office.teams.press_button(office.tom, shown, "End")).error
    assert len(office.teams.error_messages[office.tom]) == 1
    assert office.teams.toasts[office.tom] == []


async def test_an_answer_that_comes_too_late_is_none(office: Office) -> None:
    never = asyncio.Event()

    async def hang(_: dict[str, Any]) -> None:
        await never.wait()

    office.bot.answer = hang
    office.teams.activity_delivery.invoke_seconds = 0.05
    shown = await office.post(office.chat, words("Open"), actions=[execute("End")])
    outcome = await office.teams.press_button(office.tom, shown, "End")
    assert (outcome.status, outcome.error) == (0, "Unable to reach app (no answer in time)")
    never.set()


async def test_clients_refresh_a_card_for_those_it_names_when_it_is_posted_and_updated(
    office: Office,
) -> None:
    async def own(activity: dict[str, Any]) -> dict[str, Any]:
        return card_reply(a_card(words(f"for {activity['from']['name']}"), refresh=refreshing(office.tom)))

    office.bot.answer = own
    shown = await office.post(office.channel, words("for all"), refresh=refreshing(office.tom))
    await office.teams.wait_for_refreshes()
    told = office.bot.activities[0]["value"]
    assert (told["trigger"], told["action"]["data"]) == ("automatic", {"tv": "see"})
    assert "for Tom Ray" in str(office.teams.visible_card(office.tom, shown))
    assert office.teams.visible_card(office.ann, shown) == shown.cards[0]
    await office.change(shown, a_card(words("changed"), refresh=refreshing(office.tom)))
    await office.teams.wait_for_refreshes()
    assert len(office.bot.activities) == 2
    await office.change(shown, a_card(words("over")))
    await office.teams.wait_for_refreshes()
    assert len(office.bot.activities) == 2
    assert office.teams.visible_card(office.tom, shown) == a_card(words("over"))


async def test_a_refresh_that_an_update_overtook_is_not_shown(office: Office) -> None:
    is_asked, may_answer = asyncio.Event(), asyncio.Event()

    async def slow(_: dict[str, Any]) -> dict[str, Any]:
        is_asked.set()
        await may_answer.wait()
        return card_reply(a_card(words("old")))

    office.bot.answer = slow
    shown = await office.post(office.channel, words("open"), refresh=refreshing(office.tom))
    await is_asked.wait()
    await office.change(shown, a_card(words("over")))
    may_answer.set()
    await office.teams.wait_for_refreshes()
    assert office.teams.visible_card(office.tom, shown) == a_card(words("over"))


async def test_whom_a_card_does_not_name_refreshes_by_hand(office: Office) -> None:
    """An empty list means by hand alone, no list everybody of a small conversation."""
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


async def test_a_search_finds_cards_of_which_one_is_posted(office: Office) -> None:
    office.bot.answer = found()
    result = await office.teams.query_extension(office.tom, office.channel, "searchRequests", "vpn")
    told = office.bot.activities[-1]
    assert told["name"] == "composeExtension/query"
    assert told["value"]["parameters"] == [{"name": "query", "value": "vpn"}]
    assert "Request 123" not in office.teams.visible_to(office.ann)
    posted = office.teams.post_result(office.tom, office.channel, result)
    assert (posted.sender, posted.is_posted_result) == (office.tom, True)
    assert "Request 123" in office.teams.visible_to(office.ann)
    assert (await office.change(posted, a_card(words("Mine"))))[0] == 403
    await office.teams.query_extension(office.tom, office.channel, "searchRequests", "", initial=True)
    assert office.bot.activities[-1]["value"]["parameters"] == [{"name": "initialRun", "value": "true"}]
    office.bot.answer = {"composeExtension": {"type": "message", "text": "Nothing found."}}
    nothing = await office.teams.query_extension(office.tom, office.channel, "searchRequests", "x")
    assert nothing.shown["text"] == "Nothing found."
    with pytest.raises(LookupError):
        office.teams.post_result(office.tom, office.channel, nothing)


async def test_a_links_preview_has_a_version_that_previews_show(office: Office) -> None:
    office.bot.answer = found("1.3")
    assert (await office.teams.preview_link(office.tom, office.channel, "https://desk.test/123")).error == ""
    told = office.bot.activities[-1]
    assert (told["name"], told["value"]) == ("composeExtension/queryLink", {"url": "https://desk.test/123"})
    office.bot.answer = found("1.5")
    assert (
        "is newer than 1.3"
        in (await office.teams.preview_link(office.tom, office.channel, "https://a.test")).error
    )
    del office.bot.answer["composeExtension"]["attachments"][0]["preview"]
    office.bot.answer["composeExtension"]["attachments"][0]["content"]["version"] = "1.3"
    assert "preview" in (await office.teams.preview_link(office.tom, office.channel, "https://a.test")).error


async def test_an_action_command_opens_a_dialog_and_submits_it(office: Office) -> None:
    await office.teams.post_message(office.ann, office.channel, "VPN fails #123", mention=False)
    about = office.channel.messages[-1]
    card = message(a_card(*FORM[1:]))["attachments"][0]
    office.bot.answer = {"task": {"type": "continue", "value": {"title": "New session", "card": card}}}
    dialog = await office.teams.open_dialog(office.tom, office.channel, "create", about)
    told = office.bot.activities[-1]["value"]
    assert (told["commandId"], told["commandContext"]) == ("create", "message")
    assert told["messagePayload"]["body"]["content"] == "VPN fails #123"
    assert dialog.shown["value"]["title"] == "New session"
    office.bot.answer = web.Response()
    closed = await office.teams.submit_dialog(office.tom, office.channel, "create", {"note": "a"}, about)
    assert (closed.shown, closed.error) == ({}, "")
    assert office.bot.activities[-1]["value"]["data"] == {"note": "a"}
    office.bot.answer = {"task": {"type": "continue", "value": {"card": card}}}
    assert "title" in (await office.teams.open_dialog(office.tom, office.channel, "create")).error


async def test_nobody_refreshes_what_is_gone_meanwhile(office: Office) -> None:
    """A card that goes in the moment in which a client would refresh it is not asked about, and nothing breaks."""
    office.teams.auto_refresh = False
    shown = await office.post(office.channel, words("all"), refresh=refreshing(office.tom))
    office.teams.auto_refresh = True
    office.teams.start_auto_refresh(shown)
    shown.deleted = True
    await office.teams.wait_for_refreshes()
    assert office.bot.activities == []
