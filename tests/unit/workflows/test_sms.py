"""SMS to the requesters of pilot sessions: once, by the SMS gateway or by TeamViewer, and never to an unclear number."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from support.bot_in_memory import AWAY, LOST, REFUSED, REQUEST, BotInMemory, N
from support.fakes.service import FakeService
from support.fakes.services import build_services
from support.fakes.steps import BrokenInside, Crash, ResumedSteps

from bot.commands import Logout, OnSession, SendAgain, Verb
from bot.errors import BotError, NotAllowed, NotAuthorized, NotFound, Unavailable
from bot.i18n import Language, Text
from bot.jobs import SendNotice
from bot.model.card import Audience
from bot.model.notice import Channel, Notice, NoticeState, Recipient
from bot.model.secret import Secret
from bot.model.session import Kind, Session
from bot.values import replace
from bot.views.pages import Message
from bot.views.parts import Tone
from bot.views.session import make_session_card, notice_text
from bot.workflows.dispatch import Workflows

ENGLISH = Language("en")
LOCAL = Secret("0612345678")
CORRECTED = Secret("+33 6 87 65 43 21")
NO_COUNTRY = "The number has no country code."


@dataclass(frozen=True, slots=True)
class Way:
    """One way of an SMS: its channel, the fake that sends it, and the method there."""

    bot: BotInMemory
    channel: Channel
    sender: FakeService
    method: str

    @property
    def name(self) -> str:
        """Return how texts call this way."""
        return "TeamViewer" if self.channel is Channel.TEAMVIEWER_SMS else "the SMS gateway"

    def count_sent(self) -> int:
        """Count the calls that sent an SMS, or may have."""
        return self.sender.calls.count(self.method)

    def fail_once(self, error: Exception) -> None:
        self.sender.fail_once(self.method, error)

    def numbers(self) -> list[str]:
        """Return the numbers that an SMS was accepted for."""
        by_gateway = [number for number, _text in self.bot.texter.sent]
        return by_gateway + [number for _code, number, _language in self.bot.teamviewer.sms]


@pytest.fixture(params=[Channel.SMS, Channel.TEAMVIEWER_SMS], ids=["gateway", "teamviewer"])
async def way(request: pytest.FixtureRequest) -> AsyncIterator[Way]:
    """An installation whose SMS go by the gateway, and one whose SMS TeamViewer sends."""
    bot = BotInMemory(sms_channel=request.param)
    await bot.start()
    if request.param is Channel.SMS:
        yield Way(bot, request.param, bot.texter, "send")
    else:
        yield Way(bot, request.param, bot.teamviewer, "send_sms")


async def create(bot: BotInMemory, kind: Kind = Kind.PILOT) -> Session:
    """Create a session while something was made to fail."""
    session = await bot.accept_session(kind)
    await bot.run_jobs()
    return await bot.session(session.id)


async def sms_of(bot: BotInMemory, session: Session) -> Notice:
    """Return the newest SMS of a session."""
    found = [one for one in await bot.notices(session.id) if one.channel.is_sms]
    assert found[-1].recipient is Recipient.REQUESTER
    return found[-1]


async def in_words(bot: BotInMemory, session: Session) -> str:
    """Return the newest SMS of a session as its card says it."""
    return ENGLISH.say(notice_text(await sms_of(bot, session), session))


async def send_again(bot: BotInMemory, session: Session) -> None:
    """Press the button for the newest SMS, and run the job."""
    bot.clock.move(minutes=1)
    await bot.send(SendAgain(session.id, (await sms_of(bot, session)).id))
    await bot.run_jobs()


def set_phone(bot: BotInMemory, phone: Secret | None, **changes: str) -> None:
    """Change the requester's number in ServiceDesk Plus, as somebody does who corrects it."""
    requester = replace(REQUEST.requester, phone=phone, **changes)
    bot.servicedesk.add_request(replace(REQUEST, requester=requester))


def set_channel(bot: BotInMemory, channel: Channel | None) -> None:
    """Change who sends SMS, as an operator does who restarts the bot with another setting."""
    bot.services = build_services(bot.fakes, sms_channel=channel)
    bot.workflows = Workflows(bot.services)


def other_than(channel: Channel) -> Channel:
    """Return the other channel of SMS."""
    return Channel.SMS if channel is Channel.TEAMVIEWER_SMS else Channel.TEAMVIEWER_SMS


def last_message(bot: BotInMemory) -> Message:
    view = bot.answers[-1].view
    assert isinstance(view, Message)
    return view


async def test_sms_of_the_gateway_leads_to_the_join_page(bot: BotInMemory) -> None:
    session = await create(bot)
    ((number, text),) = bot.texter.sent
    assert number == "+33612345678"
    assert session.join_token in text
    assert await in_words(bot, session) == "SMS to Rita: accepted by the SMS gateway"
    assert bot.teamviewer.sms == []


async def test_teamviewer_sends_the_sms_in_the_language_of_requesters() -> None:
    bot = BotInMemory(sms_channel=Channel.TEAMVIEWER_SMS, language="fr")
    await bot.start()
    session = await create(bot)
    assert bot.teamviewer.sms == [(session.code, "+33612345678", "fr")]
    assert await in_words(bot, session) == "SMS to Rita: accepted by TeamViewer"
    assert bot.texter.sent == []


async def test_remote_session_sends_no_sms(way: Way) -> None:
    session = await create(way.bot, Kind.REMOTE)
    assert all(not one.channel.is_sms for one in await way.bot.notices(session.id))
    assert way.numbers() == []


async def test_note_says_which_way_the_sms_went(way: Way) -> None:
    session = await create(way.bot)
    ((_request, note),) = way.bot.servicedesk.notes
    assert await in_words(way.bot, session) in note


async def test_sms_that_waits_for_its_job_is_said_to_be_sent_later(way: Way) -> None:
    session = await create(way.bot)
    way.bot.clock.move(minutes=1)
    await way.bot.send(OnSession(Verb.REINVITE, N))
    assert await in_words(way.bot, session) == f"SMS to Rita: to be sent by {way.name}"


async def test_request_without_a_number_skips_the_sms(way: Way) -> None:
    set_phone(way.bot, None)
    session = await create(way.bot)
    assert (await sms_of(way.bot, session)).state is NoticeState.SKIPPED
    assert await in_words(way.bot, session) == "SMS to Rita: not sent. The request shows no phone number."
    assert way.count_sent() == 0


async def test_sms_is_skipped_while_nobody_sends_any() -> None:
    bot = BotInMemory(sms_channel=None)
    await bot.start()
    session = await create(bot)
    assert (await sms_of(bot, session)).state is NoticeState.SKIPPED
    assert await in_words(bot, session) == "SMS to Rita: not sent. The bot is set up to send no SMS."
    assert (bot.texter.calls, bot.teamviewer.sms) == ([], [])


async def test_number_without_a_country_is_skipped_with_its_reason(way: Way) -> None:
    set_phone(way.bot, LOCAL)
    session = await create(way.bot)
    assert (await sms_of(way.bot, session)).state is NoticeState.SKIPPED
    assert await in_words(way.bot, session) == f"SMS to Rita: not sent. {NO_COUNTRY}"
    assert way.count_sent() == 0


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (REFUSED, NoticeState.FAILED),
        (AWAY, NoticeState.FAILED),
        (NotAuthorized(Text("It lacks the permission.")), NoticeState.FAILED),
        (LOST, NoticeState.UNSURE),
        (BrokenInside(), NoticeState.UNSURE),
    ],
    ids=lambda one: type(one).__name__,
)
async def test_sms_that_fails_is_shown_as_what_is_known(
    way: Way, error: Exception, state: NoticeState
) -> None:
    way.fail_once(error)
    session = await create(way.bot)
    assert (await sms_of(way.bot, session)).state is state
    words = await in_words(way.bot, session)
    if isinstance(error, BotError) and state is NoticeState.FAILED:
        assert words == f"SMS to Rita: not sent. {ENGLISH.say(error.text)}"
    else:
        assert words == f"SMS to Rita: not sure it was sent by {way.name}"
    assert way.count_sent() == 1


async def test_sms_that_was_attempted_before_is_never_sent_twice(way: Way) -> None:
    """The process died between the call and the result."""
    session = await create(way.bot)
    sms = await sms_of(way.bot, session)
    async with way.bot.unit_of_work.write() as tx:
        pending = replace(sms, state=NoticeState.PENDING)
        await tx.notices.save(pending, known_state=NoticeState.SENT)
    await way.bot.workflows.services.notices._send(sms.id)
    assert (await sms_of(way.bot, session)).state is NoticeState.UNSURE
    assert way.count_sent() == 1


@pytest.mark.parametrize("dies_after", range(2))
async def test_process_that_dies_after_any_step_sends_one_sms(way: Way, dies_after: int) -> None:
    """The job of a repeat runs again from the step whose outcome was not stored."""
    way.fail_once(REFUSED)
    session = await create(way.bot)
    way.bot.clock.move(minutes=1)
    await way.bot.send(SendAgain(session.id, (await sms_of(way.bot, session)).id))
    (queued,) = way.bot.unit_of_work.take_jobs()
    assert isinstance(queued.job, SendNotice)
    steps = ResumedSteps(dies_after)
    with pytest.raises(Crash):
        await way.bot.run_job(queued.job, steps)
    await way.bot.run_job(queued.job, steps)
    assert way.numbers() == ["+33612345678"]
    assert (await sms_of(way.bot, session)).state is NoticeState.SENT


async def test_sms_that_another_process_attempts_meanwhile_is_not_sent(way: Way) -> None:
    session = await create(way.bot)
    sender, sms = way.bot.workflows.services.sms, await sms_of(way.bot, session)
    assert await sender.send(replace(sms, attempted_at=None), session) is NoticeState.UNSURE
    assert way.count_sent() == 1


async def test_planned_sms_keeps_its_way_and_is_planned_once(way: Way) -> None:
    """The setting changes between the plan and its repeat."""
    session = await create(way.bot)
    set_channel(way.bot, other_than(way.channel))
    async with way.bot.unit_of_work.write() as tx:
        await way.bot.workflows.services.notices.plan_notices(session, tx)
    assert [one.channel for one in await way.bot.notices(session.id) if one.channel.is_sms] == [way.channel]


async def test_failed_sms_can_be_sent_again_by_a_person(way: Way) -> None:
    way.fail_once(REFUSED)
    session = await create(way.bot)
    await send_again(way.bot, session)
    assert (await sms_of(way.bot, session)).state is NoticeState.SENT
    assert last_message(way.bot).tone is Tone.GOOD
    assert ENGLISH.say(last_message(way.bot).text) == await in_words(way.bot, session)
    assert len(way.bot.servicedesk.notes) == 2


async def test_repeat_goes_the_way_that_is_set_up_now(way: Way) -> None:
    way.fail_once(REFUSED)
    session = await create(way.bot)
    set_channel(way.bot, other_than(way.channel))
    await send_again(way.bot, session)
    assert (await sms_of(way.bot, session)).channel is other_than(way.channel)
    assert way.numbers() == ["+33612345678"]
    card = make_session_card(session, await way.bot.notices(session.id), Audience.CREATOR)
    assert [line.state for line in card.notices if "SMS" in line.text.template] == [NoticeState.SENT]


async def test_sms_that_waits_while_the_setting_becomes_none_is_not_sent(way: Way) -> None:
    session = await create(way.bot)
    way.bot.clock.move(minutes=1)
    await way.bot.send(OnSession(Verb.REINVITE, N))
    set_channel(way.bot, None)
    await way.bot.run_jobs()
    assert await in_words(way.bot, session) == "SMS to Rita: not sent. The bot is set up to send no SMS."
    assert way.count_sent() == 1


async def test_repeat_is_refused_while_nobody_sends_any(way: Way) -> None:
    way.fail_once(REFUSED)
    session = await create(way.bot)
    set_channel(way.bot, None)
    with pytest.raises(NotAllowed, match="no SMS"):
        await send_again(way.bot, session)


@pytest.mark.parametrize("error", [REFUSED, LOST], ids=["refused", "lost"])
async def test_reinvitation_whose_sms_fails_says_so(way: Way, error: BotError) -> None:
    session = await create(way.bot)
    way.bot.clock.move(minutes=1)
    way.fail_once(error)
    await way.bot.send(OnSession(Verb.REINVITE, N))
    await way.bot.run_jobs()
    assert last_message(way.bot).tone is Tone.PROBLEM
    assert ENGLISH.say(last_message(way.bot).text) == await in_words(way.bot, session)


async def test_number_that_was_corrected_in_servicedesk_is_used_by_a_reinvitation(way: Way) -> None:
    set_phone(way.bot, LOCAL)
    session = await create(way.bot)
    set_phone(way.bot, CORRECTED)
    await send_again(way.bot, session)
    assert way.numbers() == ["+33687654321"]
    stored = (await way.bot.session(session.id)).requester
    assert stored is not None
    assert stored.phone == CORRECTED


async def test_number_that_is_still_wrong_says_why_again(way: Way) -> None:
    set_phone(way.bot, LOCAL)
    session = await create(way.bot)
    await send_again(way.bot, session)
    assert (await sms_of(way.bot, session)).state is NoticeState.FAILED
    assert await in_words(way.bot, session) == f"SMS to Rita: not sent. {NO_COUNTRY}"


async def test_valid_number_is_not_read_again(way: Way) -> None:
    session = await create(way.bot)
    set_phone(way.bot, CORRECTED)
    await send_again(way.bot, session)
    assert way.numbers() == ["+33612345678"] * 2
    assert "request_by_id" not in way.bot.servicedesk.calls


@pytest.mark.parametrize("change", [{"name": "Rob"}, {"email": "rob@example.com"}], ids=["name", "address"])
async def test_number_of_somebody_else_who_took_the_request_over_is_not_used(
    way: Way, change: dict[str, str]
) -> None:
    set_phone(way.bot, LOCAL)
    session = await create(way.bot)
    set_phone(way.bot, CORRECTED, **change)
    await send_again(way.bot, session)
    assert way.numbers() == []
    assert (await sms_of(way.bot, session)).state is NoticeState.FAILED


async def test_number_of_a_request_that_is_gone_says_why(way: Way) -> None:
    set_phone(way.bot, LOCAL)
    session = await create(way.bot)
    way.bot.servicedesk.fail_once("request_by_id", NotFound(Text("It is gone.")))
    await send_again(way.bot, session)
    assert await in_words(way.bot, session) == f"SMS to Rita: not sent. {NO_COUNTRY}"


async def test_number_that_cannot_be_read_now_is_read_by_the_next_try(way: Way) -> None:
    """Nothing was attempted, so the engine may repeat the step."""
    set_phone(way.bot, LOCAL)
    session = await create(way.bot)
    set_phone(way.bot, CORRECTED)
    sms = replace(await sms_of(way.bot, session), state=NoticeState.PENDING)
    way.bot.servicedesk.fail_once("request_by_id", AWAY)
    sender = way.bot.workflows.services.sms
    with pytest.raises(Unavailable):
        await sender.send(sms, session)
    assert await sender.send(sms, session) is NoticeState.SENT


async def test_sms_after_the_number_is_gone_fails(way: Way) -> None:
    session = await create(way.bot)
    way.bot.clock.move(minutes=1)
    await way.bot.send(SendAgain(session.id, (await sms_of(way.bot, session)).id))
    await way.bot.change(session.id, lambda one: replace(one, requester=None, version=one.version + 1))
    await way.bot.run_jobs()
    assert (await sms_of(way.bot, session)).state is NoticeState.FAILED
    assert way.count_sent() == 1


async def test_teamviewer_sends_nothing_for_an_account_that_is_no_longer_connected() -> None:
    bot = BotInMemory(sms_channel=Channel.TEAMVIEWER_SMS)
    await bot.start()
    session = await create(bot)
    await bot.send(Logout(sure=True))
    await bot.run_jobs()
    await send_again(bot, session)
    assert "no longer connected to TeamViewer" in await in_words(bot, session)
    assert len(bot.teamviewer.sms) == 1
