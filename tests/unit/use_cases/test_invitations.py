"""Invite, uninvite and leave: who may, which session is meant, and what follows."""

import pytest
from support.bot_in_memory import ADA, ANA, BEN, PRIVATE, BotInMemory, N, actor_of

from bot.commands import Command, History, Invite, Leave, ListOpen, OnSession, OpenInviteForm, Uninvite, Verb
from bot.errors import NotAllowed, NotFound
from bot.jobs import InviteColleague, WithdrawInvitation
from bot.model.audit import Action
from bot.model.invitation import InvitationState
from bot.model.session import Session
from bot.model.technician import Technician
from bot.values import replace
from bot.views.form import InviteForm
from bot.views.pages import Choice, Message, SessionList
from bot.views.parts import Button, LinkButton


async def invite(bot: BotInMemory, session: Session, who: Technician = BEN, by: Technician = ANA) -> None:
    """Invite somebody by their address, and run every job."""
    await bot.send(Invite(session.id, who.email), by=by)
    await bot.run_jobs()


async def states(bot: BotInMemory, session: Session) -> dict[str, InvitationState]:
    async with bot.unit_of_work.read() as tx:
        return {one.technician: one.state for one in await tx.invitations.of_session(session.id)}


def link_of(view: object) -> str:
    """Return the address of the only button that opens one."""
    assert isinstance(view, Message)
    (button,) = [one for one in view.buttons if isinstance(one, LinkButton)]
    return button.url.reveal()


@pytest.mark.parametrize("reference", [N, "s12345678", "id"])
async def test_invitation_is_enqueued_for_the_session_that_is_named(bot: BotInMemory, reference: str) -> None:
    session = await bot.open_session()
    named = {"id": session.id, "s12345678": (session.code or "").replace("-", "")}.get(reference, reference)
    await bot.send(Invite(named, "UBEN"))
    (job,) = bot.jobs
    assert isinstance(job, InviteColleague)
    assert (job.session, job.user, job.by) == (session.id, "UBEN", ANA.email)


@pytest.mark.parametrize("command", [Invite(N, "UBEN"), Uninvite(N), Leave(N)], ids=str)
async def test_colleague_who_is_not_invited_may_do_nothing(bot: BotInMemory, command: Command) -> None:
    await bot.open_session()
    with pytest.raises(NotAllowed):
        await bot.send(command, by=BEN)


async def test_sdadmin_may_invite_and_withdraw_in_the_session_of_somebody_else(bot: BotInMemory) -> None:
    session = await bot.open_session()
    await invite(bot, session, BEN, by=ADA)
    assert await states(bot, session) == {BEN.email: InvitationState.OPEN}
    await bot.send(Uninvite(N), by=ADA)
    assert await states(bot, session) == {BEN.email: InvitationState.WITHDRAWN}


async def test_invited_technician_enters_by_an_address_of_the_bot(bot: BotInMemory) -> None:
    """TeamViewer's link is not in the answer: it is given at the last moment, by the page."""
    session = await bot.open_session()
    await invite(bot, session)
    link = link_of(await bot.send(OnSession(Verb.ENTER, N), by=BEN))
    assert session.supporter_link is not None
    assert "/enter/" in link
    assert session.supporter_link.reveal() not in link


async def test_entry_of_an_invited_technician_is_no_evidence_for_the_creator(bot: BotInMemory) -> None:
    session = await bot.open_session()
    await invite(bot, session)
    at = bot.clock()
    await bot.change(session.id, lambda one: one.seen(is_online=True, at=at))
    await bot.send(OnSession(Verb.ENTER, N), by=BEN)
    assert not (await bot.session(session.id)).is_entered


@pytest.mark.parametrize(("verb", "may"), [(Verb.LINK, True), (Verb.REINVITE, True), (Verb.END, False)])
async def test_invited_technician_may_do_what_any_technician_may(
    bot: BotInMemory, verb: Verb, *, may: bool
) -> None:
    session = await bot.open_session()
    await invite(bot, session)
    if may:
        assert await bot.send(OnSession(verb, N), by=BEN)
        return
    with pytest.raises(NotAllowed) as refused:
        await bot.send(OnSession(verb, N), by=BEN)
    assert "leave 101" in str(refused.value.text)


async def test_invited_technician_invites_nobody(bot: BotInMemory) -> None:
    session = await bot.open_session()
    await invite(bot, session)
    with pytest.raises(NotAllowed):
        await bot.send(Invite(N, ADA.email), by=BEN)


async def test_list_of_an_invited_technician_shows_the_session_as_invited(bot: BotInMemory) -> None:
    session = await bot.open_session()
    await invite(bot, session)
    shown = await bot.send(ListOpen(), by=BEN)
    assert isinstance(shown, SessionList)
    (row,) = shown.rows
    assert [str(line) for line in row.outcome] == ["Ana invites you to this session."]
    assert await bot.send(Leave(N), by=BEN)
    after = await bot.send(ListOpen(), by=BEN)
    assert isinstance(after, SessionList)
    assert after.rows == []


async def test_history_says_who_entered_by_an_invitation(bot: BotInMemory) -> None:
    session = await bot.open_session()
    await invite(bot, session)
    async with bot.unit_of_work.write() as tx:
        (invitation,) = await tx.invitations.of_session(session.id)
        await tx.invitations.save(invitation.entered(bot.clock()))
    await bot.end(session.id)
    shown = await bot.send(History(N))
    assert isinstance(shown, SessionList)
    assert "Entered by invitation: Ben" in [str(line) for line in shown.rows[0].outcome]


async def test_withdrawn_invitation_lets_nobody_in(bot: BotInMemory) -> None:
    session = await bot.open_session()
    await invite(bot, session)
    answer = await bot.send(Uninvite(N, BEN.email))
    assert isinstance(answer, Message)
    assert "was not given" in str(answer.details[0])
    with pytest.raises(NotAllowed):
        await bot.send(OnSession(Verb.ENTER, N), by=BEN)
    assert (await bot.actions())[-1] is Action.INVITATION_WITHDRAWN


async def test_withdrawal_says_what_teamviewer_does_not_take_back(bot: BotInMemory) -> None:
    session = await bot.open_session()
    await invite(bot, session)
    async with bot.unit_of_work.write() as tx:
        (invitation,) = await tx.invitations.of_session(session.id)
        await tx.invitations.save(invitation.entered(bot.clock()))
    answer = await bot.send(Uninvite(N))
    assert isinstance(answer, Message)
    assert "may work until the session ends" in str(answer.details[0])


async def test_withdrawal_asks_whose_where_several_are_invited(bot: BotInMemory) -> None:
    session = await bot.open_session()
    await invite(bot, session, BEN)
    await invite(bot, session, ADA)
    asked = await bot.send(Uninvite(N))
    assert isinstance(asked, Message)
    commands = [one.command for one in asked.buttons if isinstance(one, Button)]
    assert commands == [Uninvite(session.id, ADA.email), Uninvite(session.id, BEN.email)]
    await bot.send(commands[1])
    assert await states(bot, session) == {
        BEN.email: InvitationState.WITHDRAWN,
        ADA.email: InvitationState.OPEN,
    }


async def test_withdrawal_by_a_mention_looks_the_person_up(bot: BotInMemory) -> None:
    session = await bot.open_session()
    await invite(bot, session)
    await bot.send(Uninvite(N, "UBEN"))
    assert [type(one) for one in bot.jobs] == [WithdrawInvitation]
    await bot.run_jobs()
    assert await states(bot, session) == {BEN.email: InvitationState.WITHDRAWN}


async def test_withdrawal_without_an_invitation_is_refused(bot: BotInMemory) -> None:
    session = await bot.open_session()
    with pytest.raises(NotFound):
        await bot.send(Uninvite(N))
    await invite(bot, session)
    with pytest.raises(NotFound):
        await bot.send(Uninvite(N, ADA.email))


@pytest.mark.parametrize("has_entered", [False, True])
async def test_invited_technician_gives_up_and_who_invited_them_reads_it(
    bot: BotInMemory, *, has_entered: bool
) -> None:
    session = await bot.open_session()
    await invite(bot, session)
    if has_entered:
        async with bot.unit_of_work.write() as tx:
            (invitation,) = await tx.invitations.of_session(session.id)
            await tx.invitations.save(invitation.entered(bot.clock()))
    await bot.send(Leave(N), by=BEN)
    await bot.run_jobs()
    state = InvitationState.LEFT if has_entered else InvitationState.DECLINED
    assert await states(bot, session) == {BEN.email: state}
    (*_earlier, answer) = bot.answers
    assert answer.to.actor == actor_of(ANA)
    assert isinstance(answer.view, Message)
    assert ("left" if has_entered else "declined") in str(answer.view.text)


async def test_form_opens_for_who_may_invite(bot: BotInMemory) -> None:
    session = await bot.open_session()
    for reference in (session.id, N):
        assert await bot.send(OpenInviteForm(reference)) == InviteForm(session.id, N)
        with pytest.raises(NotAllowed):
            await bot.send(OpenInviteForm(reference), by=BEN)


async def test_question_which_session_is_meant_offers_the_same_command(bot: BotInMemory) -> None:
    first = await bot.open_session()
    second = await bot.open_session(another=True)
    meant: list[tuple[Command, set[Command]]] = [
        (Invite(N, "UBEN"), {Invite(first.id, "UBEN"), Invite(second.id, "UBEN")}),
        (OpenInviteForm(N), {OpenInviteForm(first.id), OpenInviteForm(second.id)}),
    ]
    for command, offered in meant:
        asked = await bot.send(command)
        assert isinstance(asked, Choice)
        assert {button.command for _row, button in asked.rows} == offered


async def test_session_that_is_ending_or_over_takes_no_invitation(bot: BotInMemory) -> None:
    session = await bot.open_session(place=PRIVATE)
    at = bot.clock()
    await bot.change(session.id, lambda one: one.ending(at))
    with pytest.raises(NotFound):
        await bot.send(Invite(N, "UBEN"))
    await bot.change(session.id, lambda one: replace(one.ended(at, "Ana")))
    with pytest.raises(NotFound):
        await bot.send(Invite(session.id, "UBEN"))


async def test_nothing_is_done_while_the_integration_is_off(bot: BotInMemory) -> None:
    await bot.open_session()
    await bot.switch(integration=False)
    for command in (Invite(N, "UBEN"), Uninvite(N), Leave(N)):
        with pytest.raises(NotAllowed):
            await bot.send(command)
