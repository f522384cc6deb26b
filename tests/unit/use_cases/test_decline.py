"""The invited account alone may answer “Not now”, once, while the session can be joined. Nobody else learns anything."""

import pytest
from support.bot_in_memory import ADA, ANA, BEN, BotInMemory, actor_of
from support.invited import chat_notices, inviting_bot, links_to_rita, messages_to_rita, rita_on

from bot.command_dispatcher import CommandDispatcher
from bot.commands import CommandRequest, DeclineInvitation, Place, Status
from bot.errors import NotAllowed, NotFound
from bot.jobs import PingDecline
from bot.model.audit import Action
from bot.model.ids import CommandKey, NoticeId
from bot.model.session import Session
from bot.model.technician import Actor, Platform
from bot.use_cases.decline import decline_invitation
from bot.views.chat_invitation import Invitation
from bot.views.pages import Message, View
from bot.views.parts import LinkButton, Reader, Tone

SLACK = Platform.SLACK
PING = "answered “Not now” to the invitation"


@pytest.fixture
async def bot() -> BotInMemory:
    return await inviting_bot(SLACK)


@pytest.fixture
async def session(bot: BotInMemory) -> Session:
    return await bot.open_session()


async def press(bot: BotInMemory, session: Session, by: Actor | None = None) -> Message:
    (notice,) = await chat_notices(bot, session)
    async with bot.unit_of_work.write() as tx:
        return await decline_invitation(DeclineInvitation(notice.id), by or rita_on(SLACK), tx, bot.clock())


def pings(bot: BotInMemory) -> list[str]:
    shown = [*(str(view) for _card, view in bot.slack.replies), *map(str, bot.slack.messages.values())]
    return [one for one in shown if PING in one]


async def test_answer_is_on_the_card_and_in_a_ping_and_the_message_keeps_the_link(
    bot: BotInMemory, session: Session
) -> None:
    said = await press(bot, session)
    assert said.tone is Tone.GOOD
    await bot.run_jobs()
    assert (await bot.actions())[-2:] == [Action.REQUESTER_INVITED, Action.REQUESTER_DECLINED]
    assert len(pings(bot)) == 1
    (card,) = await bot.cards(session.id)
    assert "{name} answered “Not now” at {time}" in str(bot.shown(card))
    (shown,) = messages_to_rita(bot)
    assert isinstance(shown, Invitation)
    (join,) = shown.buttons
    assert isinstance(join, LinkButton)


async def test_second_press_says_that_nothing_changed_and_pings_nobody(
    bot: BotInMemory, session: Session
) -> None:
    await press(bot, session)
    await bot.run_jobs()
    assert (await press(bot, session)).tone is Tone.PLAIN
    assert not [job for job in bot.jobs if isinstance(job, PingDecline)]
    await bot.run_jobs()
    assert len(pings(bot)) == 1


async def test_press_after_the_end_is_answered_with_the_end(bot: BotInMemory, session: Session) -> None:
    await bot.end(session.id)
    with pytest.raises(NotFound, match="is over"):
        await press(bot, session)
    await bot.run_jobs()
    assert (pings(bot), links_to_rita(bot)) == ([], [])


@pytest.mark.parametrize(
    "by",
    [actor_of(ANA), actor_of(BEN), actor_of(ADA), rita_on(Platform.TEAMS), rita_on(SLACK, "T2")],
    ids=["creator", "technician", "sdadmin", "other-chat", "other-tenant"],
)
async def test_press_of_anybody_else_is_refused_as_one_for_nothing(
    bot: BotInMemory, session: Session, by: Actor
) -> None:
    with pytest.raises(NotAllowed) as of_another:
        await press(bot, session, by)
    async with bot.unit_of_work.write() as tx:
        with pytest.raises(NotAllowed) as of_nothing:
            await decline_invitation(DeclineInvitation(NoticeId("none")), by, tx, bot.clock())
    assert str(of_another.value.text) == str(of_nothing.value.text)
    (notice,) = await chat_notices(bot, session)
    assert notice.declined_at is None


class _Answers:
    """Collects the views that answer commands, and their readers."""

    def __init__(self) -> None:
        self.views: list[tuple[View, Reader]] = []

    def render(self, view: View, reader: Reader) -> str:
        self.views.append((view, reader))
        return "rendered"

    def dump(self, answer: str) -> str:
        return answer

    def load(self, stored: str) -> str:
        return stored


async def test_dispatcher_lets_exactly_this_press_of_a_requester_through(
    bot: BotInMemory, session: Session
) -> None:
    """The requester is no technician, and nobody reads their profile. Any other command waits until that is done."""
    (notice,) = await chat_notices(bot, session)
    answers, dispatcher = _Answers(), CommandDispatcher(bot.services)
    place = Place("D9", is_private=True)
    for key, command in (("press", DeclineInvitation(notice.id)), ("typed", Status())):
        await dispatcher.dispatch(CommandRequest(CommandKey(key), rita_on(SLACK), place, command), answers)
    (declined, reader), (other, _reader) = answers.views
    assert isinstance(declined, Message)
    assert isinstance(other, Message)
    assert (declined.tone, other.tone) == (Tone.GOOD, Tone.WAIT)
    assert (reader.language, reader.timezone) == ("fr", "Europe/Paris")


async def test_creator_who_wants_no_pings_gets_none(bot: BotInMemory, session: Session) -> None:
    async with bot.unit_of_work.write() as tx:
        await tx.people.choose_pings(ANA.email, wanted=False)
    await press(bot, session)
    await bot.run_jobs()
    assert pings(bot) == []
