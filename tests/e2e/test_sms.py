"""SMS to the requester of a pilot session by the SMS gateway, in the US data centre: which numbers get one."""

import pytest
from support.chat_user import ChatUser
from support.slack_user import until


async def create_pilot(user: ChatUser, mobile: str | None, **requester: str) -> str:
    """Create a pilot session for a request whose requester has this number. Return the request's number."""
    number = user.slack_user.new_request(mobile=mobile, **requester)
    await user.type(f"pilot {number}")
    await until(lambda: user.environment.servicedesk.notes(number))
    return number


@pytest.mark.parametrize(
    ("written", "to"),
    [("+33 6 12 35 01 01", "+33612350101"), ("(415) 555-0101", "+14155550101")],
    ids=["international", "local"],
)
async def test_mobile_number_gets_one_sms_and_the_card_says_which_way(
    connected: ChatUser, written: str, to: str
) -> None:
    """The SMS leads to the requester's page. Card and note say who accepted it."""
    before = len(connected.environment.sms.messages_to(to))
    number = await create_pilot(connected, written)
    await until(lambda: connected.card(number, "SMS to Ann Lee: accepted by the SMS gateway"))
    (sms,) = connected.environment.sms.messages_to(to)[before:]
    assert sms.sender == "gateway"
    assert "/join/" in sms.text
    assert (
        "SMS to Ann Lee: accepted by the SMS gateway"
        in connected.environment.servicedesk.notes(number)[0].html
    )


async def test_phone_field_is_used_where_the_mobile_field_is_empty(connected: ChatUser) -> None:
    """ServiceDesk Plus may leave the mobile number empty, and the other field may hold one."""
    number = await create_pilot(connected, None, phone="+33 6 12 35 02 02")
    await until(lambda: connected.card(number, "SMS to Ann Lee: accepted by the SMS gateway"))


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("98765 43210", "is not a valid number in US"),
        ("+33 1 42 68 53 00", "is not a mobile number"),
        ("(415) 555-0100 ext. 7", "is not a valid number"),
    ],
    ids=["local number of another country", "fixed line", "extension"],
)
async def test_unclear_number_gets_no_sms_and_the_card_says_why(
    connected: ChatUser, written: str, reason: str
) -> None:
    """The session and the mail are there all the same."""
    before = len(connected.environment.sms.messages)
    number = await create_pilot(connected, written)
    card = await until(lambda: connected.card(number, reason))
    assert "SMS to Ann Lee: not sent" in connected.text(card)
    assert connected.environment.mailbox.messages_to(f"ann{number}@example.test")
    assert len(connected.environment.sms.messages) == before
