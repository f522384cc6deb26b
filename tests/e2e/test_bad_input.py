"""Bad input gets one clear answer and changes nothing."""

import asyncio

import pytest
from support.interacting import submit_as_is
from support.reading import labels
from support.slack_user import SlackUser, card_of, text_of, until


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("pilot", "For example: `/tv pilot 123`"),
        ("101 create", "Put the command first"),
        ("creat 101", "Did you mean"),
        ("create " + "9" * 5000, "too long"),
        ("create 101 102 x", "is not a request"),
        ("<!channel>", "Unknown command"),
        ("end 999999", "No session is open"),
        ("reinvite s99-999-999", "No open session has the code"),
    ],
)
async def test_words_that_are_not_understood(slack_user: SlackUser, words: str, answer: str) -> None:
    """Each is answered at once, to its sender alone, and TeamViewer is not called."""
    await slack_user.authorize()
    before = slack_user.environment.teamviewer.count_calls("sessions.create")
    outcome = await slack_user.type(words)
    assert outcome.status == 200
    assert answer in outcome.body
    assert outcome.json["response_type"] == "ephemeral"
    assert slack_user.environment.teamviewer.count_calls("sessions.create") == before


async def test_error_is_shown_in_the_readers_language(slack_user: SlackUser) -> None:
    """Words that are none, a command that nobody understood, a form that breaks the bot: each in French here."""
    reader = slack_user.environment.add_technician(
        "Inès Moreau", f"{slack_user.channel}@example.test".lower(), locale="fr-FR"
    )
    slack_user.environment.slack.channels[slack_user.channel].members.add(reader.user)
    await slack_user.type("status", by=reader)
    await until(lambda: "Vous êtes" in slack_user.seen(reader))
    assert "Vouliez-vous dire" in (await slack_user.type("creat 101", by=reader)).json["text"]
    assert "C’est trop long" in (await slack_user.type("create " + "9" * 5000, by=reader)).json["text"]
    broken = {"type": "modal", "id": "V1", "hash": "1", "callback_id": "tv:form", "state": {"values": {}}}
    await submit_as_is(slack_user.environment.slack, reader.user, broken)
    await until(lambda: "Une erreur s’est produite dans le bot" in slack_user.seen(reader))


async def test_no_such_request(slack_user: SlackUser) -> None:
    """A number that no request has is reported, and nothing is created."""
    await slack_user.authorize()
    await slack_user.type("create 999999")
    await until(lambda: "999999" in slack_user.seen() and "No request" in slack_user.seen())
    assert slack_user.sessions("999999") == []
    assert "There are no sessions" in (await slack_user.type("history 999999")).body


async def test_a_closed_request(slack_user: SlackUser) -> None:
    """A closed request is refused with what to do."""
    number = slack_user.new_request(status="Closed")
    await slack_user.authorize()
    await slack_user.type(f"create {number}")
    await until(lambda: f"Request #{number} is Closed" in slack_user.seen())
    assert slack_user.sessions(number) == []
    assert slack_user.environment.servicedesk.notes(number) == []


async def test_two_creates_at_once_make_one_session(slack_user: SlackUser) -> None:
    """Whoever types twice, or presses twice, gets one session."""
    number = slack_user.new_request()
    await slack_user.authorize()
    await asyncio.gather(*(slack_user.type(f"create {number}") for _number in range(5)))
    await until(lambda: card_of(slack_user, number, "Waiting"))
    await until(lambda: slack_user.environment.servicedesk.notes(number))
    assert len(slack_user.sessions(number)) == 1


async def test_markup_and_mentions_in_a_subject_are_text(slack_user: SlackUser) -> None:
    """Nobody is pinged and nothing becomes a link because of what a requester wrote."""
    number = slack_user.new_request(
        "<!channel> *bold* <https://evil.test|click> & `code` @here", requester_name="<@U0BOSS> Ann"
    )
    await slack_user.authorize()
    await slack_user.type(f"create {number}")
    card = await until(lambda: card_of(slack_user, number, "Waiting"))
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
    (letter,) = await until(lambda: slack_user.environment.mailbox.messages_to(f"ann{number}@example.test"))
    assert "<!channel>" not in letter.html
    assert "&lt;!channel&gt;" in letter.html


async def test_a_technician_who_has_not_authorized_gets_the_button(slack_user: SlackUser) -> None:
    """What is missing is said, with the way to it."""
    await slack_user.type("status")
    await until(lambda: "not connected yet" in slack_user.seen())
    outcome = await slack_user.type(f"create {slack_user.new_request()}")
    assert "First connect your TeamViewer account" in outcome.body
    assert "Authorize TeamViewer" in labels([outcome.ephemerals[-1]])
