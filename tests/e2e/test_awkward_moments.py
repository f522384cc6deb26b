"""What happens at the wrong moment: a session ends while it is created, an account changes, tokens are lost."""

import pytest
from support.chat_user import ChatUser
from support.slack_user import until

from sandbox.faults import Fault


async def test_session_ended_while_it_is_created_invites_nobody(connected: ChatUser) -> None:
    """TeamViewer is slow, and the technician ends the session. Nothing stays open, and nobody is notified."""
    number = connected.slack_user.new_request()
    connected.environment.teamviewer.faults.plan("sessions.create", Fault.SLOW, seconds=1)
    await connected.type(f"create {number}")
    await until(lambda: connected.card(number, "Being created"))
    await connected.type(f"end {number}")
    await until(lambda: connected.card(number, "Ended by"))
    sessions = connected.slack_user.sessions
    await until(lambda: [one for one in sessions(number) if one.state == "closed"])
    assert len(sessions(number)) == 1
    assert connected.environment.mailbox.messages_to(f"ann{number}@example.test") == []
    assert connected.environment.servicedesk.notes(number) == []


async def test_session_is_followed_and_ended_in_the_account_that_created_it(connected: ChatUser) -> None:
    """The technician connects another account meanwhile."""
    number, session = await connected.create()
    connected.environment.teamviewer.add_account(f"other-{number}@example.test", "Other Account")
    await connected.authorize(account=f"other-{number}@example.test")
    connected.environment.teamviewer.join_session(session.code)
    await until(lambda: connected.card(number, "is there"))
    await connected.type(f"end {number}")
    await until(lambda: connected.card(number, "Ended by"))
    assert session.state == "closed"


async def test_lost_authorization_is_reported_with_a_button_to_connect_again(
    connected: ChatUser, quick_retries: None
) -> None:
    """TeamViewer no longer accepts the tokens. ``status`` says so, and a new connection makes Try again work."""
    number = connected.slack_user.new_request()
    connected.environment.teamviewer.revoke_tokens(connected.technician.email)
    await connected.type(f"create {number}")
    await connected.reads("could not be created")
    await until(lambda: connected.newest_with("Connect TeamViewer"))
    await connected.ask("status", "not connected yet")
    await connected.authorize()
    # In Teams the answer names the request as well. The card is the one that names the state.
    await connected.press(connected.card(number, "Could not be created"), "Try again")
    await until(lambda: connected.card(number, "Waiting for"))


async def test_session_closed_at_teamviewer_is_shown_as_ended(connected: ChatUser) -> None:
    """The card names nobody, because nobody ended it here."""
    number, session = await connected.create()
    connected.environment.teamviewer.close_session(session.code)
    card = await until(lambda: connected.card(number, "Ended"))
    assert "Ended by" not in connected.text(card)


@pytest.mark.long
async def test_sessions_of_one_account_are_polled_with_one_list_call(connected: ChatUser) -> None:
    """No session is asked for by itself, however many are open."""
    numbers = [connected.slack_user.new_request() for _number in range(5)]
    for number in numbers:
        await connected.type(f"create {number}")
    await until(lambda: all(connected.card(number, "Waiting for") for number in numbers))
    teamviewer = connected.environment.teamviewer
    before = teamviewer.count_calls("sessions.get")
    for number in numbers:
        teamviewer.join_session(connected.slack_user.sessions(number)[0].code)
    await until(lambda: all(connected.card(number, "is there") for number in numbers))
    assert teamviewer.count_calls("sessions.get") == before
