"""Nothing reveals a link or moves a switch for an account that was not looked at again.

Ana creates a session. Then her accounts become guests at the platforms, and nothing tells the bot. The tests walk every
command and every job: none shows her a link, and no command of hers changes what an SDAdmin may change.
"""

from typing import get_args

import pytest
from support.bot_in_memory import (
    ADA,
    ANA,
    BEN,
    CHANNEL,
    IN_CHANNEL,
    PRIVATE,
    BotInMemory,
    N,
    actor_of,
)
from support.careful_scene import NO_PLAN, OUTAGE, SLACK, THE_SESSION, Scene, new_scene

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
)
from bot.errors import NotAllowed
from bot.freshness import looks_again
from bot.i18n import Text
from bot.jobs import (
    DeliverAnswer,
)
from bot.model.ids import (
    CommandKey,
    NoticeId,
    RequestNumber,
    SessionId,
    TransferId,
)
from bot.model.switches import Switches
from bot.values import replace
from bot.views.links import holds_link
from bot.views.pages import Message, View
from bot.views.parts import Reader, Tone

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


@pytest.fixture(params=[CHANNEL, PRIVATE], ids=["created in a channel", "created in private"])
async def scene(bot: BotInMemory, request: pytest.FixtureRequest) -> Scene:
    return await new_scene(bot, request.param)


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
