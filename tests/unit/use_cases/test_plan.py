"""Plan a session: who may plan, move, cancel and start it, and what the rules say at both times."""

from datetime import UTC, datetime, timedelta

import pytest
from support.bot_in_memory import ADA, ANA, BEN, REQUEST, BotInMemory, N, actor_of
from support.plans import AT, accept_plan, card_text, plan, plan_of, plans_of

from bot.commands import (
    AddRule,
    CancelPlan,
    Command,
    Create,
    MovePlan,
    OpenPlanForm,
    PlanSession,
    RemoveRule,
    StartPlan,
)
from bot.errors import Misunderstood, NotAllowed, NotAuthorized, NotFound
from bot.jobs import CreateSession, MailPlan, PreparePlan, TellOfPlan
from bot.model.audit import Action
from bot.model.ids import PlanId, RequestNumber
from bot.model.plan import Plan, PlanNews, PlanState
from bot.use_cases.plan import remind_of_plan, start_due_plan
from bot.values import replace
from bot.views.pages import Message
from bot.views.plan_form import PlanForm

MOMENT = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)


async def start_due(bot: BotInMemory, planned: Plan) -> None:
    """Do what a round of the sweep does with a plan."""
    async with bot.unit_of_work.write() as tx:
        await start_due_plan(planned.id, tx, bot.services.installation, bot.clock())


async def rule(bot: BotInMemory, words: str) -> None:
    """Add a rule."""
    await bot.send(AddRule(words), ADA)


async def test_session_is_planned_in_the_zone_of_the_organization_where_nobody_knows_the_persons_own(
    bot: BotInMemory,
) -> None:
    planned = await accept_plan(bot)
    assert (planned.starts_at, planned.timezone) == (MOMENT, "Europe/Paris")
    assert (planned.technician, planned.number, planned.state) == (ANA.email, N, PlanState.PLANNED)
    assert planned.remind_at == MOMENT - timedelta(minutes=15)
    assert bot.jobs == [PreparePlan(planned.actor.platform, planned.id)]
    assert await bot.sessions() == []


async def test_session_that_begins_within_the_quarter_is_not_reminded_of(bot: BotInMemory) -> None:
    assert (await accept_plan(bot, "in 15 min")).remind_at is None
    assert (await accept_plan(bot, "in 16 min", number=RequestNumber("102"))).remind_at is not None


async def test_command_that_runs_twice_plans_one_session(bot: BotInMemory) -> None:
    for _time in range(2):
        await bot.send(PlanSession(N, AT), key="same")
    assert len(plans_of(bot)) == 1


async def test_second_plan_for_a_request_offers_to_move_the_first(bot: BotInMemory) -> None:
    first = await accept_plan(bot)
    answer = await bot.send(PlanSession(N, "fri 9:00"))
    assert isinstance(answer, Message)
    move, another = answer.buttons
    assert move.command == MovePlan(first.id, "fri 9:00")
    assert another.command == PlanSession(N, "fri 9:00", another=True)
    assert another.command is not None
    await bot.send(another.command)
    assert len(plans_of(bot)) == 2


async def test_several_requests_are_planned_and_those_planned_already_are_named(bot: BotInMemory) -> None:
    await accept_plan(bot)
    answer = await bot.send(PlanSession(N, AT, more=(RequestNumber("102"), RequestNumber("103"))))
    assert isinstance(answer, Message)
    assert "#102, #103" in str(answer.text)
    assert ["#101 already" in str(one) for one in answer.details] == [True]
    again = await bot.send(PlanSession(N, AT, more=(RequestNumber("102"),)))
    assert isinstance(again, Message)
    assert "each of these requests already" in str(again.text)


async def test_technician_without_teamviewer_and_an_integration_that_is_off_are_refused(
    bot: BotInMemory,
) -> None:
    with pytest.raises(NotAuthorized):
        await accept_plan(bot, by=BEN)
    await bot.switch(integration=False)
    with pytest.raises(NotAllowed):
        await accept_plan(bot)


@pytest.mark.parametrize("at", ["soon", "9:00", "in 91 days"])
async def test_time_that_cannot_be_planned_is_refused(bot: BotInMemory, at: str) -> None:
    with pytest.raises(Misunderstood):
        await accept_plan(bot, at)
    assert plans_of(bot) == []


async def test_rule_with_hours_counts_at_the_planned_time(bot: BotInMemory) -> None:
    """It is ten o’clock in Paris now, when sessions are allowed."""
    await rule(bot, "no session except hours:08:00-18:00")
    with pytest.raises(NotAllowed):
        await accept_plan(bot, "tomorrow 19:00")
    planned = await accept_plan(bot, "tomorrow 17:00")
    with pytest.raises(NotAllowed):
        await bot.send(MovePlan(planned.id, "tomorrow 19:00"))
    assert plan_of(bot) == planned


async def test_limit_of_open_sessions_counts_at_the_planned_time(bot: BotInMemory) -> None:
    """What is open now may be over then. Only what can never be created together is refused at once."""
    await rule(bot, "at most 1 per technician")
    session = await bot.open_session()
    planned = await accept_plan(bot, number=RequestNumber("102"))
    await bot.send(MovePlan(planned.id, "tomorrow 17:00"))
    with pytest.raises(NotAllowed, match="Rule 1"):
        await bot.send(PlanSession(N, AT, more=(RequestNumber("103"),)))
    (planned,) = plans_of(bot)
    bot.clock.now = planned.starts_at
    await start_due(bot, planned)
    refused = plan_of(bot)
    assert refused.state is PlanState.REFUSED
    assert "Rule 1" in str(refused.problem)
    assert [one.id for one in await bot.sessions()] == [session.id]


async def test_rule_that_was_added_meanwhile_refuses_at_the_time_and_names_itself(bot: BotInMemory) -> None:
    planned = await plan(bot)
    await rule(bot, "no session")
    bot.clock.move(days=1)
    bot.unit_of_work.take_jobs()
    await start_due(bot, planned)
    refused = plan_of(bot)
    assert refused.state is PlanState.REFUSED
    assert "Rule 1" in str(refused.problem)
    assert TellOfPlan(planned.id, PlanNews.REFUSED) in bot.jobs
    assert await bot.sessions() == []
    # Nothing is tried again, even if the rule goes.
    await bot.send(RemoveRule(1), ADA)
    await start_due(bot, planned)
    assert await bot.sessions() == []


async def test_session_is_created_at_its_time_as_if_it_was_asked_for_then(bot: BotInMemory) -> None:
    planned = await plan(bot)
    await start_due(bot, planned)
    assert await bot.sessions() == []
    bot.clock.move(days=1)
    bot.unit_of_work.take_jobs()
    for _round in range(2):
        await start_due(bot, planned)
    (session,) = await bot.sessions()
    assert [one for one in bot.jobs if isinstance(one, CreateSession)] == [
        CreateSession(session.id, planned.command)
    ]
    assert (session.number, session.technician, session.created_at) == (N, ANA.email, bot.clock())
    assert plan_of(bot).state is PlanState.STARTED


async def test_session_that_is_open_already_gets_no_second_one_and_its_technician_reads_that(
    bot: BotInMemory,
) -> None:
    planned = await plan(bot)
    session = await bot.open_session()
    bot.clock.move(days=1)
    bot.unit_of_work.take_jobs()
    await bot.change(session.id, lambda one: one)
    await start_due(bot, planned)
    assert [one.id for one in await bot.sessions()] == [session.id]
    assert TellOfPlan(planned.id, PlanNews.OPEN_ALREADY) in bot.jobs


@pytest.mark.parametrize(("late", "is_created"), [(timedelta(hours=1), True), (timedelta(minutes=61), False)])
async def test_session_that_is_long_overdue_is_not_created(
    bot: BotInMemory, late: timedelta, *, is_created: bool
) -> None:
    planned = await plan(bot)
    bot.clock.now = MOMENT + late
    await start_due(bot, planned)
    assert bool(await bot.sessions()) == is_created
    assert plan_of(bot).state is (PlanState.STARTED if is_created else PlanState.REFUSED)


async def test_integration_that_is_off_at_the_time_creates_nothing(bot: BotInMemory) -> None:
    planned = await plan(bot)
    await bot.switch(integration=False)
    bot.clock.move(days=1)
    await start_due(bot, planned)
    assert plan_of(bot).state is PlanState.REFUSED
    assert await bot.sessions() == []


async def test_technician_starts_it_before_its_time(bot: BotInMemory) -> None:
    planned = await plan(bot)
    await bot.send(StartPlan(planned.id))
    bot.clock.move(days=1)
    await start_due(bot, planned)
    assert len(await bot.sessions()) == 1
    with pytest.raises(NotFound):
        await bot.send(StartPlan(planned.id))


async def test_open_session_is_named_to_who_starts_a_plan(bot: BotInMemory) -> None:
    planned = await plan(bot)
    await bot.send(Create(N))
    answer = await bot.send(StartPlan(planned.id))
    assert isinstance(answer, Message)
    assert "have a session open" in str(answer.text)
    assert plan_of(bot).state is PlanState.STARTED


async def test_moved_plan_has_a_higher_sequence_and_a_new_reminder(bot: BotInMemory) -> None:
    planned = await plan(bot)
    bot.unit_of_work.take_jobs()
    await bot.send(MovePlan(planned.id, "in 2 days"))
    moved = plan_of(bot)
    assert (moved.id, moved.sequence) == (planned.id, 1)
    assert moved.starts_at == bot.clock() + 2 * DAY
    assert moved.remind_at == moved.starts_at - timedelta(minutes=15)
    assert MailPlan(planned.id, 1, PlanNews.MOVED) in bot.jobs
    assert not any(isinstance(one, TellOfPlan) for one in bot.jobs)


async def test_cancelled_plan_is_never_started(bot: BotInMemory) -> None:
    planned = await plan(bot)
    bot.unit_of_work.take_jobs()
    await bot.send(CancelPlan(planned.id))
    assert MailPlan(planned.id, 1, PlanNews.CANCELLED) in bot.jobs
    bot.clock.move(days=1)
    await start_due(bot, planned)
    assert await bot.sessions() == []
    assert plan_of(bot).state is PlanState.CANCELLED


async def test_plan_is_cancelled_while_the_integration_is_off_and_the_answer_says_who_gets_no_mail(
    bot: BotInMemory,
) -> None:
    planned = await plan(bot)
    await bot.switch(integration=False)
    answer = await bot.send(CancelPlan(planned.id))
    assert isinstance(answer, Message)
    assert "gets no e-mail" in str(answer.details[0])


def commands_on(planned: PlanId) -> list[Command]:
    return [MovePlan(planned, "in 2 days"), CancelPlan(planned), OpenPlanForm(planned), StartPlan(planned)]


async def test_colleague_may_do_nothing_with_it(bot: BotInMemory) -> None:
    planned = await plan(bot)
    await bot.connect(BEN, "u2")
    for command in commands_on(planned.id):
        with pytest.raises(NotAllowed) as refused:
            await bot.send(command, BEN)
        assert "belongs to Ana" in str(refused.value.text)
    assert plan_of(bot) == planned


async def test_sdadmin_may_move_and_cancel_it_and_its_technician_reads_who_did(bot: BotInMemory) -> None:
    planned = await plan(bot)
    await bot.connect(ADA, "u3")
    assert isinstance(await bot.send(OpenPlanForm(planned.id), ADA), PlanForm)
    with pytest.raises(NotAllowed):
        await bot.send(StartPlan(planned.id), ADA)
    bot.unit_of_work.take_jobs()
    await bot.send(MovePlan(planned.id, "in 2 days"), ADA)
    assert TellOfPlan(planned.id, PlanNews.MOVED, "Ada") in bot.jobs
    await bot.send(CancelPlan(planned.id), ADA)
    assert TellOfPlan(planned.id, PlanNews.CANCELLED, "Ada") in bot.jobs
    assert plan_of(bot).changed_by == "Ada"


async def test_unknown_plan_and_one_that_is_over_are_refused(bot: BotInMemory) -> None:
    planned = await plan(bot)
    await bot.send(CancelPlan(planned.id))
    for command in [*commands_on(planned.id), *commands_on(PlanId("unknown"))]:
        with pytest.raises(NotFound):
            await bot.send(command)


async def test_everything_is_in_the_audit_log(bot: BotInMemory) -> None:
    planned = await plan(bot)
    await bot.send(MovePlan(planned.id, "in 2 days"), ADA)
    await bot.send(CancelPlan(planned.id))
    plans = [one for one in await bot.audited() if one.subject.startswith("#101 2026-11-2")]
    assert [(one.by, one.action) for one in plans] == [
        (ANA.email, Action.SESSION_PLANNED),
        (ADA.email, Action.PLAN_MOVED),
        (ANA.email, Action.PLAN_CANCELLED),
    ]


async def test_reminder_is_enqueued_once(bot: BotInMemory) -> None:
    planned = await plan(bot)
    bot.unit_of_work.take_jobs()
    for _round in range(2):
        async with bot.unit_of_work.write() as tx:
            await remind_of_plan(planned, tx)
    about = [one for one in bot.jobs if isinstance(one, TellOfPlan | MailPlan)]
    assert about == [
        TellOfPlan(planned.id, PlanNews.REMINDER),
        MailPlan(planned.id, 0, PlanNews.REMINDER),
    ]
    assert plan_of(bot).remind_at is None


async def begin(bot: BotInMemory, planned: Plan) -> None:
    """Let the time of a plan come, and run every job."""
    bot.clock.now = planned.starts_at
    await start_due(bot, planned)
    await bot.run_jobs()


async def expect_refused(bot: BotInMemory, why: str) -> None:
    """Expect that no session is left, and that card, audit log and technician get the reason once."""
    assert await bot.sessions() == []
    refused = plan_of(bot)
    assert (refused.state, refused.remind_at) == (PlanState.REFUSED, None)
    assert why in str(refused.problem)
    assert why in card_text(bot)
    texts = [str(view.text) for view in bot.slack.messages.values() if isinstance(view, Message)]
    assert sum("was not created" in one and why in one for one in texts) == 2, "on the card, and in private"
    assert (await bot.actions()).count(Action.PLAN_REFUSED) == 1
    answers = [str(one.view.text) for one in bot.answers if isinstance(one.view, Message)]
    assert not any(why in one for one in answers), "the private message says it"


async def test_request_that_is_closed_at_the_time_gets_no_session_and_the_plan_says_so(
    bot: BotInMemory,
) -> None:
    planned = await plan(bot)
    bot.servicedesk.add_request(replace(REQUEST, is_closed=True, status="Closed"))
    await begin(bot, planned)
    await expect_refused(bot, "Request #101 is Closed")


async def test_technician_who_left_the_service_desk_gets_no_session_and_the_plan_says_so(
    bot: BotInMemory,
) -> None:
    planned = await plan(bot)
    account = actor_of(ANA)
    bot.slack.profiles[account] = replace(bot.slack.profiles[account], is_guest=True)
    await begin(bot, planned)
    await expect_refused(bot, "Guests cannot run sessions")


async def test_site_that_a_rule_names_meanwhile_refuses_at_the_time_and_the_plan_says_so(
    bot: BotInMemory,
) -> None:
    planned = await plan(bot)
    await rule(bot, "no session site:Lyon")
    bot.servicedesk.add_request(replace(REQUEST, site="Lyon"))
    await begin(bot, planned)
    await expect_refused(bot, "Rule 1")


async def test_dropped_session_that_nobody_planned_is_answered(bot: BotInMemory) -> None:
    """The plan for another request of the same technician is left alone."""
    planned = await accept_plan(bot, number=RequestNumber("102"))
    bot.unit_of_work.take_jobs()
    bot.servicedesk.add_request(replace(REQUEST, is_closed=True, status="Closed"))
    await bot.send(Create(N))
    await bot.run_jobs()
    assert plan_of(bot) == planned
    said = [str(one.view.text) for one in bot.answers if isinstance(one.view, Message)]
    assert any("is Closed" in one for one in said)
