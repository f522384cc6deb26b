"""Nothing reveals a link or moves a switch for an account that was not looked at again.

Ana creates a session. Then her accounts become guests at the platforms, and nothing tells the bot. The tests walk every
command and every job: none shows her a link, and no command of hers changes what an SDAdmin may change.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import get_args

import pytest
from support.bot_in_memory import (
    ADA,
    ANA,
    BEN,
    CHANNEL,
    IN_CHANNEL,
    PRIVATE,
    REQUEST,
    BotInMemory,
    N,
    actor_of,
)

from bot.account_check import AccountCheck
from bot.command_dispatcher import CommandDispatcher
from bot.commands import (
    AddRule,
    AdminHelp,
    AdminStatus,
    AnswerOffer,
    Auth,
    CancelPlan,
    ChangeAdmin,
    Command,
    CommandRequest,
    ConfirmAccount,
    ConnectAccount,
    Create,
    CreateSeveral,
    DeclineInvitation,
    EndOutage,
    Hello,
    Help,
    History,
    Invite,
    Leave,
    ListAdmins,
    ListOpen,
    Logout,
    MovePlan,
    Notify,
    OnPlan,
    OnSession,
    OpenForm,
    OpenInviteForm,
    OpenOutageForm,
    OpenPlanForm,
    OpenPolicyForm,
    OpenTransferForm,
    Place,
    PlanSession,
    PlanVerb,
    RemoveRule,
    ReportOutage,
    Retry,
    ReuseConnection,
    RunDoctor,
    SendAgain,
    Show,
    ShowAuditLog,
    ShowCard,
    ShowConnections,
    ShowHome,
    ShowOutageCard,
    ShowOutageLinks,
    ShowPolicy,
    ShowReport,
    StartPlan,
    Status,
    SwitchIntegration,
    SwitchWidget,
    Transfer,
    TryRule,
    Uninvite,
    Verb,
    WithdrawOffer,
    encode_command,
)
from bot.errors import NotAllowed
from bot.freshness import LOOK_AGAIN_AFTER, looks_again
from bot.i18n import Text
from bot.jobs import (
    AddInvitationNote,
    AddNote,
    AddNoteAtLatest,
    AddRenewalNote,
    AddTransferNote,
    AnnounceChange,
    AnnounceInChannel,
    ApplyAdminChange,
    AskAboutAccount,
    CheckDeparture,
    ConfirmAddress,
    ConfirmConnection,
    CreateSession,
    DeliverAnswer,
    EndSession,
    ExpireOffer,
    IdentifyUser,
    InviteColleague,
    InviteInChat,
    Job,
    MailPlan,
    MoveSession,
    OfferSession,
    PingArrival,
    PingDecline,
    PingDeparture,
    PingInvited,
    PostCard,
    PostInvitation,
    PostOutage,
    PostReport,
    PreparePlan,
    ReadReports,
    RefreshAllCards,
    RefreshAllHomes,
    RefreshCard,
    RefreshCards,
    RefreshHome,
    RefreshHomes,
    RefreshInvitation,
    RefreshOutage,
    RefreshTechnicians,
    RemindOfExpiry,
    RenewSession,
    ReportClosedRequest,
    ReportLostConnection,
    RereadProfile,
    RevokeConnections,
    RunChecks,
    SendNotice,
    SendReply,
    SendSupporterLink,
    SettleOutage,
    SettlePost,
    ShowPlan,
    ShowPreview,
    ShowRequest,
    Sweep,
    TellCardPlace,
    TellOfPlan,
    TellOfTransfer,
    WarnAdmin,
    WarnAdmins,
    WarnInChannel,
    WithdrawInvitation,
    WriteRecord,
)
from bot.jobs import ShowHome as ShowHomeJob
from bot.model.ids import (
    CommandKey,
    ConnectionId,
    NoticeId,
    PlanId,
    RenewalId,
    RequestId,
    RequestNumber,
    SessionId,
    TransferId,
    derive_outage_id,
)
from bot.model.invitation import Invitation
from bot.model.notice import Channel, Notice, NoticeState, Recipient
from bot.model.pasted_link import PastedLink
from bot.model.plan import PlanNews
from bot.model.session import Session
from bot.model.switches import Switches
from bot.model.technician import Platform
from bot.model.transfer import TransferNews
from bot.ports import Mail, Posted
from bot.views.home import HomePage
from bot.views.links import holds_link
from bot.views.pages import Message, View
from bot.views.parts import Reader, Tone

SLACK = Platform.SLACK
ACCOUNTS = [actor_of(ANA, platform) for platform in Platform]
MAIL = NoticeId("mail")
NO_TRANSFER = TransferId("none")
NO_PLAN = PlanId("none")
THE_SESSION = SessionId("the session")
"""Stands for the id of Ana's session, which is known when the test runs."""
OUTAGE = derive_outage_id(CommandKey("outage"))
"""An outage of Ana's with one open session."""
COMMANDS: list[Command] = [
    *(OnSession(verb, reference) for verb in Verb for reference in (N, THE_SESSION)),
    *(SwitchIntegration(on=False), SwitchWidget(on=False), ConfirmAccount("UBEN"), ReuseConnection("none")),
    ConnectAccount("none"),
    *(ChangeAdmin("UBEN"), ChangeAdmin(ADA.email, on=False), ShowConnections(), Auth(), Logout()),
    *(PlanSession(N, "23:59"), MovePlan(NO_PLAN, "23:59"), OpenPlanForm(NO_PLAN)),
    *(CancelPlan(NO_PLAN), StartPlan(NO_PLAN), OnPlan(PlanVerb.MOVE, N)),
    *(Transfer(N, BEN.email), OpenTransferForm(N), WithdrawOffer(N)),
    *(AnswerOffer(N, accepts=True), AnswerOffer(TransferId("none"), accepts=False)),
    CreateSeveral((N, RequestNumber("102"))),
    *(ReportOutage((N, RequestNumber("103"))), OpenOutageForm(), ShowOutageLinks(OUTAGE), EndOutage(OUTAGE)),
    ShowOutageCard(OUTAGE),
    *(Create(N), Create(N, another=True), Retry(THE_SESSION), SendAgain(THE_SESSION, NoticeId("none"))),
    *(Invite(N, "UBEN"), Uninvite(N), Leave(N), OpenInviteForm(THE_SESSION)),
    *(OpenForm(), Show(N), ShowHome(), ListOpen(), Status(), History(), Notify(on=False), Help(), Hello()),
    DeclineInvitation(NoticeId("none")),
    *(
        AdminHelp(),
        AdminStatus(),
        ListAdmins(),
        ShowAuditLog(),
        ShowReport(),
        RunDoctor(),
        ShowPolicy(),
        OpenPolicyForm(),
        TryRule("no pilot"),
        AddRule("no pilot"),
        RemoveRule(1),
        ShowCard(THE_SESSION),
    ),
]


INVITED = Invitation.new(
    THE_SESSION,
    (ANA.email, "Ana"),
    (BEN.email, "Ben"),
    CommandKey("invited"),
    datetime(2026, 11, 24, tzinfo=UTC),
)
"""Somebody may be invited to a session that they created, after it was handed over."""


class Answers:
    """An answer format that keeps the views."""

    def __init__(self) -> None:
        self.views: list[View] = []

    def render(self, view: View, reader: Reader) -> str:
        del reader
        self.views.append(view)
        return "rendered"

    def dump(self, answer: str) -> str:
        return answer

    def load(self, stored: str) -> str:
        return stored


@dataclass
class Scene:
    """A session of Ana's, who is an SDAdmin here and by now a guest at the platforms."""

    bot: BotInMemory
    session: Session
    earlier: dict[Posted, View]

    def shown_links(self) -> list[View | HomePage]:
        """Return what was shown since Ana became a guest, and holds a link."""
        shown: list[View | HomePage] = [one.view for one in self.bot.answers]
        for chat in (self.bot.slack, self.bot.teams):
            shown += chat.homes.values()
            shown += [view for place, view in chat.messages.items() if self.earlier.get(place) != view]
        return [view for view in shown if holds_link(view)]

    def mailed_links(self) -> list[Mail]:
        """Return the mails since then that hold a link into the session."""
        link = self.session.supporter_link
        assert link is not None
        return [mail for mail in self.bot.mailer.sent if link.reveal() in mail.text + mail.html]


@pytest.fixture(params=[CHANNEL, PRIVATE], ids=["created in a channel", "created in private"])
async def scene(bot: BotInMemory, request: pytest.FixtureRequest) -> Scene:
    place: Place = request.param
    async with bot.unit_of_work.write() as tx:
        await tx.people.grant_admin(ANA.email)
    for platform in Platform:
        await bot.open_home(ANA, platform)
    affected = replace(REQUEST, number=RequestNumber("102"), id=RequestId("900000000000000102"))
    bot.servicedesk.add_request(affected)
    await bot.send(ReportOutage((affected.number,)), place=place, key="outage")
    session = await bot.open_session(place=place)
    at = bot.clock()
    await bot.change(session.id, lambda one: one.seen(is_online=True, at=at))
    bot.unit_of_work.take_jobs()
    shown = [*(one.view for one in bot.answers), *bot.slack.messages.values(), *bot.teams.messages.values()]
    assert [view for view in shown if holds_link(view)], "while she is a technician, she gets her links"
    for chat in (bot.slack, bot.teams):
        for actor in ACCOUNTS:
            if actor in chat.profiles:
                chat.profiles[actor] = replace(chat.profiles[actor], is_guest=True)
        chat.answers.clear()
        chat.homes.clear()
    bot.mailer.sent.clear()
    # A mail with the link is still on its way.
    async with bot.unit_of_work.write() as tx:
        await tx.notices.add(
            Notice(MAIL, session.id, Recipient.TECHNICIAN, Channel.MAIL, NoticeState.PENDING, bot.clock())
        )
    bot.clock.move(seconds=int(LOOK_AGAIN_AFTER.total_seconds()) + 1)
    earlier = {**bot.slack.messages, **bot.teams.messages}
    return Scene(bot, await bot.session(session.id), earlier)


def named(command: Command, session: SessionId) -> Command:
    """Return a command that names the session by its id."""
    match command:
        case Retry() | ShowCard() | SendAgain() | OpenInviteForm():
            return replace(command, session=session)
        case OnSession(_verb, reference) if reference == THE_SESSION:
            return replace(command, reference=session)
        case _:
            return command


@pytest.mark.parametrize("command", COMMANDS, ids=str)
async def test_command_reveals_no_link_and_moves_no_switch(scene: Scene, command: Command) -> None:
    bot, answers = scene.bot, Answers()
    command = named(command, scene.session.id)
    request = CommandRequest(CommandKey("again"), actor_of(ANA), CHANNEL, command)
    if isinstance(command, ShowCard | ShowOutageCard):
        # Teams shows it without a later answer, so it looks before it runs the command.
        accounts = AccountCheck(bot.unit_of_work, bot.services.chats, frozenset(), bot.clock)
        with pytest.raises(NotAllowed):
            await accounts.require_current(request.actor)
    else:
        await CommandDispatcher(bot.services).dispatch(request, answers)
    if not isinstance(
        command, Auth | ShowConnections
    ):  # their link signs in at TeamViewer, and opens no session
        assert [view for view in answers.views if holds_link(view)] == []
    await bot.run_jobs()
    assert scene.shown_links() == []
    assert scene.mailed_links() == []
    async with bot.unit_of_work.read() as tx:
        assert await tx.switches.read() == Switches()
        assert await tx.people.granted_admins() == {ANA.email}
        assert await tx.policy.rules() == []


def test_every_command_is_walked() -> None:
    assert {type(command) for command in COMMANDS} == set(get_args(Command))


def jobs_of(session: Session, command: CommandKey, scene_cards: list[RefreshCard]) -> list[Job]:
    """Return one job of each kind about a session. The waiting command asks for its links."""
    assert session.arrival_began_at is not None
    enter = encode_command(OnSession(Verb.ENTER, session.id))
    said = Text("Done.").to_json()
    warning = WarnAdmins("test", said)
    return [
        *scene_cards,
        *(CreateSession(session.id, command), RefreshCards(session.id)),
        *(PostCard(SLACK, session.id, command), PostCard(SLACK, session.id, command, is_first=True)),
        SettlePost(Platform.TEAMS, "T1", CHANNEL.channel, "m1", session.id, "marker"),
        TellCardPlace(SLACK, session.id, command),
        *(PostOutage(SLACK, OUTAGE), RefreshOutage(SLACK, OUTAGE)),
        SettleOutage(Platform.TEAMS, CHANNEL.channel, "m1", OUTAGE, "marker"),
        *(SendSupporterLink(SLACK, session.id), RemindOfExpiry(SLACK, session.id), ReadReports(session.id)),
        *(PingArrival(platform, session.id, session.arrival_began_at) for platform in Platform),
        *(PingDeparture(SLACK, session.id, session.arrival_began_at), WriteRecord(session.id)),
        CheckDeparture(session.id, session.arrival_began_at),
        *(SendNotice(session.id, NoticeId("none"), Channel.REPLY), AddNote(session.id)),
        SendNotice(session.id, MAIL, Channel.MAIL),
        *(job(SLACK, NoticeId("none")) for job in (InviteInChat, RefreshInvitation, PingDecline)),
        AddNoteAtLatest(session.id),
        *_renewal_jobs(session, command),
        *(ShowRequest(SLACK, N, ANA.email, command), IdentifyUser(actor_of(ANA), command, enter)),
        *(DeliverAnswer(SLACK, command), SendReply(SLACK, command, said, Tone.GOOD)),
        *(ShowHomeJob(actor) for actor in ACCOUNTS),
        *(RefreshHome(actor) for actor in ACCOUNTS),
        *(
            RefreshAllHomes(command),
            RefreshAllCards(command),
            RefreshHomes(ANA.email),
            RereadProfile(actor_of(ANA)),
        ),
        ShowPreview(actor_of(ANA), REQUEST.id, PastedLink(REQUEST.url, "C1", "m1", "", "")),
        *(ConfirmConnection(SLACK, ConnectionId("none"), command), RevokeConnections((), command)),
        AskAboutAccount(SLACK, ANA.email, "other@example.com", ConnectionId("none"), command),
        ApplyAdminChange(SLACK, "UBEN", grants=True, by=ANA.email, by_name="Ana", command=command),
        ConfirmAddress(SLACK, "UBEN", by=ANA.email, by_name="Ana", command=command),
        RunChecks(SLACK, command),
        PostReport(SLACK, "C9", "2026-11-01"),
        *(AnnounceChange(said, command), AnnounceInChannel(SLACK, "C9", said, command)),
        warning,
        *(WarnInChannel(SLACK, "C9", warning), WarnAdmin(ANA.email, warning)),
        *(RefreshTechnicians(), ReportClosedRequest(session.id), Sweep(up_seconds=3600)),
        ReportLostConnection(ConnectionId("none")),
        PostInvitation(SLACK, actor_of(ANA), (), session.id, ANA.email, INVITED.post_key),
        PingInvited(SLACK, session.id, ANA.email, session.arrival_began_at),
        AddInvitationNote(session.id, "Ana", "Ben", "marker"),
        InviteColleague(SLACK, session.id, "UBEN", ANA.email, "Ana", command),
        WithdrawInvitation(SLACK, session.id, "UBEN", ANA.email, "Ana", command),
        *(MoveSession(NO_TRANSFER), ExpireOffer(NO_TRANSFER), AddTransferNote(NO_TRANSFER)),
        *(PreparePlan(SLACK, NO_PLAN), ShowPlan(SLACK, NO_PLAN), MailPlan(NO_PLAN, 0, PlanNews.PLANNED)),
        TellOfPlan(NO_PLAN, PlanNews.REMINDER),
        TellOfTransfer(NO_TRANSFER, TransferNews.RECEIVED),
        OfferSession(SLACK, session.id, BEN.email, ANA.email, "Ana", command),
        EndSession(session.id, "Ben", BEN.email),
    ]


def _renewal_jobs(session: Session, command: CommandKey) -> list[Job]:
    assert session.code is not None
    renewal = RenewalId("none")
    return [
        RenewSession(session.id, renewal, "Ana", ANA.email, command),
        AddRenewalNote(session.id, renewal, "Ana", session.code, session.code, session.created_at),
    ]


async def test_no_job_reveals_a_link(scene: Scene) -> None:
    """Neither what answers her command, nor what follows her session by itself: cards, homes, pings, reminders."""
    bot = scene.bot
    async with bot.unit_of_work.read() as tx:
        key = await tx.sessions.command_key(scene.session.id)
    assert key is not None
    cards = [RefreshCard(card) for card in await bot.cards(scene.session.id)]
    invited = replace(INVITED, session_id=scene.session.id)
    async with bot.unit_of_work.write() as tx:
        await tx.invitations.save(invited)
    jobs = [
        replace(job, command=invited.post_key) if isinstance(job, PostInvitation) else job
        for job in jobs_of(scene.session, key, cards)
    ]
    assert {type(job) for job in jobs} == set(get_args(Job))
    for job in jobs:
        await _forget_that_she_is_a_guest(bot)
        await bot.finish_job(job)
        assert scene.shown_links() == [], job
        assert scene.mailed_links() == [], job


async def _forget_that_she_is_a_guest(bot: BotInMemory) -> None:
    """Store Ana's profile as it was before, so that each job finds what the first one found."""
    async with bot.unit_of_work.write() as tx:
        for actor in ACCOUNTS:
            stored = await tx.people.profile(actor)
            assert stored is not None
            at = bot.clock() - 2 * LOOK_AGAIN_AFTER
            await tx.people.store_profile(replace(stored[0], is_guest=False), at)


async def test_card_loses_its_links_when_its_creator_is_no_technician_any_more(bot: BotInMemory) -> None:
    """A later change of the session updates the card. It goes on as a card without links."""
    session = await bot.open_session(place=PRIVATE)
    (card,) = await bot.cards(session.id)
    assert holds_link(bot.shown(card))
    account = actor_of(ANA)
    bot.slack.profiles[account] = replace(bot.slack.profiles[account], is_deactivated=True)
    bot.clock.move(minutes=5)
    at = bot.clock()
    await bot.change(session.id, lambda one: one.seen(is_online=True, at=at))
    await bot.run_jobs()
    assert not holds_link(bot.shown(card))
    assert "Rita" in str(bot.shown(card))


async def test_switch_moves_after_its_sender_was_looked_at_again(bot: BotInMemory) -> None:
    """Who still is an SDAdmin only waits for the look."""
    async with bot.unit_of_work.write() as tx:
        await tx.people.grant_admin(ADA.email)
    answers = Answers()
    request = CommandRequest(CommandKey("again"), actor_of(ADA), CHANNEL, SwitchIntegration(on=False))
    assert looks_again(request.command)
    await CommandDispatcher(bot.services).dispatch(request, answers)
    (view,) = answers.views
    assert isinstance(view, Message)
    assert view.tone is Tone.WAIT
    await bot.run_jobs()
    async with bot.unit_of_work.read() as tx:
        assert not (await tx.switches.read()).integration


async def test_answer_of_a_former_technician_is_replaced_by_the_reason(bot: BotInMemory) -> None:
    """It was stored while they were one, and is delivered later, as the chat was away."""
    key = await bot.store_command()
    async with bot.unit_of_work.write() as tx:
        await tx.commands.store_answer(
            key, bot.slack.dump_answer(IN_CHANNEL, Message(Text("Here is your link.")), Reader())
        )
    account = actor_of(ANA)
    bot.slack.profiles[account] = replace(bot.slack.profiles[account], is_guest=True)
    bot.clock.move(minutes=5)
    await bot.run_job(DeliverAnswer(SLACK, key))
    (answer,) = bot.answers
    assert isinstance(answer.view, Message)
    assert "Guests cannot run sessions" in str(answer.view.text)
