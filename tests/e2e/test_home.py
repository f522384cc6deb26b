"""The home as a place to work, in Slack and in Teams: the requests that are assigned to its reader."""

import pytest
from support.chat_user import ChatUser
from support.slack_user import until

from sandbox.faults import Fault


async def test_technician_starts_a_session_for_their_own_request_from_the_home(connected: ChatUser) -> None:
    """They see their requests, and nobody else's. After the press the request shows its session."""
    email, colleague = connected.technician.email, connected.new_technician()
    mine = connected.slack_user.new_request("The scanner is jammed", technician=email)
    closed = connected.slack_user.new_request("The door is locked", technician=email, status="Closed")
    other = connected.slack_user.new_request("The lamp is dark", technician=colleague.email)
    nobodys = connected.slack_user.new_request("The desk is wet")
    await connected.open_home()
    await until(lambda: f"#{mine}" in connected.home())
    assert "The scanner is jammed" in connected.home()
    for number in (closed, other, nobodys):
        assert f"#{number}" not in connected.home()
    assert "First steps" in connected.home()
    await connected.press(connected.home_message(), "Start session")
    (session,) = await until(lambda: connected.slack_user.sessions(mine))
    await until(lambda: connected.own_chat(f"#{mine}"))
    await until(lambda: session.supporter_link in connected.home())
    assert "Start session" not in connected.labels(connected.home_message())


@pytest.mark.parametrize(
    ("refused", "names_addresses"),
    [
        (set(), True),
        ({"status.in_progress"}, False),
        ({"technician.email_id"}, False),
        ({"technician.email_id", "status.in_progress"}, True),
    ],
)
async def test_own_requests_are_found_whatever_the_portal_can_search(
    connected: ChatUser, refused: set[str], *, names_addresses: bool
) -> None:
    """Which fields a portal searches, and whether a row has the technician's address, is not documented."""
    servicedesk = connected.environment.servicedesk
    servicedesk.refused_criteria, servicedesk.names_technician_addresses = refused, names_addresses
    mine = connected.slack_user.new_request(technician=connected.technician.email)
    other = connected.slack_user.new_request(technician=connected.new_technician().email)
    await connected.open_home()
    await until(lambda: f"#{mine}" in connected.home())
    assert f"#{other}" not in connected.home()


async def test_home_shows_no_request_where_the_portal_ignores_the_search(connected: ChatUser) -> None:
    """Then its answer has the requests of everybody."""
    connected.environment.servicedesk.ignored_criteria = {"technician.email_id"}
    other = connected.slack_user.new_request(technician=connected.new_technician().email)
    await connected.open_home()
    await until(lambda: "Your requests cannot be shown" in connected.home())
    assert f"#{other}" not in connected.home()


async def test_home_opens_while_servicedesk_is_away(connected: ChatUser) -> None:
    connected.environment.servicedesk.faults.plan("requests.list", Fault.SERVER_ERROR, times=None)
    await connected.open_home()
    await until(lambda: "Your requests cannot be shown" in connected.home())
    assert "You have no open sessions" in connected.home()


async def test_disconnect_asks_first_where_a_session_is_open(connected: ChatUser) -> None:
    """Then TeamViewer revokes the access, and the session stays open there."""
    number, session = await connected.create()
    revoked = connected.environment.teamviewer.count_calls("oauth.revoke")
    await connected.open_home()
    await until(lambda: f"#{number}" in connected.home())
    assert "It stays open, but is no longer followed here." in connected.home()
    await connected.press(connected.home_message(), "Disconnect")
    await until(lambda: connected.environment.teamviewer.count_calls("oauth.revoke") > revoked)
    await until(lambda: "Connect TeamViewer" in connected.labels(connected.home_message()))
    assert session.state == "open"
