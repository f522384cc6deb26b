"""SMS that TeamViewer sends itself, in the European data centre, where a number needs its country code."""

from collections.abc import AsyncIterator, Iterator

import pytest
from support.bot import BotProcess, settings_for
from support.chat_user import ChatUser
from support.slack_user import SlackUser, until

from sandbox.environment import Environment
from sandbox.faults import Fault

ACCEPTED = "SMS to Ann Lee: accepted by TeamViewer"
UNSURE = "SMS to Ann Lee: not sure it was sent by TeamViewer"
SMS_OPERATION = "sessions.update"
"""TeamViewer’s operation that sends an SMS, for faults."""


@pytest.fixture(scope="module")
async def slack_user(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[SlackUser]:
    """A technician of an installation without an SMS gateway. No shared bot: this one is set up differently."""
    folder = tmp_path_factory.mktemp("europe")
    environment = Environment()
    await environment.start()
    slack_user = SlackUser.new(environment)
    settings = settings_for(environment, f"sqlite:///{folder}/tvbot.db", TVBOT_SERVICEDESK_DATA_CENTER="eu")
    del settings["TVBOT_SMS_URL"]
    environment.set_bot_url(settings["TVBOT_PUBLIC_URL"])
    bot = BotProcess(settings, folder / "log", "serve")
    await bot.start()
    yield slack_user
    assert await bot.stop() == 0
    await environment.stop()
    log = bot.log()
    assert "Traceback" not in log
    for sms in environment.sms.messages:
        assert sms.to.removeprefix("+") not in log


@pytest.fixture(autouse=True)
def _options_are_restored(slack_user: SlackUser) -> Iterator[None]:
    yield
    teamviewer = slack_user.environment.teamviewer
    teamviewer.faults.clear()
    teamviewer.options.sms_licensed = True
    teamviewer.options.sms_language_known = True
    teamviewer.options.repeated_sms_sent = True


async def create_pilot(user: ChatUser, mobile: str) -> str:
    """Create a pilot session for a request whose requester has this number. Return the request's number."""
    number = user.slack_user.new_request(mobile=mobile)
    await user.type(f"pilot {number}")
    await until(lambda: user.environment.servicedesk.notes(number))
    return number


def mobile_of(user: ChatUser) -> str:
    """Return a mobile number that no other test uses."""
    used = len(user.environment.servicedesk.requests)
    return f"+336123{used:05}"


async def test_teamviewer_sends_the_sms_and_card_and_note_say_so(connected: ChatUser) -> None:
    """One SMS, with TeamViewer's own text and link. It is only said that TeamViewer accepted it."""
    mobile = mobile_of(connected)
    number = await create_pilot(connected, mobile)
    await until(lambda: connected.card(number, ACCEPTED))
    (session,) = connected.slack_user.sessions(number)
    (sms,) = connected.environment.sms.messages_to(mobile)
    assert sms.sender == "teamviewer"
    assert session.end_customer_link in sms.text
    assert session.supporter_link not in sms.text
    assert ACCEPTED in connected.environment.servicedesk.notes(number)[0].html


async def test_sms_goes_without_a_language_that_teamviewer_does_not_know(connected: ChatUser) -> None:
    connected.environment.teamviewer.options.sms_language_known = False
    mobile = mobile_of(connected)
    number = await create_pilot(connected, mobile)
    await until(lambda: connected.card(number, ACCEPTED))
    assert len(connected.environment.sms.messages_to(mobile)) == 1


@pytest.mark.parametrize(("is_sent", "count"), [(True, 2), (False, 1)], ids=["sent again", "not sent again"])
async def test_reinvite_says_no_more_than_that_teamviewer_accepted_it(
    connected: ChatUser, *, is_sent: bool, count: int
) -> None:
    """Whether TeamViewer sends a second SMS for a session is not known. The answer is true both ways."""
    connected.environment.teamviewer.options.repeated_sms_sent = is_sent
    mobile = mobile_of(connected)
    number = await create_pilot(connected, mobile)
    await until(lambda: connected.card(number, ACCEPTED))
    before = connected.seen().count(ACCEPTED)
    await connected.type(f"reinvite {number}")
    await until(lambda: connected.seen().count(ACCEPTED) > before)
    await until(lambda: len(connected.environment.servicedesk.notes(number)) == 2)
    assert ACCEPTED in connected.environment.servicedesk.notes(number)[1].html
    assert len(connected.environment.sms.messages_to(mobile)) == count


async def test_local_number_is_refused_until_it_is_corrected_in_servicedesk(connected: ChatUser) -> None:
    """The card says why and what to do, and doing it works for the same session."""
    environment = connected.environment
    before = len(environment.sms.messages)
    number = await create_pilot(connected, "06 12 34 56 78")
    card = await until(lambda: connected.card(number, "has no country code, so it could be a stranger’s"))
    assert "press “Resend link”" in connected.text(card)
    assert "Resend SMS" not in connected.labels(card)
    assert len(environment.sms.messages) == before

    mobile = mobile_of(connected)
    requester = environment.servicedesk.requests[number].requester
    assert requester is not None
    requester.mobile = mobile
    await connected.press(card, "Resend link")
    await until(lambda: connected.card(number, ACCEPTED))
    assert len(environment.sms.messages_to(mobile)) == 1


async def test_fixed_line_gets_no_sms(connected: ChatUser) -> None:
    before = len(connected.environment.sms.messages)
    number = await create_pilot(connected, "+33 1 42 68 53 00")
    await until(
        lambda: connected.card(number, "SMS to Ann Lee: not sent. The requester’s phone number is not")
    )
    assert len(connected.environment.sms.messages) == before


async def test_account_without_the_right_reads_why(connected: ChatUser) -> None:
    """The reason is TeamViewer's own. The button stays, for when the right is there."""
    connected.environment.teamviewer.options.sms_licensed = False
    mobile = mobile_of(connected)
    number = await create_pilot(connected, mobile)
    card = await until(lambda: connected.card(number, "The license does not include SMS invitations"))
    assert connected.environment.sms.messages_to(mobile) == []
    connected.environment.teamviewer.options.sms_licensed = True
    await connected.press(card, "Resend SMS")
    await until(lambda: connected.card(number, ACCEPTED))


@pytest.mark.parametrize(
    ("fault", "sent"),
    [(Fault.DROP_AFTER_COMMIT, 1), (Fault.SERVER_ERROR, 0), (Fault.DROP, 0), (Fault.HTML, 0)],
    ids=str,
)
async def test_sms_with_an_unknown_outcome_is_sent_again_only_by_its_button(
    connected: ChatUser, fault: Fault, sent: int
) -> None:
    """Nothing is retried by itself, although the SMS may not have been sent."""
    connected.environment.teamviewer.faults.plan(SMS_OPERATION, fault)
    mobile = mobile_of(connected)
    number = await create_pilot(connected, mobile)
    card = await until(lambda: connected.card(number, UNSURE))
    assert len(connected.environment.sms.messages_to(mobile)) == sent
    await connected.press(card, "Resend SMS")
    await until(lambda: connected.card(number, ACCEPTED))
    assert len(connected.environment.sms.messages_to(mobile)) == sent + 1
