"""What a home shows is the same on every database, and so are the first steps that are done."""

from datetime import timedelta

import pytest
from support.clock import Clock
from support.fakes.chat import SLACK, FakeChat
from support.fakes.servicedesk import FakeServiceDesk
from support.fakes.services import INSTALLATION
from support.stored_session import ACTOR, REMOTE, SESSION, TOM

from bot.model.card import Audience, Card
from bot.model.connection import Account, Tokens
from bot.model.ids import CommandKey, Email, PlanId, SessionId, new_join_token
from bot.model.invitation import Invitation
from bot.model.plan import Plan, PlanState
from bot.model.secret import Secret
from bot.model.session import Session
from bot.model.technician import Directory, Platform, Profile
from bot.model.technician_status import FirstStepsDone
from bot.unit_of_work import Transaction, UnitOfWork
from bot.values import replace
from bot.workflows.assigned_requests import AssignedRequestLists
from bot.workflows.homes import HomePublisher

INES = Email("ines@example.com")


def session_of(name: str, clock: Clock, technician: Email = TOM) -> Session:
    clock.move(seconds=1)
    return replace(
        SESSION, id=SessionId(name), technician=technician, join_token=new_join_token(), created_at=clock()
    )


async def store(session: Session, tx: Transaction, *, is_opened: bool = True) -> None:
    await tx.sessions.open(session, CommandKey(f"key of {session.id}"), another=True)
    if is_opened:
        assert await tx.sessions.save(session.opened(REMOTE), known=session)


def plan_of(name: str, clock: Clock, **changes: object) -> Plan:
    plan = Plan(
        PlanId(name),
        SESSION.org_id,
        SESSION.number,
        SESSION.kind,
        TOM,
        "Tom",
        CommandKey(f"command {name}"),
        ACTOR,
        clock() + timedelta(hours=1),
        "Europe/Paris",
        clock(),
        another=True,
    )
    return replace(plan, **changes)  # type: ignore[arg-type]  # a test names any field


async def fill(unit_of_work: UnitOfWork, clock: Clock) -> None:
    """Let Tom have two open sessions and one that is over, an invitation to one of Ines', and a plan."""
    mine, second, over = (session_of(name, clock) for name in ("mine", "second", "over"))
    of_ines, of_ines_alone = (session_of(name, clock, INES) for name in ("of Ines", "of Ines alone"))
    async with unit_of_work.write() as tx:
        await tx.people.store_profile(Profile(ACTOR, "Tom", TOM), clock())
        await tx.people.store_directory(Directory({TOM: "Tom Ray"}, clock()))
        tokens = Tokens(Secret("a" * 20), None, 60)
        await tx.connections.connect(TOM, Account("u1", "Tom", TOM), tokens, clock())
        for one in (mine, second, over, of_ines, of_ines_alone):
            await store(one, tx)
        opened = over.opened(REMOTE)
        assert await tx.sessions.save(opened.ended(clock(), "Tom"), known=opened)
        for session, by in ((of_ines, INES), (mine, TOM)):
            who = (TOM, "Tom Ray")
            await tx.invitations.save(
                Invitation.new(session.id, who, (by, "Somebody"), CommandKey("k"), clock())
            )
        for plan in (
            plan_of("planned", clock),
            plan_of("cancelled", clock, state=PlanState.CANCELLED),
            plan_of("of Ines", clock, technician=INES),
        ):
            await tx.plans.add(plan, marker=plan.id)


async def test_home_shows_what_is_stored(unit_of_work: UnitOfWork, clock: Clock) -> None:
    """An invitation to a technician's own session, as a handover can leave one, is not shown beside it."""
    await fill(unit_of_work, clock)
    chat = FakeChat(SLACK, "C")
    homes = HomePublisher(
        unit_of_work, {Platform.SLACK: chat}, INSTALLATION, AssignedRequestLists(FakeServiceDesk(), clock)
    )
    # Statements are kept when they come for the second time.
    for _time in range(3):
        await homes.publish_home(ACTOR)
        home = chat.homes.pop(ACTOR)
        assert home.refusal is None
        assert [(card.session_id, card.audience) for card in home.cards] == [
            ("second", Audience.CREATOR),
            ("mine", Audience.CREATOR),
            ("of Ines", Audience.INVITED),
        ]
        assert home.status is not None
        assert (home.status.open_sessions, home.status.planned, home.more) == (2, 1, 0)
        assert [len(rows) for rows in (home.recent, home.planned)] == [1, 1]
        assert [step.is_done for step in home.first_steps] == [True, True, False]


@pytest.mark.parametrize("is_opened", [False, True])
async def test_session_is_created_once_teamviewer_has_created_it(
    unit_of_work: UnitOfWork, clock: Clock, *, is_opened: bool
) -> None:
    async with unit_of_work.write() as tx:
        await store(session_of("mine", clock), tx, is_opened=is_opened)
        await store(session_of("of Ines", clock, INES), tx)
        assert await tx.homes.first_steps_of(TOM, ACTOR) == FirstStepsDone(is_opened, is_in_channel=False)


@pytest.mark.parametrize(
    ("audience", "tenant", "expected"),
    [
        (Audience.SHARED, ACTOR.tenant, True),
        (Audience.EXTERNAL, ACTOR.tenant, True),
        (Audience.CREATOR, ACTOR.tenant, False),
        (Audience.INVITED, ACTOR.tenant, False),
        (Audience.SHARED, "another tenant", False),
    ],
)
async def test_card_in_a_channel_says_that_the_bot_is_in_one(
    unit_of_work: UnitOfWork, clock: Clock, audience: Audience, tenant: str, *, expected: bool
) -> None:
    session = session_of("of Ines", clock, INES)
    card = Card(session.id, ACTOR.platform, tenant, "C1", "1.0", audience, "en", "UTC")
    async with unit_of_work.write() as tx:
        await store(session, tx)
        await tx.cards.add(card, CommandKey("k"))
        assert (await tx.homes.first_steps_of(TOM, ACTOR)).is_in_channel is expected
