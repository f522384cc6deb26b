"""Enter, reinvite, link and end, and sending a notice again."""

import pytest
from support.bot_in_memory import ADA, ANA, BEN, REQUEST, BotInMemory, N
from support.memory.sessions import MemorySessions

from bot.commands import OnSession, SendAgain, Verb
from bot.errors import NotAllowed, NotFound
from bot.i18n import _
from bot.jobs import EndSession, SendNotice
from bot.model.ids import NoticeId, SessionId, bare_code
from bot.model.notice import Channel, NoticeState
from bot.model.request import Requester
from bot.model.session import Kind, Session, State
from bot.model.technician import Technician
from bot.values import replace
from bot.views.pages import Choice, LinkPage, Message
from bot.views.parts import LinkButton, Tone
from bot.views.session import enter_links

EVERY_VERB = pytest.mark.parametrize("verb", list(Verb))


def code_of(session: Session) -> str:
    """Return the code of a session as people type it."""
    assert session.code is not None
    return bare_code(session.code)


@EVERY_VERB
async def test_verb_with_the_integration_off_is_refused(bot: BotInMemory, verb: Verb) -> None:
    await bot.open_session()
    await bot.switch(integration=False)
    with pytest.raises(NotAllowed):
        await bot.send(OnSession(verb, N))
    assert bot.jobs == []


@EVERY_VERB
@pytest.mark.parametrize("reference", [N, "s99000999"])
async def test_verb_for_a_request_or_code_without_a_session_is_refused(
    bot: BotInMemory, verb: Verb, reference: str
) -> None:
    with pytest.raises(NotFound):
        await bot.send(OnSession(verb, reference))


@EVERY_VERB
async def test_verb_on_an_ended_session_is_refused(bot: BotInMemory, verb: Verb) -> None:
    session = await bot.open_session()
    await bot.end(session.id)
    for reference in (session.id, N, code_of(session)):
        with pytest.raises(NotFound):
            await bot.send(OnSession(verb, reference))


@pytest.mark.parametrize("verb", [Verb.ENTER, Verb.LINK, Verb.REINVITE])
async def test_verb_on_a_session_that_is_being_created_has_to_wait(bot: BotInMemory, verb: Verb) -> None:
    await bot.accept_session()
    bot.unit_of_work.take_jobs()
    view = await bot.send(OnSession(verb, N))
    assert isinstance(view, Message)
    assert view.tone is Tone.WAIT
    assert bot.jobs == []


async def test_session_is_found_by_its_request_its_code_and_its_id(bot: BotInMemory) -> None:
    session = await bot.open_session()
    for reference in (N, code_of(session), session.id):
        assert isinstance(await bot.send(OnSession(Verb.LINK, reference)), LinkPage)


@EVERY_VERB
async def test_verb_with_several_sessions_open_asks_which_one(bot: BotInMemory, verb: Verb) -> None:
    first, second = await bot.open_session(), await bot.open_session(another=True)
    view = await bot.send(OnSession(verb, N))
    assert isinstance(view, Choice)
    assert {button.command for _row, button in view.rows} == {
        OnSession(verb, first.id),
        OnSession(verb, second.id),
    }
    assert all((button.question is not None) is (verb is Verb.END) for _row, button in view.rows)
    assert bot.jobs == []


async def test_own_session_is_meant_where_others_have_one_too(bot: BotInMemory) -> None:
    await bot.connect(BEN, "u2")
    await bot.open_session()
    mine = await bot.open_session(by=BEN)
    view = await bot.send(OnSession(Verb.LINK, N), by=BEN)
    assert isinstance(view, LinkPage)
    assert view.link == mine.requester_link


async def test_entering_gives_the_creator_the_links_to_the_app_and_to_the_browser(bot: BotInMemory) -> None:
    session = await bot.open_session()
    view = await bot.send(OnSession(Verb.ENTER, N))
    assert isinstance(view, Message)
    assert session.web_client_link is not None
    assert view.buttons == enter_links(session, _("Enter session"))
    links = [one for one in view.buttons if isinstance(one, LinkButton)]
    assert [one.url for one in links] == [session.supporter_link, session.web_client_link]
    assert {one.command for one in links} == {OnSession(Verb.ENTER, session.id)}


async def test_entering_a_session_without_a_web_client_offers_the_app_alone(bot: BotInMemory) -> None:
    session = await bot.open_session(Kind.PILOT)
    view = await bot.send(OnSession(Verb.ENTER, N))
    assert isinstance(view, Message)
    assert [one.url for one in view.buttons if isinstance(one, LinkButton)] == [session.supporter_link]
    assert len(view.details) == 1


async def test_entry_while_the_requester_is_there_is_recorded_despite_a_version_conflict(
    bot: BotInMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = await bot.open_session()
    await bot.change(session.id, lambda one: one.seen(is_online=True, at=bot.clock()))
    save, conflicts = MemorySessions.save, iter([True])

    async def conflict_once(self: MemorySessions, changed: Session, *, known: Session) -> bool:
        return not next(conflicts, False) and await save(self, changed, known=known)

    monkeypatch.setattr(MemorySessions, "save", conflict_once)
    await bot.send(OnSession(Verb.ENTER, N))
    assert (await bot.session(session.id)).state is State.CONNECTED


@pytest.mark.parametrize("somebody", [BEN, ADA], ids=lambda one: one.name)
async def test_entering_a_session_of_somebody_else_is_refused(bot: BotInMemory, somebody: object) -> None:
    session = await bot.open_session()
    by = BEN if somebody is BEN else ADA
    for reference in (N, session.id):
        with pytest.raises(NotAllowed):
            await bot.send(OnSession(Verb.ENTER, reference), by=by)


@pytest.mark.parametrize("verb", [Verb.ENTER, Verb.LINK])
async def test_session_without_links_can_be_neither_entered_nor_shared(bot: BotInMemory, verb: Verb) -> None:
    session = await bot.open_session()
    await bot.change(
        session.id,
        lambda one: replace(
            one, supporter_link=None, web_client_link=None, requester_link=None, version=one.version + 1
        ),
    )
    with pytest.raises(NotFound):
        await bot.send(OnSession(verb, N))


async def test_link_page_holds_the_requester_link_and_the_join_page(bot: BotInMemory) -> None:
    session = await bot.open_session()
    view = await bot.send(OnSession(Verb.LINK, N), by=BEN)
    assert isinstance(view, LinkPage)
    assert view.link == session.requester_link
    assert view.join_page == f"https://bot.example/join/{session.join_token}"


async def test_reinvitation_stores_a_notice_and_enqueues_it(bot: BotInMemory) -> None:
    session = await bot.open_session()
    before = await bot.notices(session.id)
    view = await bot.send(OnSession(Verb.REINVITE, N), by=BEN)
    (notice,) = [one for one in await bot.notices(session.id) if one not in before]
    assert (notice.channel, notice.state) == (Channel.REPLY, NoticeState.PENDING)
    (queued,) = bot.queue
    assert isinstance(queued.job, SendNotice)
    assert (queued.job.notice, queued.key) == (notice.id, f"notice:{notice.id}")
    assert isinstance(view, Message)
    assert view.tone is Tone.WAIT


@pytest.mark.parametrize(
    ("sms", "phone", "expected"),
    [
        (Channel.SMS, True, {Channel.REPLY, Channel.SMS}),
        (Channel.TEAMVIEWER_SMS, True, {Channel.REPLY, Channel.TEAMVIEWER_SMS}),
        (None, True, {Channel.REPLY}),
        (Channel.SMS, False, {Channel.REPLY}),
    ],
    ids=["by the gateway", "by TeamViewer", "no SMS", "no phone"],
)
async def test_reinvitation_to_a_pilot_session_also_goes_by_sms(
    *, sms: Channel | None, phone: bool, expected: set[Channel]
) -> None:
    bot = BotInMemory(sms_channel=sms)
    await bot.start()
    if not phone:
        bot.servicedesk.add_request(replace(REQUEST, requester=replace(REQUEST.requester, phone=None)))
    session = await bot.open_session(Kind.PILOT)
    before = {one.id for one in await bot.notices(session.id)}
    await bot.send(OnSession(Verb.REINVITE, N))
    assert {one.channel for one in await bot.notices(session.id) if one.id not in before} == expected


@pytest.mark.parametrize(
    ("requester", "reason"),
    [(Requester("Rita", None), "shows no e-mail address"), (Requester("", None), "names no requester")],
)
async def test_reinvitation_without_an_address_is_refused_with_what_to_do(
    bot: BotInMemory, requester: Requester, reason: str
) -> None:
    bot.servicedesk.add_request(replace(REQUEST, requester=requester))
    await bot.open_session()
    with pytest.raises(NotAllowed, match=f"#101 {reason}.*link 101"):
        await bot.send(OnSession(Verb.REINVITE, N))


async def test_reinvitation_without_a_requester_is_refused(bot: BotInMemory) -> None:
    session = await bot.open_session()
    await bot.change(session.id, lambda one: replace(one, requester=None, version=one.version + 1))
    with pytest.raises(NotAllowed):
        await bot.send(OnSession(Verb.REINVITE, N))


@pytest.mark.parametrize("by", [ANA, ADA], ids=lambda one: one.name)
async def test_creator_or_admin_ends_a_session(bot: BotInMemory, by: object) -> None:
    session = await bot.open_session()
    technician = ADA if by is ADA else ANA
    view = await bot.send(OnSession(Verb.END, N), by=technician, key="k9")
    (queued,) = [one for one in bot.queue if isinstance(one.job, EndSession)]
    assert isinstance(queued.job, EndSession)
    assert (queued.job.session, queued.job.by, queued.job.email) == (
        session.id,
        technician.name,
        technician.email,
    )
    assert queued.key == "end_session:k9"
    assert isinstance(view, Message)
    assert view.tone is Tone.WAIT


async def test_ending_a_session_of_somebody_else_is_refused(bot: BotInMemory) -> None:
    session = await bot.open_session()
    for reference in (N, session.id):
        with pytest.raises(NotAllowed):
            await bot.send(OnSession(Verb.END, reference), by=BEN)
    assert bot.jobs == []


async def test_session_that_is_being_created_is_ended_at_once(bot: BotInMemory) -> None:
    session = await bot.accept_session()
    view = await bot.send(OnSession(Verb.END, N))
    assert (await bot.session(session.id)).state is State.ENDED
    assert isinstance(view, Message)
    assert view.tone is Tone.GOOD


async def ending(bot: BotInMemory, by: Technician = ANA) -> Session:
    """Open a session, and accept its end. Its job has not run."""
    session = await bot.open_session(by=by)
    await bot.send(OnSession(Verb.END, session.id), by=by)
    bot.unit_of_work.take_jobs()
    return session


@pytest.mark.parametrize("verb", [Verb.ENTER, Verb.LINK, Verb.REINVITE])
async def test_nothing_but_another_end_can_be_done_with_a_session_that_is_being_ended(
    bot: BotInMemory, verb: Verb
) -> None:
    session = await ending(bot)
    for reference in (session.id, N, code_of(session)):
        with pytest.raises(NotFound, match="is being ended"):
            await bot.send(OnSession(verb, reference))
        view = await bot.send(OnSession(Verb.END, reference))
        assert isinstance(view, Message)
        assert view.tone is Tone.WAIT


async def test_notice_of_a_session_that_is_being_ended_is_not_sent_again(bot: BotInMemory) -> None:
    session = await bot.open_session(Kind.PILOT)
    sms = await sms_of(bot, session)
    await bot.send(OnSession(Verb.END, N))
    with pytest.raises(NotFound, match="is being ended"):
        await bot.send(SendAgain(session.id, sms))


@EVERY_VERB
async def test_session_created_while_an_earlier_one_is_being_ended_is_the_one_that_is_meant(
    bot: BotInMemory, verb: Verb
) -> None:
    earlier = await ending(bot)
    session = await bot.open_session()
    view = await bot.send(OnSession(verb, N))
    assert not isinstance(view, Choice)
    assert (await bot.session(session.id)).is_ending is (verb is Verb.END)
    assert session.id != earlier.id


async def test_end_of_an_own_session_that_is_being_ended_means_no_session_of_others(bot: BotInMemory) -> None:
    await bot.connect(BEN, "u2")
    others = await bot.open_session(by=BEN)
    mine = await ending(bot)
    await bot.send(OnSession(Verb.END, N))
    assert [one.session for one in bot.jobs if isinstance(one, EndSession)] == [mine.id]
    assert (await bot.session(others.id)).is_usable


async def test_session_of_others_can_be_shared_while_the_own_one_is_being_ended(bot: BotInMemory) -> None:
    await bot.connect(BEN, "u2")
    others = await bot.open_session(by=BEN)
    await ending(bot)
    view = await bot.send(OnSession(Verb.LINK, N))
    assert isinstance(view, LinkPage)
    assert view.link == others.requester_link


async def test_session_of_others_that_is_being_ended_can_be_ended_by_them_and_admins_only(
    bot: BotInMemory,
) -> None:
    session = await ending(bot)
    with pytest.raises(NotAllowed):
        await bot.send(OnSession(Verb.END, N), by=BEN)
    await bot.send(OnSession(Verb.END, N), by=ADA)
    assert [one.session for one in bot.jobs if isinstance(one, EndSession)] == [session.id]


async def sms_of(bot: BotInMemory, session: Session) -> NoticeId:
    """Return the id of the SMS of a pilot session."""
    return next(one.id for one in await bot.notices(session.id) if one.channel is Channel.SMS)


async def test_notice_is_sent_again_by_the_same_channel(bot: BotInMemory) -> None:
    session = await bot.open_session(Kind.PILOT)
    sms = await sms_of(bot, session)
    view = await bot.send(SendAgain(session.id, sms))
    (job,) = bot.jobs
    assert isinstance(job, SendNotice)
    again = await bot.notice(job.notice)
    assert (again.channel, again.state) == (Channel.SMS, NoticeState.PENDING)
    assert again.id != sms
    assert isinstance(view, Message)
    assert view.tone is Tone.WAIT


async def test_notice_of_an_unknown_session_is_refused(bot: BotInMemory) -> None:
    session = await bot.open_session(Kind.PILOT)
    with pytest.raises(NotFound):
        await bot.send(SendAgain(SessionId("none"), await sms_of(bot, session)))


async def test_unknown_notice_is_refused(bot: BotInMemory) -> None:
    session = await bot.open_session()
    with pytest.raises(NotFound):
        await bot.send(SendAgain(session.id, NoticeId("none")))


async def test_notice_of_another_session_is_refused(bot: BotInMemory) -> None:
    pilot, remote = await bot.open_session(Kind.PILOT), await bot.open_session()
    with pytest.raises(NotFound):
        await bot.send(SendAgain(remote.id, await sms_of(bot, pilot)))


async def test_notice_of_an_ended_session_is_refused(bot: BotInMemory) -> None:
    session = await bot.open_session(Kind.PILOT)
    sms = await sms_of(bot, session)
    await bot.end(session.id)
    with pytest.raises(NotFound):
        await bot.send(SendAgain(session.id, sms))


async def test_notice_with_the_integration_off_is_refused(bot: BotInMemory) -> None:
    session = await bot.open_session(Kind.PILOT)
    await bot.switch(integration=False)
    with pytest.raises(NotAllowed):
        await bot.send(SendAgain(session.id, await sms_of(bot, session)))
