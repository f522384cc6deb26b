"""Invalid Adaptive Cards are refused by the simulated Teams."""

from typing import Any

import pytest
from support.teams_tenant import TeamsTenant, a_card, card_reply, execute, message, words

from sandbox.teams import check_card

BADGE = {"type": "Badge", "text": "Open"}
NAMED = {"type": "Input.Text", "id": "note", "label": "Note"}
CHOICE = {"type": "Input.ChoiceSet", "id": "request", "style": "filtered"}
QUERY = {"type": "Data.Query", "dataset": "requests", "associatedInputs": "auto"}


def refreshing(*people: str) -> dict[str, Any]:
    return {"action": {"type": "Action.Execute", "verb": "tv"}, "userIds": list(people)}


INVALID_CARDS: dict[str, tuple[dict[str, Any], str]] = {
    "no version": ({"type": "AdaptiveCard", "body": []}, "card.version: must be one of"),
    "a version too new": (a_card(version="1.6"), "card.version: must be one of"),
    "another card": ({"type": "HeroCard"}, "must be an object of the type AdaptiveCard"),
    "an unknown element": (
        a_card({"type": "TextBlok", "text": "a"}),
        "body[0]: is no element that Teams knows",
    ),
    "a part as an element": (a_card({"type": "Column", "items": []}), "is no element that Teams knows"),
    "an unknown property": (
        a_card({**words("a"), "colour": "good"}),
        "body[0].colour: is no property of TextBlock",
    ),
    "an unknown word": (a_card({**words("a"), "weight": "heavy"}), "body[0].weight: must be"),
    "a number as a text": (a_card({**words("a"), "text": 5}), "body[0].text: must be string"),
    "nothing to say": (a_card({"type": "TextBlock"}), "TextBlock needs text"),
    "an element alone": (a_card(body=words("a")), "card.body: must be"),
    "an unknown action": (a_card(actions=[{"type": "Action.Http"}]), "is no action that Teams knows"),
    "a button as an element": (a_card(execute("End")), "is no element that Teams knows"),
    "an address that is none": (
        a_card(actions=[{"type": "Action.OpenUrl", "url": "/a"}]),
        "must be an absolute address",
    ),
    "an image without https": (
        a_card({"type": "Image", "url": "http://a.test/a.png"}),
        "must be an address with https",
    ),
    "no fallback": (a_card(BADGE), "Badge is known to Teams alone and needs a fallback"),
    "no fallback inside": (
        a_card({"type": "ColumnSet", "columns": [{"type": "Column", "items": [BADGE]}]}),
        "columns[0].items[0]: Badge is known to Teams alone",
    ),
    "a bad fallback": (a_card({**BADGE, "fallback": {"type": "Bagde"}}), "body[0].fallback: is no element"),
    "the same input twice": (a_card(NAMED, NAMED), "another input has the id 'note'"),
    "an input without a name": (a_card({"type": "Input.Text"}), "an input needs an id"),
    "nothing to choose": (a_card(CHOICE), "needs choices or choices.data"),
    "an old version": (
        a_card(version="1.3", actions=[{"type": "Action.Execute"}]),
        "Action.Execute needs version 1.4",
    ),
    "a refresh too early": (
        a_card(version="1.3", refresh=refreshing()),
        "RefreshDefinition needs version 1.4",
    ),
    "too many to refresh": (
        a_card(refresh=refreshing(*(f"29:{n}" for n in range(61)))),
        "must not be more than 60",
    ),
    "a refresh of no person": (a_card(refresh=refreshing("tom@example.test")), "must be ids of people"),
    "a refresh by a link": (
        a_card(refresh={"action": {"type": "Action.OpenUrl", "url": "https://a.test"}}),
        "card.refresh.action: must be of the type Action.Execute",
    ),
    "a refresh that does nothing": (a_card(refresh={"userIds": []}), "card.refresh: needs action"),
    "a card that unfolds a wrong one": (
        a_card(actions=[{"type": "Action.ShowCard", "card": {"type": "AdaptiveCard", "body": [BADGE]}}]),
        "card.actions[0].card.body[0]: Badge",
    ),
    "nothing at all": (a_card(words("a"), body=None), "card.body: must be"),
}


@pytest.mark.parametrize("case", INVALID_CARDS)
async def test_invalid_card_is_refused_with_the_reason(teams_tenant: TeamsTenant, case: str) -> None:
    """It is not posted."""
    card, reason = INVALID_CARDS[case]
    status, body = await teams_tenant.send(teams_tenant.chat, message(card))
    assert (status, body["error"]["code"]) == (400, "BadSyntax")
    assert reason in body["error"]["message"]
    assert teams_tenant.chat.messages == []


def test_card_with_every_used_feature_is_valid() -> None:
    """Elements, inputs and actions that the product uses."""
    inner = {
        "type": "AdaptiveCard",
        "body": [words("Sure?")],
        "actions": [execute("End now", style="destructive")],
    }
    card = a_card(
        {**words("a"), "weight": "Bolder", "wrap": True, "style": "heading", "color": "Good"},
        {"type": "FactSet", "facts": [{"title": "Code", "value": "s1"}]},
        {
            "type": "ColumnSet",
            "columns": [{"type": "Column", "width": "auto", "items": [{**BADGE, "fallback": words("Open")}]}],
        },
        {"type": "RichTextBlock", "inlines": ["a", {"type": "TextRun", "text": "b"}]},
        {
            "type": "Table",
            "columns": [{"width": 1}],
            "rows": [{"type": "TableRow", "cells": [{"type": "TableCell", "items": [words("a")]}]}],
        },
        {**CHOICE, "choices.data": QUERY, "choices": []},
        {**NAMED, "isMultiline": True, "maxLength": 200},
        {"type": "ActionSet", "actions": [execute("End", mode="secondary"), execute("Resend link")]},
        {"type": "Container", "style": "emphasis", "items": [words("a")], "id": "more", "isVisible": False},
        actions=[
            {"type": "Action.ShowCard", "title": "End", "card": inner},
            {"type": "Action.ToggleVisibility", "title": "More", "targetElements": ["more"]},
            {"type": "Action.OpenUrl", "title": "Open", "url": "https://a.test/1"},
        ],
        refresh=refreshing("29:1abc", "8:orgid:00000000-0000-4000-8000-0000000000c1"),
        msteams={"width": "Full", "entities": []},
    )
    card["$schema"] = "http://adaptivecards.io/schemas/adaptive-card.json"
    assert check_card(card) == []


def test_fallback_of_an_input_may_have_its_id() -> None:
    """Only one of the two is drawn."""
    rating = {"type": "Input.Rating", "id": "stars", "fallback": {"type": "Input.Text", "id": "stars"}}
    assert check_card(a_card(rating)) == []


async def test_invalid_card_in_a_response_shows_an_error(teams_tenant: TeamsTenant) -> None:
    """The card on the screen stays unchanged."""
    shown = await teams_tenant.post(teams_tenant.chat, words("Open"), actions=[execute("End")])
    teams_tenant.bot.answer = card_reply(a_card(BADGE))
    result = await teams_tenant.teams.press_button(teams_tenant.tom, shown, "End")
    assert "Badge is known to Teams alone" in result.error
    assert teams_tenant.teams.error_messages[teams_tenant.tom] == [result.error]
    assert teams_tenant.teams.visible_card(teams_tenant.tom, shown) == shown.cards[0]
