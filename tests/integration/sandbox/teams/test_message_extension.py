"""The message extension in the simulated Teams: search, link preview and dialogs."""

from typing import Any

import pytest
from aiohttp import web
from support.teams_tenant import TeamsTenant, a_card, message, words

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


async def test_search_result_is_posted_as_the_users_message(teams_tenant: TeamsTenant) -> None:
    """The bot cannot update it."""
    teams_tenant.bot.answer = found()
    result = await teams_tenant.teams.query_extension(
        teams_tenant.tom, teams_tenant.channel, "searchRequests", "vpn"
    )
    body = teams_tenant.bot.activities[-1]
    assert body["name"] == "composeExtension/query"
    assert body["value"]["parameters"] == [{"name": "query", "value": "vpn"}]
    assert "Request 123" not in teams_tenant.teams.visible_to(teams_tenant.ann)
    posted = teams_tenant.teams.post_result(teams_tenant.tom, teams_tenant.channel, result)
    assert (posted.sender, posted.is_posted_result) == (teams_tenant.tom, True)
    assert "Request 123" in teams_tenant.teams.visible_to(teams_tenant.ann)
    assert (await teams_tenant.change(posted, a_card(words("Mine"))))[0] == 403
    await teams_tenant.teams.query_extension(
        teams_tenant.tom, teams_tenant.channel, "searchRequests", "", initial=True
    )
    assert teams_tenant.bot.activities[-1]["value"]["parameters"] == [{"name": "initialRun", "value": "true"}]
    teams_tenant.bot.answer = {"composeExtension": {"type": "message", "text": "Nothing found."}}
    nothing = await teams_tenant.teams.query_extension(
        teams_tenant.tom, teams_tenant.channel, "searchRequests", "x"
    )
    assert nothing.shown["text"] == "Nothing found."
    with pytest.raises(LookupError):
        teams_tenant.teams.post_result(teams_tenant.tom, teams_tenant.channel, nothing)


async def test_link_preview_with_a_newer_card_version_is_an_error(teams_tenant: TeamsTenant) -> None:
    """The newest version for previews is 1.3."""
    teams_tenant.bot.answer = found("1.3")
    assert (
        await teams_tenant.teams.preview_link(teams_tenant.tom, teams_tenant.channel, "https://desk.test/123")
    ).error == ""
    body = teams_tenant.bot.activities[-1]
    assert (body["name"], body["value"]) == ("composeExtension/queryLink", {"url": "https://desk.test/123"})
    teams_tenant.bot.answer = found("1.5")
    assert (
        "is newer than 1.3"
        in (
            await teams_tenant.teams.preview_link(teams_tenant.tom, teams_tenant.channel, "https://a.test")
        ).error
    )
    del teams_tenant.bot.answer["composeExtension"]["attachments"][0]["preview"]
    teams_tenant.bot.answer["composeExtension"]["attachments"][0]["content"]["version"] = "1.3"
    assert (
        "preview"
        in (
            await teams_tenant.teams.preview_link(teams_tenant.tom, teams_tenant.channel, "https://a.test")
        ).error
    )


async def test_action_command_opens_and_submits_a_dialog(teams_tenant: TeamsTenant) -> None:
    """Its payload contains the message."""
    await teams_tenant.teams.post_message(
        teams_tenant.ann, teams_tenant.channel, "VPN fails #123", mention=False
    )
    about = teams_tenant.channel.messages[-1]
    card = message(a_card(*FORM[1:]))["attachments"][0]
    teams_tenant.bot.answer = {"task": {"type": "continue", "value": {"title": "New session", "card": card}}}
    dialog = await teams_tenant.teams.open_dialog(teams_tenant.tom, teams_tenant.channel, "create", about)
    body = teams_tenant.bot.activities[-1]["value"]
    assert (body["commandId"], body["commandContext"]) == ("create", "message")
    assert body["messagePayload"]["body"]["content"] == "VPN fails #123"
    assert dialog.shown["value"]["title"] == "New session"
    teams_tenant.bot.answer = web.Response()
    closed = await teams_tenant.teams.submit_dialog(
        teams_tenant.tom, teams_tenant.channel, "create", {"note": "a"}, about
    )
    assert (closed.shown, closed.error) == ({}, "")
    assert teams_tenant.bot.activities[-1]["value"]["data"] == {"note": "a"}
    teams_tenant.bot.answer = {"task": {"type": "continue", "value": {"card": card}}}
    assert (
        "title"
        in (await teams_tenant.teams.open_dialog(teams_tenant.tom, teams_tenant.channel, "create")).error
    )
