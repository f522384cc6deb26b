"""Create sessions for several requests by one command."""

import pytest
from support.bot_in_memory import ANA, BEN, BotInMemory, N

from bot.commands import CreateSeveral, decode_command, encode_command
from bot.errors import NotAllowed, NotAuthorized, Rejected
from bot.i18n import Text
from bot.jobs import CreateSession
from bot.model.ids import CommandKey, RequestNumber
from bot.model.session import Kind, State
from bot.values import replace
from bot.views.pages import Message
from bot.views.parts import Tone

SECOND, THIRD = RequestNumber("8102"), RequestNumber("8103")
ONE_EACH = "Each gets a card, or an answer that says why not."
NUMBERS = (N, SECOND, THIRD)


async def test_each_request_gets_a_session_with_the_same_options(bot: BotInMemory) -> None:
    view = await bot.send(CreateSeveral(NUMBERS, Kind.PILOT, "second floor"), key="k1")
    sessions = await bot.sessions()
    assert {one.number for one in sessions} == set(NUMBERS)
    assert {(one.state, one.kind, one.note, one.technician) for one in sessions} == {
        (State.CREATING, Kind.PILOT, "second floor", ANA.email)
    }
    assert len({one.join_token for one in sessions}) == len(NUMBERS)
    assert {queued.key for queued in bot.queue} == {f"create:{one.id}:1" for one in sessions}
    assert {queued.job for queued in bot.queue} == {
        CreateSession(one.id, CommandKey("k1")) for one in sessions
    }
    assert isinstance(view, Message)
    assert str(view.text) == f"Pilot sessions were asked for: #{N}, #{SECOND} and #{THIRD}. {ONE_EACH}"
    assert (view.tone, view.is_accepted, list(view.details)) == (Tone.WAIT, True, [])


async def test_a_command_that_runs_again_creates_nothing_again(bot: BotInMemory) -> None:
    for _delivery in range(2):
        await bot.send(CreateSeveral(NUMBERS), key="k1")
    assert (len(await bot.sessions()), len(bot.queue)) == (len(NUMBERS), len(NUMBERS))


async def test_a_request_with_a_session_open_is_named_and_the_others_get_one(bot: BotInMemory) -> None:
    existing = await bot.open_session()
    view = await bot.send(CreateSeveral(NUMBERS))
    assert isinstance(view, Message)
    assert str(view.text) == f"Sessions were asked for: #{SECOND} and #{THIRD}. {ONE_EACH}"
    named, advice = map(str, view.details)
    assert named.startswith(f"You have a session open for request #{N} already: {existing.code}.")
    assert f"create {N} --another" in advice
    assert len(await bot.sessions()) == len(NUMBERS)
    assert not view.is_passing, "what is open would not stay in the chat"


async def test_nothing_is_created_where_each_request_has_a_session_open(bot: BotInMemory) -> None:
    await bot.send(CreateSeveral((N, SECOND)))
    bot.unit_of_work.take_jobs()
    view = await bot.send(CreateSeveral((SECOND, N)))
    assert isinstance(view, Message)
    assert str(view.text) == "You have a session open for each of these requests already."
    assert [f"#{number}" in str(line) for number, line in zip((SECOND, N), view.details, strict=False)] == [
        True,
        True,
    ]
    assert (len(await bot.sessions()), bot.jobs, view.is_accepted) == (2, [], False)


async def test_another_session_for_each_request_is_accepted_when_asked_for(bot: BotInMemory) -> None:
    await bot.send(CreateSeveral((N, SECOND)))
    await bot.send(CreateSeveral((N, SECOND), another=True))
    assert len(await bot.sessions()) == 4


async def test_several_sessions_with_the_integration_off_or_without_a_connection_are_refused(
    bot: BotInMemory,
) -> None:
    with pytest.raises(NotAuthorized):
        await bot.send(CreateSeveral(NUMBERS), by=BEN)
    await bot.switch(integration=False)
    with pytest.raises(NotAllowed):
        await bot.send(CreateSeveral(NUMBERS))
    assert (await bot.sessions(), bot.jobs) == ([], [])


async def test_each_session_that_fails_says_so_and_only_that_one_fails(bot: BotInMemory) -> None:
    """All answers belong to one command. None of them is taken for a repetition of another."""
    bot.servicedesk.add_request(replace(bot.servicedesk.requests[N], number=SECOND))
    await bot.send(CreateSeveral((N, SECOND, THIRD, RequestNumber("8104"))))
    await bot.run_jobs()
    assert {one.number: one.state for one in await bot.sessions()} == {
        N: State.WAITING,
        SECOND: State.WAITING,
    }
    failed = [str(one.view.text) for one in bot.answers if isinstance(one.view, Message)]
    for number in (THIRD, "8104"):
        assert sum(f"No session was created for request #{number}." in text for text in failed) == 1


async def test_each_session_that_teamviewer_refuses_says_so(bot: BotInMemory) -> None:
    bot.servicedesk.add_request(replace(bot.servicedesk.requests[N], number=SECOND))
    for _session in range(2):
        bot.teamviewer.fail_once("create_session", Rejected(Text("TeamViewer said no.")))
    await bot.send(CreateSeveral((N, SECOND)))
    await bot.run_jobs()
    said = [str(one.view.text) for one in bot.answers if isinstance(one.view, Message)]
    for number in (N, SECOND):
        assert f"The session for request #{number} could not be created. TeamViewer said no." in said


@pytest.mark.parametrize(
    "numbers",
    [
        (N,),
        (N, N),
        tuple(RequestNumber(str(number)) for number in range(1, 12)),
        (N, RequestNumber("x")),
        (N, RequestNumber("#7")),
    ],
)
def test_a_command_that_nobody_can_type_is_not_decoded(numbers: tuple[RequestNumber, ...]) -> None:
    encoded = encode_command(CreateSeveral(NUMBERS))
    assert decode_command(encoded) == CreateSeveral(NUMBERS)
    forged = encoded.replace(",".join(f'"{one}"' for one in NUMBERS), ",".join(f'"{one}"' for one in numbers))
    assert forged != encoded
    with pytest.raises(ValueError, match="not an encoded value"):
        decode_command(forged)
