"""Report an outage, enter its sessions, and end them all."""

import pytest
from support.bot_in_memory import ADA, ANA, BEN, PRIVATE, BotInMemory
from support.outages import NUMBERS, OUTAGE, report_outage, session_of, shown_card, stored_outage

from bot.commands import (
    MOST_IN_OUTAGE,
    EndOutage,
    OpenOutageForm,
    ReportOutage,
    ShowOutageCard,
    ShowOutageLinks,
    decode_command,
    encode_command,
)
from bot.errors import NotAllowed, NotAuthorized, NotFound
from bot.jobs import CreateSession, EndSession, PostOutage
from bot.model.ids import CommandKey, OutageId, RequestNumber
from bot.model.policy import Forbid, Rule
from bot.model.session import Kind, State
from bot.model.technician import Platform
from bot.use_cases.outage import MOST_LINKS
from bot.values import replace
from bot.views.outage import OutageForm
from bot.views.pages import Message
from bot.views.parts import LinkButton, Tone


async def test_each_request_gets_a_session_of_the_outage_with_the_same_options(bot: BotInMemory) -> None:
    view = await bot.send(ReportOutage(NUMBERS, Kind.PILOT, "mail server"), key="outage")
    sessions = await bot.sessions()
    assert {(one.state, one.kind, one.note, one.outage) for one in sessions} == {
        (State.CREATING, Kind.PILOT, "mail server", OUTAGE)
    }
    assert {one.number for one in sessions} == set(NUMBERS)
    assert {queued.job for queued in bot.queue} == {
        *(CreateSession(one.id, CommandKey("outage")) for one in sessions),
        PostOutage(Platform.SLACK, OUTAGE),
    }
    outage = await stored_outage(bot)
    assert (outage.technician, outage.kind, outage.note) == (ANA.email, Kind.PILOT, "mail server")
    assert isinstance(view, Message)
    assert (str(view.text), view.tone) == (
        "3 sessions were asked for. The card of the outage shows what becomes of each.",
        Tone.WAIT,
    )
    assert view.is_accepted


async def test_an_outage_that_is_reported_again_creates_nothing_again(bot: BotInMemory) -> None:
    for _delivery in range(2):
        await bot.send(ReportOutage(NUMBERS), key="outage")
    assert (len(await bot.sessions()), len(bot.queue)) == (len(NUMBERS), len(NUMBERS) + 1)


async def test_a_request_with_a_session_open_keeps_it_and_is_listed_as_refused(bot: BotInMemory) -> None:
    existing = await bot.open_session()
    view = await bot.send(ReportOutage(NUMBERS), key="outage")
    async with bot.unit_of_work.read() as tx:
        (refusal,) = await tx.outages.refusals(OUTAGE)
    assert refusal.number == existing.number
    assert str(existing.code) in str(refusal.why)
    assert isinstance(view, Message)
    assert str(view.text) == "2 sessions were asked for. The card of the outage shows what becomes of each."
    assert [str(one) for one in view.details] == [str(refusal.why)]
    assert not view.is_passing, "what is open would not stay in the chat"
    assert (await bot.session(existing.id)).outage is None


async def test_no_outage_is_stored_where_each_request_has_a_session_open(bot: BotInMemory) -> None:
    await bot.open_session()
    view = await bot.send(ReportOutage(NUMBERS[:1]), key="outage")
    assert isinstance(view, Message)
    assert str(view.text) == "You have a session open for each of these requests already."
    assert not view.is_accepted
    assert bot.jobs == []
    async with bot.unit_of_work.read() as tx:
        assert await tx.outages.get(OUTAGE) is None


async def test_an_outage_with_the_integration_off_or_without_a_connection_is_refused(
    bot: BotInMemory,
) -> None:
    with pytest.raises(NotAuthorized):
        await bot.send(ReportOutage(NUMBERS), by=BEN)
    await bot.switch(integration=False)
    for command in (ReportOutage(NUMBERS), OpenOutageForm(), ShowOutageLinks(OUTAGE), EndOutage(OUTAGE)):
        with pytest.raises(NotAllowed, match="switched off"):
            await bot.send(command)
    assert (await bot.sessions(), bot.jobs) == ([], [])


async def test_an_outage_beyond_the_limit_of_an_hour_is_refused_as_a_whole() -> None:
    bot = BotInMemory(creations_per_hour=2)
    await bot.start()
    with pytest.raises(NotAllowed, match="2 sessions in an hour at most, and these are 3"):
        await bot.send(ReportOutage(NUMBERS), key="outage")
    assert (await bot.sessions(), bot.jobs) == ([], [])
    await bot.send(ReportOutage(NUMBERS[:2]), key="outage")
    assert len(await bot.sessions()) == 2


async def test_an_outage_against_a_rule_is_refused_as_a_whole(bot: BotInMemory) -> None:
    async with bot.unit_of_work.write() as tx:
        await tx.policy.add(Rule(Forbid(), Kind.PILOT))
    with pytest.raises(NotAllowed, match="Rule 1"):
        await bot.send(ReportOutage(NUMBERS, Kind.PILOT), key="outage")
    assert (await bot.sessions(), bot.jobs) == ([], [])


async def test_form_opens_with_the_values_of_its_command(bot: BotInMemory) -> None:
    command = OpenOutageForm(Kind.PILOT, "mail server")
    assert await bot.send(command) == OutageForm(Kind.PILOT, "mail server", "C1")
    assert await bot.send(command, place=PRIVATE) == OutageForm(Kind.PILOT, "mail server", "")


async def test_only_their_technician_gets_the_ways_into_the_sessions(bot: BotInMemory) -> None:
    await report_outage(bot)
    view = await bot.send(ShowOutageLinks(OUTAGE))
    assert isinstance(view, Message)
    assert view.is_personal
    links = [one for one in view.buttons if isinstance(one, LinkButton)]
    assert [str(one.label) for one in links] == ["Enter #101", "Enter #102", "Enter #103"]
    wanted = [(await session_of(bot, number)).supporter_link for number in NUMBERS]
    assert [one.url for one in links] == wanted
    for other in (BEN, ADA):
        with pytest.raises(NotFound, match="no open session in this outage"):
            await bot.send(ShowOutageLinks(OUTAGE), by=other)


async def test_card_that_teams_asks_for_is_the_one_in_the_channel(bot: BotInMemory) -> None:
    await report_outage(bot)
    assert await bot.send(ShowOutageCard(OUTAGE)) == await shown_card(bot)


async def test_ways_in_of_a_long_outage_name_how_many_are_left_out(bot: BotInMemory) -> None:
    numbers = [str(one) for one in range(1, MOST_LINKS + 3)]
    await report_outage(bot, *numbers)
    view = await bot.send(ShowOutageLinks(OUTAGE))
    assert isinstance(view, Message)
    assert len(view.buttons) == MOST_LINKS
    assert "2 more are open" in str(view.details[-1])
    assert f"enter {MOST_LINKS + 1}" in str(view.details[-1])


async def test_session_that_ended_or_is_handed_over_has_no_way_in(bot: BotInMemory) -> None:
    await report_outage(bot)
    await bot.end((await session_of(bot, "101")).id)
    moving = await session_of(bot, "102")
    await bot.change(moving.id, lambda one: replace(one, moving_to="Ben", version=one.version + 1))
    view = await bot.send(ShowOutageLinks(OUTAGE))
    assert isinstance(view, Message)
    assert [str(one.label) for one in view.buttons] == ["Enter #103"]
    assert len(view.details) == 2


async def test_its_technician_and_an_sdadmin_end_every_session_at_once(bot: BotInMemory) -> None:
    await report_outage(bot)
    view = await bot.send(EndOutage(OUTAGE), by=ADA, key="end")
    assert isinstance(view, Message)
    assert str(view.text) == "Ending 3 sessions of the outage…"
    sessions = await bot.sessions()
    assert all(one.is_ending for one in sessions)
    ends = [job for job in bot.jobs if isinstance(job, EndSession)]
    assert {(job.session, job.by) for job in ends} == {(one.id, ADA.name) for one in sessions}
    await bot.run_jobs()
    assert {one.state for one in await bot.sessions()} == {State.ENDED}
    with pytest.raises(NotFound, match="is over"):
        await bot.send(EndOutage(OUTAGE))


async def test_somebody_else_ends_none_of_the_sessions(bot: BotInMemory) -> None:
    await report_outage(bot)
    with pytest.raises(NotAllowed, match="belongs to Ana"):
        await bot.send(EndOutage(OUTAGE), by=BEN)
    assert not any(one.is_ending for one in await bot.sessions())


async def test_session_that_was_handed_over_is_not_ended_with_the_others(bot: BotInMemory) -> None:
    await report_outage(bot)
    moved = await session_of(bot, "102")
    await bot.change(
        moved.id,
        lambda one: replace(one, technician=BEN.email, technician_name=BEN.name, version=one.version + 1),
    )
    view = await bot.send(EndOutage(OUTAGE))
    assert isinstance(view, Message)
    assert str(view.text) == "Ending 2 sessions of the outage…"
    assert [str(one) for one in view.details] == ["Not ended, because they belong to somebody else: #102."]
    assert not (await session_of(bot, "102")).is_ending


async def test_outage_that_was_deleted_is_said_to_be_unknown(bot: BotInMemory) -> None:
    gone = OutageId("gone")
    for command in (ShowOutageLinks(gone), ShowOutageCard(gone), EndOutage(gone)):
        with pytest.raises(NotFound, match="no longer knows this outage"):
            await bot.send(command)


@pytest.mark.parametrize(
    "numbers",
    [
        (),
        (NUMBERS[0], NUMBERS[0]),
        tuple(RequestNumber(str(number)) for number in range(1, MOST_IN_OUTAGE + 2)),
        (RequestNumber("x"),),
        (RequestNumber("#7"),),
    ],
)
def test_command_with_other_than_different_numbers_is_refused(numbers: tuple[RequestNumber, ...]) -> None:
    with pytest.raises(ValueError, match="not"):
        ReportOutage(numbers)
    encoded = encode_command(ReportOutage((RequestNumber("7"),))).replace(
        '["7"]', "[" + ",".join(f'"{one}"' for one in numbers) + "]"
    )
    with pytest.raises(ValueError, match="not"):
        decode_command(encoded)
