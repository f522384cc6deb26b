"""Bad input gets one clear answer and changes nothing."""

import asyncio

import pytest
from support.desk import Desk, card_of, text_of, until
from support.interacting import submit_as_is
from support.reading import labels


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("pilot", "pilot N"),
        ("101 create", "The word comes first"),
        ("creat 101", "Did you mean"),
        ("create " + "9" * 5000, "too long"),
        ("create 101 102", "One request at a time"),
        ("<!channel>", "There is no word"),
        ("end 999999", "No session is open"),
        ("enter s99-999-999", "No open session has the code"),
    ],
)
async def test_words_that_are_not_understood(desk: Desk, words: str, answer: str) -> None:
    """Each is answered at once, to its sender alone, and TeamViewer hears nothing of it."""
    await desk.authorize()
    before = desk.town.teamviewer.count_calls("sessions.create")
    outcome = await desk.type(words)
    assert outcome.status == 200
    assert answer in outcome.body
    assert outcome.json["response_type"] == "ephemeral"
    assert desk.town.teamviewer.count_calls("sessions.create") == before


async def test_what_goes_wrong_is_told_in_the_readers_language(desk: Desk) -> None:
    """Words that are none, a command that nobody understood, a form that breaks the bot: each in French here."""
    reader = desk.town.add_technician("Inès Moreau", f"{desk.channel}@example.test".lower(), locale="fr-FR")
    desk.town.slack.channels[desk.channel].members.add(reader.user)
    await desk.type("status", by=reader)
    await until(lambda: "Vous êtes" in desk.seen(reader))
    assert "Vouliez-vous dire" in (await desk.type("creat 101", by=reader)).json["text"]
    assert "C’est trop long" in (await desk.type("create " + "9" * 5000, by=reader)).json["text"]
    broken = {"type": "modal", "id": "V1", "hash": "1", "callback_id": "tv:form", "state": {"values": {}}}
    await submit_as_is(desk.town.slack, reader.user, broken)
    await until(lambda: "Une erreur s’est produite dans le bot" in desk.seen(reader))


async def test_no_such_request(desk: Desk) -> None:
    """A number that no request has is told, and nothing is created."""
    await desk.authorize()
    await desk.type("create 999999")
    await until(lambda: "999999" in desk.seen() and "No request" in desk.seen())
    assert desk.sessions("999999") == []
    assert "There is none here" in (await desk.type("history 999999")).body


async def test_a_closed_request(desk: Desk) -> None:
    """A closed request is refused with what to do."""
    number = desk.new_request(status="Closed")
    await desk.authorize()
    await desk.type(f"create {number}")
    await until(lambda: f"Request #{number} is Closed" in desk.seen())
    assert desk.sessions(number) == []
    assert desk.town.servicedesk.notes(number) == []


async def test_two_creates_at_once_make_one_session(desk: Desk) -> None:
    """Whoever types twice, or presses twice, gets one session."""
    number = desk.new_request()
    await desk.authorize()
    await asyncio.gather(*(desk.type(f"create {number}") for _number in range(5)))
    await until(lambda: card_of(desk, number, "Waiting"))
    await until(lambda: desk.town.servicedesk.notes(number))
    assert len(desk.sessions(number)) == 1


async def test_markup_and_mentions_in_a_subject_are_text(desk: Desk) -> None:
    """Nobody is pinged and nothing becomes a link because of what a requester wrote."""
    number = desk.new_request(
        "<!channel> *bold* <https://evil.test|click> & `code` @here", requester_name="<@U0BOSS> Ann"
    )
    await desk.authorize()
    await desk.type(f"create {number}")
    card = await until(lambda: card_of(desk, number, "Waiting"))
    marked = [block["text"]["text"] for block in card.blocks if block.get("text", {}).get("type") == "mrkdwn"]
    marked += [
        one["text"]
        for block in card.blocks
        for one in block.get("elements", [])
        if one.get("type") == "mrkdwn"
    ]
    assert not any(
        "<!channel>" in text or "<https://evil.test" in text or "<@U0BOSS>" in text for text in marked
    )
    assert "<!channel> *bold*" in text_of(card), "the subject stands there, as text"
    (letter,) = await until(lambda: desk.town.mailbox.messages_to(f"ann{number}@example.test"))
    assert "<!channel>" not in letter.html
    assert "&lt;!channel&gt;" in letter.html


async def test_a_technician_who_has_not_authorized_gets_the_button(desk: Desk) -> None:
    """What is missing is said, with the way to it."""
    await desk.type("status")
    await until(lambda: "not connected yet" in desk.seen())
    outcome = await desk.type(f"create {desk.new_request()}")
    assert "First connect your TeamViewer account" in outcome.body
    assert "Authorize TeamViewer" in labels([outcome.ephemerals[-1]])


@pytest.mark.parametrize(
    ("account", "why"),
    [
        ({}, "is not a technician"),
        ({"is_restricted": True}, "Guests"),
        ({"is_ultra_restricted": True}, "Guests"),
        ({"is_stranger": True}, "another organization"),
        ({"deleted": True}, "deactivated"),
        ({"is_bot": True}, "Bots"),
    ],
)
async def test_whoever_is_no_technician_is_told_why(desk: Desk, account: dict[str, bool], why: str) -> None:
    """A refusal says what is missing, and reveals nothing else."""
    stranger = desk.new_colleague(**account)
    number = desk.new_request("Salaries of everyone")
    await desk.type(f"create {number}", by=stranger)
    await until(lambda: why in desk.seen(stranger))
    assert "Salaries" not in desk.seen(stranger)
    assert desk.sessions(number) == []


async def test_a_colleague_can_neither_enter_nor_end_somebody_elses_session(desk: Desk) -> None:
    """The supporter link is its creator's; ending is theirs and the SDAdmin's."""
    number = desk.new_request()
    colleague = desk.new_technician()
    await desk.authorize()
    await desk.type(f"create {number}")
    await until(lambda: card_of(desk, number, "Waiting"))
    (session,) = desk.sessions(number)
    await desk.type("status", by=colleague)
    await until(lambda: "You are" in desk.seen(colleague))
    await desk.press(card_of(desk, number), "Enter", by=colleague)
    await until(lambda: "This session belongs to" in desk.seen(colleague))
    assert "belongs to" in (await desk.type(f"end {number}", by=colleague)).body
    assert session.supporter_link not in desk.seen(colleague)
    assert desk.town.teamviewer.sessions[session.code].state == "open"
