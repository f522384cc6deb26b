"""The message extension in the simulated Teams: search, link preview and dialogs."""

from typing import Any

import pytest
from aiohttp import web
from support.teams_office import Office, a_card, message, words

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


def found(version: str = "1.5") -> dict[str, Any]:
    """A search result of one request."""
    content = {"type": "AdaptiveCard", "version": version, "body": [words("Request 123")]}
    attachment = {
        "contentType": "application/vnd.microsoft.card.adaptive",
        "content": content,
        "preview": THUMBNAIL,
    }
    return {"composeExtension": {"type": "result", "attachmentLayout": "list", "attachments": [attachment]}}


async def test_search_result_is_posted_as_the_users_message(office: Office) -> None:
    """The bot cannot update it."""
    office.bot.answer = found()
    result = await office.teams.query_extension(office.tom, office.channel, "searchRequests", "vpn")
    body = office.bot.activities[-1]
    assert body["name"] == "composeExtension/query"
    assert body["value"]["parameters"] == [{"name": "query", "value": "vpn"}]
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


async def test_link_preview_with_a_newer_card_version_is_an_error(office: Office) -> None:
    """The newest version for previews is 1.3."""
    office.bot.answer = found("1.3")
    assert (await office.teams.preview_link(office.tom, office.channel, "https://desk.test/123")).error == ""
    body = office.bot.activities[-1]
    assert (body["name"], body["value"]) == ("composeExtension/queryLink", {"url": "https://desk.test/123"})
    office.bot.answer = found("1.5")
    assert (
        "is newer than 1.3"
        in (await office.teams.preview_link(office.tom, office.channel, "https://a.test")).error
    )
    del office.bot.answer["composeExtension"]["attachments"][0]["preview"]
    office.bot.answer["composeExtension"]["attachments"][0]["content"]["version"] = "1.3"
    assert "preview" in (await office.teams.preview_link(office.tom, office.channel, "https://a.test")).error


async def test_action_command_opens_and_submits_a_dialog(office: Office) -> None:
    """Its payload contains the message."""
    await office.teams.post_message(office.ann, office.channel, "VPN fails #123", mention=False)
    about = office.channel.messages[-1]
    card = message(a_card(*FORM[1:]))["attachments"][0]
    office.bot.answer = {"task": {"type": "continue", "value": {"title": "New session", "card": card}}}
    dialog = await office.teams.open_dialog(office.tom, office.channel, "create", about)
    body = office.bot.activities[-1]["value"]
    assert (body["commandId"], body["commandContext"]) == ("create", "message")
    assert body["messagePayload"]["body"]["content"] == "VPN fails #123"
    assert dialog.shown["value"]["title"] == "New session"
    office.bot.answer = web.Response()
    closed = await office.teams.submit_dialog(office.tom, office.channel, "create", {"note": "a"}, about)
    assert (closed.shown, closed.error) == ({}, "")
    assert office.bot.activities[-1]["value"]["data"] == {"note": "a"}
    office.bot.answer = {"task": {"type": "continue", "value": {"card": card}}}
    assert "title" in (await office.teams.open_dialog(office.tom, office.channel, "create")).error
